"""Letters in the association's words: placeholders, versions, the pages of the admin."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from core.clock import PARIS
from core.refusals import Refused
from core.registry import SCOPES, Scope
from mailing import outbox, rendering, wordings
from mailing.html import blocks, typeset
from mailing.letters import KINDS, Example, Placeholder, listed
from mailing.models import Message, Wording
from mailing.rendering import Words
from mailing.states import State
from records.models import Act
from tests import prose
from tests.mailing.factories import NOW

pytestmark = pytest.mark.django_db
LIST = "/admin/mailing/wording/"
PAGE = f"{LIST}sorte/test.plain/"
CALL = "programmes.edition:7"
OURS = {"name": "Camille Exemple", "place": "Lyon"}
SUBJECT, BODY = "Venez, {prenom}", "Chère {prenom},\n\nOn se voit à {lieu}.\n\nLire la suite\u00a0:\n{lien}"
NEW = Words(SUBJECT, BODY)


@pytest.fixture(autouse=True)
def scopes(monkeypatch):
    """A call that may be worded apart."""
    monkeypatch.setattr(SCOPES, "_items", [(0, lambda _: [Scope(CALL, "Les Aventuriers 2027")])])


@pytest.fixture
def person(db):
    return User.objects.create_user("redaction@la27eregion.example", first_name="Claude", last_name="Exemple")


def said(kinds, scope="", key="x"):
    letter = outbox.post(key, kinds["test.plain"], to="a@ville.example", context=OURS, now=NOW, scope=scope)
    return letter.subject, letter.text


# --- Every kind of the portal ------------------------------------------------------------------------


def of_the_portal():
    return [name for name in sorted(KINDS) if not name.startswith(("test.", "bench."))]


@pytest.mark.parametrize("name", of_the_portal())
def test_the_shipped_text_holds_only_its_placeholders_and_the_essential_ones(name):
    kind = KINDS[name]
    assert rendering.faults(kind, rendering.shipped(kind)) == []


@pytest.mark.parametrize("name", of_the_portal())
def test_the_shipped_text_is_typeset_and_has_no_template_language(name):
    words = rendering.shipped(KINDS[name])
    assert typeset(words.subject) == words.subject
    assert typeset(words.body) == words.body
    assert re.findall(r"\{\{|\{%|\{#", words.subject + words.body) == []


@pytest.mark.parametrize("name", of_the_portal())
def test_every_placeholder_is_explained_in_french_and_answers_for_the_sample(name):
    kind = KINDS[name]
    subject, text = outbox.render(kind, kind.sample())
    assert (bool(subject), bool(text), rendering.NAME.findall(subject + text)) == (True, True, [])
    for placeholder, told in kind.placeholders.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", placeholder)
        assert prose.faults(told.meaning) == []
        assert str(told.value(kind.sample())) is not None


def test_every_letter_file_is_of_a_registered_kind():
    folder = Path(django_settings.BASE_DIR) / "templates"
    files = {path.relative_to(folder).as_posix() for path in folder.glob("*/emails/*.txt")}
    assert files == {kind.template for kind in KINDS.values() if not kind.name.startswith(("test.", "bench."))}


# --- Rendering ---------------------------------------------------------------------------------------


def rendered(body, subject="Sujet", **placeholders):
    """Render with a kind whose placeholders give the context's value of their name."""
    told = {name: Placeholder(name, lambda context, name=name: context[name], lines=name.startswith("liste")) for name in placeholders}
    return rendering.render(replace(KINDS["test.plain"], placeholders=told), Words(subject, body), placeholders)


def test_a_value_is_put_once_and_never_read_again():
    assert (
        rendered("Bonjour {prenom},", prenom="{lien} {{lien}} {prenom}", lien="https://x.example/")[1]
        == "Bonjour {lien} {{lien}} {prenom},"
    )


def test_a_paragraph_whose_placeholders_are_all_empty_disappears():
    body = "Un.\n\nDeux {a}, {b}.\n\nTrois {b} {c}.\n\nQuatre."
    assert rendered(body, a="", b="", c="oui")[1] == "Un.\n\nTrois oui.\n\nQuatre."


