"""`manage.py accounts`: the invented people of the trial mode, and how to enter as each of them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import demo
from core import clock
from core.registry import DEMO_DOORS


class Command(BaseCommand):
    help = "Affiche les comptes de démonstration, avec un lien de connexion pour chacun (mode d’essai)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--load", action="store_true", help="crée d’abord les comptes qui manquent")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TRIAL:
            raise CommandError("Les comptes de démonstration n’existent qu’en mode d’essai (TRIAL=1).")
        if options["load"]:
            demo.load(1)
        entries = list(demo.entries(now=clock.now()))
        if not entries:
            raise CommandError("Aucun compte de démonstration : lancez « make demo », ou ajoutez --load.")
        self.stdout.write("Comptes de démonstration (liens à usage unique, valables douze heures ; « make accounts » en donne d’autres) :")
        for entry in entries:
            self._write(entry)
        for door in (door for doors in DEMO_DOORS for door in doors(clock.now())):
            self.stdout.write(f"\n{door.label} — {door.note}\n  {door.url}")

    def _write(self, entry: demo.Entry) -> None:
        roles = ", ".join(role.label for role in sorted(entry.person.roles)) or "aucun rôle"
        self.stdout.write(f"\n{entry.person} <{entry.person.email}> — {roles}\n  {entry.link}")
        if entry.secret:
            self.stdout.write(f"  second facteur : clé {entry.secret}, code de cet instant {entry.code}\n  {entry.otpauth}")
