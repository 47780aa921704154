"""« Prévenez-moi »: one address, confirmed by a POST, one letter at the opening, then erased."""

import logging
from datetime import date, datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine

from core import retention
from core.clock import PARIS
from mailing.delivery import deliver
from mailing.models import Message
from mailing.states import State
from programmes import emails, interest_gathering
from programmes.models import Edition, Interest
from programmes.services import interest as services
from programmes.tasks import tell_openings
from tests.patience import PATIENCE
from tests.programmes.factories import EditionFactory, ProgrammeFactory, SessionFactory
from tests.programmes.test_views import text_of
from tests.racing import race

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 6, 26, 10, tzinfo=PARIS)  # a Monday, a week before the opening
OPENING = datetime(2017, 7, 3, 9, tzinfo=PARIS)  # a Monday
ADDRESS = "agente@ville.example"


@pytest.fixture(autouse=True)
def _before_the_opening():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def edition():
    programme = ProgrammeFactory(slug="aventuriers", title="Les Aventuriers")
    return EditionFactory(programme=programme, slug="2017", short_title="Les Aventuriers 2017", published_at=NOW - timedelta(days=9))


def asked(edition=None, *, programme=None, email=ADDRESS, confirmed=True):
    """Ask, and confirm as the mailed link does."""
    programme = programme or edition.programme
    services.ask(programme, email, edition=edition, now=NOW)
    row = Interest.objects.get(programme=programme, edition=edition, email=email)
    if confirmed:
        services.confirm(row, now=NOW)
    return row


def openings():
    return list(Message.objects.filter(kind="programmes.opening").order_by("pk"))


def sweep(moment):
    with time_machine.travel(moment, tick=False):
        tell_openings()


def leave(moment):
    with time_machine.travel(moment, tick=False):
        deliver(clock=lambda: moment)


# --- Asking -------------------------------------------------------------------------------------------


def test_the_page_of_a_call_not_yet_open_offers_it(client, edition):
    html = client.get(edition.get_absolute_url()).content.decode()
    assert "/programmes/aventuriers/2017/prevenez-moi/" in html


def test_the_page_of_an_open_call_does_not_and_leads_to_it(client, edition):
    with time_machine.travel(OPENING, tick=False):
        html = client.get(edition.get_absolute_url()).content.decode()
        answer = client.get("/programmes/aventuriers/2017/prevenez-moi/")
    assert ("prevenez-moi" in html, answer.url) == (False, edition.get_absolute_url())


def test_a_programme_with_nothing_open_offers_it_and_one_with_a_day_does_not(client):
    idle, busy = ProgrammeFactory(slug="calme"), ProgrammeFactory(slug="anime")
    SessionFactory(programme=busy, day=date(2017, 7, 4), published_at=NOW)
    pages = [client.get(f"/programmes/{slug}/").content.decode() for slug in ("calme", "anime")]
    assert ["prevenez-moi" in html for html in pages] == [True, False]
    assert [services.is_useful(row, None, now=NOW) for row in (idle, busy)] == [True, False]


def test_a_programme_whose_only_day_is_called_off_offers_it(client):
    SessionFactory(programme__slug="calme", day=date(2017, 7, 4), published_at=NOW, cancelled_at=NOW)
    pages = [client.get(f"/programmes/calme/{end}") for end in ("", "prevenez-moi/")]
    assert ("prevenez-moi" in pages[0].content.decode(), pages[1].status_code) == (True, 200)


def test_asking_mails_one_link_and_confirms_nothing(client, edition):
    answer = client.post("/programmes/aventuriers/2017/prevenez-moi/", {"email": " Agente@Ville.example "})
    letter = Message.objects.get()
    assert (answer.status_code, answer.url) == (302, "/prevenez-moi/envoye/")
    assert (letter.to, letter.kind, letter.rank, letter.due_at) == (ADDRESS, "programmes.interest", 0, NOW)
    assert list(Interest.objects.values_list("email", "confirmed_at")) == [(ADDRESS, None)]


