"""A limit of one's own: one person deposits after the deadline, nobody else."""

import re
from datetime import datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from accounts.roles import ACCEPT_LATE, PERMISSIONS, Role
from accounts.services import person_of
from applications import retention, services
from applications.models import Application, LateLink
from applications.services import Arrival
from applications.states import Origin, State
from core import hints
from core.clock import PARIS
from core.refusals import Refused
from mailing import delivery
from mailing.models import Message
from mailing.states import State as LetterState
from records.models import Act
from tests.applications.factories import ANSWERS, NOON, OPEN, TYPED, ApplicationFactory, deposited, staff
from tests.programmes.factories import EditionFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
CLOSED = NOON + timedelta(hours=2)
LIMIT = datetime(2017, 9, 12, 12, tzinfo=PARIS)
WHO = "camille@ville.example"


@pytest.fixture(autouse=True)
def _closed():
    with time_machine.travel(CLOSED, tick=False):
        yield


@pytest.fixture
def edition():
    return EditionFactory(reference_prefix="AV17", short_title="Les Aventuriers 2017")


@pytest.fixture
def person():
    return person_of(WHO, now=OPEN)


@pytest.fixture
def colleague(settings, monkeypatch):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)
    return staff()


def give(edition, email=WHO, until=LIMIT, reason="Panne du réseau de la mairie.", now=CLOSED, by=None) -> LateLink:
    return services.give_late_link(edition, email, until=until, reason=reason, by=by or staff(), now=now)


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def text(response) -> str:
    return " ".join(plain(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def form(edition) -> str:
    return reverse("apply", args=[edition.programme.slug, edition.slug])


def signed_in(client, person):
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def test_the_person_gets_a_letter_with_the_way_in_and_it_is_logged(edition):
    link = give(edition, "  Camille@Ville.Example ")
    letter = Message.objects.get()
    assert (link.email, letter.to, letter.due_at) == (WHO, WHO, CLOSED)
    assert plain(letter.subject) == "À déposer avant le 12 septembre 2017 à midi : Les Aventuriers 2017"
    assert f"{form(edition)}?delai" in letter.text
    assert letter.reply_to == edition.programme.contact_email
    assert [(act.verb, act.note) for act in Act.objects.all()] == [("délai personnel donné", "Panne du réseau de la mairie.")]


def test_with_it_the_form_is_open_to_that_person_until_their_own_limit_to_the_second(client, edition, person):
    give(edition)
    signed_in(client, person)
    page = text(client.get(form(edition)))
    assert (
        "Délai personnel. L’appel est clos, mais vous pouvez encore déposer votre candidature, avant le mardi 12 septembre 2017 à midi"
        in page
    )
    client.post(form(edition), TYPED)
    row = Application.objects.get()
    with time_machine.travel(LIMIT, tick=False):
        assert "L’appel est clos" in text(client.get(form(edition)))
        with pytest.raises(services.Closed):
            services.submit(row, ANSWERS, by=person, now=LIMIT)
    with time_machine.travel(LIMIT - timedelta(seconds=1), tick=False):
        answer = client.post(f"{form(edition)}deposer/", {"revision": row.revision})
    assert answer["Location"] == "/candidatures/AV17-0001/recue/"
    step = row.steps.get()
    assert (step.is_late, plain(step.note)) == (True, "Délai personnel jusqu’au mardi 12 septembre 2017 à midi (heure de Paris).")


def test_what_is_deposited_is_edited_and_said_editable_until_the_limit(client, edition, person):
    give(edition)
    row = ApplicationFactory(edition=edition, applicant=person)
    services.submit(row, ANSWERS, by=person, now=CLOSED)
    letter = Message.objects.get(kind="applications.received_late")
    assert "jusqu’au mardi 12 septembre 2017 à midi" in plain(letter.text)
    signed_in(client, person)
    page = text(client.get("/candidatures/AV17-0001/"))
    assert "Vous pouvez la modifier jusqu’au mardi 12 septembre 2017 à midi" in page
    assert "c’est votre délai personnel" in page
    services.submit(row, ANSWERS | {"job": "archiviste"}, by=person, now=LIMIT - timedelta(seconds=1))
    with pytest.raises(services.Closed):
        services.submit(row, ANSWERS | {"job": "autre"}, by=person, now=LIMIT)


def test_it_is_for_that_person_and_that_call_only(client, edition, person):
    give(edition)
    other, elsewhere = person_of("autre@ville.example", now=OPEN), EditionFactory()
    row = ApplicationFactory(edition=edition, applicant=other)
    with pytest.raises(services.Closed):
        services.submit(row, ANSWERS, by=other, now=CLOSED)
    assert "L’appel est clos" in text(signed_in(client, other).get(form(edition)))
    assert "L’appel est clos" in text(signed_in(client, person).get(form(elsewhere)))


def test_any_address_proven_theirs_will_do(edition):
    from allauth.account.models import EmailAddress

    person = person_of("autre@ville.example", now=OPEN)
    EmailAddress.objects.create(user=person, email=WHO, verified=True)
    give(edition)
    row = ApplicationFactory(edition=edition, applicant=person)
    assert services.submit(row, ANSWERS, by=person, now=CLOSED).is_late


def test_the_letters_link_asks_a_visitor_to_sign_in_where_a_closed_call_does_not(client, edition):
    give(edition)
    assert client.get(f"{form(edition)}?delai")["Location"].startswith("/compte/")
    assert "L’appel est clos" in text(client.get(form(edition)))


def test_the_call_page_and_the_space_lead_in(client, edition, person):
    give(edition)
    signed_in(client, person)
    assert "Vous avez un délai personnel, jusqu’au mardi 12 septembre 2017 à midi" in text(client.get(edition.get_absolute_url()))
    ApplicationFactory(edition=edition, applicant=person)
    page = text(client.get("/espace/"))
    assert "À déposer avant le mardi 12 septembre 2017 à midi" in page
    assert "Reprendre mon brouillon" in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"until": NOON}, "plus tard que maintenant"),
        ({"until": CLOSED}, "plus tard que maintenant"),
        ({"until": NOON + timedelta(days=31)}, "trente jours"),
        ({"reason": " "}, "pourquoi"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(edition, changes, told):
    with pytest.raises(Refused, match=told):
        give(edition, **changes)
    assert (LateLink.objects.count(), Message.objects.count()) == (0, 0)


@pytest.mark.parametrize(("field", "told"), [("cancelled_at", "annulé"), ("results_released_at", "publiés")])
def test_a_call_that_takes_nothing_any_more_gives_no_limit(edition, field, told):
    type(edition).objects.update(**{field: OPEN})
    with pytest.raises(Refused, match=told):
        give(edition)


def test_a_limit_of_a_call_cancelled_since_opens_nothing(client, edition, person):
    give(edition)
    type(edition).objects.update(cancelled_at=CLOSED)
    row = ApplicationFactory(edition=edition, applicant=person)
    with pytest.raises(services.Closed):
        services.submit(row, ANSWERS, by=person, now=CLOSED)


def test_once_the_results_are_out_a_limit_opens_nothing_and_a_draft_is_not_accepted(client, edition, person):
    draft = ApplicationFactory(edition=edition, applicant=person)
    give(edition)
    type(edition).objects.update(results_released_at=CLOSED)
    with pytest.raises(Refused, match="clos"):
        services.submit(draft, ANSWERS, by=person, now=CLOSED)
    with pytest.raises(Refused, match="résultats de cet appel sont publiés"):
        services.accept_late(draft, ANSWERS, by=staff(), now=CLOSED, note="Panne")
    assert "délai" not in text(signed_in(client, person).get("/espace/"))


def test_given_and_taken_back_it_is_told_at_any_hour(edition):
    """It is in force at once (ADR 0025)."""
    night = NOON + timedelta(days=1, hours=10)
    services.revoke_late_link(give(edition, now=night), by=staff(), now=night)
    assert list(Message.objects.order_by("pk").values_list("due_at", flat=True)) == [night, night]


def test_a_file_in_review_gets_no_limit(edition, person):
    deposited(edition=edition, applicant=person, state=State.IN_REVIEW)
    with pytest.raises(Refused, match="ne se modifie plus"):
        give(edition)


def test_given_twice_it_is_one_and_given_again_the_former_ends(edition):
    by = staff()
    first, second = give(edition, by=by), give(edition, by=by)
    assert (first.pk, Message.objects.count()) == (second.pk, 1)
    third = give(edition, until=LIMIT + timedelta(days=1), by=by)
    first.refresh_from_db()
    assert (first.revoked_at, third.revoked_at, Message.objects.count()) == (CLOSED, None, 2)


def test_taken_back_it_opens_nothing_the_letter_does_not_leave_and_the_person_is_told(edition, person):
    link = give(edition)
    services.revoke_late_link(link, by=staff(), now=CLOSED)
    services.revoke_late_link(link, by=staff(), now=CLOSED)
    row = ApplicationFactory(edition=edition, applicant=person)
    with pytest.raises(services.Closed):
        services.submit(row, ANSWERS, by=person, now=CLOSED)
    delivery.deliver(clock=lambda: CLOSED)
    given, back = Message.objects.order_by("pk")
    assert (given.state, back.kind, back.to) == (LetterState.VOID, "applications.late_link_revoked", WHO)
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == ["délai personnel donné", "délai personnel repris"]


def test_a_limit_that_is_past_is_not_taken_back(edition):
    link = give(edition)
    with pytest.raises(Refused, match="passé"):
        services.revoke_late_link(link, by=staff(), now=LIMIT)


def test_limits_are_erased_with_the_drafts_of_their_call(edition):
    give(edition)
    day = NOON + retention.DRAFTS_KEPT
    assert [erasure.count for erasure in retention.purge_limits(day, True)] == [1]
    assert [erasure.count for erasure in retention.purge_limits(day, False)] == [1]
    assert (LateLink.objects.count(), Message.objects.get().to, Act.objects.get().note) == (0, "", "")


def test_staff_give_it_from_a_draft_and_take_it_back(client, colleague, edition, person):
    draft = ApplicationFactory(edition=edition, applicant=person)
    signed_in(client, colleague)
    page = client.get(reverse("admin:applications_application_change", args=[draft.pk])).content.decode()
    (address,) = re.findall(r'href="(/admin/applications/latelink/add/[?][^"]*)"', page)
    assert address == f"/admin/applications/latelink/add/?candidature={draft.pk}"  # no address of anybody in it
    assert f'value="{WHO}"' in client.get(address).content.decode()
    refused = client.post(address, {"edition": edition.pk, "email": WHO, "until": "2017-09-12T12:00", "reason": ""})
    assert (refused.status_code, "Indiquez pourquoi cette personne a un délai." in text(refused)) == (422, True)
    early = client.post(address, {"edition": edition.pk, "email": WHO, "until": "2017-09-08T12:00", "reason": "Panne"})
    assert (early.status_code, "plus tard que maintenant" in text(early)) == (422, True)
    answer = client.post(address, {"edition": edition.pk, "email": WHO, "until": "2017-09-12T12:00", "reason": "Panne"})
    link = LateLink.objects.get()
    assert (link.until, answer["Location"]) == (LIMIT, reverse("admin:applications_latelink_change", args=[link.pk]))
    assert "Reprendre ce délai" in client.get(answer["Location"]).content.decode()
    back = client.post(reverse("admin:applications_latelink_revoke", args=[link.pk]), follow=True)
    assert "Le délai personnel est repris" in text(back)
    assert "repris" in text(client.get("/admin/applications/latelink/"))


def test_only_closed_calls_without_results_are_offered(client, colleague, edition):
    signed_in(client, colleague)
    address = "/admin/applications/latelink/add/"
    assert "Les Aventuriers 2017" in text(client.get(address))
    type(edition).objects.update(results_released_at=CLOSED)
    assert "Les Aventuriers 2017" not in text(client.get(f"{address}?candidature=zzz"))


def test_only_who_may_gives_and_takes_back(client, colleague, edition, monkeypatch):
    link = give(edition)
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {ACCEPT_LATE})
    signed_in(client, colleague)
    assert client.get("/admin/applications/latelink/add/").status_code == 403
    assert client.post(reverse("admin:applications_latelink_revoke", args=[link.pk])).status_code == 403


