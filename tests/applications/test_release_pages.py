"""The pages of the results: counts and every letter before, one act from two tabs, the places after, the closing."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from applications import services
from applications.admin import places as places_page
from applications.admin import release as release_page
from applications.models import Application, ResultsRelease, Selection
from applications.services import closing
from applications.states import State
from core.refusals import Refused
from mailing import batches, outbox
from mailing.models import Batch, Message, Refusal
from mailing.states import State as LetterState
from programmes.models import Edition
from records.models import Act
from tests.applications.factories import UserFactory, deposited, staff
from tests.applications.selecting import CONFIRM_BY, JURY, RELEASED, again, call, decided, gone, letters, release, released, states

pytestmark = pytest.mark.django_db
ALL = (State.SELECTED, State.SELECTED, State.WAITLISTED, State.DECLINED)
AFTER = RELEASED + timedelta(hours=2)


@pytest.fixture(autouse=True)
def travelled():
    with time_machine.travel(JURY, tick=False) as clock:
        yield clock


@pytest.fixture
def colleague(client, settings, monkeypatch):
    """A member of staff in the admin; the second factor is tested in tests/accounts."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)
    monkeypatch.setattr(release_page, "ask_factor", lambda _: None)
    monkeypatch.setattr("mailing.groupacts.ask_factor", lambda _: None)
    colleague = staff(first_name="Claude")
    client.force_login(colleague, backend="accounts.backends.RoleBackend")
    return colleague


def at(name, edition):
    return reverse(f"admin:applications_application_board{name}", args=[edition.pk])


def plain(answer):
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text).replace("\u00a0", " ").replace("\u202f", " "))


def hidden(answer):
    """What the form of a page sends with its button."""
    return dict(re.findall(r'name="(token|shown)" value="([^"]*)"', answer.content.decode()))


# --- Before -----------------------------------------------------------------------------------------------


def test_the_page_counts_each_letter_and_shows_every_one_filled(client, colleague):
    edition = call()
    rows = decided(edition, colleague, ALL)
    text = plain(client.get(at("_release", edition)))
    assert "2 retenues 1 en liste d’attente 1 non retenue" in text
    assert "Les 4 lettres, telles qu’elles partiront" in text
    for row in rows:
        assert text.count(f"À {row.address}") == 1
    assert "À confirmer avant le 20 septembre 2017 à midi : votre place" in text
    assert "{" not in text


def test_letters_are_narrowed_by_kind_and_paged_by_ten(client, colleague):
    edition = call()
    decided(edition, colleague, [State.DECLINED] * 11 + [State.WAITLISTED])
    first, second = (plain(client.get(at("_release", edition), {"lettre": "DECLINED", "p": page})) for page in (1, 2))
    assert ("11 lettres sur 12" in first, "Page 1 sur 2" in first) == (True, True)
    assert (first.count("voir la candidature"), second.count("voir la candidature")) == (10, 1)
    assert "Vous êtes sur la liste d’attente" not in first + second


def test_who_has_no_decision_is_named_with_a_link_and_nothing_can_be_confirmed(client, colleague):
    edition = call()
    decided(edition, colleague, ALL)
    bare = deposited(edition=edition, state=State.IN_REVIEW)
    page = client.get(at("_release", edition))
    assert "1 personne n’a pas encore de décision. " + bare.named in plain(page)
    assert reverse("admin:applications_application_change", args=[bare.pk]) in page.content.decode()
    assert "Publier les résultats</button>" not in page.content.decode()
    answer = client.post(at("_release", edition), hidden(page))
    assert (answer.status_code, ResultsRelease.objects.count()) == (409, 0)


def test_what_stands_in_nobodys_way_is_said_before(client, colleague):
    edition = call(seats=5)
    rows = decided(edition, colleague, ALL)
    Refusal.objects.create(address=rows[3].address, reason="boîte pleine", at=JURY)
    text = plain(client.get(at("_release", edition)))
    assert "3 places restent libres : la liste d’attente les recevra aussitôt." in text
    assert f"Ces adresses ne reçoivent pas : leur lettre sera refusée, et ces personnes resteront à prévenir. {rows[3].named}" in text


# --- The act ----------------------------------------------------------------------------------------------


