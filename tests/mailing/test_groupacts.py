"""The screen of a group act: shown before, confirmed once, told after."""

import re
import sys
from datetime import timedelta
from functools import partial
from threading import Barrier
from types import ModuleType

import pytest
import time_machine
from django import forms
from django.contrib import admin
from django.db import IntegrityError, connection
from django.http import HttpResponseRedirect
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from accounts.models import User
from accounts.roles import Role
from config import urls as config_urls
from core import registry
from core.refusals import Refused
from mailing import batches, groupacts, outbox
from mailing.admin import batches as pages
from mailing.groupacts import GroupAct, GroupActsMixin, Line, Plan, Sample
from mailing.letters import KINDS
from mailing.models import Batch, Message, Refusal
from mailing.states import State
from records.models import Act
from records.services import label_of
from tests.mailing.factories import NOW
from tests.patience import PATIENCE
from tests.racing import race

# Any rows do: addresses that do not receive, to which the act writes.
ACT = "/admin/mailing/refusal/actes/ecrire/"


class TypedForm(forms.Form):
    place = forms.CharField(label="Lieu")


class Write(GroupAct):
    """Writes to each address but those of `refused`."""

    slug, title, button, nouns = "ecrire", "Écrire", "Envoyer", ("adresse", "adresses")
    permission, form_class, undo, can_be_tried = "mailing.change_message", TypedForm, "test.write", True
    refused: set[str] = set()

    def plan(self, selection, answers, *, by, now):
        lines = [Line(label_of(row), row.address, why="fermée" if row.address in self.refused else "") for row in selection.order_by("pk")]
        done = [line for line in lines if not line.why]
        sample = Sample(done[0].name, "Bonjour", f"Rendez-vous à {answers['place']}.") if done else None
        return Plan(lines, sample, letters=len(done), data=answers["place"])

    def run(self, plan, answers, *, batch, by, now):
        owed = [outbox.Owed(f"{line.key}:{batch.pk}", line.name, {"name": line.name, "place": plan.data}) for line in plan.done]
        outbox.post_all(outbox_kind(), owed, batch=batch, now=now)
        return plan.lines

    def try_on_myself(self, plan, answers, *, by, now):
        return f"Essai envoyé à {by.email}."


def outbox_kind():
    return KINDS["test.plain"]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def act(monkeypatch, settings) -> Write:
    """The admin of refused addresses, with our act."""
    act = Write()
    act.refused = set()
    page = admin.site._registry[Refusal]
    with_acts = type("WithActs", (GroupActsMixin, type(page)), {"group_acts": (act,)})
    monkeypatch.setitem(admin.site._registry, Refusal, with_acts(Refusal, admin.site))
    monkeypatch.setitem(batches.UNDOS, "test.write", lambda *_, **__: None)
    urls = ModuleType("tests_urls")
    urls.urlpatterns = [path("admin/", admin.site.urls), *config_urls.urlpatterns]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tests_urls", urls)
    settings.ROOT_URLCONF = "tests_urls"
    return act


@pytest.fixture
def factor(monkeypatch):
    """The second factor was shown, or not."""
    asked = {"recent": True}

    def gate(_):
        return None if asked["recent"] else HttpResponseRedirect("/facteur/")

    monkeypatch.setattr(groupacts, "ask_factor", gate)
    return asked


def addresses(count: int, start: int = 0) -> list[Refusal]:
    return [Refusal.objects.create(address=f"a{n}@ville.example", reason="550", at=NOW) for n in range(start, start + count)]


def every(rows) -> str:
    return f"{ACT}?choix={','.join(str(row.pk) for row in rows)}"


def hidden(response) -> dict[str, str]:
    found = re.findall(r'type="hidden" name="(token|shown)" value="([^"]*)"', response.content.decode())
    return dict(found)


def preview(client, address, **typed):
    return client.post(address, {"place": "Lyon", "_preview": "1", **typed})


def confirm(client, address, shown, **typed):
    return client.post(address, {"place": "Lyon", "_confirm": "1", **hidden(shown), **typed})


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ").replace("\u202f", " ").split())


def test_an_act_of_the_list_leads_to_its_screen_with_what_is_ticked(staff, act):
    rows = addresses(3)
    ticked = {"action": "ecrire", "_selected_action": [rows[0].pk, rows[2].pk]}
    answer = staff.post("/admin/mailing/refusal/?q=ville", ticked)
    assert answer["Location"] == f"{ACT}?q=ville&choix={rows[0].pk}%2C{rows[2].pk}"
    assert "Lieu" in text(staff.get(answer["Location"]))