@pytest.mark.parametrize(("typed", "words"), [("", "Donnez l’adresse"), ("agente", "adresse complète"), ("a" * 260 + "@b.example", "")])
def test_what_is_no_address_is_refused_beside_the_field(client, edition, typed, words):
    answer = client.post("/programmes/aventuriers/2017/prevenez-moi/", {"email": typed})
    assert (answer.status_code, words in answer.content.decode(), Interest.objects.count()) == (422, True, 0)


def test_known_confirmed_and_unknown_are_answered_alike(client, edition):
    asked(edition, email="confirmee@ville.example")
    asked(edition, email="connue@ville.example", confirmed=False)
    addresses = ("confirmee@ville.example", "connue@ville.example", "nouvelle@ville.example")
    answers = [client.post("/programmes/aventuriers/2017/prevenez-moi/", {"email": address}, follow=True) for address in addresses]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1


def test_asked_again_and_again_it_is_one_letter_a_quarter_of_an_hour_and_few_a_day(edition):
    for minutes in range(0, 600, 5):
        services.ask(edition.programme, ADDRESS, edition=edition, now=NOW + timedelta(minutes=minutes))
    assert (Interest.objects.count(), Message.objects.count()) == (1, 2)


def test_a_network_that_asks_too_much_is_told_to_come_back(client, edition):
    url = "/programmes/aventuriers/2017/prevenez-moi/"
    codes = [client.post(url, {"email": f"a{rank}@ville.example"}).status_code for rank in range(42)]
    assert (codes[:40], codes[40:]) == ([302] * 40, [429] * 2)


@pytest.mark.parametrize("path", ["/programmes/aventuriers/2018/prevenez-moi/", "/programmes/inconnu/prevenez-moi/"])
def test_what_is_not_public_is_not_found(client, edition, path):
    EditionFactory(programme=edition.programme, slug="2018", published_at=None)
    assert (client.get(path).status_code, client.post(path, {"email": ADDRESS}).status_code) == (404, 404)


# --- Confirming ---------------------------------------------------------------------------------------


def link_of(letter):
    return next(line for line in letter.text.splitlines() if "/prevenez-moi/" in line).removeprefix("https://testserver")


def test_reading_the_link_confirms_nothing_and_its_button_does(client, edition):
    row = asked(edition, confirmed=False)
    path = link_of(Message.objects.get())
    page = client.get(path)
    row.refresh_from_db()
    assert (page.status_code, row.confirmed_at, "Confirmer</button>" in page.content.decode()) == (200, None, True)
    client.post(path)
    row.refresh_from_db()
    assert row.confirmed_at == NOW


def test_confirming_twice_is_once(client, edition):
    row = asked(edition, confirmed=False)
    path = link_of(Message.objects.get())
    client.post(path)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert client.post(path).status_code == 200
    row.refresh_from_db()
    assert row.confirmed_at == NOW


def test_the_same_page_gives_up(client, edition):
    asked(edition)
    assert client.post(link_of(Message.objects.get()), {"stop": "1"}).status_code == 200
    assert Interest.objects.count() == 0


def test_an_unknown_link_is_not_found_in_words(client):
    answer = client.get("/prevenez-moi/inconnu/")
    assert (answer.status_code, "n’a plus d’objet" in answer.content.decode()) == (404, True)


def test_addresses_are_neither_in_links_nor_in_keys_nor_in_the_log(client, edition, caplog):
    caplog.set_level(logging.DEBUG)
    asked(edition)
    link = link_of(Message.objects.get())
    sweep(OPENING)
    leave(OPENING)
    letters = Message.objects.order_by("pk")
    places = [link, *(letter.key + letter.unsubscribe + letter.message_id + letter.about for letter in letters)]
    assert ([place for place in places if "agente" in place], "agente" in caplog.text) == ([], False)


# --- Opening ------------------------------------------------------------------------------------------


def test_at_the_opening_each_gets_one_letter_and_is_erased(edition, mailoutbox):
    asked(edition)
    asked(edition, email="autre@ville.example", confirmed=False)
    sweep(OPENING - timedelta(seconds=1))
    assert openings() == []
    for _ in range(3):
        sweep(OPENING)
    leave(OPENING)
    told = [mail for mail in mailoutbox if mail.subject == "C’est ouvert\u00a0: Les Aventuriers 2017"]
    assert [(mail.to, "vendredi 8\u00a0septembre 2017 à midi" in mail.body.replace("\n", "")) for mail in told] == [([ADDRESS], True)]
    assert list(Interest.objects.values_list("email", flat=True)) == ["autre@ville.example"]


