"""Joining, in three steps: which body, who, read over and send. What is typed is kept at each step, whatever happens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_POST

from accounts.http import UserRequest
from core import clock
from core.money import euros
from core.refusals import Refused
from memberships import answers as asked
from memberships import dues, queries, services
from memberships.addressing import ADDRESS, registered
from memberships.bulletins import Bulletin
from memberships.forms import BodyForm, ContactsForm, SendForm
from memberships.models import Campaign, JoiningDraft, Membership
from memberships.states import State
from organisations.models import Organisation
from organisations.services import recognise

LARGEST_REVISION = 2_000_000_000
DIGITS_AT_MOST = 10


@dataclass(frozen=True)
class Work:
    """What a person is typing: the draft, the year and the body it is about, the bulletin it completes."""

    draft: JoiningDraft | None
    campaigns: list[Campaign]
    typed: Mapping[str, str] = field(default_factory=dict)
    body: Organisation | None = None
    completes: Membership | None = None

    @property
    def campaign(self) -> Campaign | None:
        if self.completes:
            return self.completes.campaign
        year = self.typed.get("year", "")
        return next((row for row in self.campaigns if str(row.year) == year), self.campaigns[0] if self.campaigns else None)

    @property
    def has_body(self) -> bool:
        return bool(self.body or (self.typed.get("name") and self.typed.get("kind")))


def work_of(request: UserRequest, *, now: datetime) -> Work:
    draft, campaigns = services.draft_of(request.user), queries.open_campaigns(now)
    typed = draft.typed if draft else {}
    body = Organisation.objects.with_successor().filter(pk=typed.get(asked.BODY_KEY) or 0).first()
    completes = None
    if key := typed.get(asked.COMPLETES):
        rows = Membership.objects.asked_by(request.user).select_related("organisation", "campaign")
        completes = rows.filter(pk=key, state=State.ASKED).first()
    return Work(draft, campaigns, typed, body.at(queries.today(now)) if body else None, completes)


# --- Which body -------------------------------------------------------------------------------------------------


@login_not_required
def join(request: UserRequest) -> HttpResponse:
    """The first step. A GET shows and stores nothing."""
    now = clock.now()
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("join"))
    work = work_of(request, now=now)
    if work.completes:
        return redirect("join_contacts")
    if not work.campaigns:
        return render(request, "memberships/join_closed.html", {"draft": work.draft})
    if request.method == "POST":
        return _take_body(request, work, now=now)
    initial = {name: work.typed.get(name, "") for name in asked.BODY} | {"year": _year(request, work)}
    unknown = bool(work.draft and work.typed.get("kind") and not work.body)
    return _body_page(request, work, BodyForm(initial=initial, campaigns=work.campaigns, unknown=unknown))


def _year(request: UserRequest, work: Work) -> int | str:
    """The year typed, else the one of the page this comes from (« adhérer pour 2027 »), else the first that is open."""
    asked_for = request.GET.get("annee", "")
    found = next((row for row in work.campaigns if str(row.year) == asked_for), None) if "year" not in work.typed else None
    campaign = found or work.campaign
    return campaign.year if campaign else ""


def _take_body(request: UserRequest, work: Work, *, now: datetime) -> HttpResponse:
    typed = asked.typed_in(request.POST, asked.BODY)
    form = BodyForm(typed, campaigns=work.campaigns, unknown=bool(request.POST.get("unknown")))
    if not form.is_valid():
        _keep(typed, request, now=now)
        return _body_page(request, work, form, status=422)
    answers = form.cleaned_data
    body = _recognised(answers, now=now)
    campaign = next(row for row in work.campaigns if row.year == answers["year"])
    kept = typed | {"siret": answers["siret"], "commune": answers["commune"], asked.BODY_KEY: str(body.pk) if body else ""}
    if any(kept[name] != work.typed.get(name, "") for name in (asked.BODY_KEY, "siret", "name")):
        kept |= dict.fromkeys(ADDRESS, "")  # another body is elsewhere
    try:
        _refuse(body, answers, campaign, request, now=now)
    except Refused as refusal:
        _keep(typed, request, now=now)
        form.add_error("siret" if answers["siret"] else "name", str(refusal))
        return _body_page(request, work, form, status=422)
    _keep(kept, request, now=now)
    if body is None and not form.unknown:
        again = BodyForm(initial=typed, campaigns=work.campaigns, unknown=True)
        return _body_page(request, work, again, asks=True)
    return redirect("join_contacts")


def _recognised(answers: dict[str, Any], *, now: datetime) -> Organisation | None:
    """Return the body that the SIRET means, or else the name: the one of that SIRET; else the only one of its SIREN that has none."""
    siret = answers["siret"]
    if not siret:
        found = recognise(answers["name"], now=now) if answers["name"] else None
        return found.at(queries.today(now)) if found else None
    rows = Organisation.objects.with_successor()
    if known := rows.filter(siret=siret).first():
        return known.at(queries.today(now))
    alone = list(rows.standing().filter(siren=siret[:9], siret="")[:2])
    return alone[0].at(queries.today(now)) if len(alone) == 1 else None


def _refuse(body: Organisation | None, answers: dict[str, Any], campaign: Campaign, request: UserRequest, *, now: datetime) -> None:
    if body:
        services.refuse_unless_it_may_join(body, campaign, by=request.user, now=now)
        body.population = body.population or answers.get("population")
        dues.rate_for(campaign, body)


def _keep(typed: dict[str, str], request: UserRequest, *, now: datetime) -> None:
    services.save_draft({name: str(text) for name, text in typed.items()}, by=request.user, now=now)


def _body_page(request: UserRequest, work: Work, form: BodyForm, *, status: int = 200, asks: bool = False) -> HttpResponse:
    context = {"form": form, "draft": work.draft, "campaign": work.campaign, "step": 1, "asks": asks}
    return render(request, "memberships/join.html", context, status=status)


# --- Who ----------------------------------------------------------------------------------------------------------


@login_not_required
def contacts(request: UserRequest) -> HttpResponse:
    """The second step: contacts, signatory, what the invoice needs."""
    now = clock.now()
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("join_contacts"))
    work = work_of(request, now=now)
    if not work.has_body or work.campaign is None:
        return redirect("join")
    if request.method != "POST":
        return _contacts_page(request, work, ContactsForm(initial=_known(request, work), body=work.body))
    typed = asked.typed_in(request.POST, asked.CONTACTS)
    form = ContactsForm(typed, body=work.body)
    try:
        draft = services.save_draft(typed, by=request.user, now=now, revision=number(request.POST.get("revision")))
    except Refused:
        return _contacts_page(request, work, form, status=409, stale=True)
    if not form.is_valid():
        return _contacts_page(request, Work(draft, work.campaigns, work.typed, work.body, work.completes), form, status=422)
    return redirect("join_review")


@login_not_required
@require_POST
def save(request: UserRequest) -> HttpResponse:
    """Keep the typing: by itself (htmx, answered in a line), or by « Enregistrer »."""
    now, by_itself = clock.now(), request.headers.get("HX-Request") == "true"
    if not request.user.is_authenticated:
        return _line(request, signed_out=True, status=401) if by_itself else redirect_to_login(reverse("join_contacts"))
    typed = asked.typed_in(request.POST, asked.CONTACTS)
    try:
        draft = services.save_draft(typed, by=request.user, now=now, revision=number(request.POST.get("revision")))
    except Refused as refusal:
        if by_itself:
            return _line(request, words=str(refusal), status=409)
        work = work_of(request, now=now)
        return _contacts_page(request, work, ContactsForm(initial=typed, body=work.body), status=409, stale=True)
    if by_itself:
        return _line(request, draft=draft)
    messages.success(request, "Votre bulletin est enregistré : revenez quand vous voulez, il sera là.")
    return redirect("join_contacts")


def _known(request: UserRequest, work: Work) -> dict[str, str]:
    """What was typed, or else what the account says of its person."""
    if any(work.typed.get(name) for name in asked.PEOPLE):
        where = registered(work.body) if work.body and not any(work.typed.get(name) for name in ADDRESS) else {}
        return {name: work.typed.get(name, "") for name in asked.CONTACTS} | where
    person = request.user
    body = work.body or Organisation(commune=work.typed.get("commune", ""))
    return registered(body) | {
        "general_first_name": person.first_name,
        "general_last_name": person.last_name,
        "general_email": person.email,
    }


def _contacts_page(request: UserRequest, work: Work, form: ContactsForm, *, status: int = 200, stale: bool = False) -> HttpResponse:
    key = salted_hmac("memberships.draft", str(request.user.pk), algorithm="sha256").hexdigest()[:24]
    context = {**_about(work), "form": form, "step": 2, "stale": stale, "copy_key": f"adhesion:{key}"}
    return render(request, "memberships/join_contacts.html", context, status=status)


def _line(
    request: HttpRequest, *, draft: JoiningDraft | None = None, words: str = "", signed_out: bool = False, status: int = 200
) -> HttpResponse:
    return render(request, "memberships/_saved.html", {"draft": draft, "words": words, "signed_out": signed_out}, status=status)


# --- Read over, send ------------------------------------------------------------------------------------------------


@login_not_required
def review(request: UserRequest) -> HttpResponse:
    """The last step: what is sent is what the server kept, as it was read."""
    now = clock.now()
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("join_review"))
    work = work_of(request, now=now)
    if work.draft is None or not work.has_body or work.campaign is None:
        return _sent_already(request) or redirect("join")
    form = ContactsForm(work.typed, body=work.body)
    if not form.is_valid():
        return _contacts_page(request, work, form, status=422)
    answers = {**work.typed, **form.cleaned_data}
    bulletin = asked.bulletin_of(answers, work.body, signature="")
    try:
        owed = dues.amount_for(work.campaign, _priced(bulletin), queries.today(now))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("join")
    asks = {"signatory": bulletin.signatory_name, "name": work.body.name if work.body else bulletin.name, "price": euros(owed.amount)}
    if request.method == "POST":
        return _send(request, work, answers, asks, now=now)
    return _review_page(request, work, bulletin, SendForm(**asks), owed=owed)


def _priced(bulletin: Bulletin) -> Organisation:
    """The body as it will be, to say what it owes before it is written."""
    body = bulletin.body or Organisation(name=bulletin.name, kind=bulletin.kind)
    body.population = body.population or bulletin.population
    return body


def _send(request: UserRequest, work: Work, answers: dict[str, Any], asks: dict[str, str], *, now: datetime) -> HttpResponse:
    form, campaign, draft = SendForm(request.POST, **asks), work.campaign, work.draft
    read = asked.bulletin_of(answers, work.body, signature="")
    if campaign is None or draft is None:
        return redirect("join")
    if number(request.POST.get("revision")) != draft.revision:
        told = "Ce bulletin a changé dans une autre fenêtre : relisez-le, puis envoyez-le."
        return _review_page(request, work, read, form, refusal=told, status=409)
    if not form.is_valid():
        return _review_page(request, work, read, form, status=422)
    bulletin = asked.bulletin_of(answers, work.body, signature=form.chosen)
    try:
        if work.completes:
            membership = services.complete(work.completes, bulletin, by=request.user, now=now)
        else:
            membership = services.send(bulletin, campaign=campaign, by=request.user, now=now)
    except Refused as refusal:
        return _review_page(request, work, read, form, refusal=str(refusal), status=409)
    return redirect("joining_followed", membership.pk)


def _sent_already(request: UserRequest) -> HttpResponse | None:
    """A second click, or « Retour » after sending: the bulletin that was just sent."""
    last = Membership.objects.filter(asker=request.user, state=State.PROPOSED).order_by("-asked_at", "-pk").first()
    return redirect("joining_followed", last.pk) if last and request.method == "POST" else None


def _review_page(
    request: UserRequest,
    work: Work,
    bulletin: Bulletin,
    form: SendForm,
    *,
    owed: dues.Owed | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {**_about(work), "form": form, "step": 3, "copy": asked.read_out(bulletin), "refusal": refusal}
    return render(request, "memberships/join_review.html", context, status=status)


def delete(request: UserRequest) -> HttpResponse:
    """Erase my draft, after a page that asks."""
    draft = services.draft_of(request.user)
    if draft is None:
        return redirect("membership")
    if request.method != "POST":
        return render(request, "memberships/join_delete.html", {"draft": draft})
    services.delete_draft(by=request.user)
    messages.success(request, "Votre brouillon est effacé.")
    return redirect("membership")


def _about(work: Work) -> dict[str, Any]:
    """What every step shows beside: the body, the year, what is owed, what the team asked."""
    body, campaign = work.body, work.campaign
    shown = body or Organisation(name=work.typed.get("name", ""), kind=work.typed.get("kind", ""), siret=work.typed.get("siret", ""))
    price = ""
    if campaign:
        try:
            owed = dues.amount_for(campaign, shown, queries.today(clock.now()))
            price = euros(owed.amount) + (f" ({owed.note})" if owed.note else "")
        except Refused:
            price = ""
    return {"body": shown, "is_new": body is None, "campaign": campaign, "draft": work.draft, "price": price, "completes": work.completes}


def number(value: str | None) -> int | None:
    """Read a number that we printed; anything else is no number."""
    digits = value if value and len(value) <= DIGITS_AT_MOST and value.isascii() and value.isdigit() else ""
    return int(digits) if digits and int(digits) <= LARGEST_REVISION else None
