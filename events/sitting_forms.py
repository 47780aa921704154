"""When and where: the second screen of a proposal. Hours are those of the place; what no clock shows is refused in words."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.urls import reverse_lazy

from core.forms import form_helper
from core.typography import day_in_words, hour_in_words
from events import finding, proposing
from events.models import Event
from events.proposal_fields import Address, Words, one
from events.proposing import BLANKS, MOST_SITTINGS, SITTING, Typed
from events.states import Mode
from memberships.forms import Line
from organisations.naming import words_of
from organisations.reference import Commune, communes, departments

_ONE_DAY = timedelta(days=1)
_POSTCODE = re.compile(r"\d{5}")
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
PLACE = (
    '<p class="hint">La commune donne la région et le département : ce sont eux que l’on cherche dans le programme. '
    "Pour un événement en ligne, laissez vide.</p>"
)
DATES = (
    '<p class="hint">Une ligne par date, à l’heure du lieu. Sans heure de fin, la page dit « à partir de ». '
    "« Jusqu’au » ne sert que si cela finit un autre jour.</p>"
)


@dataclass(frozen=True)
class Sitting:
    """A sitting, cleaned; `slot` is the row it was, if it was one."""

    slot: int | None
    starts_at: datetime
    ends_at: datetime | None


def commune_of(text: str) -> str:
    """Return the INSEE code of what was typed: « Rennes (35238) », « 35238 », « Rennes » when only one bears that name.

    Of « Marseille 13001 » the number is a postcode, and the INSEE code of another town: refused (domain.md E4).
    """
    code = proposing.commune_code(text)
    place = communes().get(code) if code else None
    if place:
        if _names(text, place):
            return code
        told = f"{code} est le code INSEE de la commune « {place.name} ». Si c’est elle, ne gardez que ce code"
        raise ValidationError(f"{told} ; sinon, retirez-le : ce n’est pas le code postal.")
    if _INSEE.fullmatch(text.upper()):
        raise ValidationError(f"« {text} » n’est pas un code INSEE de commune. Attention, ce n’est pas le code postal.")
    found = communes().named(f"Ville de {text}")
    if found:
        return str(found.code)
    places = communes().search(text[:100], limit=6)
    named = " ; ".join(map(_told_apart, places))
    proposed = f"Recopiez celle qui convient, avec son code : {named}. Si elle n’y est pas, donnez son code INSEE."
    # « Le Port » answers to « Port » too: one that bears the very name is never said not to exist.
    if any(words_of(place.name) == words_of(text) for place in places):
        raise ValidationError(f"Plusieurs communes peuvent s’appeler « {text} ». {proposed}")
    more = f"D’autres s’en approchent. {proposed}" if places else "Vérifiez son nom, ou donnez son code INSEE."
    raise ValidationError(f"Nous ne trouvons pas de commune appelée « {text} ». {more}")


def _names(text: str, place: Commune) -> bool:
    """Tell whether the words beside the code, if there are any, are those of this place."""
    beside = set(re.sub(r"[^a-z ]", " ", words_of(text).replace(place.code.lower(), "")).split())
    own = set(re.sub(r"[^a-z ]", " ", words_of(place.name)).split())
    return own <= beside or beside <= own


def _told_apart(place: Commune) -> str:
    """« Saint-Denis (93066), Seine-Saint-Denis »: copied whole, its code is read."""
    found = departments().get(place.department)
    return f"{commune_in_words(place.code)}, {found.name}" if found else commune_in_words(place.code)


def commune_in_words(code: str) -> str:
    """« Rennes (35238) »: what a suggestion writes, and what is read back."""
    place = communes().get(code)
    return f"{place.name} ({place.code})" if place else ""


def department_in_words(code: str) -> str:
    place = communes().get(code)
    found = departments().get(place.department) if place else None
    return found.name if found else ""


def _day(label: str) -> forms.DateField:
    messages, far = {"invalid": "Cette date n’existe pas : vérifiez le jour et le mois."}, "Cette date n’existe pas ici : vérifiez l’année."
    return forms.DateField(
        label=label, required=False, input_formats=["%Y-%m-%d", "%d/%m/%Y"], error_messages=messages,
        validators=[MinValueValidator(finding.EARLIEST, far), MaxValueValidator(finding.LATEST, far)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip


def _hour(label: str) -> forms.TimeField:
    messages = {"invalid": "Cette heure n’existe pas : donnez-la comme 14:30."}
    return forms.TimeField(
        label=label, required=False, input_formats=["%H:%M", "%H:%M:%S"], error_messages=messages,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )  # fmt: skip


class WhenForm(forms.Form):
    """When and where: the hours are those of the place."""

    mode = one("Comment l’événement se tient-il ?", Mode.choices)
    commune = Line(
        "Commune", most=120, widget=forms.TextInput(attrs={"data-suggest": reverse_lazy("commune_proposals")}),
        help_text="Son nom, ou son code INSEE de 5 chiffres.",
    )  # fmt: skip
    place = Line("Nom du lieu", most=160, help_text="Médiathèque, hôtel de ville, place du marché…")
    address = Line("Adresse du lieu", most=200, autocomplete="address-line1")
    postcode = Line("Code postal", most=5, autocomplete="postal-code", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    online_url = Address(
        "Adresse de connexion", only_https=True, help_text="Jamais publiée : elle n’est envoyée qu’aux personnes inscrites."
    )
    exception_asked = Words("Si une date est hors de la saison : pourquoi ?", rows=3, help_text="La coordination le lit, et décide.")
    helper = form_helper()

    def __init__(self, typed: Typed | None = None, *, event: Event, rows: int = 0, **options: Any) -> None:
        """`typed` as `proposing` keeps it; `rows`: at least so many dates are shown."""
        said = dict(typed or {})
        known = said.pop("sittings", [])
        flat = {f"{part}_{number}": row.get(part, "") for number, row in enumerate(known) for part in SITTING}
        bound = options.pop("bound", True)
        super().__init__({**said, **flat} if bound else None, initial=None if bound else {**said, **flat}, **options)
        self.event, self.known = event, known
        self.count = min(MOST_SITTINGS, max(rows, len(known) + (1 if known else BLANKS)))
        for number in range(self.count):
            self._add(number)
        self.helper = self._layout()

    def _add(self, number: int) -> None:
        self.fields[f"day_{number}"] = _day("Jour")
        self.fields[f"from_{number}"] = _hour("De")
        self.fields[f"to_{number}"] = _hour("À")
        self.fields[f"last_{number}"] = _day("Jusqu’au")
        self.fields[f"slot_{number}"] = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def _layout(self) -> FormHelper:
        rows = [Fieldset(f"Date {n + 1}", *[f"{part}_{n}" for part in SITTING], css_class="sitting") for n in range(self.count)]
        more = HTML('<p><button class="btn btn-s btn-2" name="more" value="1">Ajouter des dates</button></p>')
        return form_helper(
            "mode",
            Fieldset("Dates", HTML(DATES), *rows, more, "exception_asked", css_id="dates"),
            Fieldset("Lieu", HTML(PLACE), "commune", "place", "address", "postcode"),
            Fieldset("En ligne", "online_url"),
        )

    def clean_commune(self) -> str:
        text = str(self.cleaned_data["commune"])
        return commune_of(text) if text else ""

    def clean_postcode(self) -> str:
        text = str(self.cleaned_data["postcode"])
        if text and not _POSTCODE.fullmatch(text):
            raise ValidationError("Un code postal a cinq chiffres.")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self._place(cleaned)
        cleaned["sittings"] = self._sittings(cleaned)
        return cleaned

    def _place(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("mode") in (Mode.ONSITE, Mode.HYBRID):
            for name, told in (("commune", "Donnez la commune."), ("place", "Donnez le nom du lieu.")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, told)
        elif cleaned.get("mode") == Mode.ONLINE:
            # Typed, then online: what was typed stays in the draft, and is not published.
            cleaned.update(commune="", place="", address="", postcode="")

    def _sittings(self, cleaned: dict[str, Any]) -> list[Sitting]:
        zone = proposing.zone_typed({"commune": cleaned.get("commune"), "mode": cleaned.get("mode")})
        rows = [row for number in range(self.count) if (row := self._sitting(number, cleaned, zone))]
        starts = [row.starts_at for row in rows]
        if len(set(starts)) < len(starts):
            self.add_error("day_0", "Deux dates commencent au même moment : gardez-en une.")
        if not rows and not any(name.startswith(("day_", "from_", "to_", "last_")) for name in self.errors):
            self.add_error("day_0", "Donnez au moins une date.")
        return sorted(rows, key=lambda row: row.starts_at)

    def _sitting(self, number: int, cleaned: dict[str, Any], zone: ZoneInfo) -> Sitting | None:
        parts = {part: cleaned.get(f"{part}_{number}") for part in SITTING}
        if any(f"{part}_{number}" in self.errors for part in SITTING) or not any(parts[part] for part in SITTING if part != "slot"):
            return None
        missing = next((part for part in ("day", "from") if parts[part] is None), None)
        if missing:
            told = "Donnez le jour." if missing == "day" else "Donnez l’heure à laquelle cela commence."
            self.add_error(f"{missing}_{number}", told)
            return None
        return self._made(number, parts, zone)

    def _made(self, number: int, parts: dict[str, Any], zone: ZoneInfo) -> Sitting | None:
        try:
            starts = moment_there(parts["day"], parts["from"], zone)
            ends = moment_there(parts["last"] or parts["day"], parts["to"], zone) if parts["to"] is not None else None
        except ValidationError as wrong:
            self.add_error(f"from_{number}", wrong)
            return None
        if ends is None and parts["last"]:
            self.add_error(f"to_{number}", "Donnez l’heure à laquelle cela finit, ce jour-là.")
            return None
        if ends is not None and ends <= starts:
            part = "last" if parts["last"] and parts["last"] < parts["day"] else "to"
            self.add_error(f"{part}_{number}", _before_it_starts(parts))
            return None
        return Sitting(parts["slot"], starts, ends)


def _before_it_starts(parts: dict[str, Any]) -> str:
    if parts["last"] and parts["last"] < parts["day"]:
        return f"Cela finirait le {day_in_words(parts['last'])}, avant de commencer."
    hours = f"{_in_words(parts['to'])}, et commencerait à {_in_words(parts['from'])}"
    return f"Cela finirait à {hours} : si cela finit le lendemain, donnez ce jour dans « Jusqu’au »."


def is_said_twice(moment: datetime, zone: ZoneInfo) -> bool:
    """Tell an hour that a change of clocks says twice, there."""
    there = moment.astimezone(zone)
    return there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()


def _in_words(hour: time) -> str:
    return hour_in_words(datetime.combine(date.min, hour))


def moment_there(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """Return this hour of this day, there. The hour that a change of clocks leaves out does not exist; of the one it says twice, the first.

    Raises ValidationError.
    """
    moment = datetime.combine(day, hour.replace(second=0, microsecond=0), zone)
    back = moment.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        words = f"{_in_words(hour)} n’existe pas dans la nuit du {day_in_words(day - _ONE_DAY)} au {day_in_words(day)}"
        raise ValidationError(f"{words} : on y passe à l’heure d’été. Prenez une heure avant, ou une heure après.")
    return moment
