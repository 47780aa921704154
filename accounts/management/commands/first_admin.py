"""`manage.py first_admin ADRESSE`: the first administrator, or the way back in when the only one lost theirs."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts import emails
from accounts.colleagues import forget_factor
from accounts.models import Grant, User, normalise
from accounts.roles import Role
from accounts.services import make_proof, person_of
from core import clock
from records.services import record


class Command(BaseCommand):
    help = "Crée la première personne de l’administration et affiche son lien de connexion, à usage unique, valable quinze minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="son adresse électronique")
        parser.add_argument("--again", action="store_true", help="même s’il existe déjà une administration")
        parser.add_argument("--forget-factor", action="store_true", help="oublie aussi son second facteur, et ferme ses sessions")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email = self._address(options["email"])
        if User.objects.with_role(Role.ADMINISTRATOR).exists() and not options["again"]:
            raise CommandError("Une personne administre déjà ce portail : elle peut vous inviter. Sinon, ajoutez --again.")
        now = clock.now()
        person = person_of(email, now=now)
        if not person.is_active:
            raise CommandError("Ce compte est fermé : rouvrez-le d’abord.")
        for role in (Role.ADMINISTRATOR, Role.STAFF):
            Grant.objects.get_or_create(user=person, role=role)
        if options["forget_factor"]:
            forget_factor(person)
        record(
            "administration donnée par la ligne de commande", person, by=None, now=now, note="--forget-factor" * options["forget_factor"]
        )
        link = emails.link_of(make_proof(email, now=now, next="/admin/").secret)
        self.stdout.write(f"{person} administre le portail. Lien de connexion, à usage unique, pendant quinze minutes :\n{link}")

    def _address(self, email: str) -> str:
        try:
            validate_email(normalise(email))
        except ValidationError:
            raise CommandError("Cette adresse n’est pas complète.") from None
        return normalise(email)
