"""What the pages below ask of applications, through the registries of `core`."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts.roles import DECIDE, VIEW_APPLICATION, Role
from applications import answers as asked
from applications import jury
from applications.deadlines import as_open_to, closing_at, label_now, limits_of, own_limit
from applications.models import Application, Step
from applications.states import EDITABLE, State
from core import clock
from core.registry import Link, SignInNote, Typed
from core.typography import moment_in_words
from programmes.models import Edition

if TYPE_CHECKING:
    from accounts.models import User

OVER = (State.DECLINED, State.WITHDRAWN, State.DRAFT)


def act_on_call(edition: Edition, person: Any, now: datetime) -> Link | None:
    """On the page of a call: my draft or my application instead of a second form."""
    if person is None or not person.is_authenticated:
        return None
    application = Application.objects.filter(edition=edition, applicant=person).first()
    if application is None:
        return _own_way_in(edition, person, now)
    application.edition = as_open_to(edition, person, now=now)
    return _act(application, now)


def tools_of_call(edition: Edition, person: Any, now: datetime) -> Iterator[Link]:
    """On a call's page in the admin: its applications, and once it is closed, its selection board."""
    if not person.has_perm(VIEW_APPLICATION):
        return
    yield Link("Candidatures", f"{reverse('admin:applications_application_changelist')}?{urlencode({'edition': edition.pk})}")
    if now >= edition.closes_at and person.has_perm(DECIDE):
        yield Link("Sélection", reverse("admin:applications_application_board", args=[edition.pk]))


def _own_way_in(edition: Edition, person: Any, now: datetime) -> Link | None:
    """Nothing begun yet, the call closed, and a limit of one's own."""
    limit = own_limit(edition, person, now=now)
    note = f"Vous avez un délai personnel, jusqu’au {moment_in_words(limit, noon=True)}." if limit else ""
    return Link("Candidater", edition.get_apply_url(), note) if limit else None


def _act(application: Application, now: datetime) -> Link:
    url, accepting = application.get_absolute_url(), application.edition.is_accepting(now=now)
    if application.state == State.DRAFT and accepting:
        deadline = moment_in_words(application.edition.closes_at, noon=True)
        return Link("Reprendre mon brouillon", url, f"Brouillon : pas encore déposée. Clôture le {deadline}.")
    if application.state == State.DRAFT:
        return Link("Revoir mon texte", url, "Brouillon : il n’a pas été déposé avant la clôture.")
    if application.state == State.WITHDRAWN and accepting:
        return Link(f"Reprendre ma candidature {application.reference}", url, f"Candidature {label_now(application, now=now)}.")
    note = (
        "Des modifications ne sont pas déposées."
        if application.has_changes and accepting and application.state != State.WITHDRAWN
        else f"Candidature {label_now(application, now=now)}."
    )
    return Link(f"Voir ma candidature {application.reference}", url, note)


def my_applications(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """In my space: my applications and drafts, newest first."""
    mine = (
        Application.objects.filter(applicant=request.user.pk)
        .with_call()
        .select_related("edition__selection")
        .annotate(withdrawn_at=Step.objects.last_withdrawal())
    )
    mine = mine.order_by("-edition__closes_at", "-pk")
    rows = list(mine)
    if any(row.state in EDITABLE and now >= row.edition.closes_at for row in rows):
        limits = limits_of(cast("User", request.user), now=now)
        for row in rows:
            if limit := limits.get(row.edition_id):
                row.edition = closing_at(row.edition, limit)
    return {"applications": [(row, row.edition.is_accepting(now=now), label_now(row, now=now)) for row in rows]}


def my_readings(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """In the space of somebody of the jury: how far they are, by call."""
    user = cast("User", request.user)
    return {"calls": jury.calls_of(user, now=now)} if Role.REVIEWER in user.roles else None


def held_by(person: Any) -> Iterator[Link]:
    """What a colleague whose account is closed leaves here: their own applications still alive."""
    mine = Application.objects.filter(applicant=person).exclude(state__in=OVER).with_call().order_by("pk")
    for application in mine:
        url = reverse("admin:applications_application_change", args=[application.pk])
        yield Link(f"Candidature {application.reference}", url, application.edition.short_title)


def typed_in_form(request: HttpRequest) -> Typed | None:
    """The answers of a form of a call that was refused with its session: given back on the page that says so."""
    match = request.resolver_match
    if not match or match.url_name not in ("apply", "apply_save"):
        return None
    typed = asked.typed_in(request.POST)
    form = reverse("apply", kwargs=match.kwargs)
    return None if asked.is_empty(typed) else Typed(asked.read_out(typed), form)


def files_of(body: Any, user: Any) -> Iterator[Link]:
    """On the page of an organisation: its files, which the list is narrowed to."""
    if not user.has_perm(VIEW_APPLICATION):
        return
    if count := Application.objects.filter(body=body).count():
        url = f"{reverse('admin:applications_application_changelist')}?{urlencode({'body': body.pk})}"
        yield Link(f"{count}\u00a0candidature{'s' if count > 1 else ''}", url)


def counts_of_body(body: Any, start: date, end: date) -> Iterator[tuple[str, int]]:
    """For a member: how many files its agents deposited between two days, and how many take part; never who."""
    rows = Application.objects.filter(body=body, deposited_at__date__range=(start, end)).exclude(state__in=(State.DRAFT, State.DUPLICATE))
    yield "candidatures déposées par vos agents", rows.exclude(state=State.WITHDRAWN).count()
    yield "agents retenus qui participent", rows.filter(state=State.CONFIRMED, edition__results_released_at__isnull=False).count()


def sign_in_note(path: str) -> SignInNote | None:
    """On the way to a form: whose address to give (a colleague may type for the candidate)."""
    found = re.fullmatch(r"/programmes/([-\w]+)/([-\w]+)/candidater/.*", path)
    call = found and Edition.objects.public(now=clock.now()).filter(programme__slug=found[1], slug=found[2]).first()
    if not call:
        return None
    return SignInNote(
        f"Candidater : {call.short_title}",
        "D’abord, l’adresse de la personne qui candidate. Le code, le récépissé et la réponse y sont envoyés. "
        "Un collègue peut taper pour elle. Une adresse ne sert qu’à une personne : si une boîte partagée a déjà servi pour cet appel, "
        "donnez une autre adresse, la vôtre.",
        aim=f"candidater à « {call.short_title} »",
    )
