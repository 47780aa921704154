"""The forms at an organiser's desk, and the answer of somebody invited. They clean what was typed; `services` acts."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import HTML
from django import forms

from core.forms import form_helper
from events import seats
from events.models import Invitation, TimeSlot
from events.proposal_fields import MOST_SEATS, Seats, Words, one
from events.services.admitting import MOST_COMPANIONS
from events.services.host_writing import AUDIENCES, SEATED, Written
from events.states import Mode
from events.words import slot as slot_in_words
from memberships.forms import Email, Line

LONGEST_NEEDS, LONGEST_WORDS, LONGEST_LIST = 1_000, 5_000, 60_000
EVERY = "toutes"


def number(label: str, *, most: int, least: int = 0, **options: Any) -> forms.IntegerField:
    messages = {
        "required": "Donnez un nombre.",
        "invalid": "Donnez un nombre entier, sans lettre.",
        "min_value": f"Donnez au moins {least}.",
        "max_value": f"{most} au plus.",
    }
    return forms.IntegerField(label=label, min_value=least, max_value=most, error_messages=messages, **options)


def dates(slots: Sequence[TimeSlot]) -> forms.ChoiceField:
    return one("Date", [(str(slot.pk), slot_in_words(slot, slot.event)) for slot in slots], "Choisissez une date.")


class MessageForm(forms.Form):
    """To whom, and what."""

    slot = forms.ChoiceField(label="Date", widget=forms.RadioSelect, error_messages={"invalid_choice": "Choisissez dans la liste."})
    audience = one("À qui", list(AUDIENCES.items()), initial=SEATED)
    subject = Line("Objet", "Donnez un objet.", most=100, help_text="Le titre de l’événement s’y ajoute.")
    words = Words(
        "Votre message",
        "Écrivez votre message.",
        most=LONGEST_WORDS,
        rows=8,
        help_text="La lettre salue déjà chaque personne, et dit de qui elle vient. Une ligne vide sépare deux paragraphes.",
    )
    helper = form_helper()

    def __init__(self, *args: Any, slots: Sequence[TimeSlot], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(slot.pk), slot_in_words(slot, slot.event)) for slot in slots]
        self.fields["slot"].choices = [(EVERY, "toutes les dates"), *choices] if len(slots) > 1 else choices  # type: ignore[attr-defined]
        if len(slots) < 2:  # noqa: PLR2004 - nothing to choose
            self.fields["slot"].required = False
            self.fields["slot"].widget = forms.HiddenInput()

    def written(self) -> Written:
        said = self.cleaned_data
        chosen = None if said["slot"] in ("", EVERY) else int(said["slot"])
        return Written(said["subject"], said["words"], chosen, said["audience"])


class ThanksForm(forms.Form):
    words = Words(
        "Un mot de plus", most=LONGEST_WORDS, rows=6, help_text="Des photos, un compte rendu, la suite. La lettre remercie déjà.",
    )  # fmt: skip
    helper = form_helper()

    def written(self) -> Written:
        return Written("", self.cleaned_data["words"])


class SeatsForm(forms.Form):
    """The seats of one sitting, for each way one may come."""

    onsite = Seats("Places sur place", help_text="Vide : sans limite.")
    online = Seats("Places en ligne", help_text="Vide : sans limite.")
    helper = form_helper()

    def __init__(self, data: Any = None, *, slot: TimeSlot) -> None:
        initial = {"onsite": slot.seats_onsite, "online": slot.seats_online}
        super().__init__(data, initial=initial, prefix=f"s{slot.pk}")
        self.slot = slot
        for mode, name in ((Mode.ONSITE, "onsite"), (Mode.ONLINE, "online")):
            if mode not in seats.modes_of(slot.event):
                del self.fields[name]

    def wanted(self) -> dict[str, int | None]:
        """A way that the event has not keeps what it had."""
        kept = {"onsite": self.slot.seats_onsite, "online": self.slot.seats_online}
        return kept | {name: self.cleaned_data[name] for name in self.fields}


class WalkInForm(forms.Form):
    """Somebody at the door."""

    name = Line("Nom", "Donnez un nom.", most=160)
    organisation = Line("Structure", most=160)
    companions = number("Personnes avec elle", most=MOST_COMPANIONS, required=False, initial=0)
    helper = form_helper()

    def clean_companions(self) -> int:
        return self.cleaned_data["companions"] or 0


class GuestsForm(forms.Form):
    """A list of people, as it comes out of a spreadsheet."""

    guests = Words(
        "Personnes à inviter", "Donnez au moins une personne.", most=LONGEST_LIST, rows=8,
        help_text="Une par ligne : nom ; adresse électronique. Deux colonnes d’un tableau se collent telles quelles.",
    )  # fmt: skip
    companions = number("Chacune peut venir avec", most=MOST_COMPANIONS, initial=0, help_text="Nombre de personnes en plus ; 0 : seule.")
    helper = form_helper()


class CodeForm(forms.Form):
    """A code to give by one's own hand."""

    label = Line("Pour qui", "Dites pour qui est ce code.", most=160, help_text="Pour vous y retrouver : « Réseau des médiathèques ».")
    quota = number("Personnes au plus", least=1, most=MOST_SEATS, help_text="Accompagnants compris.")
    companions = number("Chacune peut venir avec", most=MOST_COMPANIONS, initial=0, help_text="Nombre de personnes en plus ; 0 : seule.")
    helper = form_helper()


