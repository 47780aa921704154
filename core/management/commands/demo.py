"""`manage.py demo`: the demonstration of every app, and the portal's clock in trial mode."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.registry import DEMOS


class Command(BaseCommand):
    help = "Charge la démonstration (autant de fois qu’on veut), et règle l’horloge du mode d’essai."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="multiplie les volumes, pour les essais de charge")
        hand = parser.add_mutually_exclusive_group()
        hand.add_argument("--at", metavar="2017-09-01T10:00", type=_moment, help="règle l’horloge du portail, heure de Paris")
        hand.add_argument("--now", action="store_true", help="remet l’horloge du portail à l’heure")
        parser.add_argument("--outside-trial", action="store_true", help="charge la démonstration hors du mode d’essai")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.TRIAL or options["outside_trial"]):
            raise CommandError("La démonstration remplirait un vrai portail : ajoutez --outside-trial si c’est voulu.")
        if options["scale"] < 1:
            raise CommandError("--scale : un nombre entier à partir de 1.")
        _set_the_clock(options["at"], put_right=options["now"])
        for load in DEMOS:
            load(options["scale"])
        self.stdout.write(f"Démonstration chargée. Horloge du portail : {clock.now():%d/%m/%Y %H:%M} (Paris).")


def _moment(text: str) -> datetime:
    """Argparse turns the ValueError of a wrong date into its own message."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.PARIS)


def _set_the_clock(moment: datetime | None, *, put_right: bool) -> None:
    if not (moment or put_right):
        return
    if not settings.TRIAL:
        raise CommandError("L’horloge ne se règle qu’en mode d’essai.")
    clock.set_to(moment)
