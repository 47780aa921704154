"""`manage.py purge`: erase what may no longer be kept; `--dry-run` only counts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import clock, retention


class Command(BaseCommand):
    help = "Efface ce qui ne peut plus être conservé (durées de conservation) et en donne les nombres."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="compte sans rien effacer")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        total = 0
        for erasure in retention.purge(now=clock.now(), dry_run=dry_run):
            total += erasure.count
            self.stdout.write(f"{erasure.label}\u00a0: {erasure.count}")
        self.stdout.write(f"{'À effacer' if dry_run else 'Effacé'}\u00a0: {total}")