def test_an_act_of_the_list_leads_to_its_screen_with_all_that_the_filter_finds(staff, act):
    rows = addresses(30)
    answer = staff.post("/admin/mailing/refusal/?q=a1", {"action": "ecrire", "_selected_action": [rows[0].pk], "select_across": "1"})
    assert answer["Location"] == f"{ACT}?q=a1&choix=tous"
    assert "11 adresses, 11 lettres" in text(preview(staff, answer["Location"]))


def test_nobody_is_selected_at_first(staff, act):
    addresses(12)
    page = staff.get(f"{ACT}?q=a1")
    assert "Rien n’est sélectionné." in text(page)
    assert "Les 3 résultats de ce filtre" in text(page)
    assert 'name="q" value="a1"' in page.content.decode()
    assert "Voir l’aperçu" not in text(page)
    assert "Ce filtre ne trouve rien" in text(staff.get(f"{ACT}?q=zzz"))


def test_the_preview_says_how_many_who_is_left_out_and_why_and_shows_a_real_row(staff, act):
    rows = addresses(3)
    act.refused = {"a1@ville.example"}
    page = preview(staff, every(rows))
    for words in (
        "2 adresses, 2 lettres",
        "Laissées de côté : 1 adresse",
        "Fermée (1) : a1@ville.example",
        "Un exemple réel : a0@ville.example",
    ):
        assert words in text(page)
    assert "Rendez-vous à Lyon." in text(page)
    assert (Message.objects.count(), Batch.objects.count()) == (0, 0)


def test_a_screen_names_a_hundred_of_each_list_and_counts_the_others(staff, act):
    rows = addresses(203)
    act.refused = {row.address for row in rows[:102]}
    page = preview(staff, f"{ACT}?choix=tous")
    assert "101 adresses, 101 lettres" in text(page)
    assert "et 1 autre : la liste entière" in text(page)
    assert "Fermée (102) : a0@ville.example" in text(page)
    assert "a99@ville.example et 2 autres" in text(page)
    assert page.content.decode().count("<li>a") == 100


def test_what_was_confirmed_is_done_and_told_line_by_line(staff, act, factor):
    rows = addresses(3)
    act.refused = {"a1@ville.example"}
    answer = confirm(staff, every(rows), preview(staff, every(rows)))
    batch = Batch.objects.get()
    assert answer["Location"] == batch.get_absolute_url()
    assert batch.results == [[label_of(rows[0]), "", ""], [label_of(rows[1]), "fermée", ""], [label_of(rows[2]), "", ""]]
    assert sorted(batch.letters.values_list("to", flat=True)) == ["a0@ville.example", "a2@ville.example"]
    assert [(row.verb, row.note.replace("\u00a0", " ")) for row in Act.objects.all()] == [("acte groupé", "2 adresses, 1 sans suite")]
    page = text(staff.get(answer["Location"]))
    for words in (
        "En attente",
        "2 lettres : départ le",
        "2 faits, 1 sans suite.",
        "Annuler cet envoi",
        "Envoyer maintenant",
        "Ses lettres",
    ):
        assert words in page


def test_what_was_never_shown_is_not_done(staff, act, factor):
    addresses(2)
    shown = preview(staff, f"{ACT}?choix=tous")
    addresses(1, start=2)
    answer = confirm(staff, f"{ACT}?choix=tous", shown)
    assert (answer.status_code, Batch.objects.count()) == (409, 0)
    assert "a2@ville.example : vient de s’ajouter à la sélection." in text(answer)
    assert confirm(staff, f"{ACT}?choix=tous", answer).status_code == 302
    assert Message.objects.count() == 3


def test_a_row_that_changed_or_went_since_the_preview_is_told_and_nothing_is_done(staff, act, factor):
    rows = addresses(4)
    act.refused = {"a3@ville.example"}
    shown = preview(staff, every(rows))
    act.refused = {"a1@ville.example"}
    Refusal.objects.filter(pk=rows[2].pk).delete()
    answer = confirm(staff, every(rows), shown)
    for words in (
        "a1@ville.example : n’est plus concernée (fermée).",
        "a3@ville.example : est maintenant concernée.",
        "Une ligne n’est plus",
    ):
        assert words in text(answer)
    assert (answer.status_code, Batch.objects.count()) == (409, 0)


def test_other_words_than_those_previewed_are_shown_first(staff, act, factor):
    rows = addresses(2)
    answer = confirm(staff, every(rows), preview(staff, every(rows)), place="Lille")
    assert (answer.status_code, Batch.objects.count()) == (409, 0)
    assert "Rendez-vous à Lille." in text(answer)
    assert confirm(staff, every(rows), answer, place="Lille").status_code == 302


