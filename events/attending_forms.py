"""The forms of who comes to an event. They clean what was typed; `services.attending` acts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from crispy_forms.layout import HTML, Fieldset
from django import forms

from core.forms import form_helper
from events import rooms, seats
from events.models import Event, Invitation, Registration, TimeSlot
from events.proposal_fields import Words, one, several
from events.services.admitting import MOST_COMPANIONS
from events.words import slot as slot_in_words
from memberships.forms import Email, Line

MOST_WORDS = 1_000
# Filled in by machines only: no person sees it.
TRAP = "site"
_TRAP = (
    f'<div hidden><label for="id_{TRAP}">Laissez vide</label><input id="id_{TRAP}" name="{TRAP}" autocomplete="off" tabindex="-1"></div>'
)
NEEDS = "Un accès en fauteuil, une interprétation, un régime alimentaire… Lu par l’organisateur seulement, et effacé après l’événement."


class Companions(forms.IntegerField):
    """How many come along; empty is nobody."""

    def __init__(self, most: int) -> None:
        too_many = f"{most} personnes au plus vous accompagnent." if most else "Cette invitation est pour vous seul."
        messages = {"invalid": "Donnez un nombre entier, sans lettre.", "min_value": "Zéro, ou plus.", "max_value": too_many}
        super().__init__(
            label="Personnes qui vous accompagnent", required=False, min_value=0, max_value=most, initial=0, error_messages=messages,
            help_text=f"Sans vous compter, {most} au plus. Chacune a sa place.",
            # Not « number »: a browser empties what is no number, and what was typed must stay.
            widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 4, "autocomplete": "off"}),
        )  # fmt: skip

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0


class _ComingForm(forms.Form):
    """What registering and changing share."""

    def __init__(self, *args: Any, event: Event, slots: Sequence[TimeSlot], invitation: Invitation | None, now: datetime, **options: Any):
        super().__init__(*args, **options)
        self.event, self.slots, self.invitation, self.now = event, {str(slot.pk): slot for slot in slots}, invitation, now
        modes = seats.modes_of(event)
        if len(modes) > 1:
            self.fields["mode"] = one("Comment venez-vous ?", [(mode.value, str(mode.label)) for mode in modes])
        most = invitation.companions if invitation else MOST_COMPANIONS
        if most:
            self.fields["companions"] = Companions(most)

    def labels(self) -> list[tuple[str, str]]:
        """Each sitting, with what is left."""
        return [(key, " : ".join(part for part in (_first_up(slot), self.room(slot)) if part)) for key, slot in self.slots.items()]

    def room(self, slot: TimeSlot) -> str:
        return rooms.in_words(slot, now=self.now)

    def fullness(self, slots: Iterable[TimeSlot]) -> dict[str, bool]:
        """Whether nobody, or not everybody, can have a seat of these sittings, read when the page was asked for."""
        full = [room.is_full_for_all for slot in slots for room in rooms.rooms_of(slot, now=self.now)]
        some = [room.is_full for slot in slots for room in rooms.rooms_of(slot, now=self.now)]
        return {"is_full": all(full), "has_full": any(some)}

    def groups(self, which: list[str]) -> list[Fieldset]:
        """The sittings and the way of coming, when there is a choice."""
        chosen = [*which, *(["mode"] if "mode" in self.fields else [])]
        return [Fieldset("Quand et comment", *chosen)] if chosen else []

    def with_whom(self, *names: str) -> list[str]:
        return [*names, *(["companions"] if "companions" in self.fields else []), "needs"]

    @property
    def mode(self) -> str:
        return str(self.cleaned_data.get("mode") or seats.modes_of(self.event)[0])

    def clean(self) -> dict[str, Any]:
        """A group that will never have enough seats is told at once, beside its number."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "companions" not in self.errors and "mode" not in self.errors:
            people = 1 + (cleaned.get("companions") or 0)
            limits = [limit for slot in self.chosen() if (limit := seats.limit(slot, self.mode)) is not None]
            if limits and people > min(limits):
                said = f"Il n’y a que {min(limits)} place{'s' if min(limits) > 1 else ''} en tout : venez moins nombreux."
                self.add_error("companions" if "companions" in self.fields else None, said)
        return cleaned

    def chosen(self) -> list[TimeSlot]:
        raise NotImplementedError


