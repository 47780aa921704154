"""The digest of 08:30: whatever waits for people in charge, one letter each working day, none when nothing waits (domain.md G8).

What waits comes from the registry `WAITING`, whom it waits for from the roles: nobody reads there what their roles do not open.
"""

from collections.abc import Iterator
from datetime import datetime, time
from operator import itemgetter
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from accounts.roles import PERMISSIONS, Role
from core import clock, workdays
from core.addresses import absolute
from core.asking import everyone
from core.clock import PARIS
from core.dashboard import mine
from core.registry import WAITING, Planned, Waiting
from core.typography import day_in_words
from mailing import outbox
from mailing.letters import Context, LetterKind, Placeholder
from mailing.models import Digest, Message
from mailing.states import Settling
from records.models import Association

AT = time(8, 30)
# An app that fails is asked again each minute until then: its lines would be lost for the day.
AT_LATEST = time(9, 30)
IN_CHARGE = [role for role in Role if PERMISSIONS[role]]


def is_time(now: datetime) -> bool:
    """From 08:30 on a working day; after an outage, until people go home."""
    return workdays.is_working_moment(now) and now.astimezone(PARIS).time() >= AT


def make(*, now: datetime) -> int:
    """Owe today's digest, once; return how many letters. The unique row of the day is the guard: a second sweep finds it."""
    if not is_time(now) or Digest.objects.filter(day=now.astimezone(PARIS).date()).exists():
        return 0
    waits, complete = everyone(WAITING, now)
    if not complete and now.astimezone(PARIS).time() < AT_LATEST:
        return 0
    try:
        with transaction.atomic():
            digest = Digest.objects.create(day=now.astimezone(PARIS).date(), made_at=now)
            digest.letters = sum(_post(person, mine(waits, person), now=now) for person in people())
            digest.save(update_fields=["letters"])
    except IntegrityError:
        return 0
    return digest.letters


def people() -> list[User]:
    """Whoever holds a role that opens something, each once, their roles read beforehand."""
    return list(User.objects.with_role(*IN_CHARGE).prefetch_related("grants").order_by("pk"))


def _post(person: User, waits: list[Waiting], *, now: datetime) -> int:
    if not waits:
        return 0
    day = now.astimezone(PARIS).date()
    context = {"person": person, "day": day, "waits": waits, "url": absolute(reverse("admin:index"))}
    reply_to = Association.current().contact_email
    outbox.post(f"digest:{day}:{person.pk}", KIND, to=person.email, reader=person, context=context, now=now, reply_to=reply_to)
    return 1


def still_due(message: Message) -> bool:
    """Of today, and to somebody who is still in charge: yesterday's digest says nothing true any more."""
    _, day, pk = message.key.split(":")[:3]
    today = clock.now().astimezone(PARIS).date()
    return day == today.isoformat() and User.objects.with_role(*IN_CHARGE).filter(pk=pk).exists()


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """The digests to come, for the timeline."""
    made = set(Digest.objects.filter(day__gte=start.astimezone(PARIS).date()).values_list("day", flat=True))
    for moment in workdays.working_days(start, until, AT):
        if moment.date() not in made:
            yield Planned(moment, "envoyé", "Récapitulatif de ce qui attend", "à qui est en charge, si quelque chose attend")


def _greeting(context: Context) -> str:
    return f"Bonjour {context['person'].first_name}".strip()


def _lines(context: Context) -> str:
    """« - candidatures sans jury (3) », and the address of the list on its own line."""
    return "\n".join(f"- {' '.join(wait.label.split())} ({wait.count})\n  {absolute(wait.url)}" for wait in context["waits"])


def _count(context: Context) -> str:
    return f"{len(context['waits'])} point{'s' if len(context['waits']) > 1 else ''}"


def _sample() -> dict[str, Any]:
    url = reverse("admin:index")
    waits = [
        Waiting("L’appel 2027 : candidatures sans jury", 12, url, ""),
        Waiting("lettres incertaines : parties ou non", 1, url, ""),
    ]
    person = User(email="equipe.exemple@la27eregion.example", first_name="Camille", last_name="Exemple")
    return {"person": person, "day": datetime(2027, 9, 6, tzinfo=PARIS).date(), "waits": waits, "url": absolute(url)}


KIND = LetterKind(
    "accounts.digest", "récapitulatif du matin", "accounts/emails/digest.txt", _sample,
    still_due=still_due, settling=Settling.RESEND, in_working_hours=True,
    placeholders={
        "salutation": Placeholder("« Bonjour Camille », ou « Bonjour » quand le prénom n’est pas connu", _greeting),
        "jour": Placeholder("le jour du récapitulatif", lambda context: day_in_words(context["day"], weekday=True)),
        "combien": Placeholder("« 3 points »", _count),
        "ce_qui_attend": Placeholder("la liste de ce qui attend, avec l’adresse de chacun", _lines, essential=True, lines=True),
        "lien": Placeholder("l’adresse de l’administration", itemgetter("url"), button=True),
    },
)  # fmt: skip
