"""« Seen to hold » 2, on paper; versions, failures and what anybody may download."""

import re
import subprocess
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from threading import Barrier

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from core import drawing, pdf
from core.clock import PARIS
from core.registry import WAITING
from programmes import demo, flyers, photos, previews
from programmes.demo_portraits import portrait
from programmes.flyers import Edited
from programmes.models import AgendaItem, Edition, Flyer, SessionTrainer, Trainer, TrainingSession, VatMode
from programmes.services import flyers as services
from programmes.tasks import render_flyers
from records.models import Act, Association
from tests.applications.factories import staff
from tests.patience import PATIENCE
from tests.programmes import facts
from tests.programmes.factories import AgendaItemFactory, EditionFactory, PhaseFactory, SessionFactory, TrainerFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
NOW = datetime(2019, 1, 10, 10, tzinfo=PARIS)
OPEN = datetime(2017, 9, 1, 10, tzinfo=PARIS)
MINUTE = timedelta(minutes=1)
# The blocks of domain.md 2.2, in its order.
BLOCKS = [
    "Journée découverte : vers une action publique ingénierieuse",
    "Une journée pour découvrir et pratiquer",
    "Public Les professionnels",
    "Format Une journée",
    "680 € TTC",
    "Contact : journees@la27eregion.example",
    "Prochaine session Mardi 19 mars 2019",
    "Le déroulé",
    "Pourquoi cette journée",
    "Des formateurs décadrants",
    "Pour commencer…",
]


@pytest.fixture
def apart():
    """Draw in a process of its own, as the portal does."""


@pytest.fixture(autouse=True)
def _drawn_here(request, monkeypatch):
    """Draw in this process, so that a test is quick, unless it asks for `apart`."""
    if "apart" not in request.fixturenames:
        monkeypatch.setattr(drawing.drawer, "draw", lambda layouts, **_: pdf.draw(layouts))


@pytest.fixture
def team(client, monkeypatch):
    """Sign a colleague in, second factor shown."""

    def enter():
        person = staff()
        monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: NOW.timestamp())
        client.force_login(person, backend="accounts.backends.RoleBackend")
        return person

    return enter


def drawn(row, now=NOW):
    content = flyers.content_of(row, now=now, association=Association.current())
    return PdfReader(BytesIO(flyers.draw(row, content, Edited(3, now), seconds=60)))


def words_of(document):
    return spaced("\n".join(page.extract_text() for page in document.pages))