@pytest.mark.parametrize("shown", ["", "forged:abc"])
def test_what_was_not_previewed_is_not_done(staff, act, factor, shown):
    rows = addresses(2)
    answer = staff.post(every(rows), {"place": "Lyon", "_confirm": "1", "shown": shown, "token": "x"})
    assert (answer.status_code, Batch.objects.count()) == (409, 0)


def test_a_confirmation_sent_twice_is_one_act(staff, act, factor):
    rows = addresses(2)
    shown = preview(staff, every(rows))
    first, second = confirm(staff, every(rows), shown), confirm(staff, every(rows), shown)
    assert first["Location"] == second["Location"] == Batch.objects.get().get_absolute_url()
    assert Message.objects.count() == 2
    assert "Cet acte est déjà fait" in text(staff.get(second["Location"]))


def test_above_fifty_letters_their_number_is_typed(staff, act, factor):
    rows = addresses(51)
    shown = preview(staff, every(rows))
    assert "tapez le nombre de lettres" in text(shown)
    refused = [confirm(staff, every(rows), shown, count=count) for count in ("", "50", "tous")]
    assert ([answer.status_code for answer in refused], Batch.objects.count()) == ([422] * 3, 0)
    assert confirm(staff, every(rows), shown, count=" 51 ").status_code == 302
    assert Message.objects.count() == 51


def test_fifty_letters_ask_for_no_number(staff, act, factor):
    rows = addresses(50)
    shown = preview(staff, every(rows))
    assert "tapez le nombre" not in text(shown)
    assert confirm(staff, every(rows), shown).status_code == 302


def test_several_letters_ask_for_a_recent_second_factor_one_does_not(staff, act, factor):
    factor["recent"] = False
    rows = addresses(2)
    assert confirm(staff, every(rows), preview(staff, every(rows)))["Location"] == "/facteur/"
    assert Batch.objects.count() == 0
    assert confirm(staff, every(rows[:1]), preview(staff, every(rows[:1])))["Location"] == Batch.objects.get().get_absolute_url()


def test_the_letter_is_tried_on_myself_and_nothing_else_is_sent(staff, act):
    rows = addresses(2)
    page = preview(staff, every(rows), _try="1")
    assert "Essai envoyé à staff@la27eregion.example." in text(page)
    assert Batch.objects.count() == 0


def test_an_act_that_leaves_everybody_out_cannot_be_confirmed(staff, act, factor):
    rows = addresses(1)
    act.refused = {"a0@ville.example"}
    shown = preview(staff, every(rows))
    assert "Il n’y a rien à faire." in text(shown)
    assert (confirm(staff, every(rows), shown).status_code, Batch.objects.count()) == (422, 0)


def test_when_each_row_refuses_at_the_last_moment_nothing_is_kept(staff, act, factor, monkeypatch):
    rows = addresses(1)
    shown = preview(staff, every(rows))
    monkeypatch.setattr(Write, "run", lambda *_, **__: [Line(label_of(rows[0]), "a0", why="vient d’être fermée")])
    answer = confirm(staff, every(rows), shown)
    assert (answer.status_code, Batch.objects.count()) == (409, 0)
    assert "Rien n’a été fait : vient d’être fermée." in text(answer)


def test_a_form_that_is_wrong_says_so(staff, act):
    rows = addresses(1)
    answer = staff.post(every(rows), {"place": "", "_preview": "1"})
    assert answer.status_code == 422
    assert "Il reste un point à corriger" in text(answer)


def test_only_who_may_opens_it(client, enter, act):
    addresses(1)
    assert enter(Role.TREASURER).get(ACT).status_code == 403
    assert enter(Role.STAFF).get("/admin/mailing/refusal/actes/inconnu/").status_code == 404


def test_a_filter_that_means_nothing_leads_back_to_the_list(staff, act):
    assert staff.get(f"{ACT}?nothing__like__it=1")["Location"] == "/admin/mailing/refusal/"


# --- The page of a batch ----------------------------------------------------------------------------


@pytest.fixture
def done(staff, act, factor) -> Batch:
    rows = addresses(2)
    confirm(staff, every(rows), preview(staff, every(rows)))
    return Batch.objects.get()


def press(client, batch, name):
    return client.post(reverse("admin:mailing_batch_act", args=[batch.pk]), {name: "1"}, follow=True)


