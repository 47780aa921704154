"""Communiqués: ready, under embargo, corrected, withdrawn; one content for page, PDF and feed (domain.md F1, S16)."""

import hashlib
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.test import Client

from accounts.roles import Role
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from core.registry import HOME, SITEMAP, TIMELINE
from core.typography import typo
from events.models import PressRelease, PressSection, PressVersion
from events.press import listed_of, reading
from events.services import press
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.events.press_factories import AFTER, BEFORE, EMBARGO, ContactFactory, LinkFactory, ReleaseFactory
from tests.patience import PATIENCE
from tests.programmes.factories import ProgrammeFactory
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawings(monkeypatch):
    """Drawings that cost nothing, counted."""
    drawn = []

    def draw(release, said, *, number, at, now):
        drawn.append(number)
        return f"%PDF {said.title} v{number}".encode()

    monkeypatch.setattr("events.press.documents.draw", draw)
    return drawn


def at_desk():
    """The browser of a colleague of the team, at the portal's hour."""
    return sign_in(Client(), UserFactory(roles=[Role.STAFF]))


def at(moment):
    return time_machine.travel(moment, tick=False)


def told(release, now=AFTER):
    return reading.told(reading.whole(PressRelease.objects.filter(pk=release.pk)).get(), now=now)


# --- Ready ----------------------------------------------------------------------------------------------


def test_one_that_is_whole_is_said_ready_once():
    release, person = ReleaseFactory(ready_at=None), UserFactory()
    done = [press.make_ready(release, by=person, now=BEFORE + timedelta(seconds=gap)) for gap in (0, 1)]
    release.refresh_from_db()
    assert (done, release.ready_at) == ([True, False], BEFORE)
    assert [(act.verb, act.note) for act in Act.objects.all()] == [
        ("communiqué prêt", "sous embargo jusqu’au 8\u00a0novembre 2027 à 9\u00a0h")
    ]


def test_one_that_lacks_something_says_each_thing():
    release = ReleaseFactory(ready_at=None, whole=False, lede="Le mardi 8 novembre, voir [ici](#).", title="")
    LinkFactory(release=release, label="programme")
    with pytest.raises(press.Unready) as refusal:
        press.make_ready(release, by=UserFactory(), now=BEFORE)
    release.refresh_from_db()
    assert (release.ready_at, [(fault.field, typo(str(fault))) for fault in refusal.value.faults]) == (
        None,
        [
            ("title", "titre\u00a0: ce texte est vide."),
            ("lede", "chapô\u00a0: le lien «\u00a0[ici](#)\u00a0» est vide."),
            ("lede", "chapô\u00a0: «\u00a0mardi 8\u00a0novembre\u00a0»\u00a0: le 8\u00a0novembre 2027 est un lundi."),
            ("contacts", "donnez au moins un contact presse\u00a0: un journaliste appelle quelqu’un."),
            ("", "donnez au moins une partie, avec son titre et son texte."),
            (
                "url",
                "lien «\u00a0programme\u00a0»\u00a0: ce lien ne mène nulle part\u00a0: choisissez une page, écrivez une adresse ou une "
                "boîte, ou cochez «\u00a0à venir\u00a0».",
            ),
        ],
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "ftp://ville.example/"}, "cette adresse doit commencer par https:// ou http://."),
        ({"url": "http://127.0.0.1/"}, "cette adresse ne s’ouvre pas de l’extérieur."),
        ({"url": "http://[::1]/"}, "cette adresse ne s’ouvre pas de l’extérieur."),
        ({"url": "https://intranet/"}, "cette adresse ne s’ouvre pas de l’extérieur."),
        ({"url": "https://a:b@ville.example/"}, "cette adresse ne doit contenir ni mot de passe ni port."),
        ({"url": "https://ville.example:8080/"}, "cette adresse ne doit contenir ni mot de passe ni port."),
        ({"url": "https://[mal/"}, "cette adresse est mal écrite."),
        ({"target": "programmes.programme:999"}, "cette page n’est pas publiée à l’heure de l’embargo\u00a0: publiez-la d’abord, "
         "ou cochez «\u00a0à venir\u00a0»."),
    ],
)  # fmt: skip
def test_a_link_that_would_lead_nobody_anywhere_is_refused(fields, words):
    release = ReleaseFactory(ready_at=None)
    LinkFactory(release=release, **fields)
    with pytest.raises(press.Unready) as refusal:
        press.make_ready(release, by=UserFactory(), now=BEFORE)
    assert [typo(fault.words) for fault in refusal.value.faults] == [typo(words)]


