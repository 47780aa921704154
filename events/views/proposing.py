"""Proposing an event in three screens: what is typed is kept at each, whatever happens; then read over, and sent."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from core import clock
from core.caching import is_known, public_page
from core.refusals import Refused
from events import organisers, proposing, similar, wholes
from events import proposal_emails as emails
from events.models import Event, EventPicture, Organiser, Season
from events.picture_forms import PictureForm
from events.proposal_forms import BeginForm, LostForm, form_of
from events.proposing import SCREENS, WHAT, WHO
from events.services import changing, picturing, teaming, writing
from events.services import proposing as services
from events.services.proposing import Stale
from events.sitting_forms import commune_in_words, department_in_words
from events.states import State
from events.views import pictures
from events.views.by_link import asks_too_often, by_link
from organisations.reference import communes

TOO_OFTEN = "Beaucoup de liens ont été demandés d’ici depuis une heure : réessayez un peu plus tard."
_LARGEST = 2_000_000_000
_ORDER = list(SCREENS)


# --- Begin, or find one's link again -----------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Who proposes is asked first: the link that is mailed proves the address. A signed-in person goes on at once."""
    now = clock.now()
    seasons = list(Season.objects.taking_proposals(now=now).order_by("starts_on", "pk"))
    if not seasons:
        coming = Season.objects.public(now=now).filter(listing_opens_at__gt=now).order_by("listing_opens_at", "pk").first()
        return render(request, "events/propose/closed.html", {"coming": coming})
    person = _person(request)
    form = BeginForm(request.POST if request.method == "POST" else None, seasons=seasons, known=person is not None)
    if request.method == "POST" and form.is_valid():
        return _begin(request, form, seasons, person, now=now)
    status = 422 if form.is_bound else 200
    return render(request, "events/propose/begin.html", {"form": form, "seasons": seasons, "person": person}, status=status)


