"""The communication kit: a poster that says what the page says, texts, a QR code, an archive; nothing before listing (docs/adr/0046)."""

import re
import zipfile
from datetime import timedelta
from functools import partial
from io import BytesIO

import pypdfium2
import pytest
import time_machine
import zxingcpp
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from core import drawing, pdf
from core.addresses import absolute
from core.registry import WAITING
from events import kit_texts, organisers, posters
from events.models import CommunicationKit, Event
from events.services import changing, kits, moderating
from events.services import proposing as services
from events.states import Access, Format, Mode, State
from events.tasks import draw_posters
from mailing.models import Message
from records.models import Association
from tests.accounts.factories import UserFactory
from tests.events.factories import NOW, EventFactory, EventPartnerFactory
from tests.events.proposals import LISTING, proposed
from tests.programmes.test_views import text_of
from tests.racing import race

pytestmark = pytest.mark.django_db
FILES = ("affiche.pdf", "code-qr.png", "code-qr.svg", "textes.txt", "kit.zip")
SECRETS = ("visio.example", "camille@ville.example", "Camille Exemple", "introuvable27")


@pytest.fixture(autouse=True)
def _drawn_here(request, monkeypatch):
    """Draw in this process, so that a test is quick, unless it asks for `apart`."""
    if "apart" not in request.fixturenames:
        monkeypatch.setattr(drawing.drawer, "draw", lambda layouts, **_: pdf.draw(layouts))


@pytest.fixture
def apart():
    """Draw in a process of its own, as the portal does."""


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def broken(monkeypatch):
    """A drawing that fails while `fails` holds something."""
    fails = ["une faute"]

    def draw(layouts, **_):
        if fails:
            raise drawing.Undrawn(fails[0])
        return pdf.draw(layouts)

    monkeypatch.setattr(drawing.drawer, "draw", draw)
    return fails


def full(**said):
    """An event with something in every corner."""
    event = EventFactory(
        slug="recrire", title="Récrire un courrier", at=["2027-11-23T10:00", "2027-11-24T14:00/"], address="1 rue d’Exemple",
        formats=[Format.WORKSHOP, Format.DEBATE], for_citizens=True, wheelchair=True, captions=True, mode=Mode.HYBRID,
        access_contact="01 00 00 00 00", conditions="Apporter un courrier.", access=Access.REGISTRATION,
        online_url="https://visio.example/secret", description="Venez **avec** un courrier.\n\n- lire\n- écrire", **said,
    )  # fmt: skip
    EventPartnerFactory(event=event)
    organisers.make(event, "camille@ville.example", name="Camille Exemple", now=NOW)
    return whole(event)


def whole(event):
    return kits.listed(now=NOW).get(pk=event.pk)


def link(event, name="proposal_kit", *parts):
    return reverse(name, args=[organisers.secret_of(event.organisers.first()), *parts])


def words_of(content):
    pages = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    return re.sub(r"\s+", " ", " ".join(pages)).replace("- ", "-"), len(pages)


def codes(content):
    page = pypdfium2.PdfDocument(content)[0]
    return [code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]


def missing(words, facts):
    flat = re.sub(r"\s+", "", words).lower()
    return [fact for fact in facts if re.sub(r"\s+", "", fact).lower() not in flat]


# --- The poster ---------------------------------------------------------------------------------------


def test_a_poster_says_what_the_page_says(client):
    event = full()
    content = kits.poster_of(event, now=NOW)
    facts = [
        "Récrire un courrier", "On y essaie ensemble", "Mardi 23 novembre 2027, 10 h – 12 h", "Mercredi 24 novembre 2027, à partir de 14 h",
        "Médiathèque d’Exemple", "1 rue d’Exemple", "35000 Rennes", "Et en ligne", "Sur inscription, gratuit", "Apporter un courrier.",
        "agents publics, citoyens", "Accessible en fauteuil roulant", "sous-titrage", "01 00 00 00 00", "Ville d’Exemple",
        "La Fabrique d’Exemple", "Atelier, débat", "Semaine de l’innovation publique 2027",
    ]  # fmt: skip
    page = text_of(client.get(event.get_absolute_url()))
    words, pages = words_of(content)
    assert (missing(words, facts), missing(page, [fact for fact in facts if "Et en ligne" not in fact]), pages) == ([], [], 1)
    assert [secret for secret in SECRETS if secret in words] == []


def test_its_code_leads_to_the_page_and_it_is_tagged():
    event = full()
    content = kits.poster_of(event, now=NOW)
    assert codes(content) == [absolute(event.get_absolute_url())]
    root = PdfReader(BytesIO(content)).trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], "/StructTreeRoot" in root) == ("fr", True, True)


