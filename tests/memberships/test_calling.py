"""The November call: who is called, once; what they answer; the silent reminded; the end of rights."""

from datetime import date, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
import time_machine
from django.db import IntegrityError

from core.clock import PARIS
from core.refusals import Refused
from mailing import batches, groupacts
from mailing.models import Message, Refusal
from mailing.states import State as LetterState
from memberships import renewal_emails, rights, services, sweeping, tasks
from memberships.admin.calling import CallAct
from memberships.models import Campaign, Membership
from memberships.services import calling
from memberships.states import LateRule, Signature, State
from organisations.services import succeed
from organisations.states import ContactRole, Kind
from tests.accounts.factories import UserFactory
from tests.memberships.factories import CampaignFactory, ContactFactory, MembershipFactory, OrganisationFactory
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2027, 11, 3, 10, tzinfo=PARIS)  # a Wednesday
TEN_MINUTES = timedelta(minutes=10)


def at(year, month, day, hour=10, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=PARIS)


def member(name="Ville d’Exemple", *, finance=True, **fields):
    row = MembershipFactory(organisation=OrganisationFactory(name=name), **fields)
    if finance:
        ContactFactory(organisation=row.organisation, role=ContactRole.FINANCE, email=f"finances{row.pk}@ville.example")
    return row


@pytest.fixture
def campaign():
    CampaignFactory(year=2027)
    return CampaignFactory(year=2028)


@pytest.fixture
def treasurer():
    return UserFactory(email="tresorerie@la27eregion.example")


def launch(campaign, by, *, now=NOVEMBER, token=None):
    act = CallAct()
    plan = act.plan(campaign, {}, by=by, now=now)
    return groupacts.carry_out(act, campaign, plan, {}, token=token or f"t{now.timestamp()}", by=by, now=now)


def of_2028():
    return {row.organisation.name: row.state for row in Membership.objects.filter(campaign__year=2028).order_by("pk")}


def letters(kind=renewal_emails.CALL):
    return Message.objects.filter(kind=kind).order_by("pk")


# --- Who is called ---------------------------------------------------------------------------------------


def test_each_member_of_the_year_is_called_once_with_its_amount_and_its_contacts(campaign, treasurer):
    row = member(payer_siret="23350001600040", service_code="FIN", commitment_number="EJ-2027", signatory_name="Dominique Exemple")
    ContactFactory(organisation=row.organisation, role=ContactRole.GENERAL, email="contact@ville.example")
    batch = launch(campaign, treasurer)
    made = Membership.objects.get(campaign=campaign)
    assert (made.state, made.amount, made.rate.campaign, made.origin) == (State.TO_CONFIRM, 5000, campaign, "CAMPAIGN")
    assert (made.payer_siret, made.service_code, made.commitment_number) == ("23350001600040", "FIN", "")
    letter = letters().get()
    assert (letter.to, letter.cc, letter.batch) == (f"finances{row.pk}@ville.example", "contact@ville.example", batch)
    assert letter.subject == "À confirmer\u00a0: adhésion 2028 de Ville d’Exemple, 5\u202f000\u00a0€"
    assert "vos droits courent jusqu’au 31\u00a0mars 2028" in letter.text
    assert Campaign.objects.get(pk=campaign.pk).called_at == NOVEMBER


def test_whoever_is_left_out_is_told_with_why(campaign, treasurer):
    member("Appelée")
    member("Sans finances", finance=False)
    member("Partie", resigned_on=date(2027, 10, 1), state=State.RESIGNED, rights_until=date(2027, 10, 1))
    MembershipFactory(organisation=member("Déjà").organisation, campaign=campaign, state=State.PROPOSED)
    deaf = member("Sourde")
    Refusal.objects.create(address=f"finances{deaf.pk}@ville.example", reason="boîte pleine", at=NOVEMBER)
    closed, other = member("Fermée").organisation, member("Association").organisation
    closed.closed_on, other.kind = date(2027, 11, 1), Kind.ASSOCIATION
    closed.save(), other.save()
    why = {row.organisation.name: row.why for row in calling.called(calling.with_rates(campaign), now=NOVEMBER)}
    assert why.pop("Association").startswith("pas de tarif\u00a0: «\u00a0Association\u00a0» est du type «\u00a0association\u00a0»")
    assert why == {
        "Appelée": "",
        "Déjà": "déjà dans la campagne 2028 (bulletin reçu)",
        "Fermée": "fermé le 1er\u00a0novembre 2027",
        "Partie": "a démissionné le 1er\u00a0octobre 2027",
        "Sans finances": "pas de contact «\u00a0finances\u00a0» avec une adresse",
        "Sourde": "l’adresse de son contact «\u00a0finances\u00a0» ne reçoit pas",
    }
    launch(campaign, treasurer)
    assert of_2028() == {"Déjà": State.PROPOSED, "Appelée": State.TO_CONFIRM}


