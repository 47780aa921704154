"""Following a bulletin: where it stands, its papers, what the team asks. For the team, contacts, and the sender until acceptance."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.http import UserRequest
from core import clock
from core.refusals import Refused
from memberships import answers as asked
from memberships import downloads, papers, queries, services
from memberships.bulletins import people_of
from memberships.forms import PaperForm
from memberships.models import Membership, MembershipDocument, Right
from memberships.services.filing import TAKES_PAPERS
from memberships.states import ASKED_FOR, DocumentKind, State
from organisations.states import ContactRole


@require_safe
def followed(request: UserRequest, pk: int) -> HttpResponse:
    return _page(request, _reachable(request, pk), PaperForm(initial={"kind": DocumentKind.SIGNED}))


@require_POST
def upload(request: UserRequest, pk: int) -> HttpResponse:
    """Keep a signed bulletin or a deliberation; a refused one is told beside its field."""
    membership = _reachable(request, pk)
    form = PaperForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, membership, form, status=422)
    try:
        services.file_paper(membership, form.cleaned_data["kind"], form.cleaned_data["file"], by=request.user, now=clock.now())
    except ValidationError as error:
        form.add_error("file", error)
        return _page(request, membership, form, status=422)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, membership, form, status=422)
    messages.success(request, "Votre document est déposé. Merci.")
    return redirect("joining_followed", pk)


@require_POST
def complete(request: UserRequest, pk: int) -> HttpResponse:
    """Open the bulletin again, to answer the team's question."""
    try:
        services.reopen(_reachable(request, pk), by=request.user, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("joining_followed", pk)
    return redirect("join_contacts")


def withdraw(request: UserRequest, pk: int) -> HttpResponse:
    """Take the bulletin back, after a page that asks."""
    membership = _reachable(request, pk)
    if membership.state not in ASKED_FOR:
        raise Http404
    if request.method != "POST":
        return render(request, "memberships/withdraw.html", {"membership": membership})
    try:
        services.withdraw(membership, by=request.user, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Votre bulletin est retiré.")
    return redirect("joining_followed", pk)


@require_safe
def bulletin_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """The prefilled bulletin, as its data stands."""
    return downloads.given(papers.publish(_reachable(request, pk), DocumentKind.BULLETIN, clock.now()))


@require_safe
def paper(request: UserRequest, pk: int, document: int) -> HttpResponse:
    """What was given to us, as an attachment: nothing of it is ever shown in the page."""
    found = get_object_or_404(MembershipDocument.objects.given_for(_reachable(request, pk), request.user), pk=document)
    return downloads.given(found)


def _reachable(request: UserRequest, pk: int) -> Membership:
    """Mine to follow: I sent it and it is not accepted yet, or I speak for the body today, or I am of the team; else 404."""
    mine = Q(pk__in=Membership.objects.asked_by(request.user).values("pk"))
    seen = Q(pk__in=Membership.objects.visible_to(request.user).values("pk"))
    rows = Membership.objects.select_related("organisation", "campaign", "asker")
    return get_object_or_404(rows.filter(mine | seen), pk=pk)


def _page(request: UserRequest, membership: Membership, form: PaperForm, *, status: int = 200) -> HttpResponse:
    people = [(ContactRole(role).label, asked.in_words(person)) for role, person in people_of(membership.bulletin).items()]
    context: dict[str, Any] = {
        "membership": membership,
        "campaign": membership.campaign,
        "people": people,
        "given": MembershipDocument.objects.given_for(membership, request.user),
        "form": form,
        "takes_papers": membership.state in TAKES_PAPERS,
        "can_withdraw": membership.state in ASKED_FOR,
        "price": queries.price_of(membership),
        "rights": Right.objects.all() if membership.state == State.ACTIVE else [],
    }
    return render(request, "memberships/followed.html", context, status=status)