def test_confirmed_everyone_has_one_letter_and_the_page_says_when_it_leaves(client, colleague):
    edition = call()
    rows = decided(edition, colleague, ALL)
    page = client.get(at("_release", edition))
    answer = client.post(at("_release", edition), hidden(page), follow=True)
    assert "Lettres en attente" in plain(answer)
    assert "Annuler la publication" in plain(answer)
    assert [len(letters(row)) for row in rows] == [1, 1, 1, 1]
    assert Act.objects.filter(verb="résultats publiés", by_name__contains="Claude").count() == 1


def test_two_tabs_are_one_act_and_the_second_reads_who_was_faster(client, colleague):
    edition = call()
    decided(edition, colleague, ALL)
    one, two = (client.get(at("_release", edition)) for _ in range(2))
    client.post(at("_release", edition), hidden(one))
    answer = client.post(at("_release", edition), hidden(two), follow=True)
    assert "Les résultats sont déjà publiés" in plain(answer)
    assert (Batch.objects.count(), Message.objects.filter(batch__isnull=False).count()) == (1, 4)


def test_a_decision_taken_meanwhile_is_told_and_nothing_is_published(client, colleague):
    edition = call()
    rows = decided(edition, colleague, ALL)
    page = client.get(at("_release", edition))
    services.decide(rows[3], State.WAITLISTED, by=colleague, now=JURY)
    answer = client.post(at("_release", edition), hidden(page))
    assert (answer.status_code, ResultsRelease.objects.count()) == (409, 0)
    assert f"{rows[3].named} : liste d’attente, et non plus non retenue." in plain(answer)
    again_page = client.post(at("_release", edition), hidden(answer))
    assert (again_page.status_code, ResultsRelease.objects.count()) == (302, 1)


def test_a_date_that_moved_meanwhile_changes_the_letters_and_is_told(client, colleague):
    edition = call()
    rows = decided(edition, colleague, ALL)
    page = client.get(at("_release", edition))
    Selection.objects.update(confirm_by=CONFIRM_BY + timedelta(days=1))
    answer = client.post(at("_release", edition), hidden(page))
    assert f"{rows[0].named} : sa lettre dit autre chose." in plain(answer)
    assert f"{rows[3].named} : sa lettre" not in plain(answer)


def test_above_fifty_letters_their_number_is_typed(client, colleague):
    edition = call()
    made = [
        Application(edition=edition, email=f"p{n}@ville.example", state=State.DECLINED, reference=f"X-{n:04}", started_at=JURY)
        for n in range(51)
    ]
    Application.objects.bulk_create(made)
    page = client.get(at("_release", edition))
    answer = client.post(at("_release", edition), hidden(page))
    assert (answer.status_code, "Pour confirmer, tapez le nombre de lettres : 51." in plain(answer)) == (422, True)
    assert client.post(at("_release", edition), {**hidden(answer), "count": "51"}).status_code == 302


def test_the_second_factor_is_asked_before_the_letters(client, colleague, monkeypatch):
    edition = call()
    decided(edition, colleague, ALL)
    from django.http import HttpResponse

    monkeypatch.setattr(release_page, "ask_factor", lambda _: HttpResponse("second facteur"))
    answer = client.post(at("_release", edition), hidden(client.get(at("_release", edition))))
    assert (answer.content, ResultsRelease.objects.count()) == (b"second facteur", 0)


def test_undone_from_its_page_it_can_be_published_again(client, colleague):
    edition = call()
    decided(edition, colleague, ALL)
    release(edition, colleague)
    client.post(reverse("admin:mailing_batch_act", args=[Batch.objects.get().pk]), {"_undo": "1"})
    page = client.get(at("_release", edition))
    assert "Les 4 lettres, telles qu’elles partiront" in plain(page)
    assert client.post(at("_release", edition), hidden(page)).status_code == 302


@pytest.mark.parametrize("name", ["_release", "_places", "_close"])
def test_only_who_decides_opens_these_pages(client, settings, name):
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != "accounts.middleware.SecondFactorMiddleware"]
    edition = call()
    assert client.get(at(name, edition)).status_code == 302
    client.force_login(UserFactory(is_active=True))
    assert client.get(at(name, edition)).status_code in (302, 403, 404)