def test_an_item_whose_placeholders_are_all_empty_disappears_and_the_list_with_the_last_one():
    body = "Et ensuite :\n- jusqu’au {a} ;\n- toujours.\n\n- {a} ;\n- {b}."
    assert rendered(body, a="", b="ici")[1] == "Et ensuite :\n- toujours.\n\n- ici."
    assert rendered("Avant.\n\n- {a}\n- {b}", a="", b="")[1] == "Avant."


def test_an_empty_placeholder_takes_its_blank_with_it():
    assert rendered("Bonjour {a} {b}, voici {c}.", a="", b="Camille", c="tout")[1] == "Bonjour Camille, voici tout."


def test_a_value_of_one_line_stays_on_one_line_and_a_list_does_not():
    told = rendered("{a}\n\n{liste}", a="un\r\n\r\ndeux : \nhttps://x.example/", liste=listed(["un\ndeux", "trois"]))[1]
    assert told == "un deux : https://x.example/\n\n- un deux\n- trois"


def test_only_the_placeholders_of_the_text_are_asked():
    kind = replace(KINDS["test.plain"], placeholders={"a": Placeholder("a", lambda _: 1 / 0), "b": Placeholder("b", lambda _: "b")})
    assert rendering.render(kind, Words("{b}", "{b}"), {}) == ("b", "b")


# --- What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "body", "field", "fault"),
    [
        ("", BODY, "subject", "Écrivez le sujet"),
        (SUBJECT, "", "body", "Écrivez le texte"),
        ("x" * 251, BODY, "subject", "250 signes"),
        (SUBJECT, f"{'x' * 20_000}\n\n{BODY}", "body", "20\u202f000 signes"),
        ("{inconnu}", BODY, "subject", "Le repère {inconnu} n’existe pas"),
        (SUBJECT, f"{{Prenom}} {BODY}", "body", "Le repère {Prenom} n’existe pas"),
        (SUBJECT, f"{{{{prenom}}}} {BODY}", "body", "Une accolade « { » est seule".replace("« ", "«\u00a0").replace(" »", "\u00a0»")),
        (SUBJECT, f"{{% if x %}} {BODY}", "body", "accolade"),
        (SUBJECT, BODY.replace("{lieu}", "Lyon"), "body", "Il manque le repère {lieu} (le lieu)"),
        (SUBJECT, BODY.replace("{lien}", ""), "body", "Il manque le repère {lien}"),
        (SUBJECT, BODY.replace("\u00a0:\n{lien}", " {lien}"), "body", "fait le bouton"),
        (SUBJECT, BODY.replace("{lien}", "{lien}\nMerci."), "body", "fait le bouton"),
    ],
)
def test_words_that_would_not_work_are_refused_beside_their_field(kinds, subject, body, field, fault):
    told = rendering.faults(kinds["test.plain"], Words(subject, body))
    assert [fault in text for where, text in told if where == field] != []
    assert any(fault in text for where, text in told if where == field)


def test_several_lines_have_no_place_in_a_subject(change_kind):
    kind = change_kind("test.plain", placeholders={"copie": Placeholder("la copie", str, lines=True)})
    assert [field for field, _ in rendering.faults(kind, Words("{copie}", "{copie}"))] == ["subject"]


def test_good_words_have_no_fault(kinds):
    assert rendering.faults(kinds["test.plain"], NEW) == []


def test_what_is_typed_is_tidied_and_set_as_in_french_print():
    words = wordings.tidied(
        " L'appel \n ouvre ! ", "Bonjour {prenom} !\r\n\r\n\r\n\r\nC'est « ici » : \x00{lieu}  \nhttps://x.example/?a=b!c"
    )
    assert words == Words(
        "L’appel ouvre\u202f!",
        "Bonjour {prenom}\u202f!\n\nC’est «\u00a0ici\u00a0»\u00a0: {lieu}\nhttps://x.example/?a=b!c",
    )


# --- Versions ----------------------------------------------------------------------------------------


