"""The picture of an event: what is refused, what is kept, who sees it and when, how it is replaced, taken away, copied and erased."""

import json
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from PIL import Image

from accounts.roles import Role
from core import clock
from events import organisers, pictures
from events.models import Event, EventPicture, Organiser, RegionCoordinator, Season
from events.models.picture import FOLDER
from events.picture_forms import UNDESCRIBED
from events.services import changing, moderating, picturing, proposing
from events.states import State
from mailing.tasks import deliver
from programmes import photos
from records.models import Act
from tests.accounts.factories import UserFactory, enrol, sign_in
from tests.events.factories import SeasonFactory
from tests.events.proposals import LISTING, answered, begun, proposed, screen
from tests.programmes.test_photos import NOT_PHOTOS, SVG, declared, picture

pytestmark = pytest.mark.django_db
ALT = "Trois personnes autour d’une table, un courrier à la main"
SECRET = b"48.8712, 2.3866"


@pytest.fixture(autouse=True)
def _listing(settings, tmp_path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    with time_machine.travel(LISTING, tick=False):
        SeasonFactory()
        yield


def upload(content: bytes = b"", name: str = "affiche.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or picture(size=(1600, 1000)), content_type="image/jpeg")


def give(
    client: Client, organiser: Organiser, content: bytes = b"", *, alt: str = ALT, credit: str = "Ville d’Exemple", **more: Any
) -> Any:
    return screen(client, organiser, "acces", picture=upload(content), picture_alt=alt, picture_credit=credit, **more)


def words(organiser: Organiser, client: Client, alt: str, **more: Any) -> Any:
    return screen(client, organiser, "acces", picture_alt=alt, picture_credit="", **more)


def listed(client: Client) -> Organiser:
    organiser = proposed()
    give(client, organiser)
    organiser.event = moderating.list_event(
        organiser.event, by=UserFactory(roles=[Role.STAFF]), now=clock.now(), words="", exception=False, seen=None
    )
    return organiser


def page(client: Client, organiser: Organiser, name: str = "proposal_screen", *more: str) -> str:
    text: str = client.get(reverse(name, args=[organisers.secret_of(organiser), *more])).content.decode()
    return text.replace("\xa0", " ").replace("\u202f", " ")


def files() -> list[str]:
    return default_storage.listdir(FOLDER)[1] if default_storage.exists(FOLDER) else []


def addresses(organiser: Organiser) -> list[str]:
    event = Event.objects.select_related("season").get(pk=organiser.event_id)
    return [reverse("event_picture", args=[event.season.slug, event.slug or "rien", size]) for size in pictures.SIZES]


BAD = {
    **{name: (content, photos.NOT_A_PHOTO) for name, content in NOT_PHOTOS.items()},
    "svg named jpg": (SVG, photos.NOT_A_PHOTO),
    "forty megapixels": (declared(8000, 5000), photos.TOO_MANY_PIXELS.format(width=8000, height=5000)),
    "truncated": (picture(size=(1600, 1000), quality=95)[:-3000], photos.BROKEN),
    "too heavy": (b"\xff\xd8" + b"0" * (photos.LARGEST + 1), photos.TOO_HEAVY),
    "too small": (picture(size=(300, 200)), pictures.TOO_SMALL),
    "empty": (b" ", photos.NOT_A_PHOTO),
}


@pytest.mark.parametrize(("content", "told"), BAD.values(), ids=BAD.keys())
def test_what_is_no_picture_is_refused_beside_its_field_and_nothing_typed_is_lost(client, content, told):
    organiser = begun()
    answer = give(client, organiser, content, carrier="Ville d’Ailleurs")
    text = answer.content.decode().replace("\xa0", " ").replace("\u202f", " ")
    assert (answer.status_code, told.replace("\xa0", " ") in text) == (422, True)
    assert all(kept in text for kept in (ALT, "Ville d’Ailleurs", 'href="#id_picture"'))
    assert (Event.objects.get().typed["carrier"], EventPicture.objects.count(), files()) == ("Ville d’Ailleurs", 0, [])


def test_a_picture_is_kept_in_two_widths_without_a_byte_of_what_was_sent(client):
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    organiser = begun()
    answer = give(client, organiser, picture(size=(3000, 2000), exif=exif))
    row = EventPicture.objects.get()
    contents = [pictures.read(row, size) or b"" for size in pictures.SIZES]
    sizes = [Image.open(BytesIO(content)).size for content in contents]
    assert (answer.status_code, sizes) == (302, [(1200, 800), (600, 400)])
    assert ((row.width, row.height, row.small_width), (row.alt, row.credit)) == ((1200, 800, 600), (ALT, "Ville d’Exemple"))
    assert [(SECRET in content, bool(Image.open(BytesIO(content)).getexif())) for content in contents] == [(False, False)] * 2
    assert len(files()) == 2


def test_enregistrer_keeps_it_too_and_typing_by_itself_asks_nothing_of_it(client):
    organiser = answered()
    url = reverse("proposal_save", args=[organisers.secret_of(organiser), "acces"])
    said = {"carrier": "Ville d’Exemple", "picture_alt": ALT, "revision": organiser.event.revision}
    by_itself = client.post(url, said, headers={"HX-Request": "true"})
    assert (by_itself.status_code, EventPicture.objects.count()) == (200, 0)
    answer = client.post(url, {**said, "picture": upload(), "revision": Event.objects.get().revision})
    assert (answer.status_code, EventPicture.objects.get().alt) == (302, ALT)
    answer = client.post(url, {**said, "picture": upload(SVG), "revision": Event.objects.get().revision})
    assert (answer.status_code, len(files())) == (422, 2)


def test_without_its_words_the_file_stays_and_is_shown_to_nobody_else(client):
    organiser = begun()
    answer = give(client, organiser, alt=" ")
    assert (answer.status_code, UNDESCRIBED.split("\xa0")[0] in answer.content.decode()) == (422, True)
    assert (EventPicture.objects.get().alt, pictures.shown(Event.objects.get())) == ("", None)
    assert words(organiser, client, ALT).status_code == 302
    assert EventPicture.objects.get().alt == ALT


def test_words_without_a_picture_ask_for_it(client):
    answer = words(begun(), client, ALT)
    assert (answer.status_code, "Choisissez l’image que vous décrivez" in answer.content.decode()) == (422, True)


def test_before_listing_only_its_organiser_the_coordination_and_the_team_read_it(client):
    organiser = proposed()
    give(client, organiser)
    here, elsewhere = UserFactory(roles=[Role.COORDINATOR]), UserFactory(roles=[Role.COORDINATOR])
    RegionCoordinator.objects.create(person=here, region="53")
    RegionCoordinator.objects.create(person=elsewhere, region="11")
    people = {
        "nobody": Client(), "neighbour": sign_in(Client(), UserFactory()), "elsewhere": sign_in(Client(), elsewhere),
        "organiser": sign_in(Client(), UserFactory(email=organiser.email)), "here": sign_in(Client(), here),
        "team": sign_in(Client(), UserFactory(roles=[Role.STAFF])),
    }  # fmt: skip
    seen = {name: {who.get(address).status_code for address in addresses(organiser)} for name, who in people.items()}
    assert seen == {"nobody": {404}, "neighbour": {404}, "elsewhere": {404}, "organiser": {200}, "here": {200}, "team": {200}}
    missing = people["nobody"].get(reverse("event_picture", args=["2027", "nulle-part", "grande"]))
    hidden = people["nobody"].get(addresses(organiser)[0])
    assert (missing.status_code, len(missing.content)) == (hidden.status_code, len(hidden.content))
    by_link = people["nobody"].get(reverse("proposal_picture", args=[organisers.secret_of(organiser)]))
    assert (by_link.status_code, by_link["Content-Type"], "no-store" in by_link["Cache-Control"]) == (200, "image/jpeg", True)
    assert people["nobody"].get(reverse("proposal_picture", args=["0" * 64])).status_code == 404
    answer = people["here"].get(reverse("coordination_event", args=[organiser.event_id])).content.decode()
    assert (ALT in answer, addresses(organiser)[1] in answer) == (True, True)


def test_listed_its_page_and_its_data_show_it_and_a_hidden_season_takes_it_back(client):
    organiser = listed(client)
    event = Event.objects.get()
    text = client.get(event.get_absolute_url()).content.decode()
    large, small = addresses(organiser)
    drawn = re.search(r'<figure class="given"><img [^>]*>', text)
    assert drawn
    assert all(part in drawn[0] for part in (small, large, ALT, 'width="1200"', 'height="750"'))
    assert "loading" not in drawn[0]
    data = json.loads(re.search(r'application/ld\+json">(.*?)</script>', text, re.DOTALL)[1])
    assert [address.split("?")[0].rpartition("/")[2] for address in data["image"]] == ["image-grande.jpg", "carte.png"]
    answers = [client.get(address) for address in (large, small)]
    assert [(answer.status_code, answer["Content-Type"]) for answer in answers] == [(200, "image/jpeg")] * 2
    assert client.get(large.replace("grande", "geante")).status_code == 404
    Season.objects.update(published_at=None)
    assert client.get(large).status_code == 404


def read_by_machines(client: Client) -> tuple[Any, ...]:
    """What the data, the feed and whoever shares the page say of the picture: addresses without what tells versions apart."""
    event = Event.objects.select_related("season").get()
    [told] = json.loads(b"".join(client.get("/evenements/programme.json").streaming_content))["events"]  # type: ignore[attr-defined]
    feed = b"".join(client.get("/evenements/flux.atom").streaming_content).decode()  # type: ignore[attr-defined]
    page = client.get(event.get_absolute_url()).content.decode()
    enclosed = re.findall(r'rel="enclosure" type="image/jpeg" href="([^"]*)" title="([^"]*)"', feed)
    shared = [re.search(rf'og:image{part}" content="([^"]*)"', page)[1] for part in ("", ":width", ":height", ":alt")]  # type: ignore[index]
    return told["image"], told["imagecredits"], told["thumbnail"], enclosed, shared


def test_listed_it_is_in_the_data_the_feed_and_on_social_cards_with_its_credit_and_until_then_the_cover_is(client):
    organiser = listed(client)
    give(client, organiser, credit="Photo : Ville d’Exemple")
    picture, site = EventPicture.objects.get(), "https://testserver"
    large, small = (f"{site}{pictures.address(picture, size)}" for size in pictures.SIZES)
    cover, title = f"{site}{Event.objects.get().get_absolute_url()}carte.png", str(Event.objects.get())
    expected = (large, "Photo : Ville d’Exemple", small, [(large, ALT)], [large, "1200", "750", ALT])
    assert read_by_machines(client) == expected
    assert client.get(large)["Cross-Origin-Resource-Policy"] == "cross-origin"
    words(organiser, client, "", picture_removed="on")
    assert read_by_machines(client) == (cover, None, None, [], [cover, "1200", "630", title])


def test_taken_away_from_an_event_called_off_the_feeds_that_others_keep_change_too(client):
    organiser = listed(client)
    changing.cancel(organiser.event, "Faute de salle.", by=UserFactory(roles=[Role.STAFF]), now=clock.now())
    kept = client.get("/evenements/programme.json")["ETag"]
    with time_machine.travel(LISTING + timedelta(hours=1), tick=False):
        picturing.remove_by_team(Event.objects.get(), "Elle n’est pas libre.", by=UserFactory(roles=[Role.STAFF]), now=clock.now())
        assert client.get("/evenements/programme.json", headers={"If-None-Match": kept}).status_code == 200


@pytest.mark.parametrize("with_picture", [False, True])
def test_the_page_asks_no_more_questions_for_it(client, with_picture, django_assert_max_num_queries):
    organiser = listed(client)
    if not with_picture:
        words(organiser, client, "", picture_removed="on")
    address, visitor = Event.objects.get().get_absolute_url(), Client()
    visitor.get(address)
    with django_assert_max_num_queries(5):
        text = visitor.get(address).content.decode()
    assert (ALT in text) == with_picture


def test_listed_it_is_replaced_or_taken_away_at_once_and_the_history_says_so(client, django_capture_on_commit_callbacks):
    organiser = listed(client)
    former = files()
    with django_capture_on_commit_callbacks(execute=True):
        assert give(client, organiser, picture(size=(900, 1200)), alt="Une affiche").status_code == 302
    event = Event.objects.get()
    text = client.get(event.get_absolute_url()).content.decode()
    assert ("Une affiche" in text, event.state, event.pending, set(former) & set(files()), len(files())) == (True, "LISTED", {}, set(), 2)
    assert (event.steps.last().changes["Image"][1], event.changed_at) == (
        "«\xa0Une affiche\xa0», Ville d’Exemple (nouveau fichier)",
        LISTING,
    )
    with django_capture_on_commit_callbacks(execute=True):
        words(organiser, client, "Une affiche", picture_removed="on")
    text = client.get(event.get_absolute_url()).content.decode()
    assert ("<figure" in text, EventPicture.objects.count(), files()) == (False, 0, [])
    assert client.get(addresses(organiser)[0]).status_code == 404
    assert Event.objects.get().steps.last().changes == {"Image": ["«\xa0Une affiche\xa0», Ville d’Exemple", ""]}


def test_the_same_words_again_are_no_change(client):
    organiser = listed(client)
    steps = organiser.event.steps.count()
    screen(client, organiser, "acces", picture_alt=ALT, picture_credit="Ville d’Exemple")
    assert organiser.event.steps.count() == steps


def test_a_cancelled_event_takes_no_picture(client):
    organiser = listed(client)
    Event.objects.update(state=State.CANCELLED)
    url = reverse("proposal_save", args=[organisers.secret_of(organiser), "acces"])
    answer = client.post(url, {"picture": upload(), "picture_alt": "Une autre"})
    assert (answer.status_code, EventPicture.objects.get().alt) == (409, ALT)


@pytest.mark.parametrize("keeps", [False, True])
def test_proposed_again_it_goes_along_only_when_it_is_kept(client, keeps):
    organiser = listed(client)
    Season.objects.create(
        slug="2028", title="Semaine 2028", starts_on="2028-11-20", ends_on="2028-11-26", published_at=LISTING, listing_opens_at=LISTING,
        listing_closes_at=LISTING + timedelta(days=30),
    )  # fmt: skip
    assert "Garder aussi l’image" in page(client, organiser, "proposal")
    client.post(
        reverse("proposal_copy", args=[organisers.secret_of(organiser)]), {"season": "2028", **({"picture": "oui"} if keeps else {})}
    )
    made = Event.objects.get(season__slug="2028")
    assert [row.alt for row in EventPicture.objects.filter(event=made)] == ([ALT] if keeps else [])
    assert len(files()) == (4 if keeps else 2)


def test_it_is_erased_with_its_draft(client, django_capture_on_commit_callbacks):
    organiser = begun()
    give(client, organiser)
    with django_capture_on_commit_callbacks(execute=True):
        proposing.erase(Organiser.objects.get(pk=organiser.pk))
    assert (EventPicture.objects.count(), files()) == (0, [])


def test_the_night_erases_the_files_that_no_row_names(client):
    give(client, begun())
    kept, stray = files(), default_storage.save(f"{FOLDER}/vieux.jpg", upload())
    with time_machine.travel(LISTING.replace(year=2100)):
        assert [(row.label, row.count) for row in pictures.purge(clock.now(), True)] == [(pictures.FILES, 1)]
        list(pictures.purge(clock.now(), False))
    assert (sorted(files()), default_storage.exists(stray)) == (sorted(kept), False)


def test_the_screen_and_the_copy_show_what_is_kept(client):
    organiser = answered()
    give(client, organiser)
    address = reverse("proposal_picture", args=[organisers.secret_of(organiser)])
    seen = page(client, organiser, "proposal_screen", "acces")
    assert (address in seen, "Remplacer l’image" in seen, "Retirer l’image" in seen) == (True, True, True)
    assert seen.count('formenctype="multipart/form-data"') == 3
    read = page(client, organiser, "proposal_review")
    assert (address in read, ALT in read) == (True, True)


# --- Taken away by the team --------------------------------------------------------------------------------------------


def test_the_team_takes_a_picture_away_says_why_and_leaves_the_event(client, mailoutbox):
    organiser = listed(client)
    event = Event.objects.get()
    team = UserFactory(roles=[Role.STAFF])
    enrol(team)
    browser, url = sign_in(Client(), team), reverse("admin:events_event_picture", args=[event.pk])
    assert f'href="{url}"' in browser.get(reverse("admin:events_event_change", args=[event.pk])).content.decode()
    refused = browser.post(url, {"words": " "})
    assert (refused.status_code, "Dites pourquoi" in refused.content.decode(), EventPicture.objects.count()) == (422, True, 1)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert browser.post(url, {"words": "Une personne y est reconnaissable."}).status_code == 302
    deliver()
    assert (EventPicture.objects.count(), files(), Event.objects.get().state) == (0, [], State.LISTED)
    assert [letter.to for letter in mailoutbox if "Une personne y est reconnaissable." in letter.body] == [[organiser.email]]
    assert "Nous avons retiré l’image" in page(client, organiser, "proposal")
    assert Act.objects.filter(verb="image de l’événement changée").count() == 2
    again = browser.post(url, {"words": "Encore."}, follow=True)
    assert "Il n’y a plus d’image." in again.content.decode().replace("\xa0", " ")


def test_nobody_but_the_team_takes_a_picture_away(client):
    listed(client)
    url = reverse("admin:events_event_picture", args=[Event.objects.get().pk])
    for role in (Role.COORDINATOR, Role.REVIEWER, Role.TREASURER):
        person = UserFactory(roles=[role])
        enrol(person)
        assert sign_in(Client(), person).post(url, {"words": "Non."}).status_code in (302, 403)
    assert client.post(url, {"words": "Non."}).status_code == 302
    assert EventPicture.objects.count() == 1