@pytest.mark.parametrize("count", [1, 3])
def test_the_questions_do_not_grow_with_the_letters(client, colleague, django_assert_max_num_queries, count):
    edition = call(seats=3)
    decided(edition, colleague, [State.SELECTED] * count + [State.WAITLISTED] * count + [State.DECLINED] * count)
    client.get(at("_release", edition))
    with django_assert_max_num_queries(24):
        client.get(at("_release", edition))


# --- Places ------------------------------------------------------------------------------------------------


def test_the_places_say_who_holds_one_until_when_and_who_is_next(client, colleague, travelled):
    edition = call()
    rows = released(edition, colleague, (State.SELECTED, State.SELECTED, State.WAITLISTED, State.WAITLISTED))
    Application.objects.filter(pk=rows[1].pk).update(state=State.CONFIRMED)
    travelled.move_to(AFTER)
    services.withdraw(again(rows[0]), by=rows[0].applicant, now=AFTER)
    text = plain(client.get(at("_places", edition)))
    assert "1 confirmée 0 à confirmer 1 proposée 0 libre Sur 2 places en tout." in text
    assert f"{rows[2].named} rang 1, réservée jusqu’au 14 septembre 2017" in text
    assert f"{rows[3].named} rang 2" in text or f"{rows[3].named} rang 1" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_questions_of_the_places_do_not_grow(client, colleague, travelled, django_assert_max_num_queries, count):
    edition = call(seats=count)
    released(edition, colleague, [State.SELECTED] * count + [State.WAITLISTED] * count)
    travelled.move_to(AFTER)
    client.get(at("_places", edition))
    with django_assert_max_num_queries(24):
        client.get(at("_places", edition))


def test_a_withdrawal_told_on_the_phone_is_noted_and_frees_the_place(client, colleague, travelled):
    edition = call()
    rows = released(edition, colleague, (State.SELECTED, State.SELECTED, State.WAITLISTED))
    travelled.move_to(AFTER)
    page = reverse("admin:applications_application_leave", args=[rows[0].pk])
    assert client.post(page, {"words": " "}).status_code == 422
    answer = client.post(page, {"words": "Par téléphone."}, follow=True)
    assert "le désistement est noté" in plain(answer)
    assert states(edition)[0] == (State.WITHDRAWN, None)
    assert letters(rows[2])[-1] == "applications.offer"


def test_free_places_that_nobody_can_take_are_said(client, colleague, travelled):
    edition = call(seats=3)
    released(edition, colleague, (State.SELECTED, State.SELECTED, State.DECLINED))
    travelled.move_to(AFTER)
    assert "1 place libre, et plus personne à qui la proposer." in plain(client.get(at("_places", edition)))


# --- « Clore la sélection » ------------------------------------------------------------------------------------


def confirmed(edition, colleague):
    """Everyone answered: two confirmed, one waiting, one not selected."""
    rows = released(edition, colleague, ALL)
    Application.objects.filter(state=State.SELECTED).update(state=State.CONFIRMED)
    edition.refresh_from_db()
    return rows


def test_closing_is_refused_while_a_place_is_to_confirm_and_names_who(client, colleague, travelled):
    edition = call()
    rows = released(edition, colleague, ALL)
    travelled.move_to(AFTER)
    text = plain(client.get(at("_close", edition)))
    assert "Pas encore : 2 personnes sans réponse" in text
    assert f"{rows[0].named} Place à confirmer {rows[1].named} Place à confirmer" in text
    with pytest.raises(Refused, match="2 personnes n’ont pas de réponse"):
        services.close_selection(edition, by=colleague, now=AFTER)


def test_a_letter_refused_leaves_its_person_unanswered_until_somebody_tells_them(client, colleague, travelled):
    edition = call()
    rows = confirmed(edition, colleague)
    Message.objects.filter(kind="applications.declined").update(state=LetterState.FAILED)
    travelled.move_to(AFTER)
    assert "sa lettre est refusée : son adresse ne reçoit pas" in plain(client.get(at("_places", edition)))
    with pytest.raises(Refused, match="1 personne n’a pas de réponse"):
        services.close_selection(edition, by=colleague, now=AFTER)
    client.post(reverse("admin:applications_application_told", args=[rows[3].pk]), {"words": "Par téléphone, le 12."})
    assert closing.unanswered(edition, now=AFTER) == []
    assert Act.objects.filter(verb="prévenue autrement", note="Par téléphone, le 12.").count() == 1


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (LetterState.UNCERTAIN, "sa lettre est incertaine\u00a0: dites si elle est partie"),
        (LetterState.DUE, "sa lettre n’est pas partie"),
    ],
)
def test_a_letter_that_did_not_leave_leaves_its_person_unanswered(colleague, state, why):
    edition = call()
    rows = confirmed(edition, colleague)
    Message.objects.filter(kind="applications.declined").update(state=state)
    assert [(each.application, each.why) for each in closing.unanswered(edition, now=AFTER)] == [(rows[3], why)]