def test_a_batch_is_undone_from_its_page(staff, done):
    page = text(press(staff, done, "_undo"))
    for words in ("C’est annulé : aucune lettre ne part.", "Annulé par", "Puis tout a été annulé."):
        assert words in page
    assert "Annuler cet envoi" not in page
    assert set(done.letters.values_list("state", flat=True)) == {State.VOID}


def test_a_batch_is_sent_now_from_its_page_with_a_recent_second_factor(staff, done, monkeypatch):
    monkeypatch.setattr(pages, "ask_factor", lambda _: None)
    page = text(press(staff, done, "_send_now"))
    assert "Les lettres partent." in page
    assert "Annuler cet envoi" not in page
    assert done.letters.due(now=NOW).count() == 2


def test_once_the_letters_are_due_there_is_nothing_to_undo(staff, done):
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        assert "Annuler cet envoi" not in text(staff.get(done.get_absolute_url()))
        assert "Le délai pour annuler est passé" in text(press(staff, done, "_undo"))


def test_one_letter_gets_its_paragraph_from_the_page_of_the_batch(staff, done):
    letter = done.letters.order_by("pk").first()
    address = reverse("admin:mailing_batch_letter", args=[done.pk, letter.pk])
    assert address in staff.get(done.get_absolute_url()).content.decode()
    page = staff.post(address, {"text": "Merci encore pour votre appel."}, follow=True)
    assert "Voici la lettre telle qu’elle partira." in text(page)
    assert Message.objects.get(pk=letter.pk).paragraph == "Merci encore pour votre appel."
    assert "avec un paragraphe personnel" in text(staff.get(done.get_absolute_url()))
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        assert "Mettre ce paragraphe" not in text(staff.get(address))
        assert "part ou est partie" in text(staff.post(address, {"text": "Trop tard."}, follow=True))


def test_the_list_of_batches_costs_the_same_for_one_and_for_three(staff, done):
    counts = []
    staff.get("/admin/mailing/batch/")  # what the act said is read, and leaves the session
    for more in (0, 2):
        for number in range(more):
            batch = batches.open_batch(f"Essai {number}", by=None, now=NOW)
            outbox.post_all(outbox_kind(), [outbox.Owed(f"x{number}", "x@y.example", {"name": "a", "place": "b"})], batch=batch, now=NOW)
        with CaptureQueriesContext(connection) as asked:
            page = staff.get("/admin/mailing/batch/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10
    assert "0 sur 2" in text(page)


def test_who_may_only_read_undoes_nothing(done, enter):
    assert enter(Role.TREASURER).post(reverse("admin:mailing_batch_act", args=[done.pk]), {"_undo": "1"}).status_code == 403


class TestRaces:
    """On the database that serves production: one confirmation sent twice at once."""

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

    @pytest.fixture
    def twice(self, act, monkeypatch):
        """Both requests have looked and found nothing done, when both act."""
        monkeypatch.setattr(outbox.hints, "_send", lambda _: None)
        addresses(2)
        rows = Refusal.objects.all()
        person = User.objects.create_user("deux@la27eregion.example")
        plan = act.plan(rows, {"place": "Lyon"}, by=person, now=NOW)
        both = Barrier(2, timeout=PATIENCE)
        opening = batches.open_batch

        def open_batch(*args, **options):
            both.wait()
            return opening(*args, **options)

        monkeypatch.setattr(batches, "open_batch", open_batch)
        return lambda token: groupacts.carry_out(act, rows, plan, {"place": "Lyon"}, token=token, by=person, now=NOW)

    def test_it_is_done_once(self, twice):
        first, second = race(*[partial(twice, "same")] * 2)
        assert first.pk == second.pk == Batch.objects.get().pk
        assert Message.objects.count() == 2

    def test_without_the_token_it_is_done_twice(self, twice):
        """The twin."""
        first, second = race(*[partial(twice, None)] * 2)
        assert first.pk != second.pk
        assert Message.objects.count() == 4


def test_a_fault_of_the_database_that_is_not_the_token_is_not_hidden(act, db, monkeypatch):
    def fails(*args, **options):
        raise IntegrityError("something else")

    monkeypatch.setattr(batches, "open_batch", fails)
    with pytest.raises(IntegrityError):
        groupacts.carry_out(act, None, Plan([]), {}, token="new", by=None, now=NOW)


def test_nothing_selected_is_no_act(act, db):
    with pytest.raises(Refused, match="la sélection est vide"):
        groupacts.carry_out(act, None, Plan([]), {"place": ""}, token="new", by=None, now=NOW)


def test_the_second_factor_comes_from_the_registry():
    assert groupacts.ask_factor is registry.ask_factor
