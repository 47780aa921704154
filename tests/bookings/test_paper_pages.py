"""The files of an order by its address, the team's, and the references of its invoice: who may have what, always as attachments."""

import pytest
import time_machine
from django.test import Client

from accounts.roles import Role
from bookings import links, paper_links, papers
from bookings.models import Booking, BookingPaper, Certificate
from bookings.services import certifying, invoicing
from bookings.services import papers as drawing
from bookings.services.referencing import give_references
from bookings.states import Paper, Payer
from mailing.models import Message
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import siret
from tests.bookings.factories import ordered
from tests.bookings.paper_factories import (
    MORNING_AFTER,
    NEAR,
    ORDERED,
    address,
    day_2019,
    downloaded,
    employer,
    named,
    seats_of,
    was_there,
)
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


def at(moment):
    return time_machine.travel(moment, tick=False)


def given(client, booking, end: str) -> int:
    return client.get(address(booking, end)).status_code


def over(count: int = 2) -> Booking:
    """An order whose day is over, everybody certified and invoiced."""
    booking = employer(day_2019(), count)
    was_there(seats_of(booking))
    for seat in seats_of(booking):
        certifying.certify(seat, by=None, now=MORNING_AFTER)
    invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    return booking


def test_the_address_of_an_order_gives_its_files_as_attachments(client):
    booking = over()
    with at(NEAR):
        for end in ("pieces/devis.pdf", "pieces/convention.pdf", "convocations/2.pdf"):
            assert downloaded(client, address(booking, end))[:5] == b"%PDF-"
    with at(MORNING_AFTER):
        number = invoicing.standing(booking)[0].number
        for end in ("pieces/certificats.pdf", "certificats/1.pdf", f"factures/{number}.pdf"):
            assert downloaded(client, address(booking, end))[:5] == b"%PDF-"


def test_what_is_not_to_be_given_is_not_found(client):
    held = ordered(day_2019(), now=ORDERED, places=1, people=named(1), commitment_number="")
    with at(ORDERED):
        assert [given(client, held, end) for end in (
            "pieces/autre.pdf", "pieces/certificats.pdf", "convocations/1.pdf", "certificats/1.pdf", "factures/F2019-0001.pdf",
            "convention-signee/1.pdf", "convocations/7.pdf",
        )] == [404] * 7  # fmt: skip


def test_another_order_and_an_invented_address_open_nothing(client):
    mine, other = over(1), employer(day_2019(slug="autre"), 1)
    number = invoicing.standing(mine)[0].number
    with at(MORNING_AFTER):
        assert given(client, other, f"factures/{number}.pdf") == 404
        assert client.get(f"/commandes/{'0' * 64}/pieces/devis.pdf").status_code == 404


def test_a_person_who_pays_for_themselves_has_no_agreement(client):
    booking = ordered(day_2019(), now=ORDERED, payer=Payer.PERSON, places=1, people=named(1))
    with at(ORDERED):
        assert [given(client, booking, f"pieces/{slug}.pdf") for slug in ("convention", "devis")] == [404, 200]


def test_what_cannot_be_drawn_is_said_on_the_page_of_the_order(client, monkeypatch):
    booking = employer(day_2019(), 1)

    def fails(*args, **kwargs):
        raise drawing.NotReady(drawing.FAILED)

    monkeypatch.setattr(drawing, "publish", fails)
    with at(NEAR):
        page = client.get(address(booking, "pieces/devis.pdf"), follow=True)
    assert (page.redirect_chain[0][0], drawing.FAILED in page.content.decode()) == (links.path_of(booking), True)


def test_the_page_of_the_order_lists_what_it_gives(client):
    booking = over()
    with at(MORNING_AFTER):
        found = [link.label for link in paper_links.papers_of(booking, MORNING_AFTER)]
        page = client.get(links.path_of(booking)).content.decode()
        number = invoicing.standing(booking)[0].number
        links_there = [link.url in page for link in paper_links.papers_of(booking, MORNING_AFTER)]
    assert found == [f"{label} (PDF)" for label in (
        "Devis", "Convention de formation", "Convocation de Personne Exemple 1", "Convocation de Personne Exemple 2",
        "Les 2 certificats de réalisation", "Certificat de Personne Exemple 1", "Certificat de Personne Exemple 2", f"Facture {number}",
    )]  # fmt: skip
    assert all(links_there)


def test_every_file_listed_is_given(client):
    booking = over(1)
    with at(MORNING_AFTER):
        assert [client.get(link.url).status_code for link in paper_links.papers_of(booking, MORNING_AFTER)] == [200] * 5


def test_the_quote_goes_by_mail_once_an_hour_by_a_post(client):
    booking = employer(day_2019(), 1, finance_email="finances@ville.example")
    with at(NEAR):
        url = address(booking, "devis/envoyer/")
        assert (client.get(url).status_code, client.post(url).status_code, client.post(url).status_code) == (405, 302, 302)
    assert list(Message.objects.filter(kind="bookings.quote").order_by("pk").values_list("to", flat=True)) == [
        booking.email,
        "finances@ville.example",
    ]


