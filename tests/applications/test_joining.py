"""Two files of one person: one stays and gets the answer, the other is joined to it."""

import re
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
import time_machine
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Grant, User
from accounts.roles import JOIN_APPLICATIONS, PERMISSIONS, Role
from applications import concerned, places_waiting, services, waiting
from applications.models import Application
from applications.services import acts, joining, releasing, writing
from applications.states import State
from core import hints
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from mailing.rendering import Words
from programmes.models import Edition
from records.models import Act
from tests.applications import selecting
from tests.applications.factories import NOON, UserFactory, deposited, reviewer, staff
from tests.patience import PATIENCE
from tests.programmes.factories import EditionFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
CLOSED = NOON + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _closed():
    with time_machine.travel(CLOSED, tick=False):
        yield


@pytest.fixture
def edition():
    return EditionFactory(reference_prefix="AV17")


@pytest.fixture
def pair(edition) -> tuple[Application, Application]:
    """Two files, of two addresses."""
    rows = deposited(edition=edition), deposited(edition=edition)
    Message.objects.all().delete()
    return rows


@pytest.fixture
def colleague(client, settings, monkeypatch):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)
    colleague = staff()
    client.force_login(colleague, backend="accounts.backends.RoleBackend")
    return colleague


def join(joined, kept, *, by=None, tell=False, note=""):
    return services.join(joined, kept, by=by or staff(), now=CLOSED, tell=tell, note=note)


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def text(response) -> str:
    return " ".join(plain(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def now_of(*rows) -> list[tuple[str, str]]:
    return [(row.state, str(row.duplicate_of or "")) for row in Application.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")]


def test_one_stays_the_other_is_joined_to_it_and_the_history_says_whom_the_answer_goes_to(pair):
    kept, joined = pair
    step = join(joined, kept, note="Elle a changé de service.")
    assert now_of(*pair) == [("SUBMITTED", ""), ("DUPLICATE", "AV17-0001")]
    assert plain(step.note) == (
        "Jointe à AV17-0001, qui reste et reçoit la réponse. Les deux ont des adresses différentes : la réponse ira à celle de la "
        "candidature qui reste. Elle a changé de service."
    )
    told = Act.objects.get(about=f"applications.application:{kept.pk}")
    assert plain(told.note).startswith("AV17-0002 lui est jointe. Les deux ont des adresses différentes")
    assert Message.objects.count() == 0


def test_notes_tags_and_reviewers_pass_on_once(pair):
    kept, joined = pair
    by, lou = staff(), reviewer("Lou")
    services.add_note(joined, "À appeler.", by=by, now=CLOSED)
    services.add_tag(joined, "urgent", by=by, now=CLOSED)
    services.assign([joined.pk], [lou], by=by, now=CLOSED)
    join(joined, kept, by=by)
    services.separate(joined, by=by, now=CLOSED)
    join(joined, kept, by=by)
    assert [(note.text, note.at, note.by) for note in kept.notes.all()] == [("À appeler.", CLOSED, by)]
    assert [tag.name for tag in kept.tags.all()] == ["urgent"]
    assert [review.reviewer for review in kept.reviews.all()] == [lou]
    assert (joined.notes.count(), joined.tags.count(), joined.reviews.count()) == (1, 1, 1)


def test_a_reviewer_does_not_get_their_own_file_by_joining(pair):
    kept, joined = pair
    Grant.objects.create(user=kept.applicant, role=Role.REVIEWER)
    User.objects.filter(pk=kept.applicant_id).update(email="lou@jury.example")
    services.assign([joined.pk], [User.objects.get(pk=kept.applicant_id)], by=staff(), now=CLOSED)
    join(joined, kept)
    assert kept.reviews.count() == 0


def test_a_file_entered_for_a_reviewer_without_account_does_not_go_to_them_by_joining(edition):
    lou = UserFactory(email="lou@jury.example")
    Grant.objects.create(user=lou, role=Role.REVIEWER)
    joined, kept = deposited(edition=edition), deposited(edition=edition)
    Application.objects.filter(pk=kept.pk).update(applicant=None, email="lou@jury.example")
    services.assign([joined.pk], [User.objects.get(pk=lou.pk)], by=staff(), now=CLOSED)
    join(joined, kept)
    assert (joined.reviews.count(), kept.reviews.count()) == (1, 0)


def test_its_letter_waits_for_working_hours(pair):
    """Nobody asked for it (ADR 0025)."""
    kept, joined = pair
    saturday = NOON + timedelta(days=1)
    services.join(joined, kept, by=staff(), now=saturday, tell=True)
    assert Message.objects.get().due_at == datetime(2017, 9, 11, 8, tzinfo=PARIS)


def test_once_the_one_that_stays_is_withdrawn_the_team_is_told_that_the_other_waits(pair, edition):
    kept, joined = pair
    join(joined, kept)
    assert [item.count for item in waiting.waiting(CLOSED) if "retirée" in item.label] == []
    services.withdraw(kept, by=kept.applicant, now=CLOSED)
    told = [(plain(item.label), item.count, item.url) for item in waiting.waiting(CLOSED) if "retirée" in item.label]
    assert told == [
        (
            f"{edition.short_title} : candidatures jointes à une candidature retirée depuis : à séparer ou non",
            1,
            waiting.listed(edition=edition.pk, waiting="jointes-seules"),
        )
    ]


def test_closed_as_a_double_its_person_is_told_once(pair):
    kept, joined = pair
    join(joined, kept, tell=True)
    with pytest.raises(Refused, match="« doublon »".replace(" ", "\u00a0")):
        join(joined, kept, tell=True)
    letter = Message.objects.get()
    assert (letter.to, letter.kind) == (joined.applicant.email, "applications.duplicate")
    assert "Nous gardons AV17-0001, et AV17-0002 lui est jointe." in letter.text


def test_whoever_answers_or_writes_skips_the_joined_file(pair, edition):
    kept, joined = pair
    join(joined, kept)
    rows = Application.objects.with_call().select_related("duplicate_of").order_by("pk")
    assert [(str(each.application), each.why) for each in writing.recipients(rows, Words("Sujet", "Texte."))] == [
        ("AV17-0001", ""), ("AV17-0002", "doublon de AV17-0001"),
    ]  # fmt: skip
    assert [person.left_out for person in concerned.people(edition)] == ["", "doublon d’une autre candidature"]
    assert plain(acts.reviewed([rows[1]], now=CLOSED)[0].why).startswith("« doublon »")
    with pytest.raises(Refused, match="Cette candidature est jointe à une autre"):
        services.withdraw(joined, by=joined.applicant, now=CLOSED)
    with pytest.raises(Refused, match="jointe à une autre"):
        services.save_typing(
            edition, services.Typing({"job": "autre"}, revision=joined.revision), by=joined.applicant, now=NOON - timedelta(days=1)
        )


def test_its_person_goes_on_reading_it(client, pair):
    kept, joined = pair
    join(joined, kept)
    client.force_login(joined.applicant, backend="accounts.backends.RoleBackend")
    page = text(client.get("/candidatures/AV17-0002/"))
    assert "Cette candidature est jointe à une autre." in page
    assert "Essayer ici." in page
    assert "AV17-0001" not in page
    assert "Retirer ma candidature" not in page
    assert "Une seule réponse vous sera envoyée" in text(client.get("/espace/"))


def test_separated_it_is_where_it_was(pair):
    kept, joined = pair
    services.start_review([joined.pk, kept.pk], by=staff(), now=CLOSED)
    join(joined, kept)
    services.separate(joined, by=staff(), now=CLOSED)
    assert now_of(*pair) == [("IN_REVIEW", ""), ("IN_REVIEW", "")]
    assert joined.steps.last().note == "Séparée de AV17-0001."
    with pytest.raises(Refused, match="n’est jointe à aucune"):
        services.separate(joined, by=staff(), now=CLOSED)


def test_what_was_joined_to_a_joined_file_follows_it(edition):
    first, second, third = (deposited(edition=edition) for _ in range(3))
    join(first, second)
    join(second, third)
    assert now_of(first, second, third) == [("DUPLICATE", "AV17-0003"), ("DUPLICATE", "AV17-0003"), ("SUBMITTED", "")]


def test_two_files_that_cannot_be_joined_are_not(pair, edition):
    kept, joined = pair
    elsewhere, gone = deposited(edition=EditionFactory()), deposited(edition=edition, state=State.WITHDRAWN)
    for one, other, told in (
        (joined, joined, "deux candidatures différentes"),
        (joined, elsewhere, "pas au même appel"),
        (gone, kept, "seule une candidature déposée"),
        (joined, gone, "celle qui reste"),
    ):
        with pytest.raises(Refused, match=told):
            join(one, other)


def test_separated_once_the_results_are_out_it_is_before_the_jury_and_the_dashboard_says_that_it_waits():
    team, call, one = joined_before_the_release()
    selecting.release(call, team)
    with pytest.raises(Refused, match="attendez qu’ils soient publiés"):
        services.separate(one, by=team, now=selecting.JURY)
    selecting.gone()
    told = selecting.RELEASED
    services.separate(one, by=team, now=told)
    assert selecting.again(one).state == State.IN_REVIEW
    waits = [each.label for each in places_waiting.waiting(told) if "à décider" in each.label]
    assert waits == [f"{call.short_title} : personne sans réponse, à décider"]
    assert [each.why for each in services.unanswered(selecting.again(one).edition, now=told)][:1] == ["pas de décision"]
    services.decide(selecting.again(one), State.DECLINED, by=team, now=told)
    assert selecting.letters(one) == ["applications.declined"]


def test_nobody_is_separated_from_their_answer_once_the_selection_is_closed():
    team = staff()
    call = selecting.call(seats=1)
    one = deposited(edition=call)
    (other,) = selecting.decided(call, team, (State.DECLINED,))
    services.join(one, other, by=team, now=selecting.JURY, tell=False)
    selecting.release(call, team)
    selecting.gone()
    services.close_selection(selecting.again(one).edition, by=team, now=selecting.RELEASED)
    with pytest.raises(Refused, match="Rouvrez d’abord la sélection"):
        services.separate(one, by=team, now=selecting.RELEASED)


def test_staff_compare_two_files_choose_which_stays_and_separate_them(client, colleague, pair):
    kept, joined = pair
    file = reverse("admin:applications_application_change", args=[joined.pk])
    address = reverse("admin:applications_application_join", args=[joined.pk])
    assert address in client.get(file).content.decode()
    page = client.get(address)
    assert "Peut-être la même personne" in text(page)
    assert "?avec=AV17-0001" in page.content.decode()
    assert client.get(f"{address}?avec=AV17-9999").status_code == 422
    both = client.get(f"{address}?avec=av17-0001")
    assert "Essayer ici." in text(both)
    assert client.post(f"{address}?avec=AV17-0001", {"tell": "on"}).status_code == 422
    answer = client.post(f"{address}?avec=AV17-0001", {"kept": kept.pk, "tell": "on"})
    assert answer["Location"] == reverse("admin:applications_application_change", args=[kept.pk])
    assert (now_of(*pair)[1], Message.objects.count()) == (("DUPLICATE", "AV17-0001"), 1)
    separate = reverse("admin:applications_application_separate", args=[joined.pk])
    assert separate in client.get(file).content.decode()
    assert "Jointe à AV17-0001, qui reste et reçoit la réponse." in text(client.get(file)).replace(" ,", ",")
    assert "Jointes à celle-ci, qui reçoit la réponse : AV17-0002" in text(client.get(answer["Location"]))
    assert "personne n’est prévenu" in text(client.get(separate))
    assert "est séparée" in text(client.post(separate, follow=True))
    assert now_of(*pair)[1] == ("SUBMITTED", "")
    assert "n’est jointe à aucune" in text(client.post(separate, follow=True))


def test_the_one_that_stays_may_be_the_other(client, colleague, pair):
    first, second = pair
    client.post(f"{reverse('admin:applications_application_join', args=[first.pk])}?avec=AV17-0002", {"kept": second.pk})
    assert (now_of(*pair), Message.objects.count()) == ([("DUPLICATE", "AV17-0002"), ("SUBMITTED", "")], 0)


def test_a_file_that_changed_meanwhile_says_so(client, colleague, pair):
    first, second = pair
    services.withdraw(first, by=first.applicant, now=CLOSED)
    answer = client.post(f"{reverse('admin:applications_application_join', args=[first.pk])}?avec=AV17-0002", {"kept": second.pk})
    assert (answer.status_code, "seule une candidature déposée" in text(answer)) == (422, True)


def test_only_who_may_joins(client, colleague, pair, monkeypatch):
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {JOIN_APPLICATIONS})
    for name in ("join", "separate"):
        assert client.get(reverse(f"admin:applications_application_{name}", args=[pair[0].pk])).status_code == 403


def joined_before_the_release():
    team, call = staff(), selecting.call(seats=1)
    one = deposited(edition=call)
    (chosen,) = selecting.decided(call, team, (State.SELECTED,))
    services.join(one, chosen, by=team, now=selecting.JURY, tell=False)
    return team, call, one


class TestRaces:
    """On the database that serves production: two colleagues choose otherwise."""

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

    @pytest.fixture(autouse=True)
    def no_nudge(self, monkeypatch):
        monkeypatch.setattr(hints, "_send", lambda _: None)

    @pytest.mark.parametrize("attempt", range(4))
    def test_one_of_the_two_files_stays(self, attempt, pair):
        one, other = pair
        outcomes = race(partial(join, one, other, by=staff()), partial(join, other, one, by=staff()))
        assert [isinstance(outcome, Refused) for outcome in outcomes].count(True) == 1
        assert sorted(state for state, _ in now_of(*pair)) == ["DUPLICATE", "SUBMITTED"]

    @pytest.mark.parametrize("attempt", range(4))
    def test_who_is_separated_as_the_results_are_asked_for_is_refused_or_stops_them(self, attempt):
        team, call, one = joined_before_the_release()
        release = partial(selecting.release, call, team)
        separate = partial(services.separate, one, by=team, now=selecting.JURY)
        outcomes = race(separate, release)
        assert [isinstance(outcome, Refused) for outcome in outcomes].count(True) == 1
        released = Edition.objects.get(pk=call.pk).results_released_at is not None
        assert (selecting.again(one).state == State.DUPLICATE) == released

    def test_without_the_lock_somebody_has_no_answer(self, monkeypatch):
        """The twin: both have looked before either writes."""
        team, call, one = joined_before_the_release()
        both = Barrier(2, timeout=PATIENCE)

        def after(module, name):
            looking = getattr(module, name)

            def looked(*rows, **said):
                found = looking(*rows, **said)
                both.wait()
                return found

            monkeypatch.setattr(module, name, looked)

        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
        after(joining, "_refuse_unless_answered_later")
        after(releasing, "looked_at")
        race(partial(services.separate, one, by=team, now=selecting.JURY), partial(selecting.release, call, team))
        assert Edition.objects.get(pk=call.pk).results_released_at is not None
        assert selecting.again(one).state == State.SUBMITTED

    def test_without_the_lock_none_stays(self, pair, monkeypatch):
        """The twin: both have looked before either writes, and nobody would be answered."""
        one, other = pair
        both, looking = Barrier(2, timeout=PATIENCE), joining._both

        def looked(*rows):
            found = looking(*rows)
            both.wait()
            return found

        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
        monkeypatch.setattr(joining, "_both", looked)
        # Each writes one of the two rows only: with both, the database itself would stop one of them.
        monkeypatch.setattr(joining, "touch_all", lambda _: None)
        race(partial(join, one, other, by=staff()), partial(join, other, one, by=staff()))
        assert [state for state, _ in now_of(*pair)] == ["DUPLICATE", "DUPLICATE"]
