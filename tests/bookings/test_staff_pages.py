"""Orders and days in the admin: the list, narrowed and counted at a constant cost; every act; files that no spreadsheet runs."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from tablib import Dataset

from accounts.roles import Role
from billing.models import Invoice, TaxProfile
from bookings import days, situations
from bookings.models import Attendance, Booking, SaleConditions, SessionTerms
from bookings.services import attending, invoicing
from bookings.states import Half, Payer, State
from core.clock import PARIS
from mailing.models import Message
from programmes.models import VatMode
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import exempt, siret
from tests.bookings.factories import NOW, conditions, firm, ordered, people, session
from tests.bookings.test_attending import AFTER, MORNING, TRAINER

pytestmark = pytest.mark.django_db
LIST = "/admin/bookings/booking/"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(client):
    return sign_in(client, UserFactory(roles=[Role.STAFF]))


def text(response):
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def act(booking, slug):
    return reverse("admin:bookings_booking_act", args=[booking.pk, slug])


def confirmed(desk, address, typed):
    """Read what would be done, then do it."""
    page = desk.post(address, typed)
    assert page.status_code == 200, text(page)
    return desk.post(address, {**typed, "_confirm": "1", "_seen": page.context["seen"]})


# --- The list -------------------------------------------------------------------------------------------------------


def test_narrowed_in_the_address_searched_and_counted(desk):
    day, other = session(), session()
    found = firm(day, payer_name="Ville de l’Essai", people=people("Camille Exemple"))
    ordered(day)
    ordered(other)
    page = desk.get(f"{LIST}?journee={day.pk}&situation=FIRM")
    assert [row.pk for row in page.context["cl"].result_list] == [found.pk]
    assert "tenue (1)" in text(page)
    by_words = [desk.get(LIST, {"q": words}).context["cl"].result_count for words in ("essai", found.reference, "EJ-2027", "zzz", "***")]
    assert by_words == [1, 1, 1, 0, 0]
    assert desk.get(f"{LIST}?situation=AUTRE").context["cl"].result_count == 0
    assert desk.get(f"{LIST}?journee=9999999999999999999999").context["cl"].result_count == 0


def test_the_list_costs_the_same_with_one_and_three_rows_and_at_most_ten_questions(desk, django_assert_max_num_queries):
    day, costs = session(), []
    for count in (1, 2):
        for _ in range(count):
            firm(day, places=2)
        desk.get(LIST)
        with django_assert_max_num_queries(10) as counted:
            desk.get(LIST)
        costs.append(len(counted))
    assert costs[0] == costs[1]


def test_each_order_has_one_situation_by_the_clock():
    day = session(seats=6)
    ordered(day, proven=False)
    held, ending = ordered(day), ordered(day)
    Booking.objects.filter(pk=ending.pk).update(holds_until=NOW + timedelta(days=7))
    lapsed = ordered(day)
    Booking.objects.filter(pk=lapsed.pk).update(holds_until=NOW)
    firm(day)
    cancelled = ordered(day)
    Booking.objects.filter(pk=cancelled.pk).update(state=State.CANCELLED, closed_at=NOW)
    rows = situations.situated(Booking.objects.order_by("pk"), now=NOW)
    assert [row.situation for row in rows] == ["UNPROVEN", "HELD", "ENDING", "LAPSED", "FIRM", "CANCELLED"]
    assert held.pk


def test_files_say_what_the_screen_says_and_no_cell_is_run(desk):
    firm(session(), name="=HYPERLINK(1)", payer_name="+cmd|calc", places=2)
    content = b"".join(desk.get(f"{LIST}export/commandes.csv?situation=FIRM").streaming_content).decode("utf-8-sig")
    [heads, line] = list(csv.reader(io.StringIO(content), delimiter=";"))
    assert (heads[0], line[3:7], line[7], line[10]) == ("Commande", ["ferme", "2", "680,00", "1360,00"], "'=HYPERLINK(1)", "'+cmd|calc")
    book = desk.get(f"{LIST}export/commandes.xlsx")
    assert Dataset().load(book.content, format="xlsx").height == 1
    assert Act.objects.filter(verb__startswith="export de commandes").count() == 2
    assert desk.get(f"{LIST}export/commandes.exe").status_code == 404


# --- One order --------------------------------------------------------------------------------------------------------


def test_the_page_shows_all_and_costs_the_same_whatever_the_places(desk, django_assert_max_num_queries):
    costs = []
    for count in (1, 3):
        booking = firm(session(), places=count, people=people(*(f"Personne {n}" for n in range(count))))
        with django_assert_max_num_queries(30) as counted:
            page = desk.get(booking.get_absolute_url())
        costs.append(len(counted))
    assert ("Personne 2" in text(page), "EJ-2027-001" in text(page), costs[0] == costs[1]) == (True, True, True)


def test_made_firm_by_its_number(desk):
    booking = ordered(session())
    refused = desk.post(act(booking, "ferme"), {"firmness": "ORDER", "number": "", "words": ""})
    assert (refused.status_code, "Donnez le numéro" in text(refused)) == (422, True)
    desk.post(act(booking, "ferme"), {"firmness": "ORDER", "number": "BC-77", "words": ""})
    booking.refresh_from_db()
    assert (booking.state, booking.firm_by, booking.commitment_number) == (State.FIRM, "ORDER", "BC-77")


def test_cancelled_on_what_was_read(desk):
    booking = ordered(payer=Payer.PRIVATE, places=2, payer_siret=siret())
    Booking.objects.filter(pk=booking.pk).update(state=State.FIRM, firm_at=NOW, firm_by="STAFF", holds_until=None)
    typed = {"places": [str(booking.seats.get(rank=1).pk)], "percent": "", "words": "Demandé au téléphone."}
    page = desk.post(act(booking, "annuler"), typed)
    assert ("100 % rendus" in text(page), Invoice.objects.filter(corrects__isnull=False).count()) == (True, 0)
    other = {**typed, "percent": "50", "_confirm": "1", "_seen": page.context["seen"]}
    again = desk.post(act(booking, "annuler"), other)  # not what was read
    assert ("Quelque chose a changé" in text(again), Invoice.objects.filter(corrects__isnull=False).count()) == (True, 0)
    confirmed(desk, act(booking, "annuler"), typed)
    assert [note.gross for note in Invoice.objects.filter(corrects__isnull=False)] == [680]


def test_moved_replaced_withdrawn_noted_from_their_screens(desk):
    from datetime import date

    day = session()
    there = session(day=date(2027, 4, 15), programme=day.programme)
    booking = firm(day, people=people("Camille Exemple"))
    seat = booking.seats.get()
    assert confirmed(desk, act(booking, "deplacer"), {"date": there.pk, "words": ""}).status_code == 302
    said = {"seat": seat.pk, "name": "Alix Exemple", "email": "", "job": "", "needs": ""}
    assert desk.post(act(booking, "remplacer"), said).status_code == 302
    assert desk.post(act(booking, "note"), {"note": "À rappeler."}).status_code == 302
    held = ordered(day)
    assert desk.post(act(held, "retirer"), {"words": "Doublon."}).status_code == 302
    booking.refresh_from_db()
    held.refresh_from_db()
    assert (booking.session_id, booking.seats.get().name, booking.note, held.state) == (
        there.pk,
        "Alix Exemple",
        "À rappeler.",
        "CANCELLED",
    )


def test_an_act_that_makes_no_sense_any_more_says_so(desk):
    booking = firm(session())
    page = desk.get(act(booking, "retirer"), follow=True)
    assert "n’a plus de sens ici" in text(page)
    assert desk.get(act(booking, "inventer")).status_code == 404


def test_an_order_that_came_by_telephone_is_entered_and_held(desk):
    day = session()
    typed = {
        "session": day.pk, "places": "2", "name": "Camille Exemple", "email": "camille@ville.example", "phone": "", "payer": "PUBLIC",
        "body": "", "payer_name": "Ville d’Exemple", "payer_siret": "", "payer_address": "", "payer_postcode": "", "payer_city": "",
        "commitment_number": "", "service_code": "", "finance_email": "", "invoice_by": "ORDER",
        "people": "Camille Exemple ; camille@ville.example ; juriste\nAlix Exemple",
    }  # fmt: skip
    desk.post(reverse("admin:bookings_booking_enter"), typed)
    booking = Booking.objects.get()
    assert (booking.state, booking.proven_at, bool(booking.entered_by)) == (State.HELD, NOW, True)
    assert list(booking.seats.order_by("rank").values_list("name", "job")) == [("Camille Exemple", "juriste"), ("Alix Exemple", "")]
    too_many = desk.post(reverse("admin:bookings_booking_enter"), {**typed, "places": "25", "email": "b@ville.example"})
    assert (too_many.status_code, "20 places en tout" in text(too_many)) == (422, True)


# --- Absences, presences ----------------------------------------------------------------------------------------------


def test_an_absence_is_decided_and_its_certificate_refused_in_words(desk):
    booking = firm(session(), people=people("Camille Exemple"), payer_siret=siret())
    seat = booking.seats.select_related("booking__session").get()
    for half in Half:
        attending.note(seat, half, False, by=TRAINER, now=MORNING)
    with time_machine.travel(AFTER, tick=False):
        sign_in(desk, UserFactory(roles=[Role.STAFF]))
        assert "Camille Exemple" in text(desk.get(reverse("admin:bookings_booking_day", args=[booking.session_id])))
        certify = desk.post(reverse("admin:bookings_booking_certify", args=[booking.pk, seat.pk]), follow=True)
        assert "aucun certificat ne peut être établi" in text(certify)
        absence = reverse("admin:bookings_booking_absence", args=[booking.pk, seat.pk])
        assert desk.post(absence, {"charged": "1", "words": ""}).status_code == 422
        desk.post(absence, {"charged": "1", "words": "Prévenu trop tard."})
        seat.refresh_from_db()
        assert (seat.charged, invoicing.to_decide(booking.session, now=AFTER)) == (True, [])


def test_presences_are_typed_from_the_paper(desk):
    booking = firm(session(), places=2, people=people("Camille Exemple", "Alix Exemple"))
    address = reverse("admin:bookings_booking_presences", args=[booking.session_id])
    with time_machine.travel(AFTER, tick=False):
        sign_in(desk, UserFactory(roles=[Role.STAFF]))
        desk.post(address, {"demi": "matin", "place": booking.seats.get(rank=1).pk, "act": "absent"})
        desk.post(address, {"demi": "matin", "tous": "1"})
        assert desk.post(address, {"demi": "nuit", "tous": "1"}).status_code == 404
        assert "1 présent, 1 absent, 0 à noter" in text(desk.get(f"{address}?demi=matin"))
    assert list(Attendance.objects.order_by("seat__rank").values_list("present", flat=True)) == [False, True]


# --- The day, the year ------------------------------------------------------------------------------------------------


def test_a_day_says_seats_by_state_and_money(desk, django_assert_max_num_queries):
    day = session(seats=6)
    firm(day, places=2, people=people("Camille Exemple"))
    ordered(day, places=3)
    ordered(day, places=4)
    told = days.follow(day, now=NOW)
    assert [(part.label, part.places, part.money) for part in told.parts] == [
        ("fermes", 2, 1360),
        ("tenues", 3, 2040),
        ("en attente", 4, 2720),
    ]
    assert (told.money, len(told.unnamed), told.firm_places) == (3400, 2, 2)
    with django_assert_max_num_queries(30):
        desk.get(reverse("admin:bookings_booking_day", args=[day.pk]))


def test_to_maintain_or_to_call_off_is_asked_until_the_day_begins_and_never_after(desk):
    day = session(terms={"minimum": 8})
    firm(day)
    address, off = reverse("admin:bookings_booking_day", args=[day.pk]), reverse("admin:programmes_trainingsession_annuler", args=[day.pk])
    told = []
    for moment in (NOW, day.starts - timedelta(minutes=1), day.starts, AFTER):
        with time_machine.travel(moment, tick=False):
            sign_in(desk, UserFactory(roles=[Role.STAFF]))
            page = desk.get(address).content.decode()
            told.append(("Maintenir ou annuler" in page, off in page))
    assert told == [(True, True), (True, True), (False, False), (False, False)]


def test_calling_off_a_day_that_is_over_opens_no_form(desk):
    day = session()
    off = reverse("admin:programmes_trainingsession_annuler", args=[day.pk])
    with time_machine.travel(day.ends + timedelta(hours=1), tick=False):
        sign_in(desk, UserFactory(roles=[Role.STAFF]))
        answer = desk.get(off, follow=True)
    assert answer.redirect_chain == [(reverse("admin:programmes_trainingsession_change", args=[day.pk]), 302)]
    assert "«\u00a0Annuler\u00a0» ne vaut que pour ce qui est publié" in answer.content.decode()


def test_a_year_sums_its_days_and_leaves_out_those_called_off(desk):
    day, off = session(seats=10), session(seats=10)
    firm(day, places=5)
    firm(off, places=2)
    type(off).objects.filter(pk=off.pk).update(cancelled_at=NOW)
    told = days.of_year(2027)
    assert (told.firm, told.seats, told.rate, told.money, told.members, len(told.lines)) == (5, 10, 50, 3400, 0, 2)
    page = desk.get(reverse("admin:bookings_booking_year", args=[2027]))
    assert ("5 sur 10, 50 %" in text(page), desk.get(reverse("admin:bookings_booking_year", args=[1999])).status_code) == (True, 404)


# --- Terms and conditions -----------------------------------------------------------------------------------------------


def terms_typed(day, **fields):
    profile = TaxProfile.objects.get(pk=day.terms.tax_profile_id)
    said = {
        "opens_at": "2027-01-11T09:00", "tax_profile": profile.pk, "member_price": "600,00", "minimum": "8", "decides_on": "",
        "names_until": "", "objectives": "Comprendre", "conduct": "", "assessment": "", "public_contributions": "aucune",
        "material": "Feutres",
    }  # fmt: skip
    return said | fields


def test_the_sale_of_a_day_is_written_in_words_that_hold(desk):
    day = session()
    address = reverse("admin:bookings_sessionterms_of", args=[day.pk])
    assert desk.post(address, terms_typed(day)).status_code == 302
    terms = SessionTerms.objects.get(session=day)
    assert (terms.member_price, terms.minimum, terms.opens_at.astimezone(PARIS).hour) == (600, 8, 9)
    for wrong, words in (
        ({"tax_profile": exempt().pk}, "La page de la journée dit « TVA à 20 % »"),
        ({"member_price": "700"}, "dépasse celui de tout le monde"),
        ({"minimum": "21"}, "La journée n’a que 20 places."),
        ({"decides_on": "2027-03-16"}, "La décision vient avant la journée"),
        ({"opens_at": "2027-03-17T09:00"}, "ouvrent avant la journée"),
    ):
        page = desk.post(address, terms_typed(day, **wrong))
        assert (page.status_code, words in text(page)) == (422, True), words


def test_a_regime_of_dues_is_neither_offered_for_a_training_nor_taken(desk):
    day = session(vat_mode=VatMode.EXEMPT)
    dues, address = exempt(), reverse("admin:bookings_sessionterms_of", args=[day.pk])
    page = desk.get(address).content.decode()
    assert (f'<option value="{dues.pk}"' in page, f'<option value="{day.terms.tax_profile_id}" selected' in page) == (False, True)
    refused = desk.post(address, terms_typed(day, tax_profile=dues.pk))
    assert (refused.status_code, "Ce régime est celui des cotisations" in text(refused)) == (422, True)
    assert SessionTerms.objects.get(session=day).tax_profile_id == day.terms.tax_profile_id


def test_a_version_of_the_conditions_is_read_then_published_and_never_corrected(desk):
    conditions()
    address = reverse("admin:bookings_saleconditions_publish")
    typed = {
        "text": "## Annuler\n\nSelon le délai.", "in_force_from": "2027-02-02T00:00", "days_0": "30", "percent_0": "100", "days_1": "10",
        "percent_1": "50", "days_2": "", "percent_2": "", "days_3": "", "percent_3": "",
    }  # fmt: skip
    page = desk.post(address, typed)
    assert ("30 jours avant ou plus : 100 %" in text(page).lower(), SaleConditions.objects.count()) == (True, 1)
    assert desk.post(address, {**typed, "_confirm": "1"}).status_code == 302
    row = SaleConditions.objects.get(version=2)
    assert row.tiers == [{"days": 30, "percent": 100}, {"days": 10, "percent": 50}]
    for wrong in ({"percent_1": ""}, {"percent_1": "120"}, {"days_0": "5"}, {"in_force_from": "2020-01-01T00:00"}, {"text": ""}):
        assert desk.post(address, {**typed, **wrong, "_confirm": "1"}).status_code == 422
    assert (SaleConditions.objects.count(), desk.get(row_of(row)).status_code) == (2, 200)


def row_of(row):
    return reverse("admin:bookings_saleconditions_change", args=[row.pk])


# --- Trainers, and who may do what ---------------------------------------------------------------------------------------


def test_a_trainer_is_called_and_their_page_withdrawn(desk):
    from tests.bookings.test_trainer_pages import team

    day = session()
    trainer = team(day)
    address = reverse("admin:bookings_booking_trainers", args=[day.pk])
    desk.post(address, {"trainer": trainer.pk, "words": "Le projecteur est sur place."})
    assert "Le projecteur est sur place." in Message.objects.get(kind="bookings.trainer_called").text
    desk.post(address, {"trainer": trainer.pk, "revoke": "1"})
    assert list(day.trainer_links.values_list("revoked_at", flat=True)) == [NOW]


def test_the_treasurer_reads_and_nobody_else_enters(client):
    booking = firm(session(), people=people("Camille Exemple"))
    day = booking.session_id
    reads = [LIST, booking.get_absolute_url(), reverse("admin:bookings_booking_day", args=[day]), reverse("admin:bookings_booking_years")]
    runs = [
        act(booking, "annuler"), reverse("admin:bookings_booking_enter"), f"{LIST}export/commandes.csv",
        reverse("admin:bookings_booking_presences", args=[day]), reverse("admin:bookings_booking_trainers", args=[day]),
        reverse("admin:bookings_booking_maintain", args=[day]), reverse("admin:bookings_sessionterms_of", args=[day]),
        reverse("admin:bookings_booking_absence", args=[booking.pk, booking.seats.get().pk]),
        reverse("admin:bookings_saleconditions_publish"),
    ]  # fmt: skip
    told = {}
    for role in (Role.TREASURER, Role.REVIEWER, Role.COORDINATOR, Role.ADMINISTRATOR):
        sign_in(client, UserFactory(roles=[role]))
        told[role] = ({client.get(url).status_code for url in reads}, {client.get(url).status_code for url in runs})
    assert told == {
        Role.TREASURER: ({200}, {403}), Role.REVIEWER: ({302}, {302}), Role.COORDINATOR: ({302}, {302}), Role.ADMINISTRATOR: ({403}, {403}),
    }  # fmt: skip


def test_the_treasurer_invoices_what_is_due_after_reading_it_and_the_team_does_not(client):
    booking = firm(session(), places=2, people=people("Camille Exemple", "Alix Exemple"), payer_siret=siret())
    attending_seats = list(booking.seats.select_related("booking__session"))
    for half in Half:
        attending.note(attending_seats[0], half, True, by=TRAINER, now=MORNING)
    with time_machine.travel(AFTER, tick=False):
        treasurer = sign_in(client, UserFactory(roles=[Role.TREASURER]))
        page = treasurer.post(act(booking, "facturer"), {})
        assert "1 place : 680 € TTC, à Ville d’Exemple." in text(page)
        treasurer.post(act(booking, "facturer"), {"_confirm": "1", "_seen": page.context["seen"]})
        assert [invoice.gross for invoice in Invoice.objects.all()] == [680]
        assert sign_in(client, UserFactory(roles=[Role.STAFF])).get(act(booking, "facturer")).status_code == 403


def test_an_order_whose_invoice_lacks_something_says_what(client):
    booking = firm(session(), people=people("Camille Exemple"))
    for half in Half:
        attending.note(booking.seats.select_related("booking__session").get(), half, True, by=TRAINER, now=MORNING)
    with time_machine.travel(AFTER, tick=False):
        page = sign_in(client, UserFactory(roles=[Role.TREASURER])).post(act(booking, "facturer"), {})
    assert (page.status_code, "Il manque encore" in text(page), Invoice.objects.count()) == (422, True, 0)
