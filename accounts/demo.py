"""The people of the demonstration, and how the tester enters as each of them (trial mode only)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt

from accounts import emails
from accounts.models import Grant, User
from accounts.roles import Role
from accounts.services import make_proof
from core import clock

ENTRY = timedelta(hours=12)
DOMAIN = "la27eregion.example"
CANDIDATE = "candidate.exemple@ville.example"  # the apps above give this person something to do


@dataclass(frozen=True)
class Invented:
    """A person of the demonstration."""

    email: str
    first_name: str
    roles: tuple[Role, ...] = ()


PEOPLE = (
    Invented(f"administratrice.exemple@{DOMAIN}", "Administratrice", (Role.ADMINISTRATOR, Role.STAFF)),
    Invented(f"equipe.exemple@{DOMAIN}", "Équipe", (Role.STAFF,)),
    Invented(f"jury.exemple@{DOMAIN}", "Jury", (Role.REVIEWER,)),
    Invented(f"juree.exemple@{DOMAIN}", "Jurée", (Role.REVIEWER,)),
    Invented(f"lectrice.exemple@{DOMAIN}", "Lectrice", (Role.REVIEWER,)),
    Invented(f"lecteur.exemple@{DOMAIN}", "Lecteur", (Role.REVIEWER,)),
    Invented(f"relectrice.exemple@{DOMAIN}", "Relectrice", (Role.REVIEWER,)),
    Invented(f"relecteur.exemple@{DOMAIN}", "Relecteur", (Role.REVIEWER,)),
    Invented(f"coordination.exemple@{DOMAIN}", "Coordination", (Role.COORDINATOR,)),
    Invented(f"coordinatrice.exemple@{DOMAIN}", "Coordinatrice", (Role.COORDINATOR,)),
    Invented(f"tresorerie.exemple@{DOMAIN}", "Trésorerie", (Role.TREASURER,)),
    Invented(CANDIDATE, "Candidate"),
)


@dataclass(frozen=True)
class Entry:
    """How to enter as somebody: a link for one use, and for who holds a role the application's secret and its code of now."""

    person: User
    link: str
    secret: str = ""
    code: str = ""
    otpauth: str = ""


def load(scale: int) -> None:
    """Make the invented people, again and again without doubling; `scale` adds none: volumes are in the apps above."""
    for invented in PEOPLE:
        person, created = User.objects.get_or_create(
            email=invented.email, defaults={"first_name": invented.first_name, "last_name": "Exemple", "date_joined": clock.now()}
        )
        if created:
            person.set_unusable_password()
            person.save(update_fields=["password"])
        EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})
        for role in invented.roles:
            Grant.objects.get_or_create(user=person, role=role)
        if invented.roles and not Authenticator.objects.filter(user=person).exists():
            TOTP.activate(person, generate_totp_secret())


def entries(*, now: datetime) -> Iterator[Entry]:
    """Give each of them a fresh link and, with a role, the application's secret."""
    for person in User.objects.filter(email__in=[invented.email for invented in PEOPLE], is_active=True):
        link = emails.link_of(make_proof(person.email, now=now, lifetime=ENTRY).secret)
        app = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
        yield _with_app(person, link, decrypt(app.data["secret"])) if app else Entry(person, link)


def _with_app(person: User, link: str, secret: str) -> Entry:
    label, query = quote(f"La 27e Région:{person.email}"), urlencode({"secret": secret, "issuer": "La 27e Région"}, quote_via=quote)
    return Entry(person, link, secret, code_of(secret), f"otpauth://totp/{label}?{query}")


def code_of(secret: str) -> str:
    """Return the code an application shows now."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))
