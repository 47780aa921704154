"""Rights are periods (D2): begun at acceptance, until the next grace day, shortened by a resignation, stopped by hand, never by money."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from core.clock import PARIS
from core.refusals import Refused
from memberships import rights, services
from memberships.bulletins import Bulletin
from memberships.models import Campaign, Membership
from memberships.rights import Word
from memberships.states import State
from organisations.services import succeed
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.memberships.factories import CampaignFactory, MembershipFactory
from tests.organisations.factories import OrganisationFactory

ONE_DAY = timedelta(days=1)


def at(year, month, day, hour=10):
    return datetime(year, month, day, hour, tzinfo=PARIS)


def words(organisation, *days):
    return [rights.standing(organisation, day).word for day in days]


@pytest.mark.django_db
def test_a_period_runs_from_acceptance_to_the_grace_day_of_the_next_year():
    campaign = CampaignFactory(year=2027)
    assert rights.period(campaign, date(2027, 5, 12)) == (date(2027, 5, 12), date(2028, 3, 31))
    assert rights.period(campaign, date(2026, 11, 20)) == (date(2027, 1, 1), date(2028, 3, 31))
    CampaignFactory(year=2028, grace_until=date(2028, 4, 30))
    assert rights.period(campaign, date(2027, 5, 12)).until == date(2028, 4, 30)
    with pytest.raises(Refused, match="ont pris fin le 30"):
        rights.period(campaign, date(2028, 5, 1))


@pytest.mark.django_db
def test_the_first_and_the_last_day_count():
    row = MembershipFactory(rights_from=date(2027, 3, 1), rights_until=date(2028, 3, 31))
    body = row.organisation
    days = [date(2027, 2, 28), date(2027, 3, 1), date(2028, 3, 31), date(2028, 4, 1)]
    assert [rights.in_force(body, day) for day in days] == [None, row, row, None]
    assert words(body, *days) == [Word.TO_COME, Word.MEMBER, Word.MEMBER, Word.FORMER]
    assert rights.standing(body, date(2028, 4, 1)).in_words == "ancien adhérent depuis le 1er\u00a0avril 2028"
    assert rights.standing(body, date(2027, 3, 1)).in_words == "adhérent jusqu’au 31\u00a0mars 2028"
    assert words(OrganisationFactory(), date(2027, 3, 1)) == [Word.NEVER]


@pytest.mark.django_db
def test_a_year_to_confirm_is_told_once_it_has_begun_and_takes_nothing():
    row = MembershipFactory()
    MembershipFactory(organisation=row.organisation, campaign=CampaignFactory(year=2028), state=State.TO_CONFIRM)
    days = [date(2027, 12, 31), date(2028, 1, 1), date(2028, 3, 31), date(2028, 4, 1)]
    assert words(row.organisation, *days) == [Word.MEMBER, Word.TO_CONFIRM, Word.TO_CONFIRM, Word.FORMER]
    assert rights.standing(row.organisation, days[1]).in_words == "adhésion 2028 à confirmer, droits jusqu’au 31\u00a0mars 2028"
    assert rights.standing(row.organisation, days[1]).gives_rights is True


@pytest.mark.django_db
def test_a_suspension_by_hand_stops_rights_and_nothing_else_does():
    row, by = MembershipFactory(), UserFactory()
    services.suspend(row, "Après échange.", by=by, now=at(2027, 5, 3))
    assert words(row.organisation, date(2027, 5, 2), date(2027, 5, 3)) == [Word.MEMBER, Word.SUSPENDED]
    services.lift_suspension(row, "Réglé.", by=by, now=at(2027, 6, 1))
    assert words(row.organisation, date(2027, 5, 31), date(2027, 6, 1)) == [Word.SUSPENDED, Word.MEMBER]


@pytest.mark.django_db
def test_moving_the_grace_day_moves_the_periods_that_depend_on_it():
    by, now = UserFactory(), at(2028, 1, 10)
    campaign = CampaignFactory(year=2028)
    row, other_year = MembershipFactory(), MembershipFactory(campaign=campaign)
    left = MembershipFactory(state=State.RESIGNED, resigned_on=date(2027, 9, 1), rights_until=date(2027, 9, 1))
    assert services.move_grace(campaign, date(2028, 4, 30), by=by, now=now) == 1
    ends = [Membership.objects.get(pk=each.pk).rights_until for each in (row, other_year, left)]
    assert ends == [date(2028, 4, 30), date(2029, 3, 31), date(2027, 9, 1)]
    told = Act.objects.filter(verb="droits prolongés ou écourtés par la campagne").get()
    assert told.changes == {"droits jusqu’au": ["31\u00a0mars 2028", "30\u00a0avril 2028"]}
    assert services.move_grace(campaign, date(2028, 4, 30), by=by, now=now) == 0
    assert services.move_grace(campaign, None, by=by, now=now) == 1
    assert Campaign.objects.get(pk=campaign.pk).grace_day == date(2028, 3, 31)


@pytest.mark.django_db
def test_a_day_that_members_have_read_is_not_brought_forward():
    row, campaign, by = MembershipFactory(), CampaignFactory(year=2028), UserFactory()
    with pytest.raises(Refused, match="ont lu que leurs droits durent jusqu’au 31"):
        services.move_grace(campaign, date(2028, 3, 15), by=by, now=at(2028, 2, 1))
    services.move_grace(campaign, date(2028, 4, 30), by=by, now=at(2028, 2, 1))
    with pytest.raises(Refused, match="30"):
        services.move_grace(campaign, None, by=by, now=at(2028, 2, 2))
    row.refresh_from_db()
    assert row.rights_until == date(2028, 4, 30)


@pytest.mark.django_db
def test_a_day_typed_wrong_is_put_back_the_same_day_and_no_further():
    row, campaign, by = MembershipFactory(), CampaignFactory(year=2028), UserFactory()
    services.move_grace(campaign, date(2028, 12, 31), by=by, now=at(2028, 2, 1, 9))
    with pytest.raises(Refused):
        services.move_grace(campaign, date(2028, 3, 1), by=by, now=at(2028, 2, 1, 10))
    services.move_grace(campaign, None, by=by, now=at(2028, 2, 1, 11))
    row.refresh_from_db()
    assert row.rights_until == date(2028, 3, 31)


@pytest.mark.django_db
def test_before_anybody_was_accepted_the_grace_day_goes_where_one_wants():
    campaign = CampaignFactory(year=2028)
    services.move_grace(campaign, date(2028, 2, 29), by=UserFactory(), now=at(2027, 2, 1))
    assert Campaign.objects.get(pk=campaign.pk).grace_day == date(2028, 2, 29)


@pytest.mark.django_db
def test_a_right_that_ran_is_not_taken_back():
    by = UserFactory()
    campaign, row = CampaignFactory(year=2028), MembershipFactory()
    with pytest.raises(Refused, match="cette date ne s’avance pas"):
        services.move_grace(campaign, date(2028, 2, 1), by=by, now=at(2028, 2, 2))
    with pytest.raises(Refused, match="finissent un jour de 2028"):
        services.move_grace(campaign, date(2029, 2, 1), by=by, now=at(2028, 2, 2))
    row.refresh_from_db()
    assert (row.rights_until, Campaign.objects.get(pk=campaign.pk).grace_until) == (date(2028, 3, 31), None)


@pytest.mark.django_db
def test_a_resignation_ends_every_right_of_the_body_on_its_day():
    by, now = UserFactory(), at(2028, 2, 1)
    row = MembershipFactory()
    later = MembershipFactory(organisation=row.organisation, campaign=CampaignFactory(year=2028))
    called = MembershipFactory(organisation=row.organisation, campaign=CampaignFactory(year=2029), state=State.TO_CONFIRM)
    services.resign(later, on=date(2028, 2, 15), reason="Budget.", by=by, now=now)
    assert words(row.organisation, date(2028, 2, 15), date(2028, 2, 16)) == [Word.MEMBER, Word.FORMER]
    rows = [Membership.objects.get(pk=each.pk) for each in (row, later, called)]
    assert [each.state for each in rows] == [State.ACTIVE, State.RESIGNED, State.DECLINED]
    assert [(each.resigned_on, each.resignation_reason) for each in rows[:2]] == [(date(2028, 2, 15), "Budget.")] * 2


@pytest.mark.django_db
def test_a_resignation_needs_a_reason_and_a_day_of_its_rights():
    row, by, now = MembershipFactory(), UserFactory(), at(2027, 6, 1)
    refused = {
        "Dites pourquoi": (date(2027, 6, 1), " "),
        "datée d’avant l’adhésion": (date(2027, 2, 28), "Non."),
        "finissent déjà le 31\u00a0mars 2028": (date(2028, 4, 1), "Non."),
    }
    for told, (on, reason) in refused.items():
        with pytest.raises(Refused, match=told):
            services.resign(row, on=on, reason=reason, by=by, now=now)


@pytest.mark.django_db
def test_a_resignation_is_taken_back_until_its_day():
    row, by = MembershipFactory(), UserFactory()
    services.resign(row, on=date(2027, 6, 30), reason="Budget.", by=by, now=at(2027, 6, 1))
    with pytest.raises(Refused, match="a pris effet le 30"):
        services.take_back_resignation(row, reason="Vote.", by=by, now=at(2027, 7, 1))
    services.take_back_resignation(row, reason="Vote.", by=by, now=at(2027, 6, 30))
    row.refresh_from_db()
    assert (row.state, row.resigned_on, row.rights_until) == (State.ACTIVE, None, date(2028, 3, 31))


@pytest.mark.django_db
def test_taking_a_resignation_back_makes_the_next_year_wait_for_its_confirmation_again():
    row, by = MembershipFactory(), UserFactory()
    called = MembershipFactory(organisation=row.organisation, campaign=CampaignFactory(year=2028), state=State.TO_CONFIRM)
    services.resign(row, on=date(2027, 12, 15), reason="Budget.", by=by, now=at(2027, 12, 1))
    services.take_back_resignation(row, reason="Vote.", by=by, now=at(2027, 12, 2))
    called.refresh_from_db()
    assert (called.state, called.resigned_on, called.resignation_reason, called.rights_until) == (State.TO_CONFIRM, None, "", None)
    services.confirm(called, by=by, now=at(2027, 12, 3))
    assert words(row.organisation, date(2028, 6, 1)) == [Word.MEMBER]


@pytest.mark.django_db
def test_a_year_declined_before_the_resignation_stays_declined():
    row, by = MembershipFactory(), UserFactory()
    called = MembershipFactory(organisation=row.organisation, campaign=CampaignFactory(year=2028), state=State.TO_CONFIRM)
    services.decline(called, by=by, now=at(2027, 11, 20))
    services.resign(row, on=date(2027, 12, 15), reason="Budget.", by=by, now=at(2027, 12, 1))
    services.take_back_resignation(row, reason="Vote.", by=by, now=at(2027, 12, 2))
    called.refresh_from_db()
    assert called.state == State.DECLINED


@pytest.mark.django_db
def test_who_changes_their_mind_after_a_resignation_renews_and_is_called_the_year_after():
    row, by = MembershipFactory(), UserFactory()
    called = MembershipFactory(organisation=row.organisation, campaign=CampaignFactory(year=2028), state=State.TO_CONFIRM)
    services.resign(row, on=date(2027, 12, 15), reason="Budget.", by=by, now=at(2027, 12, 1))
    services.confirm(called, by=by, now=at(2027, 12, 20))
    called.refresh_from_db()
    assert (called.state, called.resigned_on) == (State.ACTIVE, None)


@pytest.mark.django_db
def test_a_new_bulletin_before_the_day_of_a_resignation_takes_no_right():
    row, by = MembershipFactory(), UserFactory()
    services.resign(row, on=date(2027, 6, 30), reason="Budget.", by=by, now=at(2027, 6, 1))
    again = Bulletin(body=row.organisation, signatory_name="Dominique Exemple", signatory_job="maire")
    with pytest.raises(services.Already, match="n’a pas de nouveau bulletin à envoyer"):
        services.send(again, campaign=row.campaign, by=by, now=at(2027, 6, 2))
    with pytest.raises(services.Already, match="prend effet le 30"):
        services.send(again, campaign=row.campaign, by=UserFactory(roles=[Role.STAFF]), now=at(2027, 6, 2))
    assert rights.in_force(row.organisation, date(2027, 6, 2)) == row
    assert services.send(again, campaign=row.campaign, by=by, now=at(2027, 7, 1)).state == State.PROPOSED


@pytest.mark.django_db
def test_a_body_that_replaces_another_has_its_rights_from_that_day():
    row, heir = MembershipFactory(), OrganisationFactory(name="Métropole d’Exemple")
    succeed(row.organisation, heir, on=date(2027, 7, 1), by=None, now=at(2027, 6, 1))
    row.organisation.refresh_from_db()
    before, after = date(2027, 6, 30), date(2027, 7, 1)
    assert [rights.in_force(heir, day) for day in (before, after)] == [None, row]
    assert [rights.in_force(row.organisation, day) for day in (before, after)] == [row, None]
    assert [rights.members(day) for day in (before, after)] == [[row.organisation], [heir]]


# --- What holds whatever happens --------------------------------------------------------------------------

moves = st.lists(st.tuples(st.sampled_from(["renew", "grace", "resign", "pass"]), st.integers(1, 200)), max_size=8)


@pytest.mark.django_db
def test_who_took_the_place_of_another_leaves_with_all_the_rights_that_it_had():
    old, new = OrganisationFactory(), OrganisationFactory()
    before = MembershipFactory(organisation=old)
    succeed(old, new, on=date(2027, 6, 1), by=None, now=at(2027, 6, 1))
    row = MembershipFactory(organisation=new, campaign=CampaignFactory(year=2028), rights_from=date(2028, 1, 5))
    services.resign(row, on=date(2028, 2, 1), reason="Budget.", by=UserFactory(), now=at(2028, 2, 1))
    before.refresh_from_db()
    assert (rights.in_force(new, date(2028, 2, 2)), before.rights_until) == (None, date(2028, 2, 1))
    services.take_back_resignation(row, reason="Erreur.", by=UserFactory(), now=at(2028, 2, 1))
    before.refresh_from_db()
    assert (rights.in_force(new, date(2028, 2, 2)), before.rights_until) == (row, date(2028, 3, 31))


@pytest.mark.django_db
def test_a_merger_lifts_no_suspension_and_the_team_lifts_it_from_the_new_body():
    old, new = OrganisationFactory(), OrganisationFactory()
    services.suspend(MembershipFactory(organisation=old), "Après échange.", by=UserFactory(), now=at(2027, 5, 1))
    succeed(old, new, on=date(2027, 6, 1), by=None, now=at(2027, 6, 1))
    row = MembershipFactory(organisation=new, campaign=CampaignFactory(year=2028), rights_from=date(2028, 1, 5))
    day = date(2028, 1, 10)
    assert (rights.in_force(new, day), words(new, day)) == (None, [Word.SUSPENDED])
    services.lift_suspension(row, "Réglé.", by=UserFactory(), now=at(2028, 1, 10))
    assert (rights.in_force(new, day), words(new, day)) == (row, [Word.MEMBER])


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, database=None)
@given(moves=moves)
def test_renewing_never_removes_a_right(moves):
    """Whatever was done before, no day that gave rights loses them by a renewal, and no day that is past loses them by anything."""
    with transaction.atomic():
        _play(moves)
        transaction.set_rollback(True)


def _play(moves):
    by, today = UserFactory(), date(2027, 3, 1)
    campaigns = {year: CampaignFactory(year=year, rates=[]) for year in (2027, 2028, 2029)}
    body = MembershipFactory(campaign=campaigns[2027], rights_from=today).organisation
    for act, days in moves:
        before = _given(body)
        today += timedelta(days=days)
        _attempt(act, campaigns, body, by, today)
        kept = before if act in ("renew", "pass") else {day for day in before if day < today}
        assert kept - _given(body) == set()


def _attempt(act, campaigns, body, by, today):
    now, campaign = at(today.year, today.month, today.day), campaigns[min(today.year + 1, 2029)]
    try:
        if act == "renew":
            _renew(campaign, body, now)
        elif act == "grace":
            services.move_grace(campaign, today + 60 * ONE_DAY, by=by, now=now)
        elif act == "resign":
            services.resign(body.memberships.filter(state=State.ACTIVE).earliest("pk"), on=today, reason="Fin.", by=by, now=now)
    except (Refused, Membership.DoesNotExist):
        return


def _renew(campaign, body, now):
    said = {"category": "COLLECTIVITE", "state": State.TO_CONFIRM, "amount": 5000, "asked_at": now}
    row, _ = Membership.objects.get_or_create(organisation=body, campaign=campaign, defaults=said)
    services.confirm(row, by=None, now=now)


def _given(body):
    """The days on which the body has rights, by its periods: nobody suspends here."""
    rows = Membership.objects.filter(organisation=body).accepted().order_by("pk").values_list("rights_from", "rights_until")
    return {start + ONE_DAY * n for start, until in rows for n in range((until - start).days + 1)}