def test_who_asked_of_the_call_and_of_its_programme_gets_one_letter(edition):
    asked(edition)
    Interest.objects.create(
        programme=edition.programme, email=ADDRESS, asked_at=NOW, confirmed_at=NOW, secret_hash="empreinte"
    )  # before the call was announced
    sweep(OPENING)
    sweep(OPENING + timedelta(minutes=1))
    assert (len(openings()), Interest.objects.count()) == (1, 0)


def test_a_programme_is_answered_by_the_first_day_published():
    programme = ProgrammeFactory(slug="journees")
    asked(programme=programme)
    SessionFactory(programme=programme, day=date(2017, 10, 3), published_at=NOW + timedelta(days=1), title="Journée découverte")
    sweep(NOW)
    sweep(NOW + timedelta(days=1))
    assert [letter.subject for letter in openings()] == ["C’est ouvert\u00a0: Journée découverte"]


def test_the_letter_waits_for_working_hours_and_the_address_with_it(edition):
    saturday = datetime(2017, 7, 1, 9, tzinfo=PARIS)
    Edition.objects.filter(pk=edition.pk).update(opens_at=saturday)
    asked(edition)
    for moment in (saturday, datetime(2017, 7, 2, 23, tzinfo=PARIS), datetime(2017, 7, 3, 7, 59, tzinfo=PARIS)):
        sweep(moment)
    assert (openings(), Interest.objects.count()) == ([], 1)
    sweep(datetime(2017, 7, 3, 8, tzinfo=PARIS))
    assert ([letter.due_at for letter in openings()], Interest.objects.count()) == ([datetime(2017, 7, 3, 8, tzinfo=PARIS)], 0)


@pytest.mark.parametrize("fields", [{"cancelled_at": NOW}, {"published_at": None}, {"closes_at": OPENING + timedelta(minutes=1)}])
def test_an_opening_that_is_no_longer_true_does_not_leave(edition, fields, mailoutbox):
    asked(edition)
    sweep(OPENING)
    Edition.objects.filter(pk=edition.pk).update(**fields)
    leave(OPENING + timedelta(minutes=5))
    assert [letter.state for letter in openings()] == [State.VOID]


def test_one_click_stops_what_the_address_still_waits_for(client, edition):
    asked(edition)
    sweep(OPENING)
    next_one = EditionFactory(programme=edition.programme, opens_at=OPENING + timedelta(days=300), closes_at=OPENING + timedelta(days=330),
                              ends_on=date(2018, 12, 1), published_at=NOW)  # fmt: skip
    with time_machine.travel(OPENING, tick=False):
        services.ask(edition.programme, ADDRESS, edition=next_one, now=OPENING)
        services.ask(edition.programme, "autre@ville.example", edition=next_one, now=OPENING)
    letter = openings()[0]
    client.post(letter.unsubscribe.removeprefix("https://testserver"), {"List-Unsubscribe": "One-Click"})
    assert list(Interest.objects.values_list("email", flat=True)) == ["autre@ville.example"]


# --- Erasing, and what is said of it --------------------------------------------------------------------


def test_what_was_never_confirmed_is_erased_after_seven_days(edition):
    asked(edition, confirmed=False)
    asked(edition, email="confirmee@ville.example")
    labels = "demandes d’être prévenu jamais confirmées"
    dry = {erasure.label: erasure.count for erasure in retention.purge(now=NOW + timedelta(days=7), dry_run=True)}
    assert (dry[labels], Interest.objects.count()) == (1, 2)
    list(retention.purge(now=NOW + timedelta(days=7) - timedelta(seconds=1)))
    assert Interest.objects.count() == 2
    list(retention.purge(now=NOW + timedelta(days=7)))
    assert list(Interest.objects.values_list("email", flat=True)) == ["confirmee@ville.example"]