@pytest.mark.parametrize(
    "said",
    [
        {"title": "Un mot " * 20},
        {"title": "L’anticonstitutionnellement" * 5, "summary": "Une phrase très longue. " * 8},
        {"at": [f"2027-11-{day}T{hour}:00" for day in range(22, 28) for hour in (10, 14, 16)]},
        {"mode": Mode.ONLINE, "commune": "", "place": "", "postcode": ""},
        {"commune": "97411", "postcode": "97400", "at": ["2027-11-23T18:00"]},
        {"summary": "", "carrier": "", "formats": [], "place": ""},
    ],
    ids=["a title of 140", "words that do not break", "eighteen dates", "online", "overseas", "nearly nothing"],
)
def test_hard_content_holds_on_one_page_with_its_code(said):
    event = EventFactory(**said)
    content = kits.poster_of(whole(event), now=NOW)
    words, pages = words_of(content)
    assert (pages, codes(content), missing(words, [event.title.strip()])) == (1, [absolute(event.get_absolute_url())], [])


def test_many_dates_are_counted_and_an_hour_elsewhere_is_said():
    many = EventFactory(at=[f"2027-11-{day}T{hour}:00" for day in range(22, 28) for hour in (10, 14, 16)])
    assert missing(words_of(kits.poster_of(whole(many), now=NOW))[0], ["Et 8 autres dates, sur la page"]) == []
    there = EventFactory(commune="97411", at=["2027-11-23T18:00"])
    assert missing(words_of(kits.poster_of(whole(there), now=NOW))[0], ["18 h – 20 h (heure de La Réunion)"]) == []


def test_by_invitation_the_poster_and_the_texts_say_so_and_call_nobody():
    event = whole(EventFactory(access=Access.INVITATION, title="La conférence"))
    words, _ = words_of(kits.poster_of(event, now=NOW))
    assert ("Sur invitation uniquement" in words, "inscrire" in words, "gratuit" in words) == (True, False, False)
    texts = kit_texts.in_a_file(event)
    assert (texts.lower().count("sur invitation uniquement") >= 5, "inscrire" in texts, "On vous y attend" in texts) == (True, False, False)


def test_drawn_apart_it_is_the_same(apart):
    words, pages = words_of(kits.poster_of(full(), now=NOW))
    assert (missing(words, ["Récrire un courrier", "Médiathèque d’Exemple"]), pages) == ([], 1)


# --- Drawn again when the event changes ----------------------------------------------------------------


def test_a_poster_is_kept_and_drawn_again_when_what_it_says_changes(monkeypatch):
    event, drawn = full(), []
    monkeypatch.setattr(drawing.drawer, "draw", lambda layouts, **_: drawn.append(1) or pdf.draw(layouts))
    assert (kits.poster_of(event, now=NOW) == kits.poster_of(event, now=NOW), len(drawn)) == (True, 1)
    former = CommunicationKit.objects.get().file.name
    Event.objects.filter(pk=event.pk).update(place="Petite salle d’Exemple", changed_at=NOW)
    words, _ = words_of(kits.poster_of(whole(event), now=NOW))
    assert ("Petite salle" in words, "Médiathèque" in words, len(drawn), default_storage.exists(former)) == (True, False, 2, False)


def test_what_the_storage_lost_is_drawn_again():
    event = full()
    first = kits.poster_of(event, now=NOW)
    default_storage.delete(CommunicationKit.objects.get().file.name)
    assert words_of(kits.poster_of(event, now=NOW)) == words_of(first)
    assert default_storage.exists(CommunicationKit.objects.get().file.name)


def test_while_a_drawing_fails_the_last_good_one_is_given_and_it_is_tried_later(broken):
    event = full()
    with pytest.raises(kits.NotReady):
        kits.poster_of(event, now=NOW)
    kit = CommunicationKit.objects.get()
    assert (kit.failures, kit.error, kit.retry_at) == (1, "une faute", NOW + timedelta(minutes=1))
    broken.clear()
    later = NOW + timedelta(minutes=1)
    good = kits.poster_of(event, now=later)
    broken.append("une autre faute")
    Event.objects.filter(pk=event.pk).update(title="Récrire deux courriers", changed_at=later)
    assert kits.poster_of(whole(event), now=later) == good
    kit.refresh_from_db()
    assert (kit.failures, [row.count for gather in WAITING for row in gather(NOW) if "affiche" in row.label]) == (1, [1])
    broken.clear()
    assert kits.poster_of(whole(event), now=later) == good  # before its hour
    assert "deux courriers" in words_of(kits.poster_of(whole(event), now=later + timedelta(minutes=1)))[0]
    kit.refresh_from_db()
    assert (kit.failures, kit.error, kit.retry_at) == (0, "", None)


