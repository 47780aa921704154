"""Invented changes and people, for the previews of letters: nothing of it is stored."""

from datetime import date, datetime, timedelta

from core.clock import PARIS
from core.registry import Concerned
from core.typography import day_in_words, moment_in_words
from programmes.changes_facts import DEADLINE, Difference
from programmes.emails import DRAFT, Announcement
from programmes.models import ChangeKind, Edition, Programme, TrainingSession

_EARLIER = timedelta(days=7)
_EXAMPLES = 3


def sample_edition() -> Edition:
    """The last call, or an invented one."""
    return Edition.objects.select_related("programme").order_by("-closes_at", "-pk").first() or _invented()


def sample_announcement(row: Edition | TrainingSession | None = None, *, deposited: bool, deadline: bool) -> tuple[Announcement, Concerned]:
    """A change of a row, or of the last call: dates moved by a week, told to an invented person."""
    row = row or sample_edition()
    moved = _moved_day(row) if isinstance(row, TrainingSession) else _moved_call(row, deadline=deadline)
    why = "vous avez déposé une candidature à cet appel" if deposited else "vous avez un brouillon pour cet appel"
    if isinstance(row, TrainingSession):
        why = "vous êtes inscrite à cette journée"
    person = Concerned(
        "camille.exemple@ville.example", "Bonjour Camille", why, page=row.get_absolute_url(), holds="deposited" if deposited else DRAFT
    )
    return Announcement(row, ChangeKind.DATES, [moved], "Le lieu n’était pas libre."), person


def _moved_call(edition: Edition, *, deadline: bool) -> Difference:
    if not deadline:
        return Difference("phase-0-when", "Préparation (date)", "mi-septembre", "vendredi 15\u00a0septembre")
    before, after = (moment_in_words(moment, noon=True, zone=False) for moment in (edition.closes_at - _EARLIER, edition.closes_at))
    return Difference(DEADLINE, "Clôture", before, after)


def _moved_day(session: TrainingSession) -> Difference:
    before, after = (day_in_words(day, weekday=True) for day in (session.day - _EARLIER, session.day))
    return Difference("day", "Date", before, after)


def public_rows(scope: str, *, with_days: bool, now: datetime) -> list[Edition | TrainingSession]:
    """The last calls that are public, or the one of a scope, and the last days when the letter may be about one."""
    calls = Edition.objects.public(now=now).select_related("programme").order_by("-closes_at", "-pk")
    if scope:
        return list(calls.filter(pk=int(scope.partition(":")[2])))
    days = TrainingSession.objects.public(now=now).with_places().order_by("-day", "-pk") if with_days else TrainingSession.objects.none()
    return [*calls[:_EXAMPLES], *days[:_EXAMPLES]]


def _invented() -> Edition:
    programme = Programme(slug="exemple", title="Un programme", lede="Un programme.", contact_email="programme@la27eregion.example")
    return Edition(
        programme=programme,
        slug="2027",
        title="Un appel",
        short_title="L’appel 2027",
        opens_at=datetime(2027, 8, 23, 9, tzinfo=PARIS),
        closes_at=datetime(2027, 9, 8, 12, tzinfo=PARIS),
        ends_on=date(2027, 11, 30),
    )