def test_a_body_is_called_through_whoever_has_replaced_it(campaign, treasurer):
    old, heir = member("Agglomération d’hier").organisation, OrganisationFactory(name="Métropole d’Exemple")
    other = member("Commune absorbée").organisation
    for body in (old, other):
        succeed(body, heir, on=date(2027, 9, 1), by=None, now=at(2027, 8, 1))
    launch(campaign, treasurer)
    assert of_2028() == {"Métropole d’Exemple": State.TO_CONFIRM}
    assert letters().count() == 1


def test_a_call_waits_for_its_rates_and_its_year(campaign):
    assert calling.refusal_to_call(campaign, now=at(2026, 11, 3)) == "L’appel 2028 se lance en 2027, à partir de novembre."
    assert calling.refusal_to_call(campaign, now=at(2029, 1, 3)) == "L’année 2028 est finie."
    campaign.rates.all().delete()
    assert (
        calling.refusal_to_call(calling.with_rates(campaign), now=NOVEMBER) == "Le barème 2028 est vide\u00a0: donnez ses tarifs d’abord."
    )


def test_the_call_is_undone_within_ten_minutes_and_can_be_launched_again(campaign, treasurer):
    member("Une"), member("Deux")
    batch = launch(campaign, treasurer)
    answered = Membership.objects.get(campaign=campaign, organisation__name="Deux")
    services.confirm(answered, by=None, now=NOVEMBER)
    undone = batches.undo(batch, by=treasurer, now=NOVEMBER + timedelta(minutes=5))
    assert (undone.letters, undone.told) == (2, "Une adhésion a changé depuis\u00a0: elle reste.")
    assert of_2028() == {"Deux": State.ACTIVE}
    assert [letter.state for letter in letters()] == [LetterState.VOID] * 2
    assert Campaign.objects.get(pk=campaign.pk).called_at is None
    launch(campaign, treasurer, now=NOVEMBER + TEN_MINUTES)
    assert of_2028() == {"Deux": State.ACTIVE, "Une": State.TO_CONFIRM}


def test_launched_again_the_call_reaches_only_those_it_had_not(campaign, treasurer):
    member("Une")
    launch(campaign, treasurer)
    with pytest.raises(Refused, match="Rien n’a été fait"):
        launch(campaign, treasurer, now=NOVEMBER + TEN_MINUTES)
    member("Deux")
    launch(campaign, treasurer, now=NOVEMBER + TEN_MINUTES)
    assert (of_2028(), letters().count()) == ({"Une": State.TO_CONFIRM, "Deux": State.TO_CONFIRM}, 2)


# --- Answers ---------------------------------------------------------------------------------------------


@pytest.fixture
def called(campaign, treasurer):
    member()
    launch(campaign, treasurer)
    return Membership.objects.get(campaign=campaign)


def test_one_click_confirms_and_rights_follow_on(called):
    services.confirm(called, by=None, now=at(2027, 12, 1))
    services.confirm(called, by=None, now=at(2027, 12, 2))
    called.refresh_from_db()
    assert (called.state, called.signature) == (State.ACTIVE, Signature.ONLINE)
    assert (called.rights_from, called.rights_until) == (date(2028, 1, 1), date(2029, 3, 31))
    assert letters(renewal_emails.CONFIRMED).count() == 1


def test_an_order_number_confirms(called):
    services.confirm(called, by=None, now=at(2027, 12, 1), commitment_number=" EJ-1234 ", service_code="FIN")
    called.refresh_from_db()
    assert (called.state, called.signature, called.commitment_number, called.service_code) == (
        State.ACTIVE,
        Signature.ORDER,
        "EJ-1234",
        "FIN",
    )


def test_declining_takes_nothing_and_may_be_taken_back(called):
    services.decline(called, by=None, now=at(2027, 12, 1))
    assert rights.in_force(called.organisation, date(2028, 3, 31)) is not None
    assert rights.in_force(called.organisation, date(2028, 4, 1)) is None
    assert "jusqu’à leur terme, au plus tard le 31\u00a0mars 2028" in letters(renewal_emails.DECLINED).get().text
    services.confirm(called, by=None, now=at(2028, 5, 2))
    called.refresh_from_db()
    assert (called.state, called.rights_from) == (State.ACTIVE, date(2028, 5, 2))
    with pytest.raises(Refused, match="déjà confirmée"):
        services.decline(called, by=None, now=at(2028, 5, 3))


def test_a_year_that_is_over_is_answered_no_more(called):
    with pytest.raises(Refused, match="L’année 2028 est finie"):
        services.confirm(called, by=None, now=at(2029, 1, 1))


# --- The silent ------------------------------------------------------------------------------------------


def swept(*moments):
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            tasks.remind_silent()
            tasks.remind_silent()


def reminded():
    kinds = {renewal_emails.REMINDER: "rappel", renewal_emails.LAPSED: "fin"}
    return [
        (kinds[row.kind], row.due_at.astimezone(PARIS).date()) for row in Message.objects.filter(kind__in=kinds).order_by("due_at", "pk")
    ]


