"""The form, read over and sent; then the page of the order, by its link: what a person does, without account."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from bookings import links, services
from bookings.models import Booking
from bookings.services import calling_off, cancelling, invoicing, naming
from bookings.states import Firmness, Payer, State
from mailing.tasks import deliver
from programmes.models import TrainingSession
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, session
from tests.bookings.test_order_clock import A_DAY, fresh, pay
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
SIRET = siret(77)
TYPED = {
    "name": "Camille Exemple", "email": "camille@ville.example", "places": "2", "comes": "on", "people": "Dominique Exemple",
    "payer": "PUBLIC", "payer_siret": SIRET, "payer_name": "Ville d’Exemple", "payer_address": "1, place de l’Exemple",
    "payer_postcode": "35000", "payer_city": "Exempleville", "commitment_number": "EJ-42",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


def form_of(day):
    return reverse("order", args=[day.programme.slug, day.slug])


def hidden(html):
    """What the review page sends again."""
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html):
        if name != "csrfmiddlewaretoken":
            found[name] = value.replace("&#x27;", "'").replace("&amp;", "&")
    return found


def send(client, day, typed=None, **more):
    """Read over, then send."""
    review = client.post(form_of(day), typed or TYPED)
    assert review.status_code == 200, review.content.decode()
    return client.post(form_of(day), hidden(review.content.decode()) | {"send": "1", "accepts": "on"} | more)


def test_an_employer_orders_proves_and_is_firm_by_the_order_number(client):
    day = session()
    page = client.get(form_of(day)).content.decode()
    assert "20 libres" in page
    assert "680\u00a0€ TTC, soit 566,67\u00a0€ hors taxes et 113,33\u00a0€ de TVA" in page
    sent = send(client, day)
    assert "camille@ville.example" in sent.content.decode()
    assert sent.status_code == 200
    deliver()
    row = Booking.objects.get()
    address = links.address_of(row)
    assert (mail.outbox[0].to, address in mail.outbox[0].body) == (["camille@ville.example"], True)
    path = links.path_of(row)
    assert "Confirmer ma commande" in client.get(path).content.decode()
    after = client.post(reverse("booking_prove", args=[links.secret_of(row)]), follow=True).content.decode()
    assert "Votre commande est ferme" in after
    assert "EJ-42" in after
    row.refresh_from_db()
    names = list(row.seats.values_list("name", flat=True))
    assert (row.state, names, TrainingSession.objects.get().taken) == (State.FIRM, ["Camille Exemple", "Dominique Exemple"], 2)


def test_opening_the_link_changes_nothing(client):
    row = ordered(proven=False)
    client.get(links.path_of(row))
    row.refresh_from_db()
    assert row.proven_at is None


def test_whoever_is_signed_in_is_led_to_the_order_at_once(client):
    day = session()
    sign_in(client, UserFactory(email="camille@ville.example"))
    answer = send(client, day, TYPED | {"commitment_number": ""})
    row = Booking.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, links.path_of(row))
    page = client.get(answer["Location"]).content.decode()
    assert "Vos places sont tenues" in page
    assert "Enregistrer le numéro" in page


def test_the_register_proposes_the_name_and_the_address_of_a_siret(client):
    day = session()
    OrganisationFactory(name="Métropole d’Exemple", siret=SIRET, address="2, quai d’Exemple", postcode="44000", city="Exemple-sur-Loire")
    blank = dict.fromkeys(("payer_name", "payer_address", "payer_postcode", "payer_city"), "")
    page = client.post(form_of(day), TYPED | blank).content.decode()
    assert "Métropole d’Exemple" in page
    assert "2, quai d’Exemple, 44000 Exemple-sur-Loire" in page


def test_of_a_known_siret_what_the_register_lacks_is_asked_for_and_what_it_has_is_taken(client):
    day = session()
    OrganisationFactory(name="Région d’Exemple", siret=SIRET, address="", postcode="35000", city="Rennes")
    blank = dict.fromkeys(("payer_name", "payer_address", "payer_postcode", "payer_city"), "")
    answer = client.post(form_of(day), TYPED | blank)
    page = answer.content.decode()
    assert (answer.status_code, "Notre répertoire ne la connaît pas pour «\u00a0Région d’Exemple\u00a0»" in page) == (422, True)
    assert ("Donnez le code postal" in page, "Donnez la ville" in page) == (False, False)
    review = client.post(form_of(day), TYPED | blank | {"payer_address": "283, avenue d’Exemple"}).content.decode()
    assert ("Région d’Exemple" in review, "283, avenue d’Exemple, 35000 Rennes" in review) == (True, True)


def test_an_address_typed_elsewhere_takes_nothing_of_the_register(client):
    day = session()
    OrganisationFactory(name="Métropole d’Exemple", siret=SIRET, address="2, quai d’Exemple", postcode="44000", city="Exemple-sur-Loire")
    typed = TYPED | {"payer_address": "", "payer_postcode": "44100", "payer_city": ""}
    page = client.post(form_of(day), typed).content.decode()
    assert ("2, quai d’Exemple" in page, "Donnez l’adresse" in page, "Donnez la ville" in page) == (False, True, True)
    why = "Notre répertoire en connaît une autre pour «\u00a0Métropole d’Exemple\u00a0», à 44000 Exemple-sur-Loire\u00a0:"
    assert (f"{why} il ne complète pas celle-ci." in page, "ne la connaît pas" in page) == (True, False)


def test_a_free_day_asks_nobody_who_pays_and_is_firm_at_once(client):
    day = session(price=Decimal(0))
    page = client.get(form_of(day)).content.decode()
    assert [words in page for words in ("Qui paie", "SIRET", "Code postal", "paie après", "Votre organisme")] == [False] * 4 + [True]
    typed = {"name": "Camille Exemple", "email": "camille@ville.example", "places": "1", "comes": "on", "payer_name": "Ville d’Exemple"}
    review = client.post(form_of(day), typed).content.decode()
    assert ("Ville d’Exemple" in review, "Qui paie" in review, "Facturation" in review) == (True, False, False)
    send(client, day, typed)
    row = Booking.objects.get()
    client.post(reverse("booking_prove", args=[links.secret_of(row)]))
    row.refresh_from_db()
    assert (row.state, row.payer, row.payer_name, row.payer_siret) == (State.FIRM, Payer.PRIVATE, "Ville d’Exemple", "")
    shown = client.get(links.path_of(row)).content.decode()
    assert ("Qui paie" in shown, "<dt>Organisme</dt>" in shown) == (False, True)


def test_a_wrong_siret_is_refused_in_clear_words_and_the_form_keeps_what_was_typed(client):
    day = session()
    wrong = SIRET[:-1] + str((int(SIRET[-1]) + 1) % 10)
    answer = client.post(form_of(day), TYPED | {"payer_siret": wrong})
    page = answer.content.decode()
    assert (answer.status_code, "surtout les 5 derniers" in page, "Dominique Exemple" in page) == (422, True, True)


def test_twenty_five_places_of_twenty_are_refused_in_words(client):
    answer = client.post(form_of(session()), TYPED | {"places": "25"})
    assert (answer.status_code, "vous en demandez 25" in answer.content.decode()) == (422, True)


def test_a_name_twice_is_refused_in_words(client):
    answer = client.post(form_of(session()), TYPED | {"people": "Dominique Exemple\nDominique Exemple", "places": "3"})
    assert (answer.status_code, "deux fois" in answer.content.decode()) == (422, True)


def test_a_group_larger_than_what_is_left_chooses_on_the_review(client):
    day = session(seats=3)
    firm(day, places=2)
    review = client.post(form_of(day), TYPED).content.decode()
    assert "1 place libre, vous en demandez 2." in review
    refused = send(client, day)
    assert refused.status_code == 422
    send(client, day, if_short="TAKE")
    row = Booking.objects.get(email="camille@ville.example")
    assert (row.state, row.asked, TrainingSession.objects.get().taken) == (State.HELD, 1, 3)


def test_the_conditions_must_be_accepted_and_their_version_is_kept(client):
    day = session()
    review = client.post(form_of(day), TYPED)
    refused = client.post(form_of(day), hidden(review.content.decode()) | {"send": "1"})
    assert (refused.status_code, "Acceptez les conditions" in refused.content.decode()) == (422, True)
    send(client, day)
    assert Booking.objects.get().conditions.version == 1


def test_a_price_that_changed_while_one_typed_is_read_again(client):
    day = session()
    review = client.post(form_of(day), TYPED)
    TrainingSession.objects.update(price=Decimal(700))
    answer = client.post(form_of(day), hidden(review.content.decode()) | {"send": "1", "accepts": "on"})
    assert (answer.status_code, Booking.objects.count()) == (409, 0)


def test_the_screen_is_the_same_for_an_address_that_ordered_already(client):
    day = session()
    firm(day, email="camille@ville.example")
    known = send(client, day).content.decode()
    other = send(client, day, TYPED | {"email": "autre@ville.example"}).content.decode()
    assert re.sub("csrf.*", "", known) == re.sub("csrf.*", "", other.replace("autre@", "camille@"))


def test_a_machine_that_fills_the_trap_orders_nothing(client):
    answer = client.post(form_of(session()), TYPED | {"site": "https://spam.example"})
    assert (answer.status_code, Booking.objects.count()) == (200, 0)


def test_before_the_opening_the_page_says_when_and_to_whom(client):
    day = session(terms={"opens_at": NOW + timedelta(days=20)})
    page = client.get(form_of(day)).content.decode()
    assert "Pas encore ouvert" in page
    assert "ouvre aux adhérents le dimanche 14\u00a0février 2027" in page


def test_in_the_priority_week_an_unknown_address_is_told_by_letter(client):
    day = session(terms={"opens_at": NOW + timedelta(days=2)})
    page = client.get(form_of(day)).content.decode()
    assert "Elle ouvre à tous le mercredi 3\u00a0février 2027" in page
    assert send(client, day).status_code == 200
    deliver()
    assert (Booking.objects.count(), [letter.subject for letter in mail.outbox]) == (
        0, ["La réservation n’est pas encore ouverte\u00a0: Journée découverte"],
    )  # fmt: skip


def test_names_are_given_on_the_page_of_the_order(client):
    row = firm(places=2)
    first, second = row.seats.all()
    typed = {f"place-{seat.pk}-{name}": "" for seat in (first, second) for name in ("name", "email", "job", "needs")}
    typed |= {f"place-{first.pk}-name": "Un Exemple", f"place-{second.pk}-name": "Deux Exemple", f"place-{second.pk}-needs": "Sans gluten"}
    client.post(reverse("booking_people", args=[links.secret_of(row)]), typed)
    assert list(row.seats.values_list("name", "needs")) == [("Un Exemple", ""), ("Deux Exemple", "Sans gluten")]


def test_a_person_named_twice_is_said_beside_the_field_and_in_the_title(client):
    row = firm(places=2)
    first, second = row.seats.all()
    typed = {f"place-{seat.pk}-{name}": "" for seat in (first, second) for name in ("name", "email", "job", "needs")}
    typed |= {f"place-{first.pk}-name": "Un Exemple", f"place-{second.pk}-name": "Un Exemple"}
    answer = client.post(reverse("booking_people", args=[links.secret_of(row)]), typed)
    page = answer.content.decode()
    assert (answer.status_code, "<title>Erreur" in page, f'href="#id_place-{second.pk}-name"' in page) == (422, True, True)
    assert list(row.seats.values_list("name", flat=True)) == ["", ""]


def test_an_order_number_makes_it_firm_and_a_signed_agreement_too(client):
    first, second = ordered(), ordered()
    client.post(reverse("booking_reference", args=[links.secret_of(first)]), {"commitment_number": "EJ-1", "service_code": ""})
    bad = client.post(reverse("booking_agreement", args=[links.secret_of(second)]), {"file": _file(b"MZ not a pdf")})
    good = client.post(reverse("booking_agreement", args=[links.secret_of(second)]), {"file": _file(PDF)})
    assert (bad.status_code, good.status_code) == (422, 302)
    assert list(Booking.objects.order_by("pk").values_list("state", "firm_by")) == [(State.FIRM, "ORDER"), (State.FIRM, "AGREEMENT")]


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" \
      b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"  # fmt: skip


def _file(content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("convention.pdf", content, content_type="application/pdf")


def test_a_lapsed_hold_shows_as_such_before_anything_settles_it(client):
    row = ordered(payer=Payer.PUBLIC)
    with time_machine.travel(row.holds_until + timedelta(minutes=1), tick=False):
        page = client.get(links.path_of(row)).content.decode()
    assert "Votre place n’est plus tenue" in page
    assert Booking.objects.get().state == State.HELD


def test_an_unknown_link_is_told_kindly(client):
    assert client.get(reverse("booking", args=["0" * 64])).status_code == 404


def test_a_day_of_no_terms_or_no_session_is_not_sold_here(client):
    day = session()
    day.terms.delete()
    assert "On ne réserve pas ici" in client.get(form_of(day)).content.decode()
    assert client.get(reverse("order", args=[day.programme.slug, "autre"])).status_code == 404


# --- An order that was cancelled ------------------------------------------------------------------------------------------


def cancelled_half(*, is_paid):
    """A private order of one place, firm, cancelled when half of it stays due."""
    row = ordered(session(), payer=Payer.PRIVATE, payer_siret=SIRET)
    if is_paid:
        pay(invoicing.standing(row)[0], now=NOW)
    else:
        services.make_firm(row, Firmness.STAFF, by=None, now=NOW)
    row, near = fresh(row), NOW + 28 * A_DAY
    cancelling.cancel(row, list(row.seats.all()), by=None, now=near, seen=50)
    return row


def test_the_page_of_a_day_called_off_asks_nothing_more_and_says_what_follows(client):
    day = session()
    rows = [ordered(day, payer=Payer.PRIVATE, payer_siret=SIRET), ordered(day), firm(day, places=1)]
    TrainingSession.objects.filter(pk=day.pk).update(cancelled_at=NOW)
    for row in rows:
        html = client.get(links.path_of(row)).content.decode()
        assert [words for words in ("Qui vient", "Payer", "Rendre la commande ferme", "Retirer") if words in html] == []
        assert "Vous n’avez rien à faire\u00a0: une lettre va vous dire ce qui vous est rendu" in html
    calling_off.close(rows[2], now=NOW)
    assert "Rien ne reste dû." in client.get(links.path_of(rows[2])).content.decode()


def test_the_page_of_a_cancelled_order_says_what_stays_due_of_it(client):
    html = client.get(links.path_of(cancelled_half(is_paid=False))).content.decode()
    assert ("Commande annulée" in html, "Rien n’en reste" in html, "Il en reste dû <strong>340" in html) == (True, False, True)


def test_the_page_of_a_cancelled_order_that_was_paid_says_what_is_given_back_and_not_that_it_came_late(client):
    html = client.get(links.path_of(cancelled_half(is_paid=True))).content.decode()
    assert ("<strong>340" in html, "sont rendus, par la carte" in html, "Nous avons reçu un paiement" in html) == (True, True, False)
    assert ("en restent dus, et sont payés" in html, "Rien n’en reste" in html) == (True, False)


def test_the_page_of_an_order_withdrawn_says_that_nothing_is_left(client):
    row = ordered(session())
    services.withdraw(row, by=None, now=NOW)
    html = client.get(links.path_of(row)).content.decode()
    assert ("Commande retirée" in html, "Rien n’en reste à faire" in html) == (True, True)


def test_a_hold_that_has_ended_offers_no_change_before_the_sweep_has_come(client):
    row = ordered(session(), payer=Payer.PUBLIC)
    naming.name_seats(row, {row.seats.get().pk: naming.Person("Camille Exemple", "")}, by=None, now=NOW)
    assert all(words in client.get(links.path_of(row)).content.decode() for words in ("Enregistrer les noms", "Remplacer Camille"))
    with time_machine.travel(NOW + 16 * A_DAY, tick=False):
        html = client.get(links.path_of(row)).content.decode()
    assert [words in html for words in ("plus tenue", "Enregistrer les noms", "Remplacer Camille")] == [True, False, False]


def test_an_address_of_two_people_is_what_is_named_twice(client):
    day, typed = session(), TYPED | {"people": "Ana Exemple ; accueil@ville.example\nBob Exemple ; accueil@ville.example", "comes": ""}
    html = client.post(form_of(day), typed).content.decode()
    assert "accueil@ville.example est dans la liste deux fois" in html


def test_who_would_be_left_out_by_taking_what_is_left_is_said_before(client):
    day = session(seats=2)
    html = client.post(form_of(day), TYPED | {"places": "2", "comes": "", "people": "Ana Exemple\nBob Exemple"}).content.decode()
    assert "sans Bob" not in html
    firm(day, places=1)
    html = client.post(form_of(day), TYPED | {"places": "2", "comes": "", "people": "Ana Exemple\nBob Exemple"}).content.decode()
    assert re.search(r"de prendre ce qui reste\s: 1 place, 680\s€ TTC.*, sans Bob Exemple", html)


def test_of_a_day_that_is_near_the_joining_letter_is_said_to_follow(client):
    near = client.get(links.path_of(firm(session(day=(NOW + 12 * A_DAY).date())))).content.decode()
    far = client.get(links.path_of(firm(session()))).content.decode()
    follows, later = "La convocation suit, au prochain jour ouvré", "La convocation vient quinze jours avant la journée"
    assert [(follows in html, later in html) for html in (near, far)] == [(True, False), (False, True)]