def test_the_words_of_a_call_win_over_those_for_all_and_these_over_the_shipped_ones(kinds, person):
    kind = kinds["test.plain"]
    assert said(kinds, CALL, "1")[0] == "Bonjour Camille Exemple"
    wordings.save(kind, "", NEW, base=0, by=person, now=NOW)
    assert (said(kinds, CALL, "2")[0], said(kinds, "", "3")[0]) == ("Venez, Camille Exemple",) * 2
    wordings.save(kind, CALL, Words("Pour l’appel", BODY), base=0, by=person, now=NOW)
    assert (said(kinds, CALL, "4")[0], said(kinds, "", "5")[0]) == ("Pour l’appel", "Venez, Camille Exemple")
    wordings.restore(kind, CALL, base=1, by=person, now=NOW)
    assert said(kinds, CALL, "6")[0] == "Venez, Camille Exemple"
    wordings.restore(kind, "", base=1, by=person, now=NOW)
    assert said(kinds, CALL, "7")[0] == "Bonjour Camille Exemple"
    assert [(version.scope, version.number) for version in Wording.objects.order_by("pk")] == [("", 1), (CALL, 1), (CALL, 2), ("", 2)]


def test_a_letter_already_written_is_not_rewritten(kinds, person):
    before = said(kinds)
    wordings.save(kinds["test.plain"], "", NEW, base=0, by=person, now=NOW)
    assert said(kinds) == before


def test_each_act_is_logged_with_before_and_after(kinds, person):
    wordings.save(kinds["test.plain"], "", NEW, base=0, by=person, now=NOW)
    wordings.restore(kinds["test.plain"], "", base=1, by=person, now=NOW)
    told = [(act.verb, act.by_name, act.about_name, act.note, act.changes) for act in Act.objects.order_by("pk")]
    assert told == [
        ("texte de lettre modifié", "Claude Exemple", "Lettre d’essai, version 1", "pour toutes les lettres",
         {"sujet": ["", SUBJECT], "texte": ["", BODY]}),
        ("texte de lettre : retour au texte d’origine".replace(" :", "\u00a0:"), "Claude Exemple", "Lettre d’essai, version 2",
         "pour toutes les lettres", {"sujet": [SUBJECT, ""], "texte": [BODY, ""]}),
    ]  # fmt: skip


def test_an_earlier_version_is_taken_up_as_a_new_one(kinds, person):
    kind = kinds["test.plain"]
    first = wordings.save(kind, "", NEW, base=0, by=person, now=NOW)
    wordings.save(kind, "", Words("Autre", BODY), base=1, by=person, now=NOW)
    third = wordings.take_up(first, kind, base=2, by=person, now=NOW)
    assert (third.number, third.subject, said(kinds)[0]) == (3, SUBJECT, "Venez, Camille Exemple")


def test_whoever_saves_second_is_told_who_saved_first(kinds, person):
    kind = kinds["test.plain"]
    wordings.save(kind, "", NEW, base=0, by=person, now=NOW)
    with pytest.raises(wordings.Overtaken, match="Claude Exemple a enregistré d’autres mots le lundi 6"):
        wordings.save(kind, "", Words("Autre", BODY), base=0, by=person, now=NOW)
    with pytest.raises(wordings.Overtaken):
        wordings.restore(kind, "", base=0, by=person, now=NOW)
    assert Wording.objects.count() == 1


def test_of_two_who_save_at_the_same_instant_the_second_is_told(kinds, person, monkeypatch):
    kind, seen = kinds["test.plain"], []

    def look(*_):
        # The colleague saves between our look and our write.
        if not seen:
            seen.append(Wording.objects.create(kind=kind.name, number=1, subject="Le leur", body=BODY, at=NOW, by_name="Dominique Exemple"))

    monkeypatch.setattr(wordings, "_refuse_overtaken", look)
    with pytest.raises(wordings.Overtaken, match="Dominique Exemple"):
        wordings.save(kind, "", NEW, base=0, by=person, now=NOW)
    assert [version.subject for version in Wording.objects.all()] == ["Le leur"]


def test_the_same_words_again_are_no_version(kinds, person):
    kind = kinds["test.plain"]
    with pytest.raises(Refused, match="déjà les mots en vigueur"):
        wordings.save(kind, "", rendering.shipped(kind), base=0, by=person, now=NOW)
    with pytest.raises(Refused, match="déjà les mots en vigueur"):
        wordings.restore(kind, "", base=0, by=person, now=NOW)