class TestRaces:
    """On the database that serves production."""

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

    @pytest.fixture(autouse=True)
    def no_nudge(self, monkeypatch):
        monkeypatch.setattr(hints, "_send", lambda _: None)

    @pytest.mark.parametrize("attempt", range(4))
    def test_it_is_taken_back_or_the_deposit_was_in_time(self, attempt, edition):
        person, by, link = person_of(WHO, now=OPEN), staff(), give(edition)
        row = ApplicationFactory(edition=edition, applicant=person)
        deposit, _ = race(
            partial(services.submit, row, ANSWERS, by=person, now=CLOSED), partial(services.revoke_late_link, link, by=by, now=CLOSED)
        )
        row.refresh_from_db()
        assert row.state == (State.DRAFT if isinstance(deposit, services.Closed) else State.SUBMITTED)
        assert LateLink.objects.get().revoked_at == CLOSED

    def test_two_colleagues_give_it_at_once_and_one_letter_leaves(self, edition):
        by = (staff(), staff())
        first, second = race(*(partial(give, edition, by=one) for one in by))
        assert (first.pk, Message.objects.count()) == (second.pk, 1)


def test_a_limit_is_offered_on_a_file_that_its_person_could_deposit_not_on_one_that_the_team_entered(client, colleague, edition, person):
    signed_in(client, colleague)
    own = ApplicationFactory(edition=edition, applicant=person)
    entered = services.enter(
        edition, ANSWERS, Arrival("papier@ville.example", Origin.PAPER, OPEN.date()), by=colleague, now=OPEN
    ).application
    offered = {
        row.pk: "Donner un délai personnel" in text(client.get(reverse("admin:applications_application_change", args=[row.pk])))
        for row in (own, entered)
    }
    assert offered == {own.pk: True, entered.pk: False}