class EnterCodeForm(forms.Form):
    code = Line(
        "Votre code", "Donnez le code que vous avez reçu.", most=200, help_text="Par exemple K7QM-2XPD-9RTA ; les tirets sont facultatifs."
    )
    helper = form_helper()


class ReplyForm(forms.Form):
    """What whoever holds an invitation answers."""

    slot = forms.ChoiceField()
    email = Email("Donnez votre adresse électronique.", help_text="Un lien y part, pour confirmer.")
    name = Line("Votre nom", "Donnez votre nom.", most=160, autocomplete="name")
    organisation = Line("Votre structure", most=160, autocomplete="organization")
    mode = one("Comment venez-vous", [(mode.value, mode.label) for mode in (Mode.ONSITE, Mode.ONLINE)])
    companions = number("Personnes qui vous accompagnent", most=MOST_COMPANIONS, initial=0, required=False)
    needs = Words(
        "Un besoin particulier", most=LONGEST_NEEDS, rows=3,
        help_text="Accès, langue des signes, régime… Seuls les organisateurs le lisent ; effacé après l’événement.",
    )  # fmt: skip
    helper = form_helper()

    def __init__(self, data: Any = None, *, invitation: Invitation, slots: Sequence[TimeSlot]) -> None:
        super().__init__(data, initial={"name": invitation.name if invitation.is_personal else ""})
        self.slots = {str(slot.pk): slot for slot in slots}
        self.fields["slot"] = dates(slots)
        modes = seats.modes_of(invitation.event)
        unasked = {
            "slot": len(slots) < 2, "email": invitation.is_personal, "mode": len(modes) < 2, "companions": not invitation.companions,  # noqa: PLR2004
        }  # fmt: skip
        for name, is_unasked in unasked.items():
            if is_unasked:
                del self.fields[name]
        if "companions" in self.fields:
            self.fields["companions"] = number(
                "Personnes qui vous accompagnent", most=invitation.companions, required=False, initial=0,
                help_text=f"{invitation.companions} au plus.",
            )  # fmt: skip

    def chosen(self) -> TimeSlot:
        return self.slots[self.cleaned_data["slot"]] if "slot" in self.fields else next(iter(self.slots.values()))

    def reply(self) -> dict[str, Any]:
        said = self.cleaned_data
        texts = {name: said.get(name, "") for name in ("email", "name", "organisation", "mode", "needs")}
        return texts | {"companions": said.get("companions") or 0}


class ExportForm(forms.Form):
    """Which file; what people need is in it only when an organiser asks for it."""

    kind = one("Fichier", [("csv", "CSV"), ("xlsx", "XLSX")], initial="xlsx")
    needs = forms.BooleanField(label="Avec les besoins particuliers", required=False)

    def __init__(self, *args: Any, with_needs: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_needs:
            del self.fields["needs"]
        hint = HTML('<p class="hint">Un export se garde le temps qu’il faut, et s’efface.</p>')
        self.helper = form_helper(*self.fields, hint)