def test_words_that_an_update_made_wrong_are_passed_over(kinds, person, change_kind):
    wordings.save(kinds["test.plain"], "", NEW, base=0, by=person, now=NOW)
    kind = change_kind("test.plain", placeholders={name: told for name, told in kinds["test.plain"].placeholders.items() if name != "lieu"})
    assert wordings.in_force(kind) is None


def test_a_letter_costs_one_more_query_whatever_the_versions(kinds, person, django_assert_num_queries):
    kind = kinds["test.plain"]
    for number in range(3):
        wordings.save(kind, "", Words(f"Sujet {number}", BODY), base=number, by=person, now=NOW)
        wordings.save(kind, CALL, Words(f"Appel {number}", BODY), base=number, by=person, now=NOW)
        with django_assert_num_queries(1):
            assert wordings.current(kind, scope=CALL).subject == f"Appel {number}"


# --- The pages of the admin --------------------------------------------------------------------------


def typed(**more):
    return {"subject": SUBJECT, "body": BODY, "base": "0", "example": "exemple", **more}


def test_the_list_gives_each_kind_its_state(staff, kinds, person):
    wordings.save(kinds["test.plain"], "", NEW, base=0, by=person, now=NOW)
    wordings.save(kinds["test.code"], CALL, Words("{code}", "{code}"), base=0, by=person, now=NOW)
    page = staff.get(LIST).content.decode()
    assert "Texte d’origine" in page
    assert "Modifié le 6\u00a0septembre 2027 à 10\u00a0h par Claude Exemple" in page
    assert f'<a href="{LIST}sorte/test.code/?pour=programmes.edition%3A7">Les Aventuriers 2027</a>' in page


def test_the_list_asks_as_much_for_one_wording_as_for_three(staff, kinds, person):
    counts = []
    for base in range(3):
        wordings.save(kinds["test.plain"], "", Words(f"Sujet {base}", BODY), base=base, by=person, now=NOW)
        with CaptureQueriesContext(connection) as counted:
            staff.get(LIST)
        counts.append(len(counted))
    assert len(set(counts[1:])) == 1


def test_the_page_asks_as_much_for_one_version_as_for_three(staff, kinds, person):
    counts = []
    for base in range(3):
        wordings.save(kinds["test.plain"], CALL, Words(f"Sujet {base}", BODY), base=base, by=person, now=NOW)
        with CaptureQueriesContext(connection) as counted:
            staff.get(f"{PAGE}?pour={CALL}")
        counts.append(len(counted))
    assert len(set(counts[1:])) == 1


def test_the_page_explains_each_placeholder_beside_the_text(staff):
    page = staff.get(PAGE).content.decode()
    assert all(words in page for words in ("<code>{prenom}</code>", "le prénom", "<code>{lien}</code>", "fait le bouton", "indispensable"))
    assert "Bonjour {prenom}" in page


def test_staff_write_and_find_their_version(staff):
    assert staff.post(PAGE, typed(_save="1"))["Location"] == PAGE
    page = staff.get(PAGE).content.decode()
    assert "Version 1, " in page
    assert "version 1</strong>, modifiée le" in page
    assert staff.post(f"{PAGE}?pour={CALL}", typed(subject="Pour l’appel", _save="1")).status_code == 302
    assert list(Wording.objects.order_by("pk").values_list("scope", "subject")) == [("", SUBJECT), (CALL, "Pour l’appel")]