# --- The team ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk():
    return sign_in(Client(), UserFactory(roles=[Role.STAFF]))


def test_the_team_reads_any_version_the_paper_of_today_and_the_sheet(desk):
    booking = over(1)
    first = drawing.publish(_quote(booking), now=NEAR)
    with at(NEAR):
        ends = (f"pieces/{first.pk}.pdf", f"commandes/{booking.pk}/convention.pdf", f"{booking.session_id}/emargement.pdf")
        for url in (f"/journees/{end}" for end in ends):
            assert downloaded(desk, url)[:5] == b"%PDF-"
        assert desk.get(f"/journees/commandes/{booking.pk}/autre.pdf").status_code == 404


def _quote(booking):
    return papers.of_order(Paper.QUOTE, booking)


def test_nobody_else_does(client):
    booking = over(1)
    row = drawing.publish(_quote(booking), now=NEAR)
    urls = [
        f"/journees/pieces/{row.pk}.pdf",
        f"/journees/commandes/{booking.pk}/devis.pdf",
        f"/journees/{booking.session_id}/emargement.pdf",
    ]
    someone = sign_in(Client(), UserFactory(email=booking.email))
    assert [someone.get(url).status_code for url in urls] == [404] * 3
    assert [client.get(url).status_code for url in urls] == [302] * 3  # to sign in


def test_the_team_is_told_in_words_what_cannot_be_made(desk):
    booking = employer(day_2019(), 1)
    answer = desk.get(f"/journees/commandes/{booking.pk}/certificats.pdf")
    assert (answer.status_code, "Aucun certificat n’est encore établi" in answer.content.decode()) == (503, True)


def test_former_versions_stay():
    booking = over(1)
    first = drawing.publish(_quote(booking), now=NEAR)
    booking.price_note = "adhérent"
    booking.save()
    second = drawing.publish(_quote(booking), now=NEAR)
    assert (list(BookingPaper.objects.filter(kind=Paper.QUOTE).order_by("pk")), bool(first.file)) == ([first, second], True)
    assert Certificate.objects.count() == 1


# --- What the invoice must say ---------------------------------------------------------------------------------------------


def typed(**fields: str) -> dict[str, str]:
    return {
        "payer_name": "Ville d’Exemple", "payer_siret": "", "payer_address": "Hôtel de ville", "payer_postcode": "35000",
        "payer_city": "Exemple",
        "commitment_number": "EJ-2027-001", "service_code": "", "contract_number": "", "finance_email": "", "invoice_by": "ORDER",
    } | fields  # fmt: skip


def test_the_payer_gives_what_was_missing_and_the_invoice_goes(client):
    booking = employer(day_2019(), 1, payer_siret="")
    was_there(seats_of(booking))
    number = siret()
    with at(MORNING_AFTER):
        page = client.get(links.path_of(booking)).content.decode()
        form = client.get(address(booking, "facturation/")).content.decode()
        answer = client.post(address(booking, "facturation/"), typed(payer_siret=f"{number[:9]} {number[9:]}"))
    booking.refresh_from_db()
    (invoice,) = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    assert ["il manque le SIRET du payeur" in page, "Il manque encore le SIRET du payeur" in form] == [True, True]
    assert (answer.status_code, invoice.buyer_siret, booking.steps.order_by("pk").last().words) == (
        302,
        number,
        "Références de facturation.",
    )


def test_the_register_is_asked_whose_siret_it_is():
    booking = employer(day_2019(), 1)
    body = OrganisationFactory(siret=siret(), needs_service_code=True)
    give_references(booking, by=None, now=MORNING_AFTER, payer_siret=body.siret)
    booking.refresh_from_db()
    assert (booking.body, invoicing.missing(booking, now=MORNING_AFTER)) == (body, ["le code service"])


def test_a_wrong_number_is_refused_beside_its_field_and_nothing_is_kept(client):
    booking = employer(day_2019(), 1)
    before = booking.payer_siret
    with at(NEAR):
        answer = client.post(address(booking, "facturation/"), typed(payer_siret="23350001600041", payer_city=""))
    booking.refresh_from_db()
    assert (answer.status_code, booking.payer_siret, "Erreur" in answer.content.decode()) == (422, before, True)


def test_once_the_invoice_is_issued_nothing_changes_any_more(client):
    booking = over(1)
    with at(MORNING_AFTER):
        page = client.get(address(booking, "facturation/")).content.decode()
        answer = client.post(address(booking, "facturation/"), typed(payer_siret=siret()))
    assert ("ne changent plus" in page, answer.status_code, "La facture est émise" in answer.content.decode()) == (True, 422, True)