def test_the_sweep_draws_what_was_listed_or_changed_and_nothing_else():
    event = full()
    EventFactory(slug="sans-personne")
    hidden = EventFactory(state=State.PROPOSED, listed_at=None)
    organisers.make(hidden, "lou@ville.example", now=NOW)
    assert [row.slug for row in kits.due(now=NOW)] == ["recrire"]
    draw_posters()
    assert ([kit.event.slug for kit in CommunicationKit.objects.all()], list(kits.due(now=NOW))) == (["recrire"], [])
    Event.objects.filter(pk=event.pk).update(changed_at=NOW + timedelta(minutes=1))
    assert [row.slug for row in kits.due(now=NOW)] == ["recrire"]
    draw_posters()
    assert list(kits.due(now=NOW)) == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_sweep_asks_as_many_questions_whatever_the_events(count, django_assert_max_num_queries):
    for turn in range(count):
        organisers.make(EventFactory(), f"o{turn}@ville.example", now=NOW)
    with django_assert_max_num_queries(4):
        assert len(kits.due(now=NOW)) == count


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_download_at_once_leave_one_file():
    event = full()
    both = race(partial(kits.poster_of, event, now=NOW), partial(kits.poster_of, event, now=NOW))
    assert [words_of(content)[1] for content in both] == [1, 1]
    kit = CommunicationKit.objects.get()
    assert default_storage.listdir("affiches")[1] == [kit.file.name.removeprefix("affiches/")]


# --- The page, and its files -----------------------------------------------------------------------------


def test_the_page_leads_to_every_file_and_holds_every_text(client):
    event = full()
    page = client.get(link(event))
    assert page.status_code == 200
    assert [name for name in FILES if link(event, "proposal_kit_file", name) not in page.content.decode()] == []
    areas = [area.replace("&#x27;", "'") for area in re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page.content.decode())]
    assert areas == [text.words for text in kit_texts.texts_of(event)]
    answers = {name: client.get(link(event, "proposal_kit_file", name)) for name in FILES}
    assert {name: (answer.status_code, "attachment" in answer["Content-Disposition"]) for name, answer in answers.items()} == dict.fromkeys(
        FILES, (200, True)
    )
    assert {answer["X-Robots-Tag"] for answer in answers.values()} == {"noindex, nofollow"}
    for answer in answers.values():
        answer.close()


def test_the_archive_holds_all_that_there_is(client):
    event = full()
    answer = client.get(link(event, "proposal_kit_file", "kit.zip"))
    files = zipfile.ZipFile(BytesIO(answer.getvalue()))
    answer.close()
    assert sorted(files.namelist()) == ["LISEZ-MOI.txt", "affiche.pdf", "agenda.ics", "code-qr.png", "image.png", "textes.txt"]
    assert Image.open(BytesIO(files.read("image.png"))).size == (1200, 630)
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(BytesIO(files.read("code-qr.png"))))] == [
        absolute(event.get_absolute_url())
    ]
    assert words_of(files.read("affiche.pdf"))[1] == 1
    told = "".join(files.read(name).decode() for name in ("LISEZ-MOI.txt", "textes.txt", "agenda.ics"))
    assert [secret for secret in SECRETS if secret in told] == []


def test_a_drawing_that_fails_costs_the_poster_and_not_the_rest(client, broken):
    event = full()
    answer = client.get(link(event, "proposal_kit_file", "affiche.pdf"))
    assert (answer.status_code, answer["Retry-After"], "un nouvel essai viendra" in text_of(answer)) == (503, "60", True)
    answer = client.get(link(event, "proposal_kit_file", "kit.zip"))
    files = zipfile.ZipFile(BytesIO(answer.getvalue()))
    answer.close()
    assert ("affiche.pdf" in files.namelist(), "affiche.pdf manque" in files.read("LISEZ-MOI.txt").decode()) == (False, True)
    assert "textes.txt" in files.namelist()


@pytest.mark.parametrize("state", [State.DRAFT, State.PROPOSED, State.CHANGES_REQUESTED, State.REFUSED, State.CANCELLED])
def test_there_is_no_kit_before_listing_nor_once_called_off(client, state):
    event = full()
    Event.objects.filter(pk=event.pk).update(state=state, listed_at=NOW if state == State.CANCELLED else None)
    assert client.get(link(event)).url == reverse("proposal", args=[organisers.secret_of(event.organisers.first())])
    assert {client.get(link(event, "proposal_kit_file", name)).status_code for name in FILES} == {404}
    assert "kit de communication" not in client.get(link(event, "proposal")).content.decode().lower()


def test_neither_an_invented_address_nor_an_invented_file_opens_anything(client):
    event = full()
    assert client.get(reverse("proposal_kit", args=["0" * 64])).status_code == 404
    assert client.get(link(event, "proposal_kit_file", "autre.pdf")).status_code == 404


