"""What the gathering pages of `core` ask of the letters: what waits for somebody, what will leave, what a search finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.db.models.functions import TruncMinute
from django.urls import reverse

from core.folding import asked_words
from core.registry import Found, Planned, Waiting
from core.search import MOST
from core.typography import agreeing, moment_in_words
from mailing.letters import KINDS
from mailing.models import Batch, Message, MessageQuerySet, Refusal
from mailing.states import State

CHANGE = "mailing.change_message"
VIEW = "mailing.view_message"


def _journal(**query: object) -> str:
    return f"{reverse('admin:mailing_message_changelist')}?{urlencode(query)}"


# --- What waits ----------------------------------------------------------------------------------------


def uncertain(letters: MessageQuerySet) -> MessageQuerySet:
    return letters.unsettled()


def refused(letters: MessageQuerySet) -> MessageQuerySet:
    """Those nobody looked at yet: marking the address, correcting it or sending again settles the matter."""
    known = Refusal.objects.filter(address=OuterRef("to"), by_staff=True)
    return letters.filter(~Exists(known), state=State.FAILED).exclude(to="")


@dataclass(frozen=True)
class ToSettle:
    """Letters that wait for somebody: what they are called, one or several, what there is to do, and which they are."""

    one: str
    several: str
    what: str
    narrow: Callable[[MessageQuerySet], MessageQuerySet]

    def label(self, count: int) -> str:
        return f"{agreeing(count, self.one, self.several)} : {self.what}"


# The filter « à traiter » of the journal, under the same names.
TO_SETTLE = {
    "incertaines": ToSettle("lettre incertaine", "lettres incertaines", "parties ou non, une personne décide", uncertain),
    "refusees": ToSettle("lettre refusée", "lettres refusées", "adresse à corriger, ou à marquer « ne reçoit pas »", refused),
}


def waiting(now: datetime) -> Iterator[Waiting]:
    """Letters to settle, and addresses that a server refused without anybody having said what becomes of them."""
    which = {name: Q(pk__in=each.narrow(Message.objects.order_by()).values("pk")) for name, each in TO_SETTLE.items()}
    numbers = {f"{name}_count": Count("pk", filter=rows) for name, rows in which.items()}
    moments = {f"{name}_since": Min("due_at", filter=rows) for name, rows in which.items()}
    # One question for all of them: the first page of the admin asks it each time.
    found = Message.objects.filter(state__in=[State.UNCERTAIN, State.FAILED]).order_by().aggregate(**numbers, **moments)
    for name, each in TO_SETTLE.items():
        count = found[f"{name}_count"]
        yield Waiting(each.label(count), count, _journal(attente=name), CHANGE, found[f"{name}_since"])
    unseen = Refusal.objects.filter(by_staff=False).order_by().aggregate(count=Count("pk"), since=Min("at"))
    url = f"{reverse('admin:mailing_refusal_changelist')}?{urlencode({'by_staff__exact': 0})}"
    several = "adresses refusées par leur serveur"
    yield Waiting("adresse refusée par son serveur", unseen["count"], url, CHANGE, unseen["since"], several)


# --- What will leave -----------------------------------------------------------------------------------


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """Letters due in the meantime, together when they are of one act or of one kind and minute. No address: the list has them."""
    due = Message.objects.filter(state=State.DUE, next_at__gte=start, next_at__lt=until).order_by()
    groups = due.annotate(minute=TruncMinute("next_at")).values("minute", "kind", "batch").annotate(count=Count("pk"), at=Min("next_at"))
    batches = Batch.objects.in_bulk({group["batch"] for group in groups if group["batch"]})
    for group in groups:
        batch = batches.get(group["batch"])
        what = batch.label if batch else KINDS[group["kind"]].label if group["kind"] in KINDS else group["kind"]
        url = batch.get_absolute_url() if batch else _journal(kind=group["kind"], state__exact=State.DUE)
        whom = "personnes" if group["count"] > 1 else "personne"
        about = batch.about if batch else ""
        yield Planned(group["at"], "envoyé", f"Lettre : {what}", whom, group["count"], url, about, permission=VIEW)


# --- What a search finds -------------------------------------------------------------------------------


def found(user: Any, words: str) -> Iterator[Found]:
    """Letters by any part of an address or of a subject, for who reads the journal, without those their roles do not open.

    Letters that carry a code are found by their address only: their subject is shown to nobody.
    """
    if not asked_words(words) or not user.has_perm(VIEW):
        return
    letters = Message.objects.visible_to(user).searched(words)
    for letter in letters.order_by("-created_at", "-pk")[:MOST]:
        note = f"{letter.to}, {State(letter.state).label}, {moment_in_words(letter.created_at, zone=False, weekday=False)}"
        yield Found("Lettres", letter.shown_subject, reverse("admin:mailing_message_change", args=[letter.pk]), note)
