"""`manage.py fonts`: cut the fonts once, before `collectstatic`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core import fonts


class Command(BaseCommand):
    help = "Découpe les polices dans static/fonts/ (rapide si c’est déjà fait)."
    requires_system_checks: list[str] = []  # nothing to check: it runs before anything else is set up

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=Path(settings.BASE_DIR) / "static" / "fonts", help="dossier de destination")

    def handle(self, *args: Any, **options: Any) -> None:
        made = fonts.cut_all(options["folder"])
        self.stdout.write(f"Polices découpées\u00a0: {', '.join(made)}." if made else "Les polices sont déjà là.")
