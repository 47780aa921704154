"""Writing a proposal into the columns of its event, and the steps of its history. For the other services; posts nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.text import slugify

from core.refusals import Refused
from events import proposing
from events.conditions import Answer, Said, blocking, examine, needs_exception
from events.models import Event, EventFormat, EventPartner, EventStep, Organiser, TimeSlot
from events.proposal_forms import form_of
from events.proposing import HELPS, PUBLICS, SCREENS, Typed
from events.services import carrying
from events.sitting_forms import Sitting, commune_in_words, is_said_twice
from events.states import State
from events.zones import zone_of
from memberships.services.answering import ByLink
from organisations.regions import department_of, region_of_commune, regions_of_postcode

# What is written as it was cleaned.
_PLAIN = (
    "title", "summary", "description", "parent", "programme_url", "website", "mode", "commune", "place", "address", "postcode",
    "online_url", "exception_asked", "carrier", "carrier_kind", "is_free", "is_open_to_public", "access", "registration_url",
    "conditions", "access_contact",
)  # fmt: skip
_LONGEST_SLUG = 70


@dataclass(frozen=True)
class Checked:
    """A proposal, looked at whole: its three forms, what they clean, and what the conditions of E2 answer."""

    typed: Typed
    forms: dict[str, Any]
    said: dict[str, Any]
    answers: list[Answer]

    @property
    def is_complete(self) -> bool:
        return all(form.is_valid() for form in self.forms.values())

    @property
    def may_be_proposed(self) -> bool:
        return self.is_complete and not any(blocking(self.answers)) and not self.lacks_reason

    @property
    def needs_exception(self) -> bool:
        return needs_exception(self.answers)

    @property
    def lacks_reason(self) -> bool:
        """An exception is asked with its reason."""
        return self.needs_exception and not self.said.get("exception_asked")


def working(event: Event) -> Typed:
    """What its organiser is typing: the event as it is, what waits to be read again, what is not sent yet."""
    if event.state == State.DRAFT:
        return dict(event.typed)
    typed: Typed = proposing.typed_of(event) | event.pending.get("typed", {}) | event.typed
    return typed


def normal(event: Event, checked: Checked) -> Typed:
    """What was typed, as the event would read it back once written: « 35238 » and « Rennes (35238) » are the same place."""
    said, typed = checked.said, checked.typed
    there = Event(mode=said["mode"], commune=said["commune"])
    there.region, there.department = region_of_commune(said["commune"]) or "", department_of(said["commune"])
    slots = [TimeSlot(pk=row.slot, starts_at=row.starts_at, ends_at=row.ends_at) for row in said["sittings"]]
    plain = {name: str(said[name]) for name in ("place", "address", "postcode")}
    place = {"commune": commune_in_words(said["commune"]), "sittings": [proposing.sitting_of(slot, there) for slot in slots]}
    return typed | plain | place


def check(event: Event, typed: Typed, *, now: datetime) -> Checked:
    """Look at a proposal whole."""
    forms = {screen: form_of(screen, typed, event) for screen in SCREENS}
    said: dict[str, Any] = {}
    for form in forms.values():
        form.is_valid()
        said |= getattr(form, "cleaned_data", {})
    return Checked(typed, forms, said, examine(_read(event, said, now=now)))


def _read(event: Event, said: dict[str, Any], *, now: datetime) -> Said:
    """What the rules read; what is not answered yet is not held against anybody: its form asks for it."""
    commune = said.get("commune") or ""
    region = region_of_commune(commune) or ""
    zone = zone_of(region, department_of(commune))
    sittings: list[Sitting] = said.get("sittings") or []
    season = event.season
    return Said(
        days=tuple(row.starts_at.astimezone(zone).date() for row in sittings),
        season=(season.starts_on, season.ends_on),
        today=now.astimezone(zone).date(),
        of=season.short_kind,
        carrier_kind=said.get("carrier_kind") or "",
        partners=len(said.get("partners") or []),
        is_free=said.get("is_free", True),
        is_open_to_public=said.get("is_open_to_public", True),
        access=said.get("access") or "",
        mode=said.get("mode") or "",
        has_online_url=bool(said.get("online_url")),
        has_access_contact=bool(said.get("access_contact")),
        has_publics=bool(said.get("publics")),
        region=region,
        postcode_regions=frozenset(map(str, regions_of_postcode(said.get("postcode") or ""))),
        double_hours=tuple(
            moment.astimezone(zone).date()
            for row in sittings
            for moment in (row.starts_at, row.ends_at)
            if moment and is_said_twice(moment, zone)
        ),
        with_end=sum(1 for row in sittings if row.ends_at),
        seats=said.get("seats_onsite") or said.get("seats_online"),
    )


def write(event: Event, said: dict[str, Any], *, now: datetime) -> frozenset[int]:
    """Bring the columns, formats, partners and sittings of an event to what was cleaned; return the sittings that moved (`Written`)."""
    for name in _PLAIN:
        setattr(event, name, said[name])
    for names, chosen in ((PUBLICS, said["publics"]), (HELPS, said["helps"])):
        for name in names:
            setattr(event, name, name in chosen)
    event.slug = event.slug or free_slug(event)
    event.save()
    _write_formats(event, said["formats"])
    _write_partners(event, said["partners"])
    written = write_sittings(event, said["sittings"], said["seats_onsite"], said["seats_online"], now=now)
    event.take_dates(written.slots)
    event.save(update_fields=["starts_at", "ends_at"])
    event.refresh_from_db()
    return written.moved


def free_slug(event: Event) -> str:
    """An address of its title, that no other event of the season has."""
    base = slugify(event.title)[:_LONGEST_SLUG].strip("-") or "evenement"
    taken = set(Event.objects.filter(season=event.season_id, slug__startswith=base).exclude(pk=event.pk).values_list("slug", flat=True))
    return next(slug for slug in _numbered(base) if slug not in taken)


def _numbered(base: str) -> Iterable[str]:
    yield base
    yield from (f"{base}-{number}" for number in range(2, 10_000))


def _write_formats(event: Event, codes: list[str]) -> None:
    event.formats.exclude(format__in=codes).delete()
    there = set(event.formats.values_list("format", flat=True))
    EventFormat.objects.bulk_create(EventFormat(event=event, format=code) for code in codes if code not in there)


def _write_partners(event: Event, partners: list[tuple[str, str]]) -> None:
    if [(row.name, row.website) for row in event.partners.all()] == partners:
        return
    event.partners.all().delete()
    rows = enumerate(partners, start=1)
    EventPartner.objects.bulk_create(EventPartner(event=event, name=name, website=website, order=rank) for rank, (name, website) in rows)


class Written(NamedTuple):
    """The sittings as they are now, and the keys of those that were there and whose hours changed: who comes to them is told (E5)."""

    slots: list[TimeSlot]
    moved: frozenset[int]


def write_sittings(event: Event, sittings: list[Sitting], onsite: int | None, online: int | None, *, now: datetime) -> Written:
    """Keep each sitting's row, and with it its calendar entry and who registered; new ones take the seats of the others.

    One that people registered for is moved, or the event is cancelled: it is not taken away from under them. Whoever came in a way that
    the event has no more comes in the other, if they all fit.
    """
    known = {slot.pk: slot for slot in TimeSlot.objects.select_for_update(of=("self",)).filter(event=event).order_by("pk")}
    kept = {row.slot for row in sittings if row.slot in known}
    for pk, slot in known.items():
        if pk not in kept:
            _take_away(slot)
    first = min(known.values(), key=lambda slot: (slot.starts_at, slot.pk), default=None)
    reseats = first is None or (first.seats_onsite, first.seats_online) != (onsite, online)
    rows, moved = [], set()
    for row in sittings:
        slot = known.get(row.slot or 0) or TimeSlot(event=event, seats_onsite=onsite, seats_online=online)
        if slot.pk and (slot.starts_at, slot.ends_at) != (row.starts_at, row.ends_at):
            moved.add(slot.pk)
        rows.append(_move(slot, row, (onsite, online) if reseats else None, event=event, now=now))
    return Written(rows, frozenset(moved))


def _take_away(slot: TimeSlot) -> None:
    if slot.registrations.live().exists():
        raise Refused("Des personnes sont inscrites à une date que vous retirez : déplacez-la, ou annulez l’événement.")
    if slot.registrations.exists():
        raise Refused(
            "Des personnes inscrites à une date que vous retirez se sont désistées : leur trace se garde, déplacez plutôt cette date."
        )
    slot.delete()


def _move(slot: TimeSlot, row: Sitting, seats: tuple[int | None, int | None] | None, *, event: Event, now: datetime) -> TimeSlot:
    # What is over keeps who came, and how.
    carried = carrying.carry(slot, event) if slot.pk and slot.starts_at > now else None
    if slot.pk and (slot.starts_at, slot.ends_at) != (row.starts_at, row.ends_at):
        slot.sequence += 1
    slot.starts_at, slot.ends_at = row.starts_at, row.ends_at
    if seats:
        slot.seats_onsite, slot.seats_online = seats
    carrying.refuse_unless_they_fit(slot, carried)
    slot.save()
    return slot


def lock(event: Event) -> Event:
    """Hold an event while it moves."""
    return Event.objects.select_for_update(of=("self",)).select_related("season", "parent").get(pk=event.pk)


def by_link(organiser: Organiser) -> ByLink:
    """Whoever acts by their link: the journal keeps the name, or the address."""
    return ByLink(organiser.name or organiser.email)


def step(
    event: Event,
    *,
    by: Any,
    now: datetime,
    to: State | None = None,
    words: str = "",
    is_told: bool = True,
    changes: dict[str, list[str]] | None = None,
) -> EventStep:
    """Add to the history; `by` a person, or whoever holds a link."""
    person = by if getattr(by, "pk", "") else None
    return EventStep.objects.create(
        event=event, to_state=to or "", at=now, by=person, by_name=str(by)[:200], words=words, is_told=is_told, changes=changes or {}
    )


def differences(before: Typed, after: Typed) -> dict[str, list[str]]:
    """What changed, in words: {label: [before, after]}."""
    names = proposing.changed(before, after)
    return {proposing.LABELS[name]: [proposing.in_words(name, before), proposing.in_words(name, after)] for name in names}