def test_a_link_written_in_a_text_is_to_be_put_among_those_that_are_checked():
    release = ReleaseFactory(ready_at=None)
    PressSection.objects.create(release=release, title="Suite", text="Voir [le site](https://ville.example/).")
    with pytest.raises(press.Unready) as refusal:
        press.make_ready(release, by=UserFactory(), now=BEFORE)
    assert [(fault.field, "où il est vérifié chaque nuit" in fault.words) for fault in refusal.value.faults] == [("text", True)]


def test_what_is_under_embargo_may_be_taken_back_and_what_is_public_not():
    release, person = ReleaseFactory(), UserFactory()
    with pytest.raises(Refused, match="retirez-le"):
        press.take_back(release, by=person, now=AFTER)
    assert [press.take_back(release, by=person, now=BEFORE) for _ in range(2)] == [True, False]
    assert PressRelease.objects.public(now=AFTER).count() == 0


# --- The embargo ----------------------------------------------------------------------------------------


def test_the_clock_alone_lifts_the_embargo(client, drawings):
    release = ReleaseFactory()
    paths = [release.get_absolute_url(), f"/presse/{release.slug}.pdf"]
    with at(BEFORE):
        assert [client.get(path).status_code for path in paths] == [404, 404]
        desk = at_desk()
        page = desk.get(paths[0])
        assert (page.status_code, desk.get(paths[1]).status_code) == (200, 200)
        assert "Sous embargo jusqu’au 8\u00a0novembre 2027 à 9\u00a0h" in page.content.decode()
        assert ("noindex" in page.content.decode(), "og:title" in page.content.decode()) == (True, False)
    with at(EMBARGO):
        assert [client.get(path).status_code for path in paths] == [200, 200]
        assert "embargo" not in client.get(paths[0]).content.decode()
    assert (drawings, PressVersion.objects.count()) == ([0, 1], 1)


def test_what_nobody_said_ready_is_never_public(client):
    release = ReleaseFactory(ready_at=None)
    with at(AFTER):
        assert client.get(release.get_absolute_url()).status_code == 404
        assert [link.label for part in SITEMAP for link in part(clock.now()) if "presse" in link.url] == []


def test_what_was_said_ready_late_is_public_since_then():
    release = ReleaseFactory(ready_at=AFTER)
    assert (release.published_at, release.is_public(now=EMBARGO), release.is_public(now=AFTER)) == (AFTER, False, True)


def test_under_embargo_it_is_found_nowhere_and_after_it_everywhere(client, drawings):
    release = ReleaseFactory(title="Le secret de la saison", slug="secret-de-la-saison")
    doors = ["/", "/presse/", "/presse/flux.atom", "/plan-du-site/", "/sitemap.xml", "/presse/?annee=2027"]
    own = [f"/presse/{release.slug}{end}" for end in ("/", ".pdf", "/carte.png", "/dossier.zip", "/versions/1.pdf")]
    with at(BEFORE):
        assert [door for door in doors if "secret" in client.get(door).content.decode()] == []
        assert [client.get(path).status_code for path in own] == [404] * 5
    with at(AFTER):
        assert [door for door in doors if "secret-de-la-saison" not in client.get(door).content.decode()] == []
        assert [client.get(path).status_code for path in own[:3]] == [200, 200, 200]


def test_the_timeline_says_when_an_embargo_ends():
    release = ReleaseFactory()
    ReleaseFactory(ready_at=None)
    found = [line for part in TIMELINE for line in part(BEFORE, AFTER) if line.what.startswith("Communiqué")]
    assert [(line.at, line.act, line.what) for line in found] == [(EMBARGO, "publié", f"Communiqué\u00a0: {release.title}")]


# --- Links ----------------------------------------------------------------------------------------------


def test_links_lead_to_the_portal_to_a_site_to_a_mailbox_or_are_to_come(client):
    release, programme = ReleaseFactory(), ProgrammeFactory()
    hidden = ProgrammeFactory(is_public=False, title="Programme caché")
    for label, fields in (
        ("page", {"target": f"programmes.programme:{programme.pk}"}), ("adhérer", {"target": "page:membership"}),
        ("site", {"url": "https://ville.example/a?b=1"}), ("boîte", {"email": "ecrire@ville.example"}),
        ("inscriptions", {"is_to_come": True}), ("caché", {"target": f"programmes.programme:{hidden.pk}"}),
    ):  # fmt: skip
        LinkFactory(release=release, label=label, **fields)
    assert [(way.label, way.url, way.is_to_come) for way in told(release).ways] == [
        ("page", f"https://testserver{programme.get_absolute_url()}", False),
        ("adhérer", "https://testserver/adhesion/", False),
        ("site", "https://ville.example/a?b=1", False),
        ("boîte", "mailto:ecrire@ville.example", False),
        ("inscriptions", "", True),
        ("caché", "", False),
    ]
    with at(AFTER):
        page = client.get(release.get_absolute_url()).content.decode()
    assert ("inscriptions <em>à venir</em>" in page, "Programme caché" in page) == (True, False)


