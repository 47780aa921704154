"""The morning after: certificates and invoices of the present go out by themselves, the absent have neither, staff is asked (S9)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from billing.models import Invoice
from bookings import awaiting, enclosures, paper_links, papers, services, situations
from bookings.models import Attendance, Booking, Certificate, Seat
from bookings.services import attending, deciding, finishing, holding, invoicing, sweeping_papers
from bookings.states import Firmness, Half, InvoiceBy, Paper, Payer
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from mailing.tasks import deliver
from tests.applications.factories import staff
from tests.billing.factories import association, siret
from tests.bookings.factories import ordered
from tests.bookings.paper_factories import (
    EVENING,
    MORNING_AFTER,
    ORDERED,
    address,
    day_2019,
    employer,
    named,
    seats_of,
    was_away,
    was_there,
)

pytestmark = pytest.mark.django_db


def finish(now: datetime = MORNING_AFTER) -> list[tuple[str, str]]:
    """Sweep as the worker does, and return the letters it owes."""
    before = set(Message.objects.values_list("pk", flat=True))
    finishing.finish_due(now=now)
    rows = Message.objects.exclude(pk__in=before).order_by("pk")
    return [(row.kind.removeprefix("bookings."), row.to) for row in rows]


def counts() -> tuple[int, int]:
    return Certificate.objects.count(), Invoice.objects.count()


def addressed(booking: Booking) -> Booking:
    for seat in booking.seats.all():
        Seat.objects.filter(pk=seat.pk).update(email=f"personne{seat.rank}.{booking.pk}@ville.example")
    return booking


def test_nineteen_certificates_and_their_invoices_go_out_and_the_absent_one_gets_neither():
    """S9, word for word: twenty orders of one person each."""
    day = day_2019()
    bookings = [employer(day, 1, people=named(1, number)) for number in range(1, 21)]
    for booking in bookings[:19]:
        was_there(seats_of(booking))
    was_away(seats_of(bookings[19])[0])
    letters = finish()
    assert (counts(), letters) == ((19, 19), [("closed", booking.email) for booking in bookings[:19]])
    assert invoicing.to_decide(day, now=MORNING_AFTER) == seats_of(bookings[19])
    assert (finish(), counts()) == ([], (19, 19))


def test_nothing_goes_out_on_the_evening_nor_before_eight_in_the_morning():
    booking = employer(day_2019(), 1)
    was_there(seats_of(booking))
    early = datetime(2019, 3, 20, 7, 59, tzinfo=PARIS)
    assert [finish(now) for now in (EVENING, early)] == [[], []]
    assert finish(early + timedelta(minutes=1)) == [("closed", booking.email)]


def test_after_a_friday_it_is_on_monday_morning():
    booking = employer(day_2019(day=date(2019, 3, 22)), 1)
    was_there(seats_of(booking))
    saturday, monday = datetime(2019, 3, 23, 9, tzinfo=PARIS), datetime(2019, 3, 25, 8, tzinfo=PARIS)
    assert (finish(saturday), finish(monday)) == ([], [("closed", booking.email)])


PAYS = ["finances@ville.example"]


def test_people_have_their_own_certificate_and_the_payer_the_invoice_with_all_of_them(mailoutbox):
    booking = addressed(employer(day_2019(), 3, finance_email=PAYS[0]))
    was_there(seats_of(booking)[:2])
    was_away(seats_of(booking)[2])
    finish()
    with time_machine.travel(MORNING_AFTER, tick=False):
        deliver()
    sent = {mail.to[0]: mail for mail in mailoutbox if mail.to[0] in {*PAYS, booking.email, *(seat.email for seat in seats_of(booking))}}
    files = {to: [name for name, _, _ in mail.attachments] for to, mail in sent.items() if mail.attachments}
    invoice, ref = Invoice.objects.get(), booking.reference
    assert files == {
        **dict.fromkeys([booking.email, *PAYS], [f"facture-{invoice.number}.pdf", f"certificats-{ref}.pdf"]),
        f"personne1.{booking.pk}@ville.example": [f"certificat-{ref}-1.pdf"],
        f"personne2.{booking.pk}@ville.example": [f"certificat-{ref}-2.pdf"],
    }
    mail = sent[booking.email]
    assert (mail.cc, invoice.gross, mail.subject.endswith("la facture et les certificats")) == ([], Decimal(1360), True)
    assert all(words in mail.body for words in ("2\u00a0certificats de réalisation", invoice.number, "Une place attend une décision"))


def test_somebody_partly_there_is_certified_for_it_and_invoiced_when_a_person_says_so():
    booking = employer(day_2019(), 1)
    (seat,) = seats_of(booking)
    was_there([seat], Half.MORNING)
    was_away(seat, Half.AFTERNOON)
    first = finish()
    seat.charged = True
    seat.save()
    second = finish(MORNING_AFTER + timedelta(hours=2))
    certificate, invoice = Certificate.objects.get(), Invoice.objects.get()
    assert (first, second, certificate.hours, invoice.gross) == (
        [("closed", booking.email)],
        [("closed", booking.email)],
        Decimal("4.0"),
        Decimal(680),
    )
    carried = [row.key.partition("closed:")[2] for row in Message.objects.filter(kind="bookings.closed").order_by("pk")]
    assert carried == [f"0-0:0-{certificate.pk}", f"0-{invoice.pk}:{certificate.pk}-{certificate.pk}"]


def test_a_presence_typed_a_week_later_is_followed_all_the_same():
    booking = employer(day_2019(), 1)
    assert (finish(), counts()) == ([], (0, 0))
    was_there(seats_of(booking))
    assert (finish(MORNING_AFTER + timedelta(days=7)), counts()) == ([("closed", booking.email)], (1, 1))


def test_a_corrected_presence_replaces_the_certificate_and_is_told():
    booking = addressed(employer(day_2019(), 1))
    (seat,) = seats_of(booking)
    was_there([seat])
    finish()
    Attendance.objects.filter(seat=seat, half=Half.AFTERNOON).update(present=False)
    letters = finish(MORNING_AFTER + timedelta(hours=1))
    assert (letters, counts()) == ([("certificate", seat.email), ("closed", booking.email)], (2, 1))


def test_an_invoice_that_lacks_a_reference_waits_and_says_what_is_missing():
    booking = employer(day_2019(), 1, payer_siret="")
    was_there(seats_of(booking))
    first, again = finish(), finish(MORNING_AFTER + timedelta(days=1))
    text = Message.objects.get(kind="bookings.invoice_waits").text
    assert "/facturation/" in text  # where it is given
    assert (first, again, counts(), "- le SIRET du payeur" in text) == (
        [("invoice_waits", booking.email), ("closed", booking.email)], [], (1, 0), True,
    )  # fmt: skip
    Booking.objects.filter(pk=booking.pk).update(payer_siret=siret())
    assert (finish(MORNING_AFTER + timedelta(days=2)), counts()) == ([("closed", booking.email)], (1, 1))


def test_a_reference_given_eight_months_after_is_followed_and_one_given_after_four_years_is_not():
    booking = employer(day_2019(), 1, payer_siret="")
    was_there(seats_of(booking))
    finish()
    Booking.objects.filter(pk=booking.pk).update(payer_siret=siret())
    late, reasons = MORNING_AFTER + timedelta(days=4 * 366), lambda now: [row.why for row in awaiting.of(booking.session, now=now)]
    assert (finish(late), counts(), reasons(late)) == ([], (1, 0), [awaiting.NEVER])
    assert (finish(MORNING_AFTER + timedelta(days=240)), counts(), reasons(late)) == ([("closed", booking.email)], (1, 1), [])


def test_what_we_lack_ourselves_stops_the_invoice_and_not_the_certificates():
    booking = employer(day_2019(), 1)
    was_there(seats_of(booking))
    association(iban="")
    assert (finish(), counts(), invoicing.missing_here(booking.session)) == ([("closed", booking.email)], (1, 0), ["son IBAN"])


def test_a_private_payer_who_paid_before_gets_the_certificates_alone():
    booking = ordered(day_2019(), now=ORDERED, payer=Payer.PRIVATE, payer_siret=siret(), places=1, people=named(1))
    invoicing.invoice_now(booking, by=None, now=ORDERED)
    Booking.objects.filter(pk=booking.pk).update(state="FIRM", firm_at=ORDERED, firm_by="PAYMENT")
    was_there(seats_of(booking))
    before = Invoice.objects.count()
    assert (finish(), Invoice.objects.count()) == ([("closed", booking.email)], before)
    assert Message.objects.get(kind="bookings.closed").key.endswith(f":0-0:0-{Certificate.objects.get().pk}")


def test_one_invoice_for_each_person_when_the_payer_asks_and_one_letter():
    booking = employer(day_2019(), 3, invoice_by=InvoiceBy.PERSON)
    was_there(seats_of(booking))
    assert (finish(), counts()) == ([("closed", booking.email)], (3, 3))


def test_a_cancelled_day_has_neither_certificates_nor_invoices():
    day = day_2019()
    booking = employer(day, 1)
    was_there(seats_of(booking))
    type(day).objects.filter(pk=day.pk).update(cancelled_at=EVENING)
    assert (finish(), counts()) == ([], (0, 0))


def test_one_order_that_fails_holds_up_no_other(monkeypatch):
    day = day_2019()
    bad, good = employer(day, 1), employer(day, 1, people=named(1, 5))
    was_there([*seats_of(bad), *seats_of(good)])
    whole = finishing.finish

    def fails(booking, **said):
        if booking.pk == bad.pk:
            raise RuntimeError("panne")
        whole(booking, **said)

    monkeypatch.setattr(finishing, "finish", fails)
    assert (finish(), counts()) == ([("closed", good.email)], (1, 1))


def test_the_papers_of_the_day_are_drawn_ahead_of_whoever_downloads_them():
    booking = employer(day_2019(), 2)
    was_there(seats_of(booking))
    finish()
    assert (sweeping_papers.ask_due(now=MORNING_AFTER), sweeping_papers.draw_due(now=MORNING_AFTER)) == (3, 3)
    assert sweeping_papers.ask_due(now=MORNING_AFTER) == 0


def test_a_place_credited_then_decided_due_is_invoiced_again_by_the_sweep():
    booking = ordered(day_2019(), payer=Payer.PRIVATE, payer_siret=siret(), now=ORDERED, people=named(1))
    services.make_firm(booking, Firmness.STAFF, by=None, now=ORDERED, words="payée au guichet")
    [seat] = seats_of(booking)
    was_away(seat)
    for charged in (False, True):
        deciding.decide(seat, charged, reason="Relu.", by=staff(), now=MORNING_AFTER)
    assert [row.pk for row in invoicing.to_issue(now=MORNING_AFTER)] == [booking.pk]
    assert situations.situated(Booking.objects.all(), now=MORNING_AFTER).get().billed == situations.Billed.DUE
    finish()
    kinds = list(Invoice.objects.order_by("pk").values_list("kind", "gross"))
    assert kinds == [("INVOICE", Decimal(680)), ("CREDIT", Decimal(680)), ("INVOICE", Decimal(680))]
    assert list(invoicing.to_issue(now=MORNING_AFTER)) == []


def test_the_certificate_of_somebody_corrected_to_absent_is_given_by_nothing(client):
    booking = addressed(employer(day_2019(), 2))
    first, second = seats_of(booking)
    was_there([first, second])
    finish()
    for half in Half:
        attending.note(first, half, False, by=staff(), now=MORNING_AFTER)
    [numbered] = Certificate.objects.good()
    gone = Certificate.objects.get(seat=first)
    with time_machine.travel(MORNING_AFTER, tick=False):
        labels = [link.label for link in paper_links.papers_of(holding.fresh(booking), MORNING_AFTER)]
        assert [label for label in labels if "ertificat" in label] == ["Certificat de Personne Exemple 2 (PDF)"]
        assert client.get(address(booking, "certificats/1.pdf")).status_code == 404
        deliver()
    assert [each["name"] for each in papers.content_of(papers.of_order(Paper.CERTIFICATES, booking))["certificates"]] == [numbered.name]
    with pytest.raises(Refused, match="présence notée"):
        papers.content_of(papers.of_seat(Paper.CERTIFICATE, first))
    letters = Message.objects.filter(kind="bookings.certificate").order_by("pk")
    assert [(row.to, row.state) for row in letters] == [(first.email, "VOID"), (second.email, "SENT")]
    said = [row.words for row in booking.steps.filter(words__startswith="certificat retiré")]
    assert said == [f"certificat retiré\u00a0: place 1, {gone.number}, la présence qu’il atteste n’est plus notée"]


def test_corrected_to_absent_it_is_no_proof_of_service_done():
    booking = employer(day_2019(), 1)
    was_there(seats_of(booking))
    finish()
    Attendance.objects.update(present=False)
    names = [file.name for file in enclosures.for_reminders(booking, MORNING_AFTER)]
    assert [name for name in names if name.startswith("certificat")] == []
    assert paper_links.gives(booking, paper_links.CERTIFICATES) is False
