"""100 organisations over two years, day by day through the sweeps: no right lost or given for free, no reminder doubled or missed.

What each body does is drawn by chance from a fixed seed; what it should have is counted here, from the rules of domain.md, by code of
its own: intervals of days, dates of letters. The portal is asked every day.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine

from billing.services import reminding
from core.clock import PARIS
from mailing import groupacts
from mailing.models import Message
from memberships import dues, renewal_emails, rights, services, tasks
from memberships.admin.calling import CallAct
from memberships.models import Campaign, Membership
from memberships.services import campaigning
from memberships.states import LateRule, State
from organisations.services import succeed
from organisations.states import ContactRole
from tests.accounts.factories import UserFactory
from tests.billing.factories import association
from tests.billing.factories import body as registered
from tests.memberships import two_years_of_money as money
from tests.memberships.factories import CampaignFactory, ContactFactory, TaxProfileFactory

BODIES = 100
START, END = date(2027, 1, 1), date(2028, 12, 31)
ONE_DAY = timedelta(days=1)
NOON = time(12)
# The grace day of 2028 was moved on the 10 March 2028, from the 31 March.
GRACE = {2028: date(2028, 4, 30), 2029: date(2029, 3, 31), 2030: date(2030, 3, 31)}
CALLS = {date(2027, 11, 2): 2028, date(2027, 12, 1): 2028, date(2028, 11, 2): 2029, date(2028, 12, 1): 2029}
REMINDED = [date(2027, 12, 15), date(2028, 1, 15), date(2028, 2, 15), date(2028, 12, 15)]


@dataclass
class Life:
    """What one body does, drawn in advance; and what the rules say it should have."""

    rank: int
    joins: date
    answers: dict[int, tuple[str, date]]
    resigns: date | None
    suspended: tuple[date, date] | None
    # The day another body takes its place: who acts changes, what is held does not.
    merges: date | None = None
    organisation: object = None
    family: list = field(default_factory=list)
    deals: list = field(default_factory=list)
    # By the oracle: year -> the day its rights were opened; what was called, and when.
    opened: dict[int, date] = field(default_factory=dict)
    called: dict[int, date] = field(default_factory=dict)
    left: date | None = None

    def has_rights(self, day):
        return not (self.suspended and self.suspended[0] <= day <= self.suspended[1]) and self.would_have(day)

    def would_have(self, day):
        """Were it not suspended."""
        if self.left and day > self.left:
            return False
        return any(max(opened, date(year, 1, 1)) <= day <= GRACE[year + 1] for year, opened in self.opened.items() if opened <= day)

    def rows(self):
        return Membership.objects.filter(organisation__in=self.family)

    def payer(self, day):
        """Each body has its own finance contact; who acts that day reads."""
        box = "metropole" if self.merges and day >= self.merges else "ville"
        return f"f{self.rank}@{box}.example"

    def is_silent(self, year, day):
        """Called, and has answered nothing yet."""
        verb, answered = self.answers[year]
        if year not in self.called or self.called[year] > day or (self.left and self.called[year] <= self.resigns <= day):
            return False
        return verb == "silence" or answered > day


def drawn(chance, rank):
    """One life. Most join in January; some late; some answer, some decline, some keep silent, some come back after the grace day."""
    late = chance.random() < 0.4
    joins = START + timedelta(days=chance.randrange(31, 640) if late else chance.randrange(31))
    answers = {}
    for year, first in ((2028, date(2027, 12, 2)), (2029, date(2028, 12, 2))):
        verb = chance.choices(["confirm", "decline", "silence"], [6, 2, 2])[0]
        spread = 300 if chance.random() < 0.3 else 60
        answers[year] = (verb, first + timedelta(days=chance.randrange(spread)))
    # Neither on the day of another act.
    resigns = joins + timedelta(days=chance.randrange(20, 500)) if chance.random() < 0.12 else None
    stopped = joins + timedelta(days=chance.randrange(10, 400)) if chance.random() < 0.1 else None
    suspended = (stopped, stopped + timedelta(days=chance.randrange(5, 120))) if stopped else None
    merges = joins + timedelta(days=chance.randrange(5, 450)) if chance.random() < 0.2 else None
    return Life(rank, joins, answers, resigns, suspended, merges)


class World:
    """The portal, and the hands that move it."""

    def __init__(self, seed):
        self.chance, self.by = random.Random(seed), UserFactory()
        association()
        self.campaign(2027, late_rule=LateRule.NEXT_YEAR, late_from=date(2027, 10, 1))
        self.lives = [drawn(self.chance, rank) for rank in range(BODIES)]
        # Invoices are reminded, paid, undone… on some days only: the sweeps of these are those that can err.
        self.money_moves = False
        self.owed = []  # (kind, rank, day): the letters that the oracle says are owed

    def campaign(self, year, **fields):
        return CampaignFactory(year=year, **fields)

    def live(self, day):
        now = datetime.combine(day, time(9), tzinfo=PARIS)
        self.year_turns(day, now)
        for life in self.lives:
            self.act(life, day, now)
        self.call(day, now)
        self.answers(day, now)
        self.money_moves = any([deal.live(day, now) for life in self.lives for deal in life.deals])

    def year_turns(self, day, now):
        if day in (date(2027, 10, 15), date(2028, 10, 15)):
            made = campaigning.follow(Campaign.objects.get(year=day.year), tax_profile=TaxProfileFactory(), by=self.by, now=now)
            Campaign.objects.filter(pk=made.pk).update(is_open=True, late_rule=LateRule.PRO_RATA, late_from=date(made.year, 7, 1))
        if day == date(2028, 3, 10):
            services.move_grace(Campaign.objects.get(year=2028), GRACE[2028], by=self.by, now=now)

    def act(self, life, day, now):
        if life.joins == day:
            self.join(life, day, now)
        if life.merges == day:
            self.merge(life, day, now)
        row = self.last(life) if day in (life.resigns, *(life.suspended or ())) else None
        if life.resigns == day and row and life.has_rights(day):
            services.resign(row, on=day, reason="Budget.", by=self.by, now=now)
            life.left = day
        if life.suspended and life.suspended[0] == day:
            if row and life.would_have(day):
                services.suspend(row, "Après échange.", by=self.by, now=now)
            else:
                life.suspended = None
        if life.suspended and life.suspended[1] + ONE_DAY == day and life.rows().exists():
            services.lift_suspension(self.last(life), "Réglé.", by=self.by, now=now)

    def last(self, life):
        return life.rows().filter(state=State.ACTIVE).order_by("campaign__year", "pk").last()

    def merge(self, life, day, now):
        """Into a body that nobody knew: from that day it acts, with what the first one had."""
        heir = registered(name=f"Métropole d’Exemple {life.rank}")
        ContactFactory(organisation=heir, role=ContactRole.FINANCE, email=life.payer(day))
        succeed(life.organisation, heir, on=day, by=self.by, now=now)
        life.organisation, life.family = heir, [heir, *life.family]

    def join(self, life, day, now):
        """By a bulletin, accepted the same day."""
        life.organisation = registered(name=f"Ville d’Exemple {life.rank}")
        life.family = [life.organisation]
        ContactFactory(organisation=life.organisation, role=ContactRole.FINANCE, email=life.payer(day))
        campaign = Campaign.objects.get(year=day.year)
        owed = dues.amount_for(campaign, life.organisation, day)
        row = Membership.objects.create(
            organisation=life.organisation, campaign=campaign, category=owed.rate.category, state=State.PROPOSED, rate=owed.rate,
            amount=owed.amount, amount_note=owed.note, asked_at=now,
        )  # fmt: skip
        services.accept(row, by=self.by, now=now)
        assert owed.amount == self.price(day)
        life.opened[day.year] = day
        if owed.amount:
            self.invoice(life, row, day, now)
        else:
            # The rest of the year is free: the next is owed, and nothing is asked.
            life.opened[day.year + 1] = max(day, date(2027, 10, 15))

    def price(self, day):
        if day.year == 2027:
            return Decimal(5000) if day < date(2027, 10, 1) else Decimal(0)
        return Decimal(5000) if day < date(2028, 7, 1) else (Decimal(5000) * (13 - day.month) / 12).quantize(Decimal("0.01"))

    def call(self, day, now):
        if day not in CALLS:
            return
        year, act = CALLS[day], CallAct()
        campaign = Campaign.objects.get(year=year)
        plan = act.plan(campaign, {}, by=self.by, now=now)
        expected = {life.rank for life in self.lives if self.is_to_call(life, year, day)}
        assert {int(line.name.split()[-1]) for line in plan.done} == expected
        if expected:
            groupacts.carry_out(act, campaign, plan, {}, token=f"{day}", by=self.by, now=now)
        for life in self.lives:
            if life.rank in expected:
                life.called[year] = day

    def is_to_call(self, life, year, day):
        return year - 1 in life.opened and year not in life.opened and year not in life.called and not life.left

    def answers(self, day, now):
        for life in self.lives:
            for year, (verb, answered) in life.answers.items():
                if answered == day and life.called.get(year, date.max) <= day and not life.left and verb != "silence":
                    row = life.rows().get(campaign__year=year)
                    if verb == "decline":
                        services.decline(row, by=None, now=now)
                        continue
                    before = rights.in_force(life.organisation, day) is not None
                    services.confirm(row, by=None, now=now)
                    assert rights.in_force(life.organisation, day) is not None or not before
                    life.opened[year] = day
                    self.invoice(life, row, day, now)

    def invoice(self, life, row, day, now):
        """To two in five: what money does, and does not do, is the same for all. No right moves with it."""
        if life.rank % 5 < 2:
            life.deals.append(money.Deal(row, day, self.chance, self.by, now))

    # --- What should be -----------------------------------------------------------------------------------

    def expect(self, day):
        for year in (2028, 2029):
            silent = [life for life in self.lives if life.is_silent(year, day)]
            for moment in REMINDED:
                if day == moment and _is_of(year, moment):
                    self.owed += [
                        ("rappel", life.rank, day, life.payer(day)) for life in silent if life.called[year] + timedelta(days=7) <= day
                    ]
            if day == GRACE[year] + ONE_DAY:
                self.owed += [("fin", life.rank, day, life.payer(day)) for life in silent if not life.has_rights(day)]


def _is_of(year, moment):
    return moment.year == year - 1 if moment.month == 12 else moment.year == year


def told():
    """The letters of the campaigns, as (kind, rank, day they were owed, to whom)."""
    kinds = {renewal_emails.REMINDER: "rappel", renewal_emails.LAPSED: "fin"}
    rows = Message.objects.filter(kind__in=kinds).order_by("pk")
    said = ((kinds[row.kind], row.to, row.created_at.astimezone(PARIS).date()) for row in rows)
    return sorted((kind, int(to[1:].partition("@")[0]), day, to) for kind, to, day in said)


def left(life):
    return life.left


def stopped(life):
    return life.suspended and life.organisation


def returned(life):
    """After the grace day."""
    return any(opened > GRACE[year] for year, opened in life.opened.items() if year in life.called)


def merged(life):
    return life.merges and life.merges <= END


def offered(life):
    return life.joins >= date(2027, 10, 1) and life.joins.year == 2027


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [27, 118])
def test_a_hundred_bodies_over_two_years(seed):
    world = World(seed)
    day = START
    while day <= END:
        with time_machine.travel(datetime.combine(day, NOON, tzinfo=PARIS), tick=False):
            world.live(day)
            tasks.remind_silent()
            tasks.renew_late_joiners()
            if world.money_moves:
                reminding.remind(now=datetime.combine(day, NOON, tzinfo=PARIS))
            world.expect(day)
        having = {body.pk for body in rights.members(day)}
        assert having == {life.organisation.pk for life in world.lives if life.organisation and life.has_rights(day)}, day
        day += ONE_DAY
    assert told() == sorted(world.owed)
    # Not by luck: each thing happened, many times.
    kinds = [kind for kind, *_ in world.owed]
    assert (kinds.count("rappel") > 40, kinds.count("fin") > 8) == (True, True)
    assert [sum(1 for life in world.lives if each(life)) > 4 for each in (left, stopped, returned, offered, merged)] == [True] * 5
    deals = {deal: life for life in world.lives for deal in life.deals}
    owed = money.owed(deals, lambda deal, day: deals[deal].payer(day), START, END)
    assert money.written() == owed
    played = Counter(deal.plan for deal in deals if deal.days[1] <= END)
    assert ([plan for plan in money.PLANS if played[plan] < 2], len(owed) > 60) == ([], True)
