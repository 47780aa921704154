"""The calendar files of a call's dates and of a training day."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event, Timezone, vCalAddress

from core.addresses import absolute
from core.clock import PARIS
from core.zones import vtimezone
from mailing.letters import Attachment
from programmes.models import Edition, Phase, TrainingSession

_SEQUENCE_FROM = datetime(2000, 1, 1, tzinfo=UTC)


def calendar(edition: Edition, phases: Sequence[Phase] | None = None, *, removed: Sequence[Phase] = ()) -> bytes:
    """The deadline to the minute in Paris time, the phases as whole days; fuzzy ones are tentative « dates à confirmer ».

    UIDs never change and SEQUENCE grows with each change of the call, so that importing it again corrects the first;
    of a cancelled call every entry is cancelled. A phase whose days are unknown is named in the description of the
    deadline. Who holds the phases may give them. Those `removed` are cancelled: calendars that have them drop them.
    """
    file = _file(edition, edition.short_title)
    phases = list(edition.phases.with_places()) if phases is None else phases
    file.add_component(_deadline(edition, [phase for phase in phases if not phase.starts_on]))
    for phase in phases:
        if phase.starts_on:
            file.add_component(_phase(edition, phase, phase.starts_on))
    for phase in removed:
        if phase.starts_on:
            file.add_component(_phase(edition, phase, phase.starts_on, is_removed=True))
    content: bytes = file.to_ical()
    return content


def session_calendar(session: TrainingSession) -> bytes:
    """The day from its first hour to its last, in Paris time, where it takes place; cancelled, its entry is too."""
    file = _file(session, session.title)
    file.add_component(_day(session))
    content: bytes = file.to_ical()
    return content


def agenda(calls: Iterable[Edition], days: Iterable[TrainingSession]) -> bytes:
    """One calendar to subscribe to: the deadline of each call, and each day; the same entries as in their own files."""
    file = _empty("PUBLISH", "La 27e Région : appels ouverts et journées à venir")
    for edition in calls:
        file.add_component(_deadline(edition, [phase for phase in edition.timeline if not phase.starts_on]))
    for session in days:
        file.add_component(_day(session))
    content: bytes = file.to_ical()
    return content


def calendar_name(row: Edition | TrainingSession) -> str:
    """The name of the file: `aventuriers-2017-dates.ics`."""
    return f"{row.programme.slug}-{row.slug}-dates.ics"


def calendar_file(row: Edition | TrainingSession, removed: Sequence[Phase] = ()) -> Attachment:
    """The calendar as letters carry it; of what is cancelled or `removed`, it takes the entries away."""
    content = calendar(row, removed=removed) if isinstance(row, Edition) else session_calendar(row)
    return Attachment(calendar_name(row), content, "text/calendar")


def _file(row: Edition | TrainingSession, name: str) -> Calendar:
    return _empty("CANCEL" if row.cancelled_at else "PUBLISH", name)


def _empty(method: str, name: str) -> Calendar:
    file = Calendar()
    file.add("prodid", "-//La 27e Région//Portail//FR")
    file.add("version", "2.0")
    file.add("method", method)
    file.add("x-wr-calname", name)
    file.add_component(Timezone.from_ical(vtimezone("Europe/Paris")))
    return file


def _event(row: Edition | TrainingSession, name: str, summary: str, *, is_cancelled: bool = False) -> Event:
    stamp = row.changed_at or row.published_at or (row.opens_at if isinstance(row, Edition) else row.starts)
    event = Event()
    event.add("uid", f"{name}@{urlsplit(settings.PORTAL_URL).hostname}")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("last-modified", stamp.astimezone(UTC))
    event.add("sequence", max(0, int((stamp - _SEQUENCE_FROM).total_seconds())))
    event.add("summary", f"Annulé\u00a0: {summary}" if row.cancelled_at or is_cancelled else summary)
    event.add("url", absolute(row.get_absolute_url()))
    event.add("organizer", _organiser(row))
    return event


def _organiser(row: Edition | TrainingSession) -> vCalAddress:
    """Who answers about it: calendars ask for somebody where an entry is updated or cancelled (RFC 5546)."""
    organiser = vCalAddress(f"mailto:{row.programme.contact_email if isinstance(row, Edition) else row.contact}")
    organiser.params["cn"] = "La 27e Région"
    return organiser


def _day(session: TrainingSession) -> Event:
    event = _event(session, f"journee-{session.pk}", session.title)
    event.add("dtstart", session.starts)
    event.add("dtend", session.ends)
    event.add("transp", "OPAQUE")
    event.add("status", "CANCELLED" if session.cancelled_at else "CONFIRMED")
    event.add("description", session.lede)
    if session.venue:
        event.add("location", session.venue.label)
    return event


def _deadline(edition: Edition, undated: list[Phase]) -> Event:
    event = _event(edition, f"appel-{edition.pk}-cloture", f"Clôture des candidatures : {edition.short_title}")
    event.add("transp", "TRANSPARENT")
    event.add("dtstart", edition.closes_at.astimezone(PARIS))
    event.add("status", "CANCELLED" if edition.cancelled_at else "CONFIRMED")
    lines = [f"{phase.title} : {phase.when} (dates à confirmer)" for phase in undated]
    event.add("description", "\n".join([edition.deadline, *lines]))
    return event


def _phase(edition: Edition, phase: Phase, first: date, *, is_removed: bool = False) -> Event:
    note = "" if phase.is_exact else " (dates à confirmer)"
    event = _event(edition, f"phase-{phase.pk}", f"{edition.short_title} : {phase.title}{note}", is_cancelled=is_removed)
    event.add("transp", "TRANSPARENT")
    event.add("dtstart", first)
    event.add("dtend", (phase.ends_on or first) + timedelta(days=1))
    event.add("status", "CANCELLED" if edition.cancelled_at or is_removed else "CONFIRMED" if phase.is_exact else "TENTATIVE")
    event.add("description", ", ".join(part for part in (phase.duration, phase.when) if part) + note)
    if phase.venue or phase.where:
        event.add("location", phase.venue.label if phase.venue else phase.where)
    return event
