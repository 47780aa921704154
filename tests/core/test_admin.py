"""The admin's French, and its empty lists."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.roles import Role
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