def _begin(request: HttpRequest, form: BeginForm, seasons: list[Season], person: User | None, *, now: datetime) -> HttpResponse:
    season = next(row for row in seasons if row.slug == form.cleaned_data["season"])
    email = person.email if person else form.cleaned_data["email"]
    name = person.get_full_name() if person else form.cleaned_data["name"]
    try:
        if person is None and asks_too_often(request):
            raise Refused(TOO_OFTEN)
        organiser = services.begin(season, email, name=name, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return render(request, "events/propose/begin.html", {"form": form, "seasons": seasons, "person": person}, status=422)
    if person or not emails.has_enough(email, now=now):
        emails.post_link(organiser, now=now)
    if person:
        return redirect("proposal_screen", organisers.secret_of(organiser), _ORDER[0])
    return render(request, "events/propose/sent.html", {"email": email})


def _person(request: HttpRequest) -> User | None:
    user = request.user if is_known(request) else None
    return user if isinstance(user, User) else None


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lost(request: HttpRequest) -> HttpResponse:
    """Ask again for one's links: the page says the same to an address that has some and to one that has none."""
    form = LostForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not asks_too_often(request):
            teaming.ask_links(form.cleaned_data["email"], now=clock.now())
            return render(request, "events/propose/sent.html", {"email": form.cleaned_data["email"], "again": True})
        form.add_error(None, TOO_OFTEN)
    return render(request, "events/propose/lost.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@public_page
def communes_json(request: HttpRequest) -> HttpResponse:
    """At most ten communes for `q`, for static/js/suggest.js: what is taken holds its INSEE code."""
    found = communes().search(request.GET.get("q", "")[:100], limit=10)
    rows = [{"nom": commune_in_words(place.code), "note": department_in_words(place.code)} for place in found]
    return JsonResponse({"propositions": rows})


@by_link
@require_safe
def wholes_json(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """What the event may be a part of, for static/js/suggest.js."""
    rows = wholes.proposed(organiser.event, request.GET.get("q", "")[:100])
    return JsonResponse({"propositions": [{"nom": row.label, "note": row.note} for row in rows]})


# --- The three screens ---------------------------------------------------------------------------------------------------


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def screen(request: HttpRequest, organiser: Organiser, screen: str) -> HttpResponse:
    """One screen: kept as typed, right or wrong; right, the next one."""
    event = organiser.event
    if screen not in SCREENS:
        raise Http404
    if event.state == State.CANCELLED:
        return redirect("proposal", organisers.secret_of(organiser))
    if request.method != "POST":
        form = form_of(screen, writing.working(event), event, bound=False, rows=_rows(request))
        return _screen(request, organiser, screen, form)
    typed, picture = proposing.typed_in(request.POST, screen), pictures.keep(request, organiser) if screen == WHO else None
    try:
        organiser.event = services.save(event, typed, revision=number(request.POST.get("revision")), now=clock.now())
    except Stale:
        return _screen(request, organiser, screen, form_of(screen, typed, event), picture, stale=True, status=409)
    if request.POST.get("more"):
        address = reverse("proposal_screen", args=[organisers.secret_of(organiser), screen])
        return redirect(f"{address}?lignes={len(typed.get('sittings', [])) + proposing.BLANKS}#dates")
    form = form_of(screen, typed, organiser.event)
    if not form.is_valid() or (picture and picture.errors):
        return _screen(request, organiser, screen, form, picture, status=422)
    return redirect(*_after(organiser, screen))


def _after(organiser: Organiser, screen: str) -> tuple[str, ...]:
    rank, token = _ORDER.index(screen) + 1, organisers.secret_of(organiser)
    return ("proposal_screen", token, _ORDER[rank]) if rank < len(_ORDER) else ("proposal_review", token)


def _rows(request: HttpRequest) -> int:
    return min(number(request.GET.get("lignes")) or 0, proposing.MOST_SITTINGS)


def _screen(
    request: HttpRequest, organiser: Organiser, screen: str, form: Any, picture: PictureForm | None = None,
    *, stale: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    if screen == WHAT:
        form.fields["parent"].widget.attrs["data-suggest"] = reverse("whole_proposals", args=[organisers.secret_of(organiser)])
    key = salted_hmac("events.draft", f"{organiser.nonce}:{screen}", algorithm="sha256").hexdigest()[:24]
    context = about(organiser) | {
        "form": form,
        "picture_form": (picture or PictureForm(event=organiser.event)) if screen == WHO else None,
        "picture": EventPicture.objects.filter(event=organiser.event).first() if screen == WHO else None,
        "screen": screen,
        "heading": SCREENS[screen],
        "step": _ORDER.index(screen) + 1,
        "stale": stale,
        "copy_key": f"evenement:{key}",
        "is_last": screen == _ORDER[-1],
    }
    return render(request, "events/propose/screen.html", context, status=status)


@by_link
@require_POST
def save(request: HttpRequest, organiser: Organiser, screen: str) -> HttpResponse:
    """Keep the typing: by itself (htmx, answered in a line), or by « Enregistrer »."""
    if screen not in SCREENS:
        raise Http404
    typed, by_itself = proposing.typed_in(request.POST, screen), request.headers.get("HX-Request") == "true"
    # A file is sent by a button only; what is kept by itself is words.
    picture = pictures.keep(request, organiser) if screen == WHO and not by_itself else None
    try:
        event = services.save(organiser.event, typed, revision=number(request.POST.get("revision")), now=clock.now())
    except Refused as refusal:
        if by_itself:
            return render(request, "events/propose/_saved.html", {"words": str(refusal)}, status=409)
        return _screen(request, organiser, screen, form_of(screen, typed, organiser.event), picture, stale=True, status=409)
    if by_itself:
        return render(request, "events/propose/_saved.html", {"event": event})
    if picture and picture.errors:
        organiser.event = event
        form = form_of(screen, writing.working(event), event, bound=False)
        return _screen(request, organiser, screen, form, picture, status=422)
    messages.success(request, "C’est enregistré : revenez quand vous voulez, par votre lien.")
    return redirect("proposal_screen", organisers.secret_of(organiser), screen)


# --- Read over, send ---------------------------------------------------------------------------------------------------------


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """What is sent is what the server kept, as it was read; what the conditions say of it stands beside."""
    event = organiser.event
    if event.state == State.CANCELLED:
        return redirect("proposal", organisers.secret_of(organiser))
    if request.method == "POST":
        return _send(request, organiser)
    return _review(request, organiser)


def _send(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    now, revision = clock.now(), number(request.POST.get("revision"))
    act = changing.send if organiser.event.state == State.LISTED else services.propose
    try:
        event = act(organiser, revision=-1 if revision is None else revision, now=now)
    except Refused as refusal:
        return _review(request, organiser, refusal=str(refusal), status=409 if isinstance(refusal, Stale) else 422)
    messages.success(request, _done(event))
    return redirect("proposal", organisers.secret_of(organiser))


def _done(event: Event) -> str:
    if event.state == State.LISTED:
        return "Vos changements sont enregistrés. Ceux qui portent sur la date, le lieu ou l’accès attendent la coordination."
    return "Votre proposition est partie. La coordination vous répond sous trois jours ouvrés."


def _review(request: HttpRequest, organiser: Organiser, *, refusal: str = "", status: int = 200) -> HttpResponse:
    now, event = clock.now(), organiser.event
    checked = writing.check(event, writing.working(event), now=now)
    if checked.is_complete:
        checked = writing.Checked(writing.normal(event, checked), checked.forms, checked.said, checked.answers)
    public = proposing.typed_of(event) if event.proposed_at else {}
    names = proposing.changed(public, checked.typed) if public else []
    context = about(organiser) | {
        "checked": checked,
        "copies": [(screen, label, proposing.read_out(checked.typed, proposing.shown_on(screen))) for screen, label in SCREENS.items()],
        "faults": [(screen, SCREENS[screen], _faults(form)) for screen, form in checked.forms.items() if form.errors],
        "similar": similar.to_organiser(event, checked, now=now),
        "light": [proposing.LABELS[name] for name in names if name not in proposing.HEAVY],
        "heavy": [proposing.LABELS[name] for name in names if name in proposing.HEAVY],
        "changes": bool(names),
        "picture": EventPicture.objects.filter(event=event).first(),
        "refusal": refusal,
        "step": len(SCREENS) + 1,
        "may_send": checked.may_be_proposed and (event.state != State.LISTED or bool(names and event.typed)),
        "is_closed": event.state in (State.DRAFT, State.REFUSED) and not event.season.is_listing(now=now),
    }
    return render(request, "events/propose/review.html", context, status=status)


def _faults(form: Any) -> list[str]:
    """« Titre : donnez un titre. »: away from its field, a fault names it."""
    labels = {name: str(field.label) for name, field in form.fields.items()}
    return [f"{labels.get(name, '')} : {words}".removeprefix(" : ") for name, said in form.errors.items() for words in said]


def about(organiser: Organiser) -> dict[str, Any]:
    """What every page of an organiser shows."""
    event = organiser.event
    title = event.known_as
    return {
        "organiser": organiser,
        "event": event,
        "season": event.season,
        "title": title,
        "token": organisers.secret_of(organiser),
        "screens": SCREENS.items(),
        "is_listed": event.state == State.LISTED,
        "is_draft": event.state == State.DRAFT,
    }


@by_link
@require_POST
def copy(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """Begin again from this event, for a season that takes proposals."""
    season = get_object_or_404(Season.objects.taking_proposals(now=clock.now()), slug=request.POST.get("season", ""))
    made = services.copy(organiser, season, now=clock.now())
    if request.POST.get("picture"):
        picturing.copy(organiser.event, made.event, now=clock.now())
    emails.post_link(made, now=clock.now())
    messages.success(request, "Tout est repris, aux mêmes jours de la semaine : vérifiez les dates. Votre nouveau lien vient de partir.")
    return redirect("proposal_screen", organisers.secret_of(made), _ORDER[0])


def number(value: str | None) -> int | None:
    """Read a number that we printed; anything else is no number."""
    digits = value if value and len(value) <= 10 and value.isascii() and value.isdigit() else ""  # noqa: PLR2004 - of a revision
    return int(digits) if digits and int(digits) <= _LARGEST else None
