"""What waits for the team among applications, and what the admin's search box finds of them (`core.registry`)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, DateTimeField, F, Max, Min, QuerySet, Value
from django.urls import reverse

from accounts.roles import TRIAGE, VIEW_APPLICATION
from applications import facets
from applications.models import Application, ApplicationQuerySet
from applications.states import State
from core.clock import PARIS
from core.registry import Found, Waiting
from core.search import MOST

_LABELS = {
    facets.LATE: "brouillons poursuivis après la clôture : à accepter, ou à laisser de côté",
    facets.UNREVIEWED: "candidatures sans jury",
    facets.REFUSED: "candidatures dont l’adresse ne reçoit pas",
    facets.ALIKE: "candidatures au même nom : une seule personne\u202f?",
    facets.ORPHANED: "candidatures jointes à une candidature retirée depuis : à séparer ou non",
}
# What waits once a call is closed, and since when.
_SINCE = {facets.LATE: Min("saved_at"), facets.UNREVIEWED: Max("edition__closes_at")}


def listed(**query: object) -> str:
    """Return the address of the list so narrowed."""
    return f"{reverse('admin:applications_application_changelist')}?{urlencode(query)}"


def waiting(now: datetime) -> Iterator[Waiting]:
    """By call: drafts to decide on, files without reviewer, addresses that do not receive, files that look like one person's.

    One question for all of it: this is asked whenever somebody of the team opens the first page.
    """
    alive = Application.objects.filter(edition__cancelled_at=None, edition__ends_on__gte=now.astimezone(PARIS).date())
    closed = alive.filter(edition__closes_at__lte=now)
    first, *others = (_by_call(kind, closed if kind in _SINCE else alive) for kind in _LABELS)
    for kind, pk, title, number, since in first.union(*others, all=True).order_by("-edition_id", F("kind")):
        yield Waiting(f"{title} : {_LABELS[kind]}", number, listed(edition=pk, waiting=kind), TRIAGE, since)


def _by_call(kind: str, rows: ApplicationQuerySet) -> "QuerySet[Application, tuple[str, int, str, int, datetime | None]]":
    narrow: Callable[[ApplicationQuerySet], ApplicationQuerySet] = facets.WAITING[kind][1]
    since = _SINCE.get(kind, Value(None, output_field=DateTimeField()))
    found = narrow(rows).order_by().annotate(kind=Value(kind)).values_list("kind", "edition_id", "edition__short_title")
    return found.annotate(number=Count("pk"), since=since)


def found(user: Any, words: str) -> Iterator[Found]:
    """Applications by any part of a name, an address, a body or a reference, for who may read them all."""
    if not user.has_perm(VIEW_APPLICATION) or not words.strip():
        return
    for application in Application.objects.visible_to(user).matching(words).with_call().order_by("-edition__closes_at", "-pk")[:MOST]:
        url = reverse("admin:applications_application_change", args=[application.pk])
        name = application.full_name or application.address or "Anonymisée"
        note = f"{application.edition.short_title}, {State(application.state).label}"
        yield Found("Candidatures", f"{application}, {name}", url, note)
