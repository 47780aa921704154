"""The files of an order, by its address; and, for the team, any version of a paper. Always as attachments, kept by nobody between."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import UserRequest
from accounts.roles import RUN_BOOKINGS
from billing.models import Invoice
from billing.views.invoices import sent
from bookings import links, paper_emails, paper_links, papers
from bookings.models import Booking, BookingPaper, Certificate, Seat
from bookings.models.booking import VIEW_BOOKING
from bookings.papers import Subject
from bookings.services import papers as drawing
from bookings.states import Paper
from bookings.views.changing import by_link
from core import clock
from core.refusals import Refused
from programmes.models import TrainingSession
from records.services import label_of


@by_link
def paper(request: HttpRequest, booking: Booking, slug: str) -> HttpResponse:
    """The quote, the agreement, the certificates of the order in one file: as its data stands."""
    if slug not in paper_links.BY_SLUG or not paper_links.gives(booking, slug):
        raise Http404
    return _given(request, booking, papers.of_order(paper_links.BY_SLUG[slug], booking))


@by_link
def joining(request: HttpRequest, booking: Booking, rank: int) -> HttpResponse:
    seat = _seat(booking, rank)
    if not paper_links.joins(seat, now=clock.now()):
        raise Http404
    return _given(request, booking, papers.of_seat(Paper.JOINING, seat))


@by_link
def certificate(request: HttpRequest, booking: Booking, rank: int) -> HttpResponse:
    seat = _seat(booking, rank)
    if not Certificate.objects.good().filter(seat=seat).exists():
        raise Http404
    return _given(request, booking, papers.of_seat(Paper.CERTIFICATE, seat))


@by_link
def signed(request: HttpRequest, booking: Booking, pk: int) -> HttpResponse:
    """What was given to us, as it was."""
    row = get_object_or_404(BookingPaper.objects.exclude(file=""), pk=pk, booking=booking, kind=Paper.SIGNED)
    return download(drawing.read(row), papers.of_order(Paper.SIGNED, booking).file_name)


@by_link
def invoice(request: HttpRequest, booking: Booking, number: str) -> HttpResponse:
    """An invoice or a credit note of the order; drawn at once when the sweep has not come yet."""
    document = get_object_or_404(Invoice.objects.about(label_of(booking)), number=number)
    try:
        return sent(document)
    except Refused as refusal:
        return _refused(request, booking, str(refusal))


@require_POST
@by_link
def send_quote(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Send the quote by mail to whoever orders, and who pays."""
    if not paper_links.gives(booking, paper_links.QUOTE):
        raise Http404
    paper_emails.post_quote(booking, now=clock.now())
    messages.success(request, f"Le devis part à {booking.email}.")
    return redirect(links.path_of(booking))


@never_cache
@require_safe
def version(request: UserRequest, pk: int) -> HttpResponse:
    """Any version of a paper, the former ones too: for the team."""
    if not request.user.has_perm(VIEW_BOOKING):
        raise Http404
    row = get_object_or_404(BookingPaper.objects.exclude(file="").select_related("seat__booking", "booking", "session"), pk=pk)
    return download(drawing.read(row), drawing.subject_of(row).file_name)


@never_cache
@require_safe
def staff_paper(request: UserRequest, pk: int, slug: str) -> HttpResponse:
    """The paper of an order as its data stands, for the team."""
    booking = get_object_or_404(Booking.objects.visible_to(request.user), pk=pk)
    if not request.user.has_perm(VIEW_BOOKING) or slug not in paper_links.BY_SLUG:
        raise Http404
    return _for_team(papers.of_order(paper_links.BY_SLUG[slug], booking))


@never_cache
@require_safe
def sheet(request: UserRequest, pk: int) -> HttpResponse:
    """The attendance sheet of a day, for the team; trainers have their own door."""
    if not request.user.has_perm(RUN_BOOKINGS):
        raise Http404
    rows = TrainingSession.objects.select_related("programme", "venue")
    return _for_team(papers.of_day(get_object_or_404(rows, pk=pk)))


def download(content: bytes, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=papers.PDF, headers=headers)


def _seat(booking: Booking, rank: int) -> Seat:
    return get_object_or_404(Seat.objects.filter(booking=booking).select_related("booking__session"), rank=rank)


def _given(request: HttpRequest, booking: Booking, subject: Subject) -> HttpResponse:
    try:
        row = drawing.to_download(subject, now=clock.now())
    except Refused as refusal:
        return _refused(request, booking, str(refusal))
    return download(drawing.read(row), subject.file_name)


def _for_team(subject: Subject) -> HttpResponse:
    """What cannot be made is said in words, to somebody of the team."""
    try:
        row = drawing.to_download(subject, now=clock.now())
    except Refused as refusal:
        return HttpResponse(str(refusal), status=503, content_type="text/plain; charset=utf-8")
    return download(drawing.read(row), subject.file_name)


def _refused(request: HttpRequest, booking: Booking, words: str) -> HttpResponse:
    messages.error(request, words)
    return redirect(links.path_of(booking))