# --- Corrections and versions ------------------------------------------------------------------------------


def test_a_correction_says_when_and_what_and_keeps_the_former_pdf(client, drawings):
    release, person = ReleaseFactory(title="Avant"), UserFactory()
    first = press.keep(release, now=EMBARGO)
    before = told(release)
    PressRelease.objects.filter(pk=release.pk).update(title="Après")
    release.refresh_from_db()
    assert press.correct(release, before, note="Le titre était faux.", by=person, now=AFTER)
    second = press.keep(release, now=AFTER + timedelta(minutes=1))
    with at(AFTER + timedelta(hours=1)):
        page = client.get(release.get_absolute_url()).content.decode()
        files = [client.get(f"/presse/{release.slug}/versions/{number}.pdf").content for number in (1, 2)]
        feed = client.get("/presse/flux.atom").content.decode()
    assert (first.number, second.number, second.note) == (1, 2, "Le titre était faux.")
    assert files == [b"%PDF Avant v1", "%PDF Après v2".encode()]
    assert [hashlib.sha256(content).hexdigest() for content in files] == [first.sha256, second.sha256]
    assert ("Mis à jour le" in page, "Le titre était faux." in page, "Version 1" in page) == (True, True, True)
    assert ("<updated>2027-11-09T10:00:00+01:00</updated>" in feed, "Le titre était faux." in feed) == (True, True)


def test_without_a_note_the_correction_names_what_changed():
    release = ReleaseFactory(title="Avant")
    before = told(release)
    release.contacts.add(ContactFactory())
    PressRelease.objects.filter(pk=release.pk).update(title="Après", lede="Autre.")
    press.correct(release, before, note="", by=UserFactory(), now=AFTER)
    assert release.update_note == "Corrigés\u00a0: le titre, le chapô, les contacts presse."


def test_saved_without_a_change_or_under_embargo_it_is_no_correction():
    release = ReleaseFactory()
    before = told(release)
    assert press.correct(release, before, note="Rien.", by=UserFactory(), now=AFTER) is False
    PressRelease.objects.filter(pk=release.pk).update(title="Après")
    release.refresh_from_db()
    assert press.correct(release, before, note="Rien.", by=UserFactory(), now=BEFORE) is False
    assert (release.updated_at, Act.objects.count()) == (None, 0)


def test_a_contact_changed_elsewhere_is_a_new_version_that_says_so(drawings):
    release = ReleaseFactory()
    press.keep_due(now=EMBARGO)
    contact = release.contacts.get()
    contact.phone = "01 99 00 99 99"
    contact.save()
    assert [press.keep_due(now=AFTER) for _ in range(2)] == [1, 0]
    release.refresh_from_db()
    assert (release.updated_at, release.update_note, release.versions.count()) == (AFTER, "Contacts ou liens mis à jour.", 2)


def test_a_pdf_that_the_storage_lost_is_drawn_again_with_its_number(drawings):
    release = ReleaseFactory()
    kept = press.keep(release, now=EMBARGO)
    default_storage.delete(kept.file.name)
    assert press.to_download(release, now=AFTER) == f"%PDF {release.title} v1".encode()
    assert (PressVersion.objects.count(), drawings) == (1, [1, 1])


def _both_download(monkeypatch, release):
    """Two whose drawings are both made before either is written."""
    drawn = Barrier(2, timeout=PATIENCE)
    real = press._kept

    def kept(*args, **kwargs):
        drawn.wait()
        return real(*args, **kwargs)

    monkeypatch.setattr(press, "_kept", kept)
    outcomes = race(*(lambda: press.keep(PressRelease.objects.get(pk=release.pk), now=AFTER) for _ in range(2)))
    return outcomes, [f"presse/{name}" for name in default_storage.listdir("presse")[1] if name.startswith(f"{release.slug}-v")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_download_first_one_version_is_kept(monkeypatch, drawings):
    outcomes, stored = _both_download(monkeypatch, ReleaseFactory())
    kept = PressVersion.objects.get()
    assert ([outcome.pk for outcome in outcomes], stored, drawings) == ([kept.pk, kept.pk], [kept.file.name], [1, 1])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_of_the_two_is_refused_by_the_database(monkeypatch, drawings):
    """The twin: the guard removed, the race appears, and the constraint still keeps one version and one file."""
    release, looked = ReleaseFactory(), Barrier(2, timeout=PATIENCE)

    def unlocked(row):
        looked.wait()
        return PressRelease.objects.get(pk=row.pk)

    def last(row):
        found = row.versions.order_by("-number").first()
        looked.wait()
        return found

    monkeypatch.setattr(press, "_lock", unlocked)
    monkeypatch.setattr(press, "_last_of", last)
    outcomes, stored = _both_download(monkeypatch, release)
    refused = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]
    assert (len(refused), stored) == (1, [PressVersion.objects.get().file.name])