def test_what_is_refused_is_said_beside_the_field_and_the_text_is_kept(staff):
    answer = staff.post(PAGE, typed(body="Bonjour {nom}, c'est moi", _save="1"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Erreur" in page.replace("\n", "")
    assert "Le repère {nom} n’existe pas pour cette lettre" in page
    assert "c&#x27;est moi" in page
    assert Wording.objects.count() == 0


def test_the_preview_comes_before_saving_in_text_and_in_html_with_a_real_row(staff, change_kind):
    change_kind("test.plain", examples=lambda scope: [Example("9", f"AV27-0009{scope}", lambda: {"name": "Réelle", "place": "Brest"})])
    page = staff.post(PAGE, typed(example="9", _preview="1")).content.decode()
    assert "Venez, Réelle" in page
    assert "On se voit à Brest." in page
    assert "AV27-0009" in page
    formatted = staff.post(f"{PAGE}mise-en-forme/", typed(example="9"))
    assert "On se voit à Brest." in formatted.content.decode()
    assert formatted["Content-Security-Policy"].endswith("; sandbox")
    assert Wording.objects.count() == 0
    assert "Venez, Camille Exemple" in staff.post(PAGE, typed(_preview="1")).content.decode()


def test_real_rows_are_for_who_may_read_such_letters(staff, change_kind):
    rows = lambda _: [Example("9", "AV27-0009", dict)]  # noqa: E731 - one row
    change_kind("test.plain", examples=rows, read_with="accounts.invite")
    assert "AV27-0009" not in staff.get(PAGE).content.decode()
    change_kind("test.plain", examples=rows, secret=True)
    assert "AV27-0009" not in staff.get(PAGE).content.decode()
    assert staff.post(PAGE, typed(example="9", _preview="1")).status_code == 422


def test_two_people_at_once_are_told_and_nothing_typed_is_lost(staff, kinds, person):
    wordings.save(kinds["test.plain"], "", Words("Le sien", BODY), base=0, by=person, now=NOW)
    answer = staff.post(PAGE, typed(subject="Le mien", _save="1"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Claude Exemple a enregistré d’autres mots" in page
    assert 'value="Le mien"' in page
    assert "<strong>Le sien</strong>" in page
    assert 'name="base" value="1"' in page
    assert staff.post(PAGE, typed(subject="Le mien", base="1", _save="1")).status_code == 302
    assert [version.subject for version in wordings.versions(kinds["test.plain"], "")] == ["Le mien", "Le sien"]


def test_a_version_is_taken_up_and_the_shipped_text_comes_back_in_one_click(staff, kinds):
    staff.post(PAGE, typed(_save="1"))
    staff.post(PAGE, typed(subject="Deux", base="1", _save="1"))
    staff.post(PAGE, {"base": "2", "_take_up": "1"})
    staff.post(PAGE, {"base": "3", "_restore": "1"})
    told = [(version.number, version.subject) for version in wordings.versions(kinds["test.plain"], "")]
    assert told == [(4, ""), (3, SUBJECT), (2, "Deux"), (1, SUBJECT)]
    assert said(kinds)[0] == "Bonjour Camille Exemple"
    page = staff.get(PAGE).content.decode()
    assert "retour au texte d’origine" in page
    assert 'name="_restore"' not in page


def test_a_form_can_start_from_an_earlier_version_or_from_the_shipped_text(staff):
    staff.post(PAGE, typed(_save="1"))
    staff.post(PAGE, typed(subject="Deux", base="1", _save="1"))
    assert f'value="{SUBJECT}"' in staff.get(f"{PAGE}?version=1").content.decode()
    assert 'value="Bonjour {prenom}"' in staff.get(f"{PAGE}?version=0").content.decode()
    assert staff.get(f"{PAGE}?version=9").status_code == 404


@pytest.mark.parametrize(
    "act", [{"_take_up": "9"}, {"_take_up": "²"}, {"_take_up": "9" * 30}, {"_restore": "1"}, {"_restore": "1", "base": "x"}]
)
def test_an_act_that_makes_no_sense_is_refused_in_words(staff, act):
    page = staff.post(PAGE, act, follow=True)
    assert page.status_code == 200
    assert "errorlist" in page.content.decode() or 'class="error"' in page.content.decode()
    assert Wording.objects.count() == 0


@pytest.mark.parametrize("path", [f"{LIST}sorte/inconnue/", f"{PAGE}?pour=programmes.edition:8", f"{LIST}sorte/test.code/?pour={CALL}"])
def test_an_unknown_kind_or_scope_is_not_found(staff, path):
    assert staff.get(path).status_code == 404


@pytest.mark.parametrize("role", [Role.TREASURER, Role.ADMINISTRATOR])
def test_the_words_of_the_letters_are_the_teams(enter, role):
    other: Client = enter(role)
    assert [other.get(path).status_code for path in (LIST, PAGE)] == [403, 403]
    assert other.post(PAGE, typed(_save="1")).status_code == 403
    assert Wording.objects.count() == 0


def test_a_version_is_read_on_its_own_page_and_changed_by_nobody(staff):
    staff.post(PAGE, typed(_save="1"))
    version = Wording.objects.get()
    staff.post(f"{LIST}{version.pk}/change/", {"subject": "Autre", "body": "Autre"})
    version.refresh_from_db()
    assert (version.subject, staff.get(f"{LIST}{version.pk}/change/").status_code) == (SUBJECT, 200)
    assert staff.get(f"{LIST}add/").status_code == 403


def test_edited_words_are_what_the_journal_previews(staff):
    staff.post(PAGE, typed(_save="1"))
    assert "On se voit à Lyon." in staff.get("/admin/mailing/message/apercus/").content.decode()


# --- The personal paragraph --------------------------------------------------------------------------


def letter(kinds, kind="test.plain", **more):
    context = {**OURS, "code": "123456"}
    found = outbox.post("p", kinds[kind], to="a@ville.example", context=context, now=NOW)
    Message.objects.update(**more)
    found.refresh_from_db()
    return found


def test_a_personal_paragraph_comes_after_the_greeting(kinds, person):
    wordings.save(kinds["test.plain"], "", NEW, base=0, by=person, now=NOW)
    told = letter(kinds, paragraph="L'équipe vous attend !").shown_text
    assert told.split("\n\n")[:3] == ["Chère Camille Exemple,", "L’équipe vous attend\u202f!", "On se voit à Lyon."]


def test_without_a_greeting_it_comes_first(kinds):
    assert letter(kinds, paragraph="Un mot.").shown_text.split("\n\n")[:2] == ["Un mot.", "Rendez-vous à Lyon."]


def test_it_never_makes_the_button(kinds):
    found = blocks(letter(kinds, paragraph="Ici :\nhttps://testserver/compte/").shown_text)
    assert [block.url for block in found if block.kind == "button"] == ["https://testserver/programmes/"]


def test_a_letter_that_carries_a_code_holds_none(kinds):
    assert letter(kinds, "test.code", paragraph="Un mot.").full_text == "Tapez 123456."


def test_it_leaves_in_both_parts_and_is_read_in_the_space_and_in_the_journal(kinds, send, mailoutbox, staff, space, reader):
    due = datetime(2026, 1, 5, 10, tzinfo=PARIS)
    found = letter(kinds, paragraph="Un mot rien que pour vous.", reader=f"accounts.user:{reader.pk}", due_at=due)
    assert send() == 1
    mail = mailoutbox[0]
    assert ["Un mot rien que pour vous." in part for part in (mail.body, mail.alternatives[0].content)] == [True, True]
    pages = [staff.get(f"/admin/mailing/message/{found.pk}/{page}/") for page in ("change", "mise-en-forme")]
    assert ["Un mot rien que pour vous." in page.content.decode() for page in [*pages, space.get(f"/espace/lettres/{found.pk}/")]] == [
        True
    ] * 3


def test_it_is_erased_with_the_letter_and_sent_again_with_it(kinds, reader):
    found = letter(kinds, paragraph="Un mot.", state=State.SENT, about="x.y:1")
    again = outbox.resend(found, by=reader, now=NOW)
    assert again.paragraph == "Un mot."
    outbox.forget("x.y:1", NOW)
    assert set(Message.objects.values_list("paragraph", flat=True)) == {""}


def test_a_placeholder_that_breaks_is_noted_and_hides_no_other(staff, change_kind, caplog):
    broken = Placeholder("ce qui casse", lambda _: 1 / 0)
    change_kind("test.plain", placeholders={**KINDS["test.plain"].placeholders, "casse": broken})
    page = staff.get(PAGE)
    assert (page.status_code, "ce qui casse" in page.content.decode()) == (200, True)
    assert [record.exc_info[0] for record in caplog.records if record.name == "mailing.admin.wordings"] == [ZeroDivisionError]