def test_what_waits_for_a_call_that_will_not_open_is_erased(edition):
    asked(edition)
    Edition.objects.filter(pk=edition.pk).update(cancelled_at=NOW)
    list(retention.purge(now=NOW + timedelta(hours=1)))
    assert Interest.objects.count() == 0


def test_what_waits_for_a_programme_is_erased_after_two_years_as_its_form_says(client):
    programme = ProgrammeFactory(slug="calme")
    asked(programme=programme)
    asked(programme=programme, email="muette@ville.example", confirmed=False)
    end = NOW + timedelta(days=730)
    planned = [line for line in interest_gathering.planned(NOW, end + timedelta(days=2)) if line.erasure == services.WAITED_ENOUGH]
    assert [(line.at - end < timedelta(days=1), line.count) for line in planned] == [(True, 1)]
    coming = EditionFactory(programme=programme, published_at=NOW, opens_at=OPENING, closes_at=OPENING + timedelta(days=30))
    told = interest_gathering.planned(NOW, end + timedelta(days=2))
    assert [line.erasure for line in told if line.erasure != services.LETTERS] == ["", services.NEVER_CONFIRMED]
    coming.delete()
    list(retention.purge(now=end - timedelta(seconds=1)))
    assert Interest.objects.count() == 1
    dry = {erasure.label: erasure.count for erasure in retention.purge(now=end, dry_run=True)}
    list(retention.purge(now=end))
    assert (dry[services.WAITED_ENOUGH], Interest.objects.count()) == (1, 0)
    words = text_of(client.get("/programmes/calme/prevenez-moi/"))
    assert ("si rien n’ouvre d’ici deux ans" in words, "huit jours au plus après son envoi" in words) == (True, True)


def test_a_letter_that_left_is_forgotten_within_the_eight_days_its_form_says():
    assert services.LETTERS_KEPT + timedelta(days=1) <= timedelta(days=8)  # the purge runs each night


def test_the_journal_forgets_the_address_a_week_after_the_letter_left(edition):
    asked(edition)
    sweep(OPENING)
    leave(OPENING)
    list(retention.purge(now=OPENING + timedelta(days=7)))
    assert {(letter.to, letter.text, letter.unsubscribe) for letter in Message.objects.order_by("pk")} == {("", "", "")}


def test_the_timeline_says_what_will_be_sent_and_erased(edition):
    asked(edition)
    asked(edition, email="autre@ville.example")
    asked(edition, email="muette@ville.example", confirmed=False)
    lines = [line for line in interest_gathering.planned(NOW, NOW + timedelta(days=10)) if line.erasure != services.LETTERS]
    assert [(line.at, line.act, line.count) for line in lines] == [
        (OPENING, "envoyé", 2),
        (datetime(2017, 7, 4, 3, 30, tzinfo=PARIS), "effacé", 1),
    ]
    assert list(interest_gathering.planned(NOW, OPENING)) == []


# --- Races --------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_two_sweeps_at_once_are_one_letter_each(attempt, edition):
    for rank in range(5):
        asked(edition, email=f"a{rank}@ville.example")
    Interest.objects.create(programme=edition.programme, email="a0@ville.example", asked_at=NOW, confirmed_at=NOW, secret_hash="h")
    outcomes = race(*[partial(services.tell_openings, now=OPENING)] * 2)
    assert ([type(outcome) for outcome in outcomes], len(openings()), Interest.objects.count()) == ([int, int], 5, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_key_two_sweeps_would_write_twice(edition, monkeypatch):
    together = Barrier(2, timeout=PATIENCE)

    def look(interest):
        together.wait()
        return True

    monkeypatch.setattr(services, "_locked", look)
    monkeypatch.setattr(emails, "hidden", lambda _address: uuid4().hex)
    asked(edition)
    race(*[partial(services.tell_openings, now=OPENING)] * 2)
    assert len(openings()) == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_asked_twice_at_once_is_one_row_and_one_letter(edition):
    outcomes = race(*[partial(services.ask, edition.programme, ADDRESS, edition=edition, now=NOW)] * 4)
    assert (outcomes, Interest.objects.count(), Message.objects.count()) == ([None] * 4, 1, 1)