# --- Withdrawal ------------------------------------------------------------------------------------------


def test_withdrawn_it_leaves_a_notice_and_nothing_else(client, drawings):
    release, person = ReleaseFactory(title="Le retiré"), UserFactory()
    press.keep(release, now=EMBARGO)
    with pytest.raises(Refused, match="Dites pourquoi"):
        press.withdraw(release, note=" ", by=person, now=AFTER)
    assert [press.withdraw(release, note="La date était fausse.", by=person, now=AFTER) for _ in range(2)] == [True, False]
    with at(AFTER):
        page = client.get(release.get_absolute_url())
        codes = [
            client.get(f"/presse/{release.slug}{end}").status_code for end in (".pdf", "/versions/1.pdf", "/carte.png", "/dossier.zip")
        ]
        doors = [client.get(door).content.decode() for door in ("/", "/presse/", "/presse/flux.atom", "/sitemap.xml", "/plan-du-site/")]
    words = page.content.decode()
    assert (page.status_code, "La date était fausse." in words, "Le retiré" in words, "noindex" in words) == (410, True, False, True)
    assert (codes, [door for door in doors if release.slug in door]) == ([410, 410, 404, 404], [])
    assert press.restore(release, by=person, now=AFTER)
    with at(AFTER):
        assert client.get(release.get_absolute_url()).status_code == 200


def test_what_is_not_public_is_not_withdrawn():
    with pytest.raises(Refused, match="pas public"):
        press.withdraw(ReleaseFactory(), note="Non.", by=UserFactory(), now=BEFORE)


# --- Lists ------------------------------------------------------------------------------------------------


def test_the_archive_is_by_year_and_absurd_filters_show_all(client):
    ReleaseFactory(title="De 2027")
    early = datetime(2014, 11, 5, 9, tzinfo=PARIS)
    ReleaseFactory(title="De 2014", dated_on=early.date(), embargo_until=early, ready_at=early)
    with at(AFTER):
        pages = {
            query: client.get(f"/presse/{query}").content.decode() for query in ("", "?annee=2014", "?annee=zz", "?annee=1999&page=-3")
        }
    assert {query: ("De 2027" in page, "De 2014" in page) for query, page in pages.items()} == {
        "": (True, True), "?annee=2014": (False, True), "?annee=zz": (True, True), "?annee=1999&page=-3": (True, True),
    }  # fmt: skip


def test_a_season_lists_its_own(client):
    from events.models import Season

    season = Season.objects.create(slug="2027", title="14ᵉ Semaine", starts_on=EMBARGO, ends_on=AFTER, published_at=BEFORE)
    mine = ReleaseFactory(season=season)
    ReleaseFactory()
    assert ([list(listed_of(season, now=moment)) for moment in (BEFORE, AFTER)]) == [[], [mine]]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_it_holds(client, count, django_assert_max_num_queries):
    ReleaseFactory.create_batch(count)
    with at(AFTER), django_assert_max_num_queries(4):
        assert client.get("/presse/").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_whatever_hangs_from_it(client, count, django_assert_max_num_queries):
    release = ReleaseFactory()
    for _ in range(count):
        LinkFactory(release=release, target=f"programmes.programme:{ProgrammeFactory().pk}")
        PressSection.objects.create(release=release, title="Partie", text="Texte.")
        release.contacts.add(ContactFactory())
    with at(AFTER), django_assert_max_num_queries(7):
        assert client.get(release.get_absolute_url()).status_code == 200


def test_the_pages_are_cacheable_and_without_cookie(client, drawings):
    release = ReleaseFactory()
    with at(AFTER):
        answers = [
            client.get(path) for path in ("/presse/", release.get_absolute_url(), f"/presse/{release.slug}.pdf", "/presse/flux.atom")
        ]
    assert [(answer["Cache-Control"], bool(answer.cookies), "ETag" in answer) for answer in answers] == [
        ("public, max-age=60", False, True)
    ] * 4


def test_the_home_shows_the_last_three(client):
    ReleaseFactory.create_batch(5)
    section = next(part for part in HOME if part.template == "events/press/_home.html")
    assert (section.context(None, BEFORE), len(section.context(None, AFTER)["releases"])) == (None, 3)