def _first_up(slot: TimeSlot) -> str:
    words = slot_in_words(slot, slot.event)
    return words[:1].upper() + words[1:]


class RegisterForm(_ComingForm):
    """Who comes, to which sittings, with whom."""

    name = Line("Nom et prénom", "Donnez votre nom.", most=160, autocomplete="name")
    email = Email("Donnez votre adresse électronique.", help_text="Nous y envoyons un lien : il confirme, change et retire l’inscription.")
    organisation = Line("Structure", most=160, autocomplete="organization", help_text="Si vous venez pour elle.")
    needs = Words("Un besoin particulier ?", most=MOST_WORDS, rows=3, help_text=NEEDS)

    def __init__(self, *args: Any, invitation: Invitation | None = None, **options: Any) -> None:
        super().__init__(*args, invitation=invitation, **options)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        which = []
        if len(self.slots) > 1:
            self.fields["sittings"] = several("Séances", self.labels(), "Choisissez au moins une séance.", help_text="Une ou plusieurs.")
            which = ["sittings"]
        self.helper = form_helper(HTML(_TRAP), *self.groups(which), Fieldset("Vous", *self.with_whom("name", "email", "organisation")))

    @property
    def is_a_machine(self) -> bool:
        return bool(self.data.get(TRAP))

    def chosen(self) -> list[TimeSlot]:
        if len(self.slots) == 1:
            return list(self.slots.values())
        return [self.slots[key] for key in self.cleaned_data.get("sittings") or []]

    def said(self) -> dict[str, Any]:
        """What `register` takes, but the sitting."""
        texts = {name: self.cleaned_data[name] for name in ("name", "email", "organisation", "needs")}
        return texts | {"mode": self.mode, "companions": self.cleaned_data.get("companions") or 0}


class ChangeForm(_ComingForm):
    """What one may change of a registration."""

    name = Line("Nom et prénom", "Donnez votre nom.", most=160, autocomplete="name")
    organisation = Line("Structure", most=160, autocomplete="organization")
    needs = Words("Un besoin particulier ?", most=MOST_WORDS, rows=3, help_text=NEEDS)

    def __init__(self, *args: Any, registration: Registration, **options: Any) -> None:
        row = registration
        names = {name: getattr(row, name) for name in ("name", "organisation", "needs", "mode", "companions")}
        initial = names | {"sitting": str(row.slot_id)}
        super().__init__(*args, event=row.slot.event, invitation=row.invitation, initial=initial, **options)
        self.registration, which = row, []
        if len(self.slots) > 1:
            self.fields["sitting"] = one("Séance", self.labels(), "Choisissez une séance.")
            which = ["sitting"]
        self.helper = form_helper(*self.groups(which), Fieldset("Vous", *self.with_whom("name", "organisation")))

    def chosen(self) -> list[TimeSlot]:
        key = str(self.cleaned_data.get("sitting") or self.registration.slot_id)
        return [self.slots[key]] if key in self.slots else []

    @property
    def mode(self) -> str:
        """An event that is held one way only, since then, is changed to that way."""
        modes = seats.modes_of(self.event)
        return str(self.cleaned_data.get("mode") or (self.registration.mode if self.registration.mode in modes else modes[0]))

    def said(self) -> dict[str, Any]:
        """What `change` takes."""
        texts = {name: self.cleaned_data[name] for name in ("name", "organisation", "needs")}
        moved = {"slot": self.chosen()[0], "mode": self.mode, "companions": self.cleaned_data.get("companions") or 0}
        return texts | moved
