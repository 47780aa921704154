"""Invented changes and people, for the previews of letters: nothing of it is stored."""

from datetime import date, datetime, timedelta

from core.clock import PARIS
from core.registry import Concerned
from core.typography import moment_in_words
from programmes.changes_facts import DEADLINE, Difference
from programmes.emails import DRAFT, Announcement
from programmes.models import ChangeKind, Edition, Programme

_EARLIER = timedelta(days=7)


def sample_edition() -> Edition:
    """The last call, or an invented one."""
    return Edition.objects.select_related("programme").order_by("-closes_at", "-pk").first() or _invented()


def sample_announcement(*, deposited: bool) -> tuple[Announcement, Concerned]:
    """A deadline moved by a week, told to an invented person."""
    edition = sample_edition()
    before, after = (moment_in_words(moment, noon=True, zone=False) for moment in (edition.closes_at - _EARLIER, edition.closes_at))
    moved = [Difference(DEADLINE, "Clôture", before, after)]
    if deposited:
        moved = [Difference("phase-0-when", "Préparation (date)", "mi-septembre", "vendredi 15\u00a0septembre")]
    why = "vous avez déposé une candidature à cet appel" if deposited else "vous avez un brouillon pour cet appel"
    person = Concerned(
        "camille.exemple@ville.example", "Bonjour Camille", why, page=edition.get_absolute_url(), holds="deposited" if deposited else DRAFT
    )
    return Announcement(edition, ChangeKind.DATES, moved, "Le lieu n’était pas libre."), person


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
