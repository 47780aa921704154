"""Answering proposals, on the site: the queue of those who coordinate, and one proposal (domain.md E9). Others are told nothing: 404."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from accounts.roles import MODERATE_EVENTS
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from events import answering, host_queries, pictures, proposing, similar
from events.coordination_forms import CancelForm, ListForm, ReassignForm, RefuseForm, WordsForm
from events.models import Event, RegionCoordinator, Season
from events.models.attending import VIEW_REGISTRATION
from events.models.event import NATIONAL
from events.services import changing, moderating, writing
from events.services.moderating import last_step
from events.states import NEXT, State
from events.views.proposing import number
from organisations.regions import Region

PER_PAGE = 50
# The tabs: what is asked in the address, its name, the states it shows. The first is what waits for an answer.
TABS: dict[str, tuple[str, tuple[State, ...]]] = {
    "": ("À répondre", ()),
    "attente": ("Chez l’organisateur", (State.CHANGES_REQUESTED,)),
    "programme": ("Au programme", (State.LISTED,)),
    "refus": ("Refusés, annulés", (State.REFUSED, State.CANCELLED)),
}
# What is settled is read a season at a time: the archive would hide it.
OF_A_SEASON = frozenset({"programme", "refus"})


@require_safe
@never_cache
def queue(request: UserRequest) -> HttpResponse:
    """What waits, the oldest first; the other states one click away."""
    now, person = clock.now(), request.user
    if not answering.may_coordinate(person):
        raise Http404
    tab = request.GET.get("etat", "") if request.GET.get("etat", "") in TABS else ""
    region = request.GET.get("region", "") if request.GET.get("region", "") in (NATIONAL, *Region.values) else ""
    mine = Event.objects.moderated_by(person)
    season = _season(mine, now)
    seasons = list(Season.objects.filter(Q(pk__in=mine.values("season")) | Q(pk=season.pk if season else 0)).order_by("-starts_on", "pk"))
    shown = next((row for row in seasons if row.slug == request.GET.get("saison")), season) if tab in OF_A_SEASON else None
    all_of_them = person.has_perm(MODERATE_EVENTS)
    # What was given to others is read still, and waits for them.
    waiting = mine if all_of_them else Event.objects.coordinated_by(person)
    settled = mine.filter(season=shown) if shown else mine
    rows = _rows(settled if tab else waiting, tab, region)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    regions = set(RegionCoordinator.objects.of(person).values_list("region", flat=True))
    context = {
        "page": page,
        "lines": [(row, answering.is_late(row, now=now)) for row in page],
        "tab": tab,
        "tabs": [(slug, name) for slug, (name, _) in TABS.items()],
        "region": region,
        "regions": _choices(set(Region.values) | {""} if all_of_them else regions),
        "names": "toutes les régions" if all_of_them else _named(regions),
        "season": season,
        "shown": shown,
        "seasons": seasons if tab in OF_A_SEASON and len(seasons) > 1 else [],
        "delay": answering.delay_of(season, regions=None if all_of_them else regions),
        "counts": _counts(mine.filter(season=season) if season else mine),
        "within": answering.WITHIN,
    }
    return render(request, "events/coordination/queue.html", context)


def _rows(rows: Any, tab: str, region: str) -> QuerySet[Event]:
    found = rows.filter(state__in=TABS[tab][1]).order_by("-changed_at", "-pk") if tab else rows.to_answer()
    if region:
        # What waits is of the queue it was given to.
        there = Q(region=region) if tab else Q(queue=region) | Q(queue="", region=region)
        found = found.filter(found.nobodys() if region == NATIONAL else there)
    return found.select_related("season").prefetch_related("slots", "formats")  # type: ignore[no-any-return]


def _choices(regions: set[str]) -> list[tuple[str, str]]:
    """The regions one narrows the list to, and the national queue for who answers it."""
    national = [(NATIONAL, "File nationale")] if "" in regions else []
    return [*((code.value, str(code.label)) for code in Region if code.value in regions), *national]


def _counts(rows: QuerySet[Event]) -> dict[str, int]:
    found = {state: count for state, count in rows.order_by("state").values_list("state").annotate(Count("pk"))}
    return dict.fromkeys(State.values, 0) | found


def _named(regions: set[str]) -> str:
    return ", ".join([str(Region(code).label) for code in sorted(regions - {""})] + (["file nationale"] if "" in regions else []))


def _season(mine: QuerySet[Event], now: datetime) -> Season | None:
    """The season that is held or prepared, of which answers are measured: the last that took proposals.

    While none has yet, the next one; of an archive alone, the last; and when nothing is public, the last one of which there is something.
    """
    public = Season.objects.public(now=now)
    if opened := public.filter(listing_opens_at__lte=now).order_by("-starts_on", "pk").first():
        return opened
    if to_come := public.filter(ends_on__gte=now.astimezone(PARIS).date()).order_by("starts_on", "pk").first():
        return to_come
    known = public if public.exists() else Season.objects.filter(pk__in=mine.values("season"))
    return known.order_by("-starts_on", "pk").first()


# --- One proposal ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """What a coordinator may do: its form, its button, when it is offered, what it calls, what is said when done."""

    form: type[forms.Form]
    label: str
    button: str
    offered: Callable[[Event], bool]
    do: Callable[..., object]
    done: str
    is_bad: bool = False


def _may(state: State) -> Callable[[Event], bool]:
    return lambda event: state in NEXT[State(event.state)] and state != State.PROPOSED


def _always(event: Event) -> bool:
    return event.state != State.CANCELLED


def _ever(_: Event) -> bool:
    return True


def _list(event: Event, said: dict[str, Any], **by: Any) -> object:
    return moderating.list_event(event, exception=said.get("exception", False), words=said["words"], **by)


def _words(service: Callable[..., object]) -> Callable[..., object]:
    return lambda event, said, **by: service(event, said["words"], **by)


def _unseen(service: Callable[..., object]) -> Callable[..., object]:
    """Of what may be done whatever was read last."""

    def do(event: Event, said: dict[str, Any], **by: Any) -> object:
        by.pop("seen")
        return service(event, said["words"], **by)

    return do


def _accept(event: Event, said: dict[str, Any], **by: Any) -> object:
    return changing.accept(event, exception=said.get("exception", False), **by)


def _reassign(event: Event, said: dict[str, Any], seen: int | None, **by: Any) -> object:
    return moderating.reassign(event, said["queue"], **by)


def _waits(event: Event) -> bool:
    return event.state == State.LISTED and bool(event.pending)


ACTS: dict[str, Act] = {
    "accepter": Act(ListForm, "Accepter le changement", "Accepter le changement", _waits, _accept, "Le changement est public."),
    "refuser-changement": Act(
        WordsForm, "Refuser le changement", "Refuser le changement", _waits, _words(changing.refuse),
        "La version publique reste.", is_bad=True,
    ),
    "referencer": Act(ListForm, "Référencer", "Référencer", _may(State.LISTED), _list, "L’événement est au programme."),
    "demander": Act(
        WordsForm, "Demander un complément", "Envoyer la demande", _may(State.CHANGES_REQUESTED), _words(moderating.ask_changes),
        "La demande est partie.",
    ),
    "refuser": Act(
        RefuseForm, "Refuser", "Refuser cette proposition", _may(State.REFUSED), _words(moderating.refuse), "Le refus est parti.",
        is_bad=True,
    ),
    "ecrire": Act(
        WordsForm, "Écrire à l’organisateur", "Envoyer le message", _ever, _unseen(moderating.write_to_organiser),
        "Le message est parti.",
    ),
    "noter": Act(
        WordsForm, "Noter, entre nous", "Garder la note", _ever, _unseen(moderating.note), "La note est gardée."
    ),
    "confier": Act(ReassignForm, "Confier à une autre file", "Confier", _always, _reassign, "La proposition est confiée."),
    "annuler": Act(
        CancelForm, "Annuler l’événement", "Annuler l’événement", _may(State.CANCELLED), _unseen(changing.cancel),
        "L’événement est annulé.", is_bad=True,
    ),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def event(request: UserRequest, pk: int) -> HttpResponse:
    """One proposal: what it says, what the conditions say of it, and what may be answered."""
    if not answering.may_coordinate(request.user):
        raise Http404
    rows = Event.objects.moderated_by(request.user).select_related("season", "parent", "copied_from", "picture")
    row = get_object_or_404(rows.prefetch_related("slots", "formats", "partners", "organisers"), pk=pk)
    return _act(request, row) if request.method == "POST" else _page(request, row)


def _act(request: UserRequest, row: Event) -> HttpResponse:
    name = request.POST.get("act", "")
    if name not in ACTS:
        raise Http404
    act = ACTS[name]
    form = _form(name, _checked(row), request.POST)
    if not form.is_valid():
        return _page(request, row, {name: form}, status=422)
    try:
        act.do(row, form.cleaned_data, seen=number(request.POST.get("seen")), by=request.user, now=clock.now())
    except Refused as refusal:
        fresh = Event.objects.select_related("season", "parent", "copied_from").get(pk=row.pk)
        form = _form(name, _checked(fresh), request.POST)
        return _page(request, fresh, {name: form}, refusal=str(refusal), status=409)
    messages.success(request, act.done)
    # Given to another queue, it may be out of sight.
    seen = Event.objects.moderated_by(request.user).filter(pk=row.pk).exists()
    return redirect("coordination_event", row.pk) if seen else redirect("coordination")


def _checked(row: Event) -> writing.Checked:
    """What the conditions say of it, as it would be."""
    return writing.check(row, proposing.typed_of(row) | row.pending.get("typed", {}), now=clock.now())


def _form(name: str, checked: writing.Checked, data: Any = None) -> forms.Form:
    kind = ACTS[name].form
    more: dict[str, Any] = {"needs_exception": checked.needs_exception} if kind is ListForm else {}
    return kind(data, auto_id=f"{name}_%s", **more)


def _page(
    request: UserRequest, row: Event, bound: dict[str, forms.Form] | None = None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    now, public, checked = clock.now(), proposing.typed_of(row), _checked(row)
    wanted = public | row.pending.get("typed", {})
    names = proposing.changed(public, wanted)
    offered = [(name, act, (bound or {}).get(name) or _form(name, checked)) for name, act in ACTS.items() if act.offered(row)]
    context = {
        "event": row,
        "season": row.season,
        "copy": proposing.read_out(public),
        "picture": pictures.shown(row),
        "changes": [(proposing.LABELS[name], proposing.in_words(name, public), proposing.in_words(name, wanted)) for name in names],
        "checked": checked,
        "similar": similar.to_coordinator(row, Event.objects.visible_to(request.user)),
        "thread": list(row.steps.order_by("-at", "-pk")),
        "people": list(row.organisers.all()),
        "acts": offered,
        "opened": next(iter(bound or {}), ""),
        "failed": next((form for form in (bound or {}).values() if form.errors), None),
        "refusal": refusal,
        "seen": last_step(row),
        "is_late": answering.is_late(row, now=now),
        # Counts for who coordinates; names at the desk, for the team (domain.md, « Who may see what »).
        "figures": host_queries.sittings(row, now=now) if row.listed_at else [],
        "may_host": request.user.has_perms([VIEW_REGISTRATION, MODERATE_EVENTS]),
    }
    return render(request, "events/coordination/event.html", context, status=status)