def spaced(text):
    """On one line; a word that a line ends at its hyphen is whole again."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)-\n", "-", text))


def read(flyer):
    with flyer.file.open("rb") as file:
        return PdfReader(BytesIO(file.read()))


def day_of_2019():
    demo.load(1)
    return TrainingSession.objects.with_places().get(slug="2019-03-19")


def fonts_of(document):
    """Every font of the pages, and whether its file is inside."""
    found = {}
    for page in document.pages:
        for font in page["/Resources"]["/Font"].values():
            whole = font.get_object()
            inner = whole["/DescendantFonts"][0].get_object() if "/DescendantFonts" in whole else whole
            found[whole["/BaseFont"].split("+")[-1]] = any(name in inner["/FontDescriptor"] for name in ("/FontFile2", "/FontFile3"))
    return found


def figures_of(node):
    """The alternative texts of the pictures, in the order of the document."""
    node = node.get_object()
    if isinstance(node, list):
        return [alt for part in node for alt in figures_of(part)]
    if not isinstance(node, dict):
        return []
    mine = [node.get("/Alt", "")] if node.get("/S") == "/Figure" else []
    return mine + (figures_of(node["/K"]) if "/K" in node else [])


# --- Every fact, on paper -----------------------------------------------------------------------------


def test_the_flyer_of_the_2017_call_says_every_fact():
    with time_machine.travel(OPEN, tick=False):
        demo.load(1)
    document = drawn(Edition.objects.select_related("programme").get(reference_prefix="AV17"), OPEN)
    words = words_of(document)
    assert [fact for fact in facts.CALL_2017 if fact not in words] == []
    assert "20 places" in words
    assert "soit 14 h à La Réunion, 13 h à Mayotte, 6 h en Guadeloupe et en Martinique, 7 h en Guyane" in words
    assert (len(document.pages), "aventuriers/2017/" in words.replace(" ", "")) == (2, True)


def test_the_flyer_of_the_day_of_2019_says_every_fact_in_the_order_of_its_blocks_on_two_pages():
    with time_machine.travel(NOW, tick=False):
        document = drawn(day_of_2019())
    words = words_of(document)
    assert [fact for fact in facts.DAY_2019 if fact not in words] == []
    places = [words.find(block) for block in BLOCKS]
    assert (min(places) >= 0, places) == (True, sorted(places))
    assert len(document.pages) == 2
    assert "version du 10 janvier 2019, n° 3" in words


def test_another_reader_of_pdf_finds_the_same_facts(tmp_path):
    with time_machine.travel(NOW, tick=False):
        day = day_of_2019()
    content = flyers.content_of(day, now=NOW, association=Association.current())
    (tmp_path / "a.pdf").write_bytes(flyers.draw(day, content, Edited(1, NOW), seconds=60))
    said = subprocess.run(["pdftotext", "-raw", tmp_path / "a.pdf", "-"], capture_output=True, check=True).stdout.decode()
    words = re.sub(r"\s", "", said)  # it drops the thin spaces
    assert [fact for fact in facts.DAY_2019 if re.sub(r"\s", "", fact) not in words] == []


def test_the_flyer_is_tagged_in_french_with_its_title_bookmarks_fonts_and_alternative_texts():
    with time_machine.travel(NOW, tick=False):
        document = drawn(day_of_2019())
    root = document.trailer["/Root"]
    assert (root["/Lang"], bool(root["/MarkInfo"]["/Marked"]), bool(root["/ViewerPreferences"]["/DisplayDocTitle"])) == ("fr", True, True)
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert document.metadata.title == "Journée découverte\u00a0: vers une action publique ingénierieuse — La 27e Région"
    assert [mark["/Title"] for mark in document.outline if not isinstance(mark, list)] == [document.metadata.title.split(" —")[0]]
    headings = [mark["/Title"] for mark in document.outline[1] if not isinstance(mark, list)]
    assert headings == [
        "Les questions de la journée", "Public", "Format", "Prochaine session", "Le déroulé", "Pourquoi cette journée\u202f?",
        "Des formateurs décadrants", "Pour commencer…",
    ]  # fmt: skip
    assert set(fonts_of(document).values()) == {True}
    names = ["Amina", "Basile", "Driss", "Élise"]
    alternatives = figures_of(root["/StructTreeRoot"]["/K"])
    assert alternatives == [
        "Code QR de l’adresse https://testserver/programmes/journees-decouverte/sessions/2019-03-19/",
        *(f"Portrait de {name} Exemple" for name in names),
    ]


def test_the_address_of_the_page_is_written_and_can_be_followed():
    with time_machine.travel(NOW, tick=False):
        document = drawn(day_of_2019())
    addresses = {
        note.get_object()["/A"].get("/URI") for page in document.pages for note in page.get("/Annots", []) if "/A" in note.get_object()
    }
    assert "https://testserver/programmes/journees-decouverte/sessions/2019-03-19/" in addresses


def test_a_trainers_address_is_never_printed():
    place = SessionTrainer.objects.create(session=SessionFactory(), trainer=TrainerFactory(email="secret@formation.example"))
    assert "secret@formation.example" not in words_of(drawn(place.session))
    content = flyers.content_of(place.session, now=NOW, association=Association.current())
    assert "secret@formation.example" not in str(content)


# --- Hard content -------------------------------------------------------------------------------------


def test_what_is_empty_leaves_no_heading():
    bare = words_of(drawn(SessionFactory(title="Journée", venue=None)))
    headings = ("Public", "Le déroulé", "Pourquoi", "formateurs", "Pour commencer", "questions")
    assert [heading for heading in headings if heading in bare] == []
    call = words_of(drawn(EditionFactory(results_label=""), OPEN))
    assert [heading for heading in ("Le déroulé", "Qui paie", "Qui porte", "À qui", "Réponse", "repères") if heading in call] == []


@pytest.mark.parametrize(
    ("mode", "said"), [(VatMode.EXEMPT, "exonéré de TVA (article 261"), (VatMode.TAXED_20, "soit 566,67 € hors taxes et 113,33 €")]
)
def test_the_price_is_said_with_the_tax_the_association_chose(mode, said):
    assert said in words_of(drawn(SessionFactory(vat_mode=mode)))


def test_a_long_title_long_names_and_many_items_hold_in_two_pages_without_a_word_lost():
    with time_machine.travel(NOW, tick=False):
        day = day_of_2019()
    day.title = "Démonstration d’un titre de cent quarante signes, " * 3
    names = [f"Anne-Éléonor d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées-de-Paris {number}" for number in range(6)]
    for place, name in zip(day.team.all(), names, strict=True):
        Trainer.objects.filter(pk=place.trainer_id).update(name=name)
    for number in range(10):
        AgendaItem.objects.create(
            session=day, title=f"Séquence de plus n° {number}", description="Une phrase qui la décrit.", order=100 + number
        )
    document = drawn(day)
    words = words_of(document)
    assert len(document.pages) == 2
    assert [name for name in names if name.replace(" ", "") not in words.replace(" ", "")] == []
    assert [number for number in range(10) if f"Séquence de plus n° {number}" not in words] == []


def test_nothing_stands_outside_the_margins():
    """Each word of each page is on the paper: the text boxes say where."""
    import pypdfium2

    with time_machine.travel(NOW, tick=False):
        day = day_of_2019()
    day.title = "Anticonstitutionnellement" * 6
    content = flyers.content_of(day, now=NOW, association=Association.current())
    document = pypdfium2.PdfDocument(flyers.draw(day, content, Edited(1, NOW), seconds=60))
    for page in document:
        width, height = page.get_size()
        text = page.get_textpage()
        boxes = [text.get_rect(number) for number in range(text.count_rects())]
        assert [box for box in boxes if box[0] < 40 or box[2] > width - 40 or box[1] < 15 or box[3] > height - 15] == []


def test_a_printed_link_says_its_address_unless_its_words_do():
    assert flyers.printed_links("[le site](https://www.ville.example/a/)") == (
        '<p><a href="https://www.ville.example/a/">le site</a> <span class="url">ville.example/a</span></p>\n'
    )
    assert flyers.printed_links("[ville.example](https://ville.example/)") == '<p><a href="https://ville.example/">ville.example</a></p>\n'


def test_a_cancelled_day_says_so_on_paper():
    day = SessionFactory(cancelled_at=NOW, cancellation_reason="Le lieu n’était pas libre.")
    words = words_of(drawn(day))
    assert "Cette journée est annulée. Le lieu n’était pas libre." in words
    assert "Prochaine session" not in words


def test_a_lost_portrait_leaves_tiles_in_its_place():
    trainer = TrainerFactory(name="Camille Exemple", photo="formateurs/perdu.jpg")
    place = SessionTrainer.objects.create(session=SessionFactory(), trainer=trainer)
    assert "Camille Exemple" in words_of(drawn(place.session))


# --- Versions -----------------------------------------------------------------------------------------


def test_the_sweep_makes_what_changed_once_and_keeps_the_versions_before():
    with time_machine.travel(NOW, tick=False):
        day = SessionFactory(slug="a")
        render_flyers()
        render_flyers()
        assert [flyer.version for flyer in Flyer.objects.all()] == [1]
        TrainingSession.objects.update(lede="Une autre phrase.")
        render_flyers()
    versions = list(Flyer.objects.order_by("version"))
    assert [(flyer.version, bool(flyer.file), flyer.session) for flyer in versions] == [(1, True, day), (2, True, day)]
    assert ["Une autre phrase." in words_of(read(flyer)) for flyer in versions] == [False, True]


@pytest.mark.parametrize(
    "change",
    [
        lambda day: day.venue.__class__.objects.update(access="Sonnez deux fois."),
        lambda _: Trainer.objects.update(biography="Ailleurs."),
        lambda _: Trainer.objects.update(photo="formateurs/autre.jpg"),
        lambda _: AgendaItem.objects.update(title="Autre"),
        lambda day: day.programme.__class__.objects.update(contact_email="autre@ville.example"),
        lambda _: Association.objects.update_or_create(pk=1, defaults={"phone": "01 00 00 00 00"}),
        lambda _: TrainingSession.objects.update(cancelled_at=NOW),
    ],
    ids=["place", "trainer", "photo", "agenda", "programme", "association", "cancelled"],
)
def test_whatever_is_printed_makes_a_version_when_it_changes(change):
    day = AgendaItemFactory(session=SessionFactory()).session
    SessionTrainer.objects.create(session=day, trainer=TrainerFactory())
    services.render_due(now=NOW)
    assert services.due(now=NOW) == []
    change(day)
    assert services.due(now=NOW) == [day]


def test_a_seat_taken_or_a_trainers_address_makes_no_version():
    day = SessionTrainer.objects.create(session=SessionFactory(), trainer=TrainerFactory()).session
    services.render_due(now=NOW)
    TrainingSession.objects.update(taken=5)
    Trainer.objects.update(email="autre@ville.example")
    assert (services.due(now=NOW), day.flyers.count()) == ([], 1)


def test_the_words_that_follow_the_clock_make_a_version_when_they_change():
    day = SessionFactory()
    services.render_due(now=NOW)
    services.render_due(now=day.ends)
    assert ["Prochaine session" in words_of(read(flyer)) for flyer in Flyer.objects.order_by("version")] == [True, False]


@pytest.mark.parametrize("rows", [1, 3])
def test_looking_for_what_is_due_costs_the_same_however_many_rows(rows):
    for _ in range(rows):
        AgendaItemFactory(session=SessionTrainer.objects.create(session=SessionFactory(), trainer=TrainerFactory()).session)
        PhaseFactory(edition=EditionFactory())
    with CaptureQueriesContext(connection) as seen:
        assert len(services.due(now=NOW)) == 2 * rows
    assert len(seen) == 7


def test_a_file_that_the_storage_lost_is_made_again():
    day = SessionFactory()
    flyer = services.publish(day, now=NOW)
    default_storage.delete(flyer.file.name)
    again = services.to_download(day, now=NOW)
    assert (again.pk, again.version, len(read(again).pages)) == (flyer.pk, 1, 1)


# --- Failures -----------------------------------------------------------------------------------------


@pytest.fixture
def broken(monkeypatch):
    """A drawing that fails, until it is repaired."""
    working, state = drawing.drawer.draw, {"broken": True, "tries": 0}

    def draw(layouts, *, seconds):
        state["tries"] += 1
        if state["broken"]:
            raise drawing.Undrawn("plus de 30 secondes")
        return working(layouts, seconds=seconds)

    monkeypatch.setattr(drawing.drawer, "draw", draw)
    return state


def test_a_drawing_that_fails_is_said_in_french_with_the_page_of_the_facts(client, broken):
    day = SessionFactory(programme__slug="journees", slug="a")
    with time_machine.travel(NOW, tick=False):
        answer = client.get("/programmes/journees/sessions/a/depliant.pdf")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "60", "no-store")
    page = answer.content.decode()
    assert "Le dépliant n’est pas prêt" in page
    assert f'href="{day.get_absolute_url()}"' in page
    assert "Il n’a pas pu être fait. L’équipe le sait, et un nouvel essai viendra." in page


def test_a_failure_is_counted_told_to_the_team_and_tried_again_later_and_later(broken):
    SessionFactory()
    tried = []
    moment = NOW
    for _ in range(200):
        services.render_due(now=moment)
        tried.append(broken["tries"])
        moment += MINUTE
    flyer = Flyer.objects.get()
    assert (flyer.failures, flyer.error, flyer.file.name) == (8, "plus de 30 secondes", "")
    assert tried[:9] == [1, 2, 2, 3, 3, 3, 3, 4, 4]
    assert [(wait.label, wait.count, wait.permission) for ask in WAITING for wait in ask(NOW) if "dépliant" in wait.label] == [
        ("dépliant qui n’a pas pu être fait", 1, "programmes.view_flyer")
    ]
    broken["broken"] = False
    services.render_due(now=flyer.retry_at)
    flyer.refresh_from_db()
    assert (bool(flyer.file), flyer.version, flyer.failures, flyer.error, flyer.retry_at) == (True, 1, 0, "", None)


def test_the_last_good_version_stays_the_one_that_is_given(client, broken):
    broken["broken"] = False
    SessionFactory(programme__slug="journees", slug="a", lede="La première phrase.")
    with time_machine.travel(NOW, tick=False):
        render_flyers()
        broken["broken"] = True
        TrainingSession.objects.update(lede="La seconde.")
        render_flyers()
        answer = client.get("/programmes/journees/sessions/a/depliant.pdf")
    assert "La première phrase." in words_of(PdfReader(BytesIO(answer.content)))
    assert [(flyer.version, bool(flyer.file)) for flyer in Flyer.objects.order_by("version")] == [(1, True), (2, False)]


def test_one_that_fails_does_not_hold_the_others_and_comes_last(broken):
    wrong, right = SessionFactory(), SessionFactory()
    services.render_due(now=NOW)
    broken["broken"] = False
    Flyer.objects.filter(session=right).delete()
    assert services.due(now=NOW + 2 * MINUTE) == [right, wrong]
    assert services.render_due(now=NOW + 2 * MINUTE) == 2


def test_a_sweep_stops_beginning_new_ones_in_time(monkeypatch):
    SessionFactory.create_batch(3)
    monkeypatch.setattr(services, "BUDGET", -1.0)
    assert (services.render_due(now=NOW), Flyer.objects.count()) == (0, 0)


def test_it_is_drawn_in_a_process_of_its_own(apart):
    flyer = services.publish(SessionFactory(), now=NOW)
    assert "Journée découverte" in words_of(read(flyer))


def test_a_drawing_that_takes_too_long_is_stopped_and_the_next_is_drawn(apart, monkeypatch):
    day = SessionFactory()
    monkeypatch.setattr(services, "LIMIT", 0.02)
    with pytest.raises(services.NotReady):
        services.publish(day, now=NOW)
    assert Flyer.objects.get().error == "plus de 0 secondes"
    monkeypatch.setattr(services, "LIMIT", 60.0)
    assert services.publish(day, now=NOW + 2 * MINUTE).failures == 0


# --- Who may download ---------------------------------------------------------------------------------


def test_everybody_downloads_what_is_public_under_its_name_and_caches_know_it(client):
    SessionFactory(programme__slug="journees", slug="2019-03-19")
    with time_machine.travel(NOW, tick=False):
        answer = client.get("/programmes/journees/sessions/2019-03-19/depliant.pdf")
        again = client.get("/programmes/journees/sessions/2019-03-19/depliant.pdf", headers={"if-none-match": answer["ETag"]})
    assert (answer.status_code, answer["Content-Type"], again.status_code) == (200, "application/pdf", 304)
    assert answer["Content-Disposition"] == 'attachment; filename="journees-2019-03-19-depliant.pdf"'
    assert (answer["Cache-Control"], "Set-Cookie" in answer) == ("public, max-age=60", False)
    assert PdfReader(BytesIO(answer.content)).trailer["/Root"]["/Lang"] == "fr"


@pytest.mark.parametrize("factory", [EditionFactory, SessionFactory], ids=["call", "day"])
def test_before_its_publication_nobody_finds_it_but_the_team_and_who_holds_a_link(client, team, factory):
    row = factory(programme__slug="p", slug="r", published_at=NOW + MINUTE)
    address = f"{row.get_absolute_url()}depliant.pdf"
    with time_machine.travel(NOW, tick=False):
        render_flyers()
        link = f"/apercu/{previews.token_of(row, until=NOW + timedelta(days=1))}/depliant.pdf"
        assert (client.get(address).status_code, client.get("/apercu/faux/depliant.pdf").status_code) == (404, 404)
        shown = client.get(link)
        team()
        ours = client.get(address)
    assert (shown.status_code, shown["Cache-Control"], shown["X-Robots-Tag"]) == (200, "private, no-store", "noindex, nofollow")
    assert (ours.status_code, "private" in ours["Cache-Control"]) == (200, True)
    client.logout()
    with time_machine.travel(NOW + MINUTE, tick=False):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("factory", [EditionFactory, SessionFactory], ids=["call", "day"])
@pytest.mark.parametrize("since", [NOW + MINUTE, NOW - timedelta(days=400)], ids=["after the drawing", "dated before it"])
def test_what_was_drawn_before_the_publication_and_corrected_never_leaves(client, broken, factory, since):
    row = factory(programme__slug="p", slug="r", published_at=None, lede="Avec le ministère secret.")
    broken["broken"] = False
    services.publish(row, now=NOW)
    type(row).objects.update(lede="Sans lui.", published_at=since)
    broken["broken"] = True
    with time_machine.travel(NOW + MINUTE, tick=False):
        failed = client.get(f"{row.get_absolute_url()}depliant.pdf")
        broken["broken"] = False
        Flyer.objects.update(retry_at=None)
        given = client.get(f"{row.get_absolute_url()}depliant.pdf")
        broken["broken"] = True
        type(row).objects.update(lede="Une troisième phrase.")
        stays = client.get(f"{row.get_absolute_url()}depliant.pdf")
    words = words_of(PdfReader(BytesIO(given.content)))
    assert (failed.status_code, "Sans lui." in words, "secret" in words, stays.content == given.content) == (503, True, False, True)


def test_what_was_public_once_stays_given_when_a_correction_cannot_be_drawn(client, broken):
    broken["broken"] = False
    day = SessionFactory(lede="La première phrase.")
    services.publish(day, now=NOW)
    TrainingSession.objects.update(lede="Un brouillon secret.", published_at=None)
    services.publish(TrainingSession.objects.with_places().get(), now=NOW)
    TrainingSession.objects.update(lede="La seconde.", published_at=NOW)
    broken["broken"] = True
    with time_machine.travel(NOW, tick=False):
        answer = client.get(f"{day.get_absolute_url()}depliant.pdf")
    words = words_of(PdfReader(BytesIO(answer.content)))
    assert ("La première phrase." in words, "secret" in words) == (True, False)


def test_a_flyer_ready_before_the_publication_is_given_at_once_when_it_says_the_same(client, broken):
    broken["broken"] = False
    day = SessionFactory(published_at=NOW + MINUTE)
    services.publish(day, now=NOW)
    broken["broken"] = True
    with time_machine.travel(NOW + MINUTE, tick=False):
        answers = [client.get(f"{day.get_absolute_url()}depliant.pdf").status_code for _ in range(2)]
    assert (answers, Flyer.objects.get().is_of_public) == ([200, 200], True)


def test_the_pages_offer_their_flyer(client):
    day, call = SessionFactory(published_at=NOW), EditionFactory(published_at=NOW)
    with time_machine.travel(NOW, tick=False):
        for row in (day, call):
            assert (
                f'href="{row.get_absolute_url()}depliant.pdf">Télécharger le dépliant (PDF)'
                in client.get(row.get_absolute_url()).content.decode()
            )


def test_the_team_lists_the_versions_downloads_each_and_tries_again(client, team, broken):
    day = SessionFactory(title="Journée découverte")
    broken["broken"] = False
    services.publish(day, now=NOW)
    first = Flyer.objects.get()
    broken["broken"] = True
    TrainingSession.objects.update(lede="Une autre phrase.")
    services.render_due(now=NOW)
    failed = Flyer.objects.get(version=2)
    with time_machine.travel(NOW, tick=False):
        person = team()
        listed = client.get(f"/admin/programmes/flyer/?session__id__exact={day.pk}").content.decode()
        assert [said for said in ("Journée découverte", "prêt", "en échec (1 essai)") if said not in listed] == []
        assert client.get(f"/admin/programmes/flyer/{first.pk}/fichier.pdf").content.startswith(b"%PDF-")
        assert client.get(f"/admin/programmes/flyer/{failed.pk}/fichier.pdf").status_code == 404
        assert "plus de 30 secondes" in client.get(f"/admin/programmes/flyer/{failed.pk}/change/").content.decode()
        answer = client.post("/admin/programmes/flyer/", {"action": "retry", "_selected_action": [failed.pk, first.pk]}, follow=True)
        again = client.get(f"/admin/programmes/flyer/{failed.pk}/change/").content.decode()
    assert "Nouvel essai demandé" in answer.content.decode()
    assert "à refaire (en échec, 1 essai)" in again
    failed.refresh_from_db()
    assert (failed.retry_at, Act.objects.filter(verb="nouvel essai du dépliant", by_id=str(person.pk)).count()) == (None, 1)
    client.logout()
    assert client.get(f"/admin/programmes/flyer/{first.pk}/fichier.pdf").status_code == 302


# --- Two at once --------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_two_drawings_at_once_are_one_version_and_one_file(attempt, monkeypatch):
    day = SessionFactory()
    monkeypatch.setattr(services, "_drawing", lambda _: nullcontext(enter_result=True))  # even when the cache is away
    outcomes = race(*[partial(services.publish, TrainingSession.objects.with_places().get(pk=day.pk), now=NOW) for _ in range(2)])
    assert [outcome.version for outcome in outcomes] == [1, 1]
    assert (Flyer.objects.count(), len(default_storage.listdir("depliants")[1])) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_do_race_and_the_constraint_stops_one(monkeypatch):
    """The twin: both look before either writes."""
    day = SessionFactory()
    together = Barrier(2, timeout=PATIENCE)
    monkeypatch.setattr(services, "lock", lambda row: row)
    monkeypatch.setattr(Flyer, "__init__", _waiting(Flyer.__init__, together))
    outcomes = race(*[partial(services.publish, TrainingSession.objects.with_places().get(pk=day.pk), now=NOW) for _ in range(2)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Flyer", "IntegrityError"]


def _waiting(make, together):
    """Hold each until the other is about to write too; only the first row each makes."""
    seen = []

    def init(self, *args, **kwargs):
        if kwargs and len(seen) < 2:
            seen.append(1)
            together.wait()
        make(self, *args, **kwargs)

    return init


def test_a_crowd_that_downloads_at_once_waits_for_one_drawing(monkeypatch):
    day = SessionFactory()
    services.cache.add(services._holder(day), 1, timeout=30)
    monkeypatch.setattr(services, "PATIENCE", 0.5)
    with pytest.raises(services.NotReady, match="en train de se faire"):
        services.to_download(day, now=NOW)
    assert Flyer.objects.count() == 0


def test_a_sweep_passes_over_what_somebody_else_is_drawing_without_a_warning(caplog):
    day = SessionFactory()
    services.cache.add(services._holder(day), 1, timeout=30)
    assert services.render_due(now=NOW) == 0
    assert [record.getMessage() for record in caplog.records if record.name == services.logger.name] == []


def test_the_portrait_of_a_trainer_is_printed_as_it_is_kept():
    name = default_storage.save("formateurs/a.jpg", BytesIO(portrait("Camille")))
    trainer = TrainerFactory(photo=name)
    assert photos.read(trainer) is not None
    place = SessionTrainer.objects.create(session=SessionFactory(), trainer=trainer)
    document = drawn(place.session)
    pictures = [image for page in document.pages for image in page.images]
    assert [(image.image.width, image.image.height) for image in pictures] == [(400, 400)]
