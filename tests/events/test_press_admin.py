"""Staff write communiqués in the admin: each fault beside its field, a kit that is looked at, corrections that say what changed."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.roles import Role
from core.refusals import Refused
from events.admin.press_forms import AT_ONCE, CAME_OUT
from events.models import PressContact, PressFile, PressLink, PressRelease, PressVersion
from events.press import kit
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.events.press_factories import AFTER, BEFORE, ContactFactory, LinkFactory, ReleaseFactory
from tests.programmes.factories import ProgrammeFactory
from tests.programmes.test_photos import SVG, picture

pytestmark = pytest.mark.django_db
ADD = "/admin/events/pressrelease/add/"
HOSTILE = "<script>alert(1)</script><b onclick=x>gras</b>"


@pytest.fixture
def desk():
    with time_machine.travel(BEFORE, tick=False):
        yield sign_in(Client(), UserFactory(roles=[Role.STAFF]))


def sent(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def typed(sections=(), links=(), files=(), **fields):
    """What the form sends, with these rows below."""
    form = {
        "surtitle": "Événement", "title": "Un titre", "slug": "un-titre", "season": "", "place": "Rennes", "dated_on": "2027-11-08",
        "embargo_until": "2027-11-08T09:00", "lede": "Chapô.", "boilerplate_title": "", "boilerplate": "", "what_changed": "", **fields,
    }  # fmt: skip
    for prefix, rows in (("sections", sections), ("links", links), ("files", files)):
        known = sum("id" in row for row in rows)
        form |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": known}
        for number, row in enumerate(rows):
            form |= {f"{prefix}-{number}-{name}": value for name, value in {"order": 0, **row}.items()}
    return form


def errors(answer):
    """Every error of the form and of its rows, by field."""
    found = dict(answer.context["adminform"].form.errors)
    for formset in answer.context["inline_admin_formsets"]:
        found |= {f"{formset.formset.prefix}.{name}": words for form in formset.formset.forms for name, words in form.errors.items()}
    return {name: list(words) for name, words in found.items()}


def test_a_communique_is_written_with_all_that_hangs_from_it(desk):
    contact, programme = ContactFactory(), ProgrammeFactory()
    links = [{"label": "programme", "target": f"programmes.programme:{programme.pk}"}, {"label": "boîte", "email": "a@ville.example"},
             {"label": "site", "url": "ville.example/page"}, {"label": "inscriptions", "is_to_come": "on"}]  # fmt: skip
    photo = {
        "upload": sent(picture(size=(900, 600))),
        "caption": "Le village",
        "credit": "Camille Exemple",
        "licence": "Licence Ouverte 2.0",
    }
    sections = [{"title": "La Cité", "text": "Un village."}]
    answer = desk.post(ADD, typed(sections, links, [photo], contacts=[contact.pk]))
    release = PressRelease.objects.get()
    assert (answer.status_code, release.ready_at, [section.title for section in release.sections.all()]) == (302, None, ["La Cité"])
    assert list(release.links.values_list("label", "target", "url", "email", "is_to_come")) == [
        ("programme", f"programmes.programme:{programme.pk}", "", "", False), ("boîte", "", "", "a@ville.example", False),
        ("site", "", "https://ville.example/page", "", False), ("inscriptions", "", "", "", True),
    ]  # fmt: skip
    kept = release.files.get()
    assert (kept.width, kept.height, kept.size > 0, kept.preview.name.endswith("-apercu.jpg")) == (900, 600, True, True)
    assert [
        page
        for page in ("change", "history", "delete", "publication")
        if desk.get(f"/admin/events/pressrelease/{release.pk}/{page}/").status_code != 200
    ] == []


@pytest.mark.parametrize(
    ("link", "field", "words"),
    [
        ({"url": "#"}, "url", "Cette adresse ne mène nulle part"),
        ({"url": "javascript:alert(1)"}, "url", "Cette adresse ne mène nulle part"),
        ({"url": "http://127.0.0.1/"}, "url", "Cette adresse ne s’ouvre pas de l’extérieur."),
        ({}, "url", "Ce lien ne mène nulle part"),
        ({"target": "programmes.programme:999"}, "target", "Sélectionnez un choix valide"),
        ({"target": "accounts.user:1"}, "target", "Sélectionnez un choix valide"),
        ({"url": "https://a.example/", "email": "a@b.example"}, "__all__", "Un lien mène à une seule chose"),
    ],
)
def test_a_link_to_nowhere_is_refused_beside_its_field(desk, link, field, words):
    answer = desk.post(ADD, typed(links=[{"label": "programme", **link}]))
    found = errors(answer)
    assert (list(found), words in found[f"links.{field}"][0].replace("\u00a0", " ")) == ([f"links.{field}"], True)
    assert PressRelease.objects.count() == 0


def poster() -> bytes:
    """40 megapixels."""
    return picture("PNG", (8000, 5000))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ\x90\x00" + b"\0" * 500, "ni une image JPEG, PNG ou WebP, ni un PDF"),
        (SVG, "ni une image JPEG, PNG ou WebP, ni un PDF"),
        (b"<html><script>alert(1)</script>", "ni une image JPEG, PNG ou WebP, ni un PDF"),
        (poster(), "trop grande"),
        (picture()[:2000], "abîmée ou incomplète"),
        (b"%PDF-1.7 /JavaScript", "abîmé ou incomplet"),
        (b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\nstartxref\n0\n%%EOF", "contient un programme"),
        (b"", "ni une image"),
    ],
    ids=["executable", "svg", "html", "poster of 40 megapixels", "truncated", "broken pdf", "pdf with a script", "empty"],
)
def test_what_is_no_file_of_a_kit_is_refused_in_words(desk, content, words):
    photo = {"upload": sent(content, "affiche.jpg"), "caption": "Affiche", "credit": "X", "licence": "Y"}
    found = errors(desk.post(ADD, typed(files=[photo])))
    assert (list(found), words in found["files.upload"][0]) == (["files.upload"], True)
    assert PressFile.objects.count() == 0


def test_a_large_photo_is_made_printable_without_its_metadata(desk):
    large = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Adresse du domicile"
    Image.new("RGB", (4000, 3000), "#3fc795").save(large, "JPEG", exif=exif)
    desk.post(ADD, typed(files=[{"upload": sent(large.getvalue()), "caption": "C", "credit": "X", "licence": "Y"}]))
    kept = PressFile.objects.get()
    with kept.file.open("rb") as file:
        content = file.read()
    shown = Image.open(BytesIO(content))
    assert (shown.format, shown.size, dict(shown.getexif()), b"domicile" in content) == ("JPEG", (2400, 1800), {}, False)
    with kept.preview.open("rb") as file:
        assert max(Image.open(file).size) == kit.PREVIEW_SIDE


def test_fifty_thousand_characters_and_html_in_every_field_break_nothing(desk, client):
    long_ = "a" * 50_000
    below = [{"title": long_, "text": long_}], [{"label": long_, "is_to_come": "on"}]
    answer = desk.post(ADD, typed(*below, lede=long_, title=long_, boilerplate=long_))
    assert (answer.status_code, set(errors(answer))) == (
        422, {"title", "lede", "boilerplate", "sections.title", "sections.text", "links.label"},
    )  # fmt: skip
    texts = {name: HOSTILE for name in ("surtitle", "title", "place", "lede", "boilerplate_title", "boilerplate")}
    contact = ContactFactory(function=HOSTILE, name=HOSTILE)
    desk.post(ADD, typed([{"title": HOSTILE, "text": HOSTILE}], [{"label": HOSTILE, "is_to_come": "on"}], contacts=[contact.pk], **texts))
    release = PressRelease.objects.get()
    PressRelease.objects.update(ready_at=BEFORE)
    with time_machine.travel(AFTER, tick=False):
        doors = ("/", "/presse/", release.get_absolute_url(), "/presse/flux.atom", "/plan-du-site/")
        pages = [client.get(door).content.decode() for door in doors]
        pages.append(client.get("/presse/un-titre.pdf").content.decode("latin-1"))
    assert [number for number, page in enumerate(pages) if "<script>alert" in page or "<b onclick" in page] == []


def test_the_screen_of_ready_says_what_to_correct_then_does_it(desk):
    release = ReleaseFactory(ready_at=None, whole=False)
    address = f"/admin/events/pressrelease/{release.pk}/publication/"
    refused = desk.post(address, {"act": "ready"})
    assert (refused.status_code, "Donnez au moins un contact presse" in refused.content.decode()) == (422, True)
    whole = ReleaseFactory(ready_at=None)
    address = f"/admin/events/pressrelease/{whole.pk}/publication/"
    assert "il paraît à l’heure de l’embargo" in desk.post(address, {"act": "ready"}, follow=True).content.decode()
    desk.post(address, {"act": "take_back"})
    whole.refresh_from_db()
    assert whole.ready_at is None


def test_withdrawing_asks_why(desk):
    release = ReleaseFactory(embargo_until=BEFORE, ready_at=BEFORE)
    address = f"/admin/events/pressrelease/{release.pk}/publication/"
    for note, words in (("", "Dites pourquoi."), ("é" * 301, "300 caractères au plus.")):
        refused = desk.post(address, {"act": "withdraw", "note": note})
        assert (refused.status_code, words in refused.content.decode()) == (422, True)
    desk.post(address, {"act": "withdraw", "note": "Date fausse."})
    release.refresh_from_db()
    assert (release.withdrawn_at, release.withdrawal_note) == (BEFORE, "Date fausse.")
    desk.post(address, {"act": "restore"})
    release.refresh_from_db()
    assert release.withdrawn_at is None


def contents_of(field):
    with field.open("rb") as file:
        return file.read()


def rows_of(release, **changes):
    section, contact = release.sections.get(), release.contacts.get()
    section_row = {"id": section.pk, "release": release.pk, "title": section.title, "text": section.text, "order": section.order}
    return typed([section_row | changes.pop("section", {})], contacts=[contact.pk]) | {
        "title": release.title, "slug": release.slug, "lede": release.lede, "embargo_until": "2027-11-08T08:00", **changes,
    }  # fmt: skip


@pytest.fixture
def public(monkeypatch):
    """A communiqué that is public, whose drawings cost nothing."""
    monkeypatch.setattr("events.press.documents.draw", lambda _, said, **__: f"%PDF {said.title}".encode())
    return ReleaseFactory(embargo_until=BEFORE.replace(hour=8, minute=0, second=0), title="Avant")


def test_saving_a_public_one_says_what_changed_and_keeps_the_former_pdf(desk, public):
    answer = desk.post(
        f"/admin/events/pressrelease/{public.pk}/change/", rows_of(public, title="Après", what_changed="Le titre était faux.")
    )
    public.refresh_from_db()
    assert (answer.status_code, public.title, public.updated_at, public.update_note) == (302, "Après", BEFORE, "Le titre était faux.")
    assert [(version.number, contents_of(version.file)) for version in PressVersion.objects.all()] == [(1, b"%PDF Avant")]
    assert [act.verb for act in Act.objects.order_by("pk")] == ["communiqué corrigé", "modification"]
    later = rows_of(public, title="Après", what_changed="Le titre nommait une autre ville.")
    assert "nommait une autre ville" in desk.post(answer.wsgi_request.path, later, follow=True).content.decode()
    public.refresh_from_db()
    assert (public.update_note, PressVersion.objects.count()) == ("Le titre nommait une autre ville.", 2)


def test_a_note_of_no_change_is_not_published_and_says_so(desk, public):
    page = desk.post(f"/admin/events/pressrelease/{public.pk}/change/", rows_of(public, what_changed="Rien."), follow=True)
    public.refresh_from_db()
    assert ("n’est pas publié" in page.content.decode(), public.updated_at) == (True, None)


def test_the_embargo_of_a_public_one_is_not_moved(desk, public):
    before, address = public.embargo_until, f"/admin/events/pressrelease/{public.pk}/change/"
    for typed_hour in ("2027-12-31T09:00", "demain"):
        refused = desk.post(address, rows_of(public, embargo_until=typed_hour, title="Après"))
        assert (refused.status_code, errors(refused)["__all__"]) == (422, [CAME_OUT])
        public.refresh_from_db()
        assert (public.embargo_until, public.is_public(now=BEFORE), public.title) == (before, True, "Avant")
    assert 'name="embargo_until"' not in refused.content.decode()
    assert desk.post(address, rows_of(public, title="Après")).status_code == 302


def test_once_ready_no_hour_that_is_past_is_typed_by_a_slip(desk, public):
    public.embargo_until = BEFORE + timedelta(days=2)
    public.save()
    address = f"/admin/events/pressrelease/{public.pk}/change/"
    refused = desk.post(address, rows_of(public))
    public.refresh_from_db()
    assert (errors(refused), public.is_public(now=BEFORE)) == ({"embargo_until": [AT_ONCE]}, False)
    shown = refused.content.decode()
    assert (AT_ONCE in shown, 'name="embargo_until" value="2027-11-08T08:00"' in shown) == (True, True)
    assert desk.post(address, rows_of(public, embargo_until="2027-12-31T09:00")).status_code == 302


def test_what_is_postponed_is_named_nowhere_at_its_former_hour(desk, client, public, django_capture_on_commit_callbacks):
    public.embargo_until = BEFORE + timedelta(seconds=30)
    public.save()
    assert "Avant" not in client.get("/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"/admin/events/pressrelease/{public.pk}/change/", rows_of(public, embargo_until="2027-12-31T09:00"))
    with time_machine.travel(BEFORE + timedelta(seconds=40), tick=False):
        assert (client.get(public.get_absolute_url()).status_code, "Avant" in client.get("/").content.decode()) == (404, False)


def test_saving_a_public_one_with_a_fault_is_refused_beside_its_field(desk, public):
    wrong = rows_of(public, lede="Le mardi 8 novembre.", contacts=[], section={"text": "[ici]()"})
    answer = desk.post(f"/admin/events/pressrelease/{public.pk}/change/", wrong)
    public.refresh_from_db()
    assert (sorted(errors(answer)), public.lede) == (
        ["contacts", "lede", "sections.text"],
        "On y essaie ensemble d’autres façons de faire.",
    )


def test_what_was_public_is_not_deleted(desk, public):
    hidden = ReleaseFactory(ready_at=None)
    codes = [desk.get(f"/admin/events/pressrelease/{row.pk}/delete/").status_code for row in (public, hidden)]
    assert codes == [403, 200]


def test_the_kit_is_given_to_be_kept_with_its_captions_credits_and_licences(desk, client, public):
    file = PressFile(release=public, caption="Le village, de haut", credit="Camille Exemple", licence="Licence Ouverte 2.0")
    kit.fill(file, kit.redrawn(sent(picture(size=(900, 600)))))
    file.save()
    base = f"/presse/{public.slug}"
    ends = (f"/fichiers/{file.pk}/", f"/fichiers/{file.pk}/apercu.jpg", "/dossier.zip")
    given, small, whole = (client.get(f"{base}{end}") for end in ends)
    assert b"".join(given.streaming_content)[:3] == b"\xff\xd8\xff"
    assert (given["Content-Disposition"], given["Content-Type"], given["X-Content-Type-Options"]) == (
        f'attachment; filename="le-village-de-haut-{file.pk}.jpg"', "image/jpeg", "nosniff",
    )  # fmt: skip
    assert (small.status_code, small["Content-Type"]) == (200, "image/jpeg")
    archive = zipfile.ZipFile(BytesIO(b"".join(whole.streaming_content)))
    told = archive.read("LISEZ-MOI.txt").decode()
    assert archive.namelist() == [f"le-village-de-haut-{file.pk}.jpg", "LISEZ-MOI.txt"]
    assert [words for words in ("Le village, de haut", "Camille Exemple", "Licence Ouverte 2.0", base) if words not in told] == []
    public.embargo_until = AFTER
    public.save()
    assert [client.get(f"{base}{end}").status_code for end in ends] == [404] * 3


@pytest.mark.django_db(transaction=True)
def test_a_replaced_picture_does_not_stay(public):
    file = PressFile(release=public, caption="C", credit="X", licence="Y")
    for size in ((900, 600), (600, 900)):
        kit.fill(file, kit.redrawn(sent(picture(size=size))))
        file.save()
        kept = {file.file.name, file.preview.name}
    names = {f"presse/{name}" for name in default_storage.listdir("presse")[1]}
    assert (kept <= names, file.width) == (True, 600)


def test_contacts_are_by_function_and_answer(desk):
    address = "/admin/events/presscontact/add/"
    empty = {"function": "Contact presse", "name": "", "phone": "", "mobile": "", "email": "", "website": ""}
    refused = desk.post(address, empty)
    assert "Donnez un téléphone ou une adresse." in refused.content.decode()
    desk.post(address, empty | {"email": "presse@ville.example", "website": "ville.example"})
    contact = PressContact.objects.get()
    assert (str(contact), contact.website) == ("Contact presse", "https://ville.example")


@pytest.mark.parametrize("query", ["etat=public", "etat=embargo", "etat=brouillon", "etat=retire", "liens=morts", "liens=a-venir", "q=x"])
def test_the_list_is_narrowed(desk, query):
    LinkFactory(release=ReleaseFactory(), is_to_come=True)
    assert desk.get(f"/admin/events/pressrelease/?{query}").status_code == 200


def test_a_link_keeps_its_section_once_saved(desk):
    release = ReleaseFactory(ready_at=None)
    LinkFactory(release=release, section=release.sections.get(), is_to_come=True)
    page = desk.get(f"/admin/events/pressrelease/{release.pk}/change/").content.decode()
    assert ("Ce qui s’y passe</option>" in page, PressLink.objects.get().section.title) == (True, "Ce qui s’y passe")


def test_above_the_form_stand_the_acts_of_a_communique_and_not_those_of_a_training_day(desk):
    release = ReleaseFactory(ready_at=None)
    answer = desk.get(f"/admin/events/pressrelease/{release.pk}/change/")
    assert [label for _, label in answer.context["tools"]] == ["Échéancier", "PDF", "Prêt, embargo, retrait"]


def test_refusals_are_sentences(desk):
    release = ReleaseFactory(embargo_until=BEFORE, ready_at=BEFORE)
    page = desk.post(f"/admin/events/pressrelease/{release.pk}/publication/", {"act": "take_back"}, follow=True).content.decode()
    assert ("Ce communiqué est public" in page, issubclass(Refused, Exception)) == (True, True)
