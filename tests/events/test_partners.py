"""The partner's door (S17): who opens it, what it shows of whom, and that no personal data is in any of its pages and files."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pypdf import PdfReader

from accounts.roles import Role
from core import drawing, pdf
from core.logs import masked
from core.refusals import Refused
from events import opendata, partners
from events.models import Event, Invitation, PartnerLink, PressRelease
from events.services import partners as services
from events.states import Access, Mode, State
from mailing.models import Message
from mailing.tasks import deliver
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.applications.factories import staff
from tests.events.factories import NOW, EventFactory, EventPartnerFactory, SeasonFactory
from tests.events.press_factories import ReleaseFactory
from tests.events.test_report import MARK, come
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db
WHO = "partenaire@ministere.example"
NAMES = ("partner", "partner_report", "partner_pdf", "partner_csv")
FEEDS = ("events_csv", "events_json", "events_ics")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _drawn_here(monkeypatch):
    monkeypatch.setattr(drawing.drawer, "draw", lambda layouts, **_: pdf.draw(layouts))


def opened(**said):
    return services.open_door(**{"organisation": "SGMAP d’Exemple", "email": WHO, "by": UserFactory(), "now": NOW} | said)


def door(link, name="partner", query=""):
    return reverse(name, args=[partners.secret_of(link)]) + query


@pytest.fixture
def world():
    """What nobody may read, and an event by invitation with people in every corner of it."""
    for state in (State.DRAFT, State.PROPOSED, State.CHANGES_REQUESTED, State.REFUSED):
        EventPartnerFactory(
            event=EventFactory(title=f"{MARK} {state}", slug=f"{MARK}-{state.lower()}", state=state, listed_at=None, carrier=MARK)
        )
    SeasonFactory(slug=f"{MARK}-saison", title=f"Saison {MARK}", published_at=NOW + timedelta(days=1))
    ReleaseFactory(title=f"Communiqué {MARK}", slug=f"{MARK}-presse", embargo_until=NOW + timedelta(days=1))
    shown = EventFactory(
        slug="sur-invitation", title="La conférence", access=Access.INVITATION, mode=Mode.HYBRID, online_url=f"https://visio.example/{MARK}",
        pending={"place": MARK}, pending_at=NOW, typed={"title": MARK}, exception_asked=MARK,
    )  # fmt: skip
    shown.organisers.create(email=f"{MARK}@ville.example", name=MARK, phone=MARK, nonce="n", digest="d", added_at=NOW)
    shown.steps.create(at=NOW, words=MARK, by_name=MARK)
    Invitation.objects.create(event=shown, name=MARK, email=f"{MARK}@ville.example", nonce="i", digest="j", created_at=NOW)
    come(shown, 3, companions=1)
    EventFactory(title="Ouvert à tous", commune="75056", postcode="75001")
    return shown


# --- Opened, sent again, closed ---------------------------------------------------------------------------------


def test_a_door_is_opened_by_the_team_and_its_address_mailed():
    link = opened(name="Camille Exemple")
    letter = Message.objects.get(kind="events.partner_door")
    assert (letter.to, door(link) in letter.text, "Bonjour Camille Exemple" in letter.text) == (WHO, True, True)
    assert (partners.link_of(partners.secret_of(link), now=NOW), Act.objects.filter(verb="porte ouverte à un partenaire").count()) == (
        link,
        1,
    )
    assert partners.secret_of(link) not in str(PartnerLink.objects.values())


def test_an_address_has_one_living_door():
    opened()
    with pytest.raises(Refused, match="déjà une porte ouverte"):
        opened(email=" PARTENAIRE@ministere.example")
    services.close(PartnerLink.objects.get(), by=UserFactory(), now=NOW)
    assert opened().pk != PartnerLink.objects.order_by("pk")[0].pk


def test_the_address_sent_again_is_the_same():
    link = opened()
    later = NOW + timedelta(hours=1)
    services.send_again(link, by=UserFactory(), now=later)
    services.send_again(link, by=UserFactory(), now=later)
    assert [door(link) in letter.text for letter in Message.objects.filter(kind="events.partner_door")] == [True, True]
    services.close(link, by=UserFactory(), now=later)
    with pytest.raises(Refused, match="fermée"):
        services.send_again(link, by=UserFactory(), now=later)


def test_a_door_that_was_closed_or_has_expired_opens_nothing_and_says_so_alike(client, world):
    link = opened()
    assert {client.get(door(link, name)).status_code for name in NAMES} == {200}
    answers = []
    with time_machine.travel(NOW + services.LASTS, tick=False):
        answers += [client.get(door(link, name)) for name in NAMES]
    assert (services.close(link, by=UserFactory(), now=NOW), services.close(link, by=UserFactory(), now=NOW)) == (True, False)
    answers += [client.get(door(link, name)) for name in NAMES] + [client.get(reverse("partner", args=["0" * 64]))]
    assert {(answer.status_code, text_of(answer)) for answer in answers} == {(404, text_of(answers[0]))}
    assert "Cette adresse n’ouvre rien" in text_of(answers[0])


def test_when_it_was_first_opened_is_kept(client):
    link = opened()
    client.get(door(link))
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        client.get(door(link))
    link.refresh_from_db()
    assert link.opened_at == NOW


def test_its_address_is_in_no_log_no_index_and_no_cache(client):
    link = opened()
    answer = client.get(door(link))
    assert masked(f'"GET {door(link, "partner_csv")}"') == '"GET /partenaires/[secret]/chiffres.csv"'
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == (
        "noindex, nofollow", "same-origin", True,
    )  # fmt: skip
    assert client.post(door(link)).status_code in (403, 405)


def test_the_team_opens_sends_again_and_closes_in_the_admin(client, monkeypatch):
    person = staff()
    monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: NOW.timestamp())
    client.force_login(person, backend="accounts.backends.RoleBackend")
    add, listed = reverse("admin:events_partnerlink_add"), reverse("admin:events_partnerlink_changelist")
    client.post(add, {"organisation": "SGMAP d’Exemple", "name": "", "email": WHO})
    link = PartnerLink.objects.get()
    assert (link.organisation, link.by_name, Message.objects.filter(kind="events.partner_door").count()) == (
        "SGMAP d’Exemple", str(person), 1,
    )  # fmt: skip
    assert "déjà une porte ouverte" in client.post(add, {"organisation": "Autre", "email": WHO}).content.decode()
    assert PartnerLink.objects.count() == 1
    page = client.get(reverse("admin:events_partnerlink_change", args=[link.pk])).content.decode()
    assert (partners.secret_of(link) in page, "ouverte" in page) == (False, True)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        client.post(listed, {"action": "send_again", "_selected_action": [link.pk]})
        client.post(listed, {"action": "close", "_selected_action": [link.pk]})
    link.refresh_from_db()
    assert (Message.objects.filter(kind="events.partner_door").count(), link.revoked_at is not None) == (2, True)


# --- What it shows --------------------------------------------------------------------------------------------------


def test_it_shows_region_by_region_what_was_proposed_listed_refused_and_registered(client, world):
    page = text_of(client.get(door(opened())))
    assert "Bretagne 4 1 2 1 0 6 0" in page
    assert "Île-de-France 1 1 0 0 0 0 0" in page
    assert "Total 5 2 2 1 0 6 0" in page


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_as_many_questions_whatever_the_events(client, count, django_assert_max_num_queries):
    link = opened()
    for _ in range(count):
        come(EventFactory(), 2)
    client.get(door(link))
    with django_assert_max_num_queries(4):
        client.get(door(link))


def test_another_season_is_a_choice_away_and_none_that_is_not_public(client, world):
    SeasonFactory(slug="2026", title="Semaine 2026", starts_on=NOW.date().replace(year=2026), ends_on=NOW.date().replace(year=2026))
    link = opened()
    assert "Semaine 2026" in text_of(client.get(door(link, query="?saison=2026")))
    hidden = f"?saison={MARK}-saison"
    assert "n’est pas publique" in text_of(client.get(door(link, query=hidden)))
    assert {client.get(door(link, name, hidden)).status_code for name in NAMES[1:]} == {404}
    assert client.get(door(link, "partner_report", "?region=99")).status_code == 404


def files(client, link):
    """Everything that a partner can download: the papers, the figures, and the programme as everybody has it."""
    found = {}
    for name in NAMES[1:]:
        for query in ("", "?region=53"):
            found[name + query] = client.get(door(link, name, query))
    for address in sorted(set(re.findall(r'href="([^"]+)" download', client.get(door(link)).content.decode()))):
        found[address] = client.get(address)
    return found


def content_of(answer):
    return answer.getvalue()


def test_the_files_of_the_programme_hold_the_fields_the_licence_and_the_date(client, world):
    link = opened()
    given = {
        address.split("?")[0]: content_of(answer) for address, answer in files(client, link).items() if address.startswith("/evenements")
    }
    assert sorted(given) == sorted(reverse(name) for name in FEEDS)
    data = json.loads(given[reverse("events_json")])
    assert (data["licence"].startswith("Licence Ouverte 2.0"), data["source"], "date" in data) == (True, "La 27e Région", True)
    assert [set(row) for row in data["events"]] == [set(opendata.FIELDS)] * 2
    rows = list(csv.DictReader(StringIO(given[reverse("events_csv")].decode("utf-8-sig")), delimiter=";"))
    assert [set(row) for row in rows] == [{*opendata.FIELDS, *opendata.ADDED}] * 2
    assert {row["licence"] for row in rows} == {data["licence"]}
    calendar = Calendar.from_ical(given[reverse("events_ics")])
    assert "Licence Ouverte 2.0, données du" in str(calendar["x-wr-caldesc"])
    assert sorted(str(entry["summary"]) for entry in calendar.walk("VEVENT")) == ["La conférence", "Ouvert à tous"]


def test_the_figures_are_a_file_with_licence_and_date(client, world):
    answer = client.get(door(opened(), "partner_csv"))
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["region"], row["proposes"], row["au_programme"], row["refuses"], row["inscrits"]) for row in rows] == [
        ("Bretagne", "4", "1", "1", "6"), ("Île-de-France", "1", "1", "0", "0"),
    ]  # fmt: skip
    assert {(row["licence"][:19], row["source"], row["date"]) for row in rows} == {
        ("Licence Ouverte 2.0", "La 27e Région", "2027-11-08T09:00:00+00:00")
    }


def words_of(answer):
    content = content_of(answer)
    if answer["Content-Type"] == "application/pdf":
        from io import BytesIO

        reader = PdfReader(BytesIO(content))
        return " ".join([*(page.extract_text() for page in reader.pages), str(reader.metadata)])
    return content.decode()


def test_nobody_is_in_any_page_nor_file_of_a_partner(client, world):
    link = opened()
    answers = files(client, link) | {"page": client.get(door(link))}
    assert {answer.status_code for answer in answers.values()} == {200}
    told = {name: words_of(answer) for name, answer in answers.items()}
    assert [name for name, words in told.items() if MARK in words] == []
    assert [name for name, words in told.items() if re.search(r"[\w.]+@[\w.-]+\.example", words)] == []
    # What is public is there all the same.
    assert "La conférence" in told["partner_report?region=53"]


def test_once_shown_it_is_found_by_the_same_reader(client, world):
    """The reader of the test above reads: what becomes public is found."""
    link = opened()
    Event.objects.filter(slug=f"{MARK}-proposed").update(state=State.LISTED, listed_at=NOW)
    told = {name for name, answer in files(client, link).items() if MARK in words_of(answer)}
    assert {"partner_report?region=53", "partner_pdf?region=53", f"{reverse('events_csv')}?saison=2027"} <= told
    assert PressRelease.objects.count() == 1


def test_a_partner_has_no_other_door(client):
    link = opened()
    client.get(door(link))
    assert [client.get(reverse(name)).status_code for name in ("report", "coordination", "space")] == [302, 302, 302]
    assert UserFactory(roles=[Role.STAFF]).has_perm("events.add_partnerlink")
    assert not UserFactory(roles=[Role.COORDINATOR]).has_perm("events.view_partnerlink")
    assert Client().get(door(link)).cookies == {}


def test_the_letter_of_a_door_that_ended_does_not_leave(mailoutbox):
    """An outage held it until the address was over."""
    opened()
    with time_machine.travel(NOW + services.LASTS, tick=False):
        deliver()
    assert (mailoutbox, Message.objects.get().state) == ([], "VOID")
