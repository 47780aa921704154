"""What an organiser writes to those who come: read over with the exact count, sent once, answered to them, taken back for ten minutes."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from core.clock import PARIS
from core.refusals import Refused
from events.models import Event, Registration, TimeSlot
from events.services import changing, host_writing, hosting
from events.services.host_writing import Author, Written
from events.states import State
from mailing import wordings
from mailing.letters import KINDS
from mailing.models import Batch, Message
from mailing.rendering import Words
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory
from tests.events.attending import MINUTE, NOW, coming, fresh, letters, opened
from tests.events.desks import CAMILLE, at, said_in

pytestmark = pytest.mark.django_db
SAID = {"slot": "", "audience": "inscrits", "subject": "De bonnes chaussures", "words": "Nous marcherons une heure.\n\nÀ mardi !"}
AUTHOR = Author(None, "Camille Exemple", CAMILLE)


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def slot() -> TimeSlot:
    """Two have a seat, one waits."""
    slot = opened(2)
    for who in ("anna", "bilal", "chloe"):
        coming(slot, who)
    Message.objects.all().delete()
    return slot


def read(client: Client, of: TimeSlot, **changes: Any) -> Any:
    return client.post(at("host_message", of.event), {**SAID, "act": "read", **changes})


def send(client: Client, of: TimeSlot, page: Any, **changes: Any) -> Any:
    held = {"token": page.context["token"], "count": page.context["preview"].count}
    return client.post(at("host_message", of.event), {**SAID, **held, "act": "send", **changes})


def test_what_is_written_is_read_over_with_the_exact_count_before_anything_leaves(client, slot):
    page = read(client, slot)
    words = said_in(page)
    assert (page.status_code, page.context["preview"].count, "2 personnes recevront cette lettre" in words) == (200, 2, True)
    assert ("De bonnes chaussures : Récrire un courrier" in words, "Nous marcherons une heure." in words) == (True, True)
    assert Message.objects.count() == 0


def test_it_leaves_once_after_ten_minutes_and_is_answered_to_the_organiser(client, slot):
    page = read(client, slot)
    for _ in range(2):
        assert send(client, slot, page).status_code == 302
    assert sorted(Message.objects.values_list("to", flat=True)) == ["anna@ville.example", "bilal@ville.example"]
    deliver()
    assert mail.outbox == []
    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        deliver()
    letter = mail.outbox[0]
    assert (len(mail.outbox), letter.reply_to, letter.subject) == (2, [CAMILLE], "De bonnes chaussures\u00a0: Récrire un courrier")
    assert "Nous marcherons une heure.\n\nÀ mardi" in letter.body


@pytest.mark.parametrize(("audience", "count"), [("inscrits", 2), ("attente", 1), ("tous", 3)])
def test_it_is_to_who_has_a_seat_who_waits_or_both(client, slot, audience, count):
    assert read(client, slot, audience=audience).context["preview"].count == count


def test_each_address_has_one_letter_though_registered_twice(client):
    slot = opened(5, at=["2027-11-23T10:00", "2027-11-24T10:00"])
    other = fresh(slot.event.slots.order_by("starts_at").last())
    coming(slot, "anna")
    coming(other, "anna")
    coming(other, "bilal")
    assert read(client, slot, slot="toutes").context["preview"].count == 2
    assert read(client, slot, slot=str(slot.pk)).context["preview"].count == 1


def test_nobody_begins_to_write_of_a_cancelled_event(client, slot):
    Event.objects.update(state=State.CANCELLED)
    answer = client.get(at("host_message", slot.event), follow=True)
    assert (len(answer.redirect_chain), "Cet événement est annulé" in answer.content.decode()) == (1, True)
    with time_machine.travel(slot.starts_at + timedelta(days=2), tick=False):
        thanks = client.get(at("host_thanks", slot.event), follow=True)
    assert (len(thanks.redirect_chain), "Cet événement est annulé" in thanks.content.decode()) == (1, True)


def test_somebody_came_or_left_meanwhile_it_is_read_again(client, slot):
    page = read(client, slot)
    hosting.resize(fresh(slot), onsite=3, online=None, by=None, now=NOW)
    answer = send(client, slot, page)
    assert (answer.status_code, "Il y a maintenant 3 personnes, et non 2 : relisez avant d’envoyer." in said_in(answer)) == (422, True)
    assert Batch.objects.count() == 0


def test_it_is_taken_back_until_it_leaves_and_not_after(client, slot):
    send(client, slot, read(client, slot))
    batch = Batch.objects.get()
    undo = at("host_undo", slot.event, batch.pk)
    assert "Annuler cet envoi" in said_in(client.get(at("host", slot.event)))
    client.post(undo)
    assert (Batch.objects.get().undone_at, set(Message.objects.values_list("state", flat=True))) == (NOW, {"VOID"})
    send(client, slot, read(client, slot))
    late = Batch.objects.latest("pk")
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        deliver()
        answer = client.post(at("host_undo", slot.event, late.pk), follow=True)
    assert ("Le délai pour annuler est passé." in answer.content.decode(), Batch.objects.latest("pk").undone_at) == (True, None)
    assert client.post(at("host_undo", opened(1).event, batch.pk)).status_code == 404


FRIDAY = datetime(2027, 11, 12, 19, 30, tzinfo=PARIS)
SATURDAY, MONDAY, TUESDAY = "2027-11-13T10:00", "2027-11-15T20:30", "2027-11-16T10:00"


def test_a_sitting_that_working_hours_would_miss_is_told_at_once_and_taken_back_until_then(client):
    slot = opened(5, at=[SATURDAY])
    coming(slot, "anna")
    Message.objects.all().delete()
    with time_machine.travel(FRIDAY, tick=False):
        page = read(client, slot)
        assert "la séance est trop proche pour attendre un jour ouvré" in said_in(page)
        answer = send(client, slot, page)
        assert (page.context["preview"].is_late, answer.status_code) == (False, 302)
        assert "12 novembre 2027 à 19 h 40" in said_in(client.get(answer["Location"]))
        deliver()
    assert mail.outbox == []
    with time_machine.travel(FRIDAY + timedelta(minutes=11), tick=False):
        deliver()
        client.post(at("host_undo", slot.event, Batch.objects.get().pk))
    assert ([letter.to for letter in mail.outbox], Batch.objects.get().undone_at) == ([["anna@ville.example"]], None)


def test_of_two_sittings_the_one_that_is_not_near_waits_for_working_hours(client):
    morning = datetime(2027, 11, 15, 8, tzinfo=PARIS)
    slot = opened(5, at=[MONDAY, SATURDAY, TUESDAY])
    saturday, monday, tuesday = slot.event.slots.order_by("starts_at")
    for row, who in ((monday, "anna"), (saturday, "anna"), (saturday, "bilal"), (tuesday, "chloe"), (monday, "dora")):
        coming(row, who)
    Message.objects.all().delete()
    with time_machine.travel(FRIDAY, tick=False):
        page = read(client, slot, slot="toutes")
        assert "pour les séances proches, qui n’attendent pas les heures ouvrées" in said_in(page)
        send(client, slot, page, slot="toutes")
    left = []
    for moment in (FRIDAY + 11 * MINUTE, FRIDAY + timedelta(days=1), morning):
        with time_machine.travel(moment, tick=False):
            deliver()
        left.append(sorted(letter.to[0].partition("@")[0] for letter in mail.outbox))
        mail.outbox.clear()
    assert left == [["anna", "bilal"], [], ["chloe", "dora"]]
    assert {row.to.partition("@")[0]: row.due_at.astimezone(PARIS) for row in Message.objects.order_by("pk")} == {
        "anna": FRIDAY + 10 * MINUTE, "bilal": FRIDAY + 10 * MINUTE, "chloe": morning, "dora": morning,
    }  # fmt: skip


def test_what_is_read_over_is_in_the_words_that_will_leave_the_near_sitting_s_own_when_it_has_some(client):
    words = Words("Très bientôt : {objet}", "Vite.\n\n{mot}\n\nVoir l’événement :\n{lien}")
    wordings.save(KINDS["events.host_message_near"], "", words, base=0, by=UserFactory(), now=FRIDAY)
    slot = opened(5, at=[SATURDAY, TUESDAY])
    saturday, tuesday = slot.event.slots.order_by("starts_at")
    coming(saturday, "anna")
    coming(tuesday, "bilal")
    Message.objects.all().delete()
    with time_machine.travel(FRIDAY, tick=False):
        seen = [read(client, slot, slot=of).context["preview"].letters for of in (str(saturday.pk), str(tuesday.pk), "toutes")]
        page = read(client, slot, slot="toutes")
        send(client, slot, page, slot="toutes")
    assert [[letter.whose for letter in letters] for letters in seen] == [[""], [""], ["Pour les séances proches", "Pour les autres"]]
    left = {row.to.partition("@")[0]: (row.subject, row.text) for row in Message.objects.all()}
    near, later = seen[2]
    assert {"anna": (near.subject, near.text), "bilal": (later.subject, later.text)} == left
    assert [(seen[0][0].subject, seen[0][0].text), (seen[1][0].subject, seen[1][0].text)] == [left["anna"], left["bilal"]]
    assert (near.subject, "Pour les autres" in said_in(page)) == ("Très bientôt : De bonnes chaussures", True)


def test_a_letter_that_would_leave_once_the_sitting_has_begun_says_so(client):
    slot = opened(5, at=["2027-11-08T10:05"])
    coming(slot, "anna")
    page = read(client, slot)
    assert (page.context["preview"].is_late, "après le début d’une séance" in said_in(page)) == (True, True)
    assert read(client, opened_and_held("2027-11-09T10:00")).context["preview"].is_late is False


def test_a_sitting_that_is_on_is_told_at_once_and_one_that_is_over_waits(client):
    slot = opened_and_held("2027-11-13T10:00")
    for day, kind in ((13, "host_message_near"), (14, "host_message")):
        Message.objects.all().delete()
        with time_machine.travel(datetime(2027, 11, day, 11, tzinfo=PARIS), tick=False):
            send(client, slot, read(client, slot))
        assert letters() == [kind]


def test_a_message_about_what_goes_on_for_weeks_waits_for_working_hours(client):
    slot = opened_and_held("2027-11-09T10:00")
    slot.event.slots.update(ends_at=slot.starts_at + timedelta(days=20))
    Message.objects.all().delete()
    with time_machine.travel(datetime(2027, 11, 13, 23, tzinfo=PARIS), tick=False):
        send(client, slot, read(client, slot))
    assert letters() == ["host_message"]


def opened_and_held(at: str) -> TimeSlot:
    slot = opened(5, at=[at])
    coming(slot, "anna")
    return slot


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("subject", "", "Donnez un objet."),
        ("words", " ", "Écrivez votre message."),
        ("words", "x" * 50_000, "5 000 caractères au plus"),
        ("audience", "presse", "Choisissez dans la liste."),
    ],
)
def test_what_is_missing_is_said(client, slot, field, typed, told):
    answer = read(client, slot, **{field: typed})
    assert (answer.status_code, told in said_in(answer), Message.objects.count()) == (422, True, 0)


def test_nobody_to_write_to_is_said(client):
    answer = read(client, opened(3))
    assert (answer.status_code, "Personne à qui écrire" in said_in(answer)) == (422, True)


def test_html_and_braces_are_only_signs(client, slot):
    page = read(client, slot, words="<b>{lien}</b> {inconnu}")
    assert ("<b>{lien}" in page.content.decode(), "{inconnu}" in page.context["preview"].letters[0].text) == (False, True)


def test_a_cancelled_event_is_written_to_no_more(client, slot):
    page = read(client, slot)
    changing.cancel(slot.event, "Trop de vent.", by=None, now=NOW)
    assert send(client, slot, page).status_code == 422


def test_a_confirmation_that_is_not_ours_is_one_of_its_own(client, slot):
    for typed in ("", "\x00", "x" * 5_000):
        assert send(client, slot, read(client, slot), token=typed).status_code == 302
    assert Batch.objects.count() == 3


# --- Thanks ----------------------------------------------------------------------------------------------------------


def test_thanks_are_sent_once_when_everything_is_over_to_those_who_came(client, slot):
    assert client.get(at("host_thanks", slot.event))["Location"].endswith(at("host", slot.event))
    hosting.check_in(Registration.objects.get(email="anna@ville.example"), now=NOW)
    after = slot.starts_at + timedelta(days=1)
    with time_machine.travel(after, tick=False):
        page = client.post(at("host_thanks", slot.event), {"words": "Les photos arrivent.", "act": "read"})
        held = {"token": page.context["token"], "count": page.context["preview"].count, "words": "Les photos arrivent.", "act": "send"}
        assert (page.context["preview"].count, "Merci d’avoir participé" in page.context["preview"].letters[0].text) == (1, True)
        client.post(at("host_thanks", slot.event), held)
        client.post(at("host_thanks", slot.event), {**held, "token": "b" * 32})
        assert list(Message.objects.values_list("to", flat=True)) == ["anna@ville.example"]
        assert "Remercier" not in re.sub("Remerciements", "", said_in(client.get(at("host", slot.event))))


def test_nobody_checked_in_everybody_with_a_seat_is_thanked_and_thanked_again_once_taken_back(slot):
    after = slot.starts_at + timedelta(days=1)
    said: dict[str, Any] = {"author": AUTHOR, "count": 2, "thanks": True, "now": after}
    batch = host_writing.send(slot.event, Written(), token="1", **said)
    with pytest.raises(Refused, match="déjà partis"):
        host_writing.send(slot.event, Written(), token="2", **said)
    host_writing.undo(batch, by=None, now=after)
    host_writing.send(slot.event, Written(), token="3", **said)
    assert Message.objects.exclude(state="VOID").count() == 2
