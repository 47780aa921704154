"""`manage.py reference`: read the public registers into ours, as often as one likes."""

from typing import Any

from django.core.management.base import BaseCommand

from core import clock
from organisations import services


class Command(BaseCommand):
    help = "Charge régions, départements et intercommunalités (organisations/data) ; les communes entrent quand elles servent."

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        loaded = services.load_reference(now=clock.now())
        if verbosity < 1:
            return
        self.stdout.write(f"Source : {loaded.source}.")
        self.stdout.write(f"Ajoutés : {loaded.created}. Changés : {len(loaded.changed)}.")
        for name in loaded.gone:
            self.stdout.write(f"N’existe plus au répertoire, sans suite connue : {name}")