def test_the_silent_are_reminded_three_times_then_told_once(called):
    day = at(2027, 11, 4, 12)
    while day < at(2028, 12, 31):
        swept(day)
        day += timedelta(days=1)
    # The 15 January 2028 is a Saturday: the letter waits for Monday (G8).
    assert reminded() == [
        ("rappel", date(2027, 12, 15)),
        ("rappel", date(2028, 1, 17)),
        ("rappel", date(2028, 2, 15)),
        ("fin", date(2028, 4, 3)),
    ]


def test_who_answered_is_not_reminded_even_by_a_letter_that_was_waiting(called):
    swept(at(2027, 12, 15))
    letter = letters(renewal_emails.REMINDER).get()
    services.decline(called, by=None, now=at(2027, 12, 15, 11))
    assert letter.letter.still_due(letter) is False
    swept(at(2028, 1, 15), at(2028, 4, 1))
    assert letters(renewal_emails.REMINDER).count() == 1
    assert letters(renewal_emails.LAPSED).count() == 0


def test_after_an_outage_only_the_latest_missed_reminder_leaves(called):
    swept(at(2028, 2, 20))
    assert letters(renewal_emails.REMINDER).count() == 1
    assert letters(renewal_emails.REMINDER).get().key.endswith("2028-02-15")


def test_whoever_was_called_this_week_is_not_silent_yet(campaign, treasurer):
    member()
    launch(campaign, treasurer, now=at(2027, 12, 10))
    swept(at(2027, 12, 16))
    assert reminded() == []
    swept(at(2028, 1, 17))
    assert reminded() == [("rappel", date(2028, 1, 17))]


def test_the_end_of_rights_follows_a_grace_day_that_moves(called, treasurer):
    services.move_grace(called.campaign, date(2028, 4, 30), by=treasurer, now=at(2028, 3, 1))
    swept(at(2028, 4, 3))
    assert letters(renewal_emails.LAPSED).count() == 0
    swept(at(2028, 5, 2))
    assert "ses droits ont pris fin le 30\u00a0avril 2028" in letters(renewal_emails.LAPSED).get().text


def test_a_year_imported_at_nothing_is_called_like_any_other(campaign):
    Campaign.objects.filter(year=2027).update(late_rule=LateRule.NEXT_YEAR, late_from=date(2027, 10, 1))
    member(amount=0, rate=None)
    assert [row.why for row in calling.called(calling.with_rates(campaign), now=NOVEMBER)] == [""]


def test_a_late_joiner_whose_next_year_has_no_rate_is_shown_to_somebody(campaign):
    Campaign.objects.filter(year=2027).update(late_rule=LateRule.NEXT_YEAR, late_from=date(2027, 10, 1))
    member(amount=0, rate=Campaign.objects.get(year=2027).rates.first())
    campaign.rates.all().delete()
    rows = calling.called(calling.with_rates(campaign), now=NOVEMBER)
    assert (len(calling.uncallable(rows)), rows[0].why.startswith("pas de tarif")) == (1, True)


def test_late_joiners_owe_the_next_year_without_being_asked(campaign, treasurer):
    Campaign.objects.filter(year=2027).update(late_rule=LateRule.NEXT_YEAR, late_from=date(2027, 10, 1))
    late = member("Tardive", amount=0, rate=Campaign.objects.get(year=2027).rates.first(), accepted_at=at(2027, 10, 12))
    assert "l’adhésion 2028 est déjà due" in calling.called(calling.with_rates(campaign), now=NOVEMBER)[0].why
    for _ in range(2):
        assert sweeping.renew_late_joiners(now=NOVEMBER) in (0, 1)
    made = Membership.objects.get(campaign=campaign)
    assert (made.state, made.amount, made.rights_from) == (State.ACTIVE, 5000, date(2028, 1, 1))
    assert made.accepted_at == late.accepted_at
    assert letters(renewal_emails.CONFIRMED).count() == 1


# --- Two people at once ----------------------------------------------------------------------------------


def both_launch():
    CampaignFactory(year=2027)
    campaign, people = CampaignFactory(year=2028), [UserFactory(), UserFactory()]
    for name in ("Une", "Deux", "Trois"):
        member(name)
    outcomes = race(*[partial(launch, campaign, person, token=f"jeton{person.pk}") for person in people])
    return [type(outcome) for outcome in outcomes], Membership.objects.filter(campaign=campaign).count(), letters().count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_two_launches_at_once_call_each_member_once(attempt):
    kinds, rows, owed = both_launch()
    assert (kinds.count(Refused), rows, owed) == (1, 3, 3)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_second_launch_breaks_on_the_first(monkeypatch):
    met, plain = Barrier(2, timeout=PATIENCE), calling.called

    def look(campaign, *, now, only=None):
        found = plain(campaign, now=now, only=only)
        if only is not None:
            met.wait()
        return found

    monkeypatch.setattr(calling, "lock", calling.with_rates)
    monkeypatch.setattr(calling, "called", look)
    kinds, _, _ = both_launch()
    assert kinds.count(IntegrityError) == 1