# --- The texts -----------------------------------------------------------------------------------------


def test_the_texts_are_plain_words_with_every_fact():
    texts = {text.slug: text.words for text in kit_texts.texts_of(full())}
    assert list(texts) == ["court", "reseaux", "long", "courriel", "image"]
    facts = ["Récrire un courrier", "mardi 23 novembre 2027, 10 h – 12 h", "Rennes"]
    assert {slug: missing(words, facts[:1]) for slug, words in texts.items()} == dict.fromkeys(texts, [])
    whole_facts = [*facts, "mercredi 24 novembre 2027, à partir de 14 h", "1 rue d’Exemple", "35000 Rennes", "Apporter un courrier",
                   "accessible en fauteuil roulant", "Un besoin particulier : 01 00 00 00 00", "La Fabrique d’Exemple",
                   "Ville d’Exemple"]  # fmt: skip
    assert (missing(texts["long"], whole_facts), missing(texts["courriel"], whole_facts)) == ([], [])
    assert "Venez avec un courrier.\n\n- lire\n- écrire" in texts["long"]
    assert texts["courriel"].startswith("Objet\u00a0: Récrire un courrier – mardi 23\u00a0novembre 2027")
    assert [secret for secret in SECRETS if secret in " ".join(texts.values())] == []
    assert re.search(r"<\w|\*\*", " ".join(texts.values())) is None


def test_a_link_in_the_text_keeps_its_address():
    assert kit_texts.plain("Voir [le plan](https://ville.example/plan), et <b>rien</b>.") == (
        "Voir le plan (https://ville.example/plan), et <b>rien</b>."
    )


@pytest.mark.parametrize("count", [1, 9])
def test_several_dates_are_counted_in_short_texts(count):
    event = whole(EventFactory(at=[f"2027-11-{22 + turn % 6}T{10 + turn // 6}:00" for turn in range(count)]))
    assert ("et 6 autres dates" in kit_texts.texts_of(event)[0].words) is (count > 3)


# --- When it is listed ------------------------------------------------------------------------------------


def test_the_letter_and_the_page_of_a_listed_event_lead_to_its_kit(client):
    with time_machine.travel(LISTING, tick=False):
        organiser = proposed()
        address = reverse("proposal_kit", args=[organisers.secret_of(organiser)])
        assert address not in client.get(organisers.path_of(organiser)).content.decode()
        moderating.list_event(organiser.event, by=UserFactory(), now=LISTING)
        assert address in client.get(organisers.path_of(organiser)).content.decode()
        letter = Message.objects.get(kind="events.listed")
        assert absolute(address) in letter.text
        assert client.get(address).status_code == 200


def test_the_room_that_waits_is_on_no_poster():
    """The old version stays public until a change is accepted (E5): on paper too."""
    with time_machine.travel(LISTING, tick=False):
        organiser, by = proposed(), UserFactory()
        moderating.list_event(organiser.event, by=by, now=LISTING)
        services.save(Event.objects.get(), {"place": "Petite salle d’Exemple"}, now=LISTING)
        changing.send(organiser, revision=Event.objects.get().revision, now=LISTING)
        before, _ = words_of(kits.poster_of(kits.listed(now=LISTING).get(), now=LISTING))
        changing.accept(Event.objects.get(), by=by, now=LISTING)
        after, _ = words_of(kits.poster_of(kits.listed(now=LISTING).get(), now=LISTING))
    assert (["Médiathèque" in before, "Petite salle" in before], ["Médiathèque" in after, "Petite salle" in after]) == (
        [True, False], [False, True],
    )  # fmt: skip


def test_the_content_of_a_poster_is_its_fingerprint():
    event = full()
    said = posters.content_of(event, Association.current())
    assert posters.fingerprint(said) == posters.fingerprint(posters.content_of(whole(event), Association.current()))
    assert posters.fingerprint(said | {"access": "autre"}) != posters.fingerprint(said)


def test_a_poster_of_before_the_last_change_is_not_given_without_a_word(client, broken):
    """While it cannot be drawn again, the last one is given: its date may be false, and the page says so."""
    event = full()
    organiser = organisers.make(event, "camille@ville.example", name="Camille Exemple", is_lead=True, now=NOW)
    address = reverse("proposal_kit", args=[organisers.secret_of(organiser)])
    broken.clear()
    kits.poster_of(event, now=NOW)
    said = ["d’avant votre dernier changement" in client.get(address).content.decode()]
    Event.objects.filter(pk=event.pk).update(title="Récrire un autre courrier")
    broken.append("une faute")
    kits.poster_of(Event.objects.get(pk=event.pk), now=NOW + timedelta(hours=1))
    said.append("d’avant votre dernier changement" in client.get(address).content.decode())
    assert said == [False, True]
