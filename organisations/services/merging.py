"""Two rows that are one body: one stays, everything that pointed at the other passes to it, in one transaction.

What points is found from the models themselves, so that later apps are included. A row that already exists on the other side
(the same contact twice) goes when its model says so (`UNITED_WHEN_MERGED`), and is filled with what only the other knew; else
the merge is refused in words. The row that goes stays as a sign: its address leads to the one that stays.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction

from core.refusals import Refused
from core.typography import day_in_words
from mailing import outbox
from organisations.models import Alias, Organisation
from organisations.naming import key_of
from organisations.queries import keys_to
from organisations.services.succession import lock
from organisations.states import Kind
from records.services import forget, label_of, record

if TYPE_CHECKING:
    from accounts.models import User

# What the row that stays takes from the other when it has nothing there.
_FILLED = (
    "legal_category",
    "branch",
    "siret",
    "siren",
    "commune",
    "region",
    "address",
    "postcode",
    "city",
    "reference",
    "reference_name",
    "population",
)
_NEEDS = ("needs_service_code", "needs_commitment", "needs_either", "needs_payer_siret")


class OnBothSides(Refused):
    """Two rows that cannot be one hold the same place: whoever reads why is led to each."""

    def __init__(self, words: str, rows: tuple[models.Model, ...]) -> None:
        super().__init__(words)
        self.rows = rows


@dataclass
class MergePlan:
    """What a merge does, counted by doing it and taking it back."""

    kept: Organisation
    gone: Organisation
    # By kind of row: how many pass, under its name for one and for several.
    passed: Counter[tuple[str, str]] = field(default_factory=Counter)
    united: list[tuple[str, str]] = field(default_factory=list)
    filled: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    # The rows of both sides that keep the two bodies apart.
    twins: tuple[models.Model, ...] = ()
    # What makes one doubt that both are one body: a person says so, explicitly.
    cautions: list[str] = field(default_factory=list)

    @property
    def sirets_differ(self) -> bool:
        return bool(self.kept.siret and self.gone.siret)


def plan_merge(kept: Organisation, gone: Organisation, *, now: datetime) -> MergePlan:
    """Return what `merge` would do, having written nothing."""
    plan = MergePlan(kept, gone, cautions=_cautions(kept, gone))
    try:
        with transaction.atomic():
            _merge(Organisation.objects.get(pk=kept.pk), Organisation.objects.get(pk=gone.pk), plan, now=now)
            transaction.set_rollback(True)
    except Refused as refusal:
        plan.refusal, plan.twins = str(refusal), getattr(refusal, "rows", ())
    return plan


@transaction.atomic
def merge(kept: Organisation, gone: Organisation, *, by: "User", now: datetime, reason: str = "", sure: bool = False) -> MergePlan:
    """Unite two rows into `kept`, for good. Different SIRET are most often two establishments: then a reason is needed.

    Of two kinds, or with a replacement that the merge would carry along: somebody must be sure.
    """
    if kept.pk == gone.pk:
        raise Refused("Choisissez deux organismes différents.")
    rows = lock(kept, gone)
    plan = MergePlan(Organisation(**_values(rows[kept.pk])), Organisation(**_values(rows[gone.pk])))
    if plan.sirets_differ and not reason.strip():
        raise Refused("Ces deux organismes ont chacun leur SIRET : ce sont peut-être deux établissements. Dites pourquoi les réunir.")
    plan.cautions = _cautions(rows[kept.pk], rows[gone.pk])
    if plan.cautions and not sure:
        raise Refused("Réunir est définitif : cochez que c’est bien un seul et même organisme.")
    _merge(rows[kept.pk], rows[gone.pk], plan, now=now)
    _tell(plan, by=by, now=now, reason=reason.strip())
    return plan


def _cautions(kept: Organisation, gone: Organisation) -> list[str]:
    """Say what a duplicate seldom has: another kind (« autre » is none), a replacement by another or of another."""
    told = []
    if kept.kind != gone.kind and Kind.OTHER not in (kept.kind, gone.kind):
        told.append(f"Leurs types diffèrent : {kept.get_kind_display()} pour l’un, {gone.get_kind_display()} pour l’autre.")
    for body, other in ((kept, gone), (gone, kept)):
        if body.replaced_by and body.replaced_on:
            becomes = "ce remplacement disparaîtra" if body.replaced_by_id == other.pk else f"ce remplacement vaudra pour « {kept} »"
            told.append(f"« {body} » est remplacé par « {body.replaced_by} » à partir du {day_in_words(body.replaced_on)} : {becomes}.")
        told += [
            f"« {body} » a pris la suite de « {old} » : « {kept} » l’aura prise."
            for old in body.predecessors.exclude(pk=other.pk).order_by("pk")
        ]
    return told


def _values(row: Organisation) -> dict[str, Any]:
    return {concrete.attname: getattr(row, concrete.attname) for concrete in row._meta.concrete_fields}


def _merge(kept: Organisation, gone: Organisation, plan: MergePlan, *, now: datetime) -> None:
    for body in (kept, gone):
        if body.merged_into:
            raise Refused(f"« {body} » a déjà été réuni à « {body.merged_into} ».")
    _free_the_loop(kept, gone)
    _pass_everything(gone, kept, plan, now=now)
    kept.refresh_from_db()
    taken = _fill(kept, gone, plan)
    # Before the other takes what is unique.
    Organisation.objects.filter(pk=gone.pk).update(
        **{name: None if name == "reference" else "" for name in taken if name in ("siret", "reference")},
        merged_into=kept, merged_at=now, replaced_by=None, replaced_on=None,
    )  # fmt: skip
    if key_of(gone.name) != key_of(kept.name):
        Alias.objects.get_or_create(organisation=kept, key=key_of(gone.name), defaults={"name": gone.name})
    Alias.objects.filter(organisation=kept, key=key_of(kept.name)).delete()
    kept.save()


def _free_the_loop(kept: Organisation, gone: Organisation) -> None:
    """If the one that stays was to be replaced by the other, there is nothing to replace any more."""
    if kept.replaced_by_id == gone.pk:
        kept.replaced_by = kept.replaced_on = None
        kept.save(update_fields=["replaced_by", "replaced_on"])


def _fill(kept: Organisation, gone: Organisation, plan: MergePlan) -> list[str]:
    """Give what only the other knew; return the names of what passed."""
    taken = [name for name in _FILLED if not getattr(kept, name) and getattr(gone, name)]
    taken = [name for name in taken if name != "siren" or not kept.siret]
    taken += [name for name in _NEEDS if getattr(gone, name) and not getattr(kept, name)]
    if gone.replaced_by_id and gone.replaced_by_id != kept.pk and not kept.replaced_by_id:
        taken += ["replaced_by", "replaced_on"]
    for name in taken:
        setattr(kept, name, getattr(gone, name))
    shown = [name for name in taken if not name.startswith("reference")]
    labels = {field.name: str(field.verbose_name) for field in Organisation._meta.concrete_fields}
    plan.filled = {labels[name]: _in_words(gone, name) for name in shown}
    return taken


def _in_words(row: Organisation, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return day_in_words(value)
    display = getattr(row, f"get_{name}_display", None)
    return str(display() if display else value)


# --- What points at a row -------------------------------------------------------------------------------


def _pass_everything(gone: models.Model, kept: models.Model, plan: MergePlan, *, now: datetime) -> None:
    for relation in keys_to(type(gone)):
        name = relation.field.name
        rows = relation.related_model._base_manager.filter(**{name: gone})
        count = _pass_at_once(rows, name, kept)
        if count is None:
            count = sum(_pass_one(row, name, kept, plan, now=now) for row in rows.order_by("pk"))
        if count and isinstance(gone, Organisation):
            plan.passed[_names(relation.related_model)] += count


def _names(model: type[models.Model]) -> tuple[str, str]:
    return str(model._meta.verbose_name), str(model._meta.verbose_name_plural)


def _pass_at_once(rows: "models.QuerySet[Any]", name: str, kept: models.Model) -> int | None:
    """Pass all the rows; None when one of them is already there."""
    try:
        with transaction.atomic():
            return rows.update(**{name: kept})
    except IntegrityError:
        return None


def _pass_one(row: models.Model, name: str, kept: models.Model, plan: MergePlan, *, now: datetime) -> int:
    try:
        with transaction.atomic():
            return type(row)._base_manager.filter(pk=row.pk).update(**{name: kept})
    except IntegrityError:
        _unite(row, name, kept, plan, now=now)
        return 0


def _unite(row: models.Model, name: str, kept: models.Model, plan: MergePlan, *, now: datetime) -> None:
    """A row whose twin is already there: what it alone knew, and what points at it, pass to the twin.

    No purge would find it again: the journal and the letters forget whom it was about (docs/adr/0018).
    """
    kind, twin = row._meta.verbose_name, _twin(row, name, kept)
    if twin is None or not getattr(row, "UNITED_WHEN_MERGED", False):
        words = f"« {row} » ({kind}) existe des deux côtés : corrigez ou retirez l’un des deux, puis recommencez."
        raise OnBothSides(words, (row, twin) if twin else (row,))
    _pass_everything(row, twin, plan, now=now)
    for concrete in row._meta.concrete_fields:
        if getattr(twin, concrete.attname) in ("", None) and concrete.editable:
            setattr(twin, concrete.attname, getattr(row, concrete.attname))
    plan.united.append((str(row._meta.verbose_name_plural), str(row)))
    outbox.forget(label_of(row), now)
    forget(row)
    row.delete()
    twin.save()


def _twin(row: models.Model, name: str, kept: models.Model) -> models.Model | None:
    """Return the row that holds, on the other side, what must be unique."""
    for constraint in row._meta.total_unique_constraints + _conditional(row):
        if name in constraint.fields:
            others = {field: getattr(row, field) for field in constraint.fields if field != name}
            rows = type(row)._base_manager.filter(**others, **{name: kept})
            if twin := (rows.filter(constraint.condition) if constraint.condition else rows).order_by("pk").first():
                return twin
    return None


def _conditional(row: models.Model) -> list[models.UniqueConstraint]:
    unique = [constraint for constraint in row._meta.constraints if isinstance(constraint, models.UniqueConstraint)]
    return [constraint for constraint in unique if constraint.condition is not None]


# --- What is said and swept --------------------------------------------------------------------------------


def _tell(plan: MergePlan, *, by: "User", now: datetime, reason: str) -> None:
    """Write the whole of it in the journal, on both rows."""
    changes: dict[str, list[Any]] = {"réuni avec": [_card(plan.gone), ""]}
    changes |= {f"passés : {several}": ["", str(count)] for (_, several), count in plan.passed.items()}
    changes |= {name: ["", value] for name, value in plan.filled.items()}
    # Numbers, no names: a contact is erased one day, the journal stays.
    changes |= {f"en double, réunis : {kind}": [str(count), ""] for kind, count in Counter(kind for kind, _ in plan.united).items()}
    kept = Organisation.objects.get(pk=plan.kept.pk)
    gone = Organisation.objects.get(pk=plan.gone.pk)
    record("organismes réunis", kept, by=by, now=now, note=reason, changes=changes)
    record("réuni à un autre", gone, by=by, now=now, note=reason, changes={"réuni à": ["", _card(kept)]})


def _card(row: Organisation) -> str:
    return f"{row.name} (n° {row.pk}{f', SIRET {row.siret}' if row.siret else ''})"


def settle(*, now: datetime) -> int:
    """Pass on what was tied to a merged row while it was being merged. Run again, it finds nothing."""
    count = 0
    for pk in Organisation.objects.exclude(merged_into=None).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            gone = Organisation.objects.select_for_update(of=("self",)).get(pk=pk)
            plan = MergePlan(gone.standing, gone)
            _pass_everything(gone, gone.standing, plan, now=now)
            count += sum(plan.passed.values())
    return count
