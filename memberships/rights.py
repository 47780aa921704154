"""Rights are periods, never a flag (domain.md D2, design.md section 2): everything here is read from the memberships' dates.

A right begins when the team accepts, or the member confirms, and lasts until the grace day of the next campaign; a resignation shortens
it, a suspension by hand stops it for a while, money changes nothing. The periods of two years overlap: renewing takes nothing away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db import models
from django.db.models import Exists, OuterRef

from core.refusals import Refused
from core.typography import day_in_words
from memberships.models import Campaign, Membership, Suspension
from memberships.models.campaign import GRACE_DAY, GRACE_MONTH
from memberships.models.membership import MembershipQuerySet
from memberships.states import State
from organisations.models import Organisation

_ONE_DAY = timedelta(days=1)


class Period(NamedTuple):
    """Both days included."""

    starts: date
    until: date


class Word(models.TextChoices):
    """What a body is on a day, in words; nothing of it is stored."""

    MEMBER = "MEMBER", "adhérent"
    TO_CONFIRM = "TO_CONFIRM", "à confirmer"
    SUSPENDED = "SUSPENDED", "suspendu"
    TO_COME = "TO_COME", "adhérent à venir"
    FORMER = "FORMER", "ancien adhérent"
    NEVER = "NEVER", "pas encore adhérent"


@dataclass(frozen=True)
class Standing:
    """What a body is on a day. `until`: the last day of its rights, or the last it had; `membership`: the one this is read from."""

    word: Word
    membership: Membership | None = None
    since: date | None = None
    until: date | None = None

    @property
    def gives_rights(self) -> bool:
        return self.word in (Word.MEMBER, Word.TO_CONFIRM)

    @property
    def in_words(self) -> str:
        """« adhérent jusqu’au 31 mars 2028 »."""
        if self.word == Word.TO_CONFIRM and self.until and self.membership:
            return f"adhésion {self.membership.year} à confirmer, droits jusqu’au {day_in_words(self.until)}"
        if self.word == Word.TO_COME and self.since:
            return f"adhérent à partir du {day_in_words(self.since)}"
        if self.word in (Word.MEMBER, Word.FORMER) and self.until:
            return f"{self.word.label} {'depuis le' if self.word == Word.FORMER else 'jusqu’au'} {day_in_words(self._told)}"
        return str(self.word.label)

    @property
    def _told(self) -> date:
        until = self.until or date.min
        return until + _ONE_DAY if self.word == Word.FORMER else until


def grace_day_after(year: int) -> date:
    """Return the last day of the rights of a year's memberships: the grace day of the next campaign, the 31 March before there is one."""
    following = Campaign.objects.filter(year=year + 1).first()
    return following.grace_day if following else date(year + 1, GRACE_MONTH, GRACE_DAY)


def period(campaign: Campaign, accepted_on: date) -> Period:
    """Return the period a membership accepted on a day gives: from that day, or the first of its year, to the next grace day."""
    starts, until = max(accepted_on, date(campaign.year, 1, 1)), grace_day_after(campaign.year)
    if starts > until:
        raise Refused(f"Les droits de l’adhésion {campaign.year} ont pris fin le {day_in_words(until)} : choisissez l’année en cours.")
    return Period(starts, until)


def of(organisation: Organisation, on: date, family: Sequence[Organisation] | None = None) -> MembershipQuerySet:
    """Return the memberships that count for a body on a day: its own and those of the bodies it has replaced; none once it is replaced.

    `family` is what `organisation.heirs_of(on)` answered, when it was asked already.
    """
    acting = organisation.at(on)
    if acting.pk != organisation.pk:
        return Membership.objects.none()
    return Membership.objects.filter(organisation__in=family or organisation.heirs_of(on)).select_related("campaign", "organisation")


def in_force(organisation: Organisation, on: date, family: Sequence[Organisation] | None = None) -> Membership | None:
    """Return the membership by which a body has its rights on a day, the one that lasts longest; None: it has none."""
    return of(organisation, on, family).in_force(on=on).order_by("-rights_until", "-campaign__year", "pk").first()


def members(on: date) -> list[Organisation]:
    """Return the bodies that are members on a day, each once, by name: who acts that day, whoever joined."""
    rows = Membership.objects.in_force(on=on).select_related("organisation__replaced_by", "organisation__merged_into").order_by("pk")
    acting = {body.pk: body for body in (row.organisation.at(on) for row in rows)}
    return sorted(acting.values(), key=lambda body: (body.name, body.pk))


def standing(organisation: Organisation, on: date, family: Sequence[Organisation] | None = None) -> Standing:
    """Say in words what a body is on a day."""
    rows = list(of(organisation, on, family).order_by("campaign__year", "pk"))
    accepted = [row for row in rows if row.state in (State.ACTIVE, State.RESIGNED)]
    begun = [row for row in accepted if _begins(row) <= on]
    running = [row for row in begun if on <= _ends(row)]
    if running:
        return _running(rows, running, on)
    if coming := [row for row in accepted if on < _begins(row) <= _ends(row)]:
        return Standing(Word.TO_COME, coming[0], _begins(coming[0]), _ends(coming[0]))
    if begun:
        last = max(begun, key=_ends)
        return Standing(Word.FORMER, last, _begins(last), _ends(last))
    return Standing(Word.NEVER)


def _running(rows: list[Membership], running: list[Membership], on: date) -> Standing:
    stopped = Suspension.objects.stopping(OuterRef("organisation"), on=on)
    suspended = set(Membership.objects.filter(Exists(stopped), pk__in=[row.pk for row in running]).values_list("pk", flat=True))
    giving = [row for row in running if row.pk not in suspended]
    last = max(giving or running, key=_ends)
    if not giving:
        return Standing(Word.SUSPENDED, last, _begins(last), _ends(last))
    if silent := next((row for row in rows if row.state == State.TO_CONFIRM and last.year < row.year <= on.year), None):
        return Standing(Word.TO_CONFIRM, silent, _begins(last), _ends(last))
    return Standing(Word.MEMBER, last, min(map(_begins, giving)), _ends(last))


def _begins(row: Membership) -> date:
    return row.rights_from or date.max


def _ends(row: Membership) -> date:
    return row.rights_until or date.min
