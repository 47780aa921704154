"""The admin's French, and its empty lists."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.roles import Role
from programmes.models import Edition
from tests.accounts.factories import UserFactory, sign_in

OURS = Path(settings.LOCALE_PATHS[0]) / "fr" / "LC_MESSAGES"


@pytest.fixture
def administrator(client):
    sign_in(client, UserFactory(roles=[Role.STAFF, Role.ADMINISTRATOR]))
    return client


def test_what_is_compiled_says_what_is_written():
    source = (OURS / "django.po").read_text(encoding="utf-8").replace('\\"', '"')
    written = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE))
    with (OURS / "django.mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)
    assert len(written) == source.count("\nmsgid ") - 1
    assert {key: known.gettext(key) for key in written} == written


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/admin/accounts/invitation/", "Inviter un collègue"),
        ("/admin/records/act/", "Revenir à l’administration"),
        ("/admin/mailing/refusal/", "Ajouter\u00a0: adresse qui ne reçoit pas"),
        ("/admin/programmes/edition/", "Ajouter\u00a0: appel"),
        ("/admin/programmes/edition/?q=introuvable", "Tout afficher"),
    ],
)
def test_an_empty_list_says_what_comes_next(administrator, path, words):
    page = administrator.get(path).content.decode()
    start = page.index('<div class="nothing">')
    assert words in page[start : page.index("</div>", start)]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/programmes/edition/", "/admin/programmes/edition/add/", "/admin/accounts/invitation/"])
def test_no_article_meets_a_vowel(administrator, path):
    page = administrator.get(path).content.decode()
    assert re.findall(r"Ajout de|l’objet|Modification de|Role labels|Sélectionnez", page) == []


@pytest.mark.django_db
def test_a_refused_form_says_so_once_in_its_title(administrator):
    page = administrator.post("/admin/programmes/edition/add/", {"phases-TOTAL_FORMS": "0", "phases-INITIAL_FORMS": "0"}).content.decode()
    assert re.findall("<title>(.*?)</title>", page.replace("\n", ""))[0].count("Erreur") == 1


ROWS = {"phases-TOTAL_FORMS": "1", "phases-INITIAL_FORMS": "0", "partners-TOTAL_FORMS": "0", "partners-INITIAL_FORMS": "0"}


@pytest.mark.django_db
def test_one_more_row_keeps_what_was_typed_and_saves_nothing(administrator):
    typed = {**ROWS, "title": "Un appel à moitié écrit", "phases-0-title": "Départ", "_row": "phases"}
    answer = administrator.post("/admin/programmes/edition/add/", typed)
    page = answer.content.decode()
    assert (answer.status_code, Edition.objects.count(), page.count('class="errorlist'), "Erreur" in page) == (200, 0, 0, False)
    assert ['value="Un appel à moitié écrit"' in page, 'value="Départ"' in page, 'id="phases-1"' in page] == [True, True, True]
    assert re.findall(r'name="(phases|partners)-TOTAL_FORMS" value="(\d+)"', page) == [("phases", "2"), ("partners", "0")]


@pytest.mark.django_db
@pytest.mark.parametrize("rows", ["ailleurs", "phases"])
def test_one_more_row_of_nothing_known_harms_nothing(administrator, rows):
    answer = administrator.post("/admin/programmes/edition/add/", {"_row": rows, "phases-TOTAL_FORMS": "beaucoup"})
    assert (answer.status_code, Edition.objects.count()) == (422, 0)


@pytest.mark.django_db
def test_a_new_row_holds_its_own_first_values(administrator):
    empty = {"agenda-TOTAL_FORMS": "0", "agenda-INITIAL_FORMS": "0", "team-TOTAL_FORMS": "0", "team-INITIAL_FORMS": "0"}
    page = administrator.post("/admin/programmes/trainingsession/add/", {**empty, "_row": "agenda"}).content.decode()
    assert re.findall(r'<input[^>]*name="agenda-0-order"[^>]*>', page)[0].count('value="0"') == 1


@pytest.mark.django_db
def test_a_refused_form_leads_to_each_of_its_fields(administrator):
    typed = {**ROWS, "title": "Sans le reste", "phases-0-description": "Sans titre"}
    answer = administrator.post("/admin/programmes/edition/add/", typed)
    page = answer.content.decode()
    lines = dict(re.findall(r'<li><a href="#([^"]+)">([^<]*)</a>', page))
    assert (answer.status_code, lines["id_short_title"], lines["id_phases-0-title"]) == (
        422,
        "Titre court\u00a0: Ce champ est obligatoire.",
        "Phase 1, titre\u00a0: Ce champ est obligatoire.",
    )
    assert ([name for name in lines if f'id="{name}"' not in page], "Corrigez les erreurs" in page) == ([], False)