def test_an_address_marked_refused_counts_and_a_corrected_one_answers(colleague):
    edition = call()
    rows = confirmed(edition, colleague)
    Refusal.objects.create(address=rows[3].address, reason="retour de courrier", at=AFTER)
    assert len(closing.unanswered(edition, now=AFTER)) == 1
    Message.objects.filter(kind="applications.declined").update(state=LetterState.FAILED)
    outbox.readdress(rows[3].address, "nouvelle@ville.example", now=AFTER)
    gone()
    assert closing.unanswered(edition, now=AFTER) == []


def test_an_open_offer_and_a_file_without_decision_are_unanswered(colleague):
    edition = call()
    rows = confirmed(edition, colleague)
    services.withdraw(again(rows[0]), by=colleague, now=AFTER)
    gone()
    late = deposited(edition=edition, state=State.IN_REVIEW)
    found = closing.unanswered(edition, now=AFTER)
    assert [each.application for each in found] == [rows[2], late]
    assert [each.why for each in found] == ["place proposée jusqu’au 14\u00a0septembre 2017 à 12\u00a0h\u00a010", "pas de décision"]


def test_closed_who_waited_is_told_once_and_nothing_is_offered_any_more(client, colleague, travelled):
    edition = call()
    rows = confirmed(edition, colleague)
    travelled.move_to(AFTER)
    page = client.get(at("_close", edition))
    assert "1 personne, 1 lettre" in plain(page)
    assert "La liste d’attente est close" in plain(page)
    client.post(at("_close", edition), {**hidden(page), "_preview": "1"})
    answer = client.post(at("_close", edition), {**hidden(page), "_confirm": "1"})
    assert (answer.status_code, Selection.objects.get().closed_at) == (302, AFTER)
    assert letters(rows[2]) == ["applications.waitlisted", "applications.waitlist_over"]
    services.withdraw(again(rows[0]), by=colleague, now=AFTER)
    assert letters(rows[2]) == ["applications.waitlisted", "applications.waitlist_over"]
    assert "La sélection est close" in plain(client.get(at("_places", edition)))


def test_a_closing_undone_in_time_offers_again_what_is_free(colleague):
    edition = call()
    rows = confirmed(edition, colleague)
    services.close_selection(edition, by=colleague, now=AFTER)
    services.withdraw(again(rows[0]), by=colleague, now=AFTER)
    batch = Batch.objects.get(undo=closing.UNDO)
    undone = batches.undo(batch, by=colleague, now=AFTER + timedelta(minutes=1))
    assert (undone.letters, Selection.objects.get().closed_at) == (1, None)
    assert letters(rows[2])[-1] == "applications.offer"


def test_with_nobody_waiting_closing_tells_nobody(client, colleague, travelled):
    edition = call()
    released(edition, colleague, (State.DECLINED, State.DECLINED))
    travelled.move_to(AFTER)
    page = client.get(at("_close", edition))
    assert "Personne n’est à prévenir" in plain(page)
    assert client.post(at("_close", edition), {**hidden(page), "_confirm": "1"}).status_code == 302
    assert Selection.objects.get().closed_at == AFTER


def test_neither_an_unreleased_nor_a_cancelled_call_is_closed(colleague):
    edition = call()
    with pytest.raises(Refused, match="Les résultats ne sont pas publiés"):
        services.close_selection(edition, by=colleague, now=AFTER)
    Edition.objects.update(cancelled_at=AFTER)
    with pytest.raises(Refused, match="Cet appel est annulé"):
        services.close_selection(edition, by=colleague, now=AFTER)
    assert places_page.HERE == "_places"
