"""How a call is read: its selection, with the criteria of B1, which are frozen once a reading is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications.deadlines import end_of
from applications.models import Criterion, Review, Score, Selection
from applications.services.moving import hold
from core.refusals import Refused
from core.typography import moment_in_words
from programmes.models import Edition
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# domain.md B1: what is scored when nobody says otherwise.
CRITERIA = (
    ("Curiosité et envie d’explorer", "Ce que la personne veut comprendre, essayer, remettre en question."),
    ("Capacité à partager dans son administration", "Avec qui, comment, et ce que ses collègues en feront."),
    ("Complémentarité avec le groupe", "Ce que son métier, son expérience ou son regard apportent aux autres."),
)


def selection_of(edition: Edition) -> Selection:
    """Return how this call chooses; made at the first question, with the criteria of B1."""
    if found := Selection.objects.filter(edition=edition).first():
        found.edition = edition
        return found
    with transaction.atomic():
        # The call's row is held: two first questions at once make one set of criteria.
        Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
        selection, made = Selection.objects.get_or_create(edition=edition)
        if made and not edition.criteria.exists():
            for label, help_ in CRITERIA:
                Criterion.objects.create(edition=edition, label=label, help=help_)
    selection.edition = edition
    return selection


def criteria_are_frozen(edition: Edition) -> bool:
    """True once a reading of the call was sent: a score means what its criterion said then."""
    return Review.objects.filter(application__edition=edition, sent_at__isnull=False).exists()


def amendable(selection: Selection, *, now: datetime) -> bool:
    """True while a reading that was sent may still be corrected (docs/adr/0038)."""
    return selection.read_by is None or now < selection.read_by


@dataclass(frozen=True)
class Asked:
    """A criterion as staff type it; `pk` None is a new one."""

    pk: int | None
    label: str
    help: str
    weight: int


SETTINGS = ("is_blind", "readings", "read_by", "confirm_by", "prefers_balance")
MOST_CRITERIA = 8
PAST_THE_END = "L’édition est terminée à cette date : une place se confirme avant son dernier jour."


def version_of(selection: Selection) -> str:
    """Name the settings as they are: a page that showed others is told."""
    held = [str(getattr(selection, name)) for name in SETTINGS]
    criteria = selection.edition.criteria.order_by("order", "pk").values_list("pk", "label", "help", "weight")
    return sha256(repr([held, list(criteria)]).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@transaction.atomic
def set_up_selection(
    edition: Edition, values: dict[str, Any], criteria: Sequence[Asked], *, by: "User", now: datetime, seen: str = ""
) -> Selection:
    """Change how a call is read and chosen. Its criteria stay as they are once a reading was sent, its dates once the results are out."""
    from applications import jury_emails  # which reads what is here

    # The call first: the results are published under this lock, with the dates that their letters say.
    hold(edition.pk)
    selection_of(edition)
    selection = Selection.objects.select_for_update(of=("self",)).select_related("edition").get(edition=edition)
    if seen and seen != version_of(selection):
        raise Refused("Ces réglages ont changé depuis que vous avez ouvert cette page. Rien n’est perdu : relisez, puis renvoyez.")
    _refuse_dates(selection, values)
    changes = _set(selection, values) | _set_criteria(selection.edition, criteria)
    if changes:
        record("réglages de la sélection", selection.edition, by=by, now=now, changes=changes)
        jury_emails.say_again(selection, now=now)
    return selection


def criteria_asked(edition: Edition) -> list[Asked]:
    """The criteria as they are."""
    return [Asked(row.pk, row.label, row.help, row.weight) for row in edition.criteria.order_by("order", "pk")]


def _refuse_dates(selection: Selection, values: dict[str, Any]) -> None:
    """What letters have announced is not moved here; a date stands after the one it follows."""
    edition, read_by, confirm_by = selection.edition, values["read_by"], values["confirm_by"]
    if edition.cancelled_at:
        raise Refused("Cet appel est annulé : sa sélection ne se règle plus.")
    if edition.results_released_at and any(values[name] != getattr(selection, name) for name in SETTINGS if name != "prefers_balance"):
        raise Refused("Les résultats sont publiés : les lettres ont dit ces dates, elles ne changent plus ici.")
    if read_by and read_by <= edition.closes_at:
        raise Refused("Les lectures se rendent après la clôture de l’appel.")
    if confirm_by and confirm_by > end_of(edition):
        raise Refused(PAST_THE_END)
    if confirm_by and confirm_by <= (read_by or edition.closes_at):
        raise Refused("Les places se confirment après la date des lectures.")


def _set(selection: Selection, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Write what changed; return it in words."""
    changed = [name for name in SETTINGS if getattr(selection, name) != values[name]]
    told = {str(Selection._meta.get_field(name).verbose_name): [_said(getattr(selection, name)), _said(values[name])] for name in changed}  # type: ignore[union-attr]
    for name in changed:
        setattr(selection, name, values[name])
    selection.save()
    return told


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return moment_in_words(value, zone=False, weekday=False) if isinstance(value, datetime) else str(value or "")


def _set_criteria(edition: Edition, asked: Sequence[Asked]) -> dict[str, list[Any]]:
    """Keep these criteria and no others, in this order."""
    held = list(edition.criteria.order_by("order", "pk"))
    same = [(row.pk, row.label, row.help, row.weight) for row in held] == [(one.pk, one.label, one.help, one.weight) for one in asked]
    if same:
        return {}
    if criteria_are_frozen(edition):
        raise Refused("Une lecture est déjà envoyée : les critères ne changent plus, sans quoi les notes ne diraient plus la même chose.")
    if not asked or len(asked) > MOST_CRITERIA:
        raise Refused(f"Entre un et {MOST_CRITERIA} critères.")
    before = _listed(held)
    kept = {one.pk for one in asked}
    gone = [row.pk for row in held if row.pk not in kept]
    Score.objects.filter(criterion__in=gone).delete()  # typed, never sent
    Criterion.objects.filter(pk__in=gone).delete()
    known = {row.pk: row for row in held}
    for order, one in enumerate(asked, start=1):
        row = (known.get(one.pk) if one.pk else None) or Criterion(edition=edition)
        row.order, row.label, row.help, row.weight = order, one.label, one.help, one.weight
        row.save()
    return {"critères": [before, _listed(edition.criteria.order_by("order", "pk"))]}


def _listed(criteria: Iterable[Criterion]) -> str:
    return " ; ".join(f"{row.label} (poids {row.weight})" for row in criteria)
