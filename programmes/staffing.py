"""What the team's gathering pages read of programmes: the search box of the admin, the timeline of what is to come."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q, Value
from django.urls import reverse

from core.clock import PARIS
from core.folding import fold
from core.registry import Found, Planned
from core.search import MOST
from programmes.models import Edition, Programme, Trainer, TrainingSession, Venue
from records.services import label_of

if TYPE_CHECKING:
    from accounts.models import User

_EVERYBODY = "tout le monde"


def found(user: "User", words: str) -> Iterator[Found]:
    """Programmes, calls, days, trainers and places whose words hold each of those typed; a portal has tens of them, not thousands."""
    asked = fold(words).split()
    if not asked:
        return
    open_to = [model for _, model, _, _ in _SEARCHED if user.has_perm(f"programmes.view_{model._meta.model_name}")]
    read = _read([model for model in open_to if model in _COLUMNS])
    for group, model, text, note in _SEARCHED:
        if model in open_to:
            rows = [row for row in (read[model] if model in read else model._default_manager.all()) if _holds(text(row), asked)]
            yield from (Found(group, str(row), _admin_of(row), note(row)) for row in rows[:MOST])


def _read(asked: Sequence[type[models.Model]]) -> dict[type[models.Model], list[Any]]:
    """Return the rows of these, with what is looked for in them, in one question: those of a search are counted."""
    found: dict[type[models.Model], list[Any]] = {model: [] for model in asked}
    parts = [_part(number, model) for number, model in enumerate(asked)]
    for number, _, key, *texts in parts[0].union(*parts[1:], all=True).order_by(*map(F, _ORDER)) if parts else ():
        model = asked[number]
        found[model].append(model(pk=key, **dict(zip(_COLUMNS[model], texts, strict=False))))
    return found


def _part(number: int, model: type[models.Model]) -> Any:
    names = _COLUMNS[model]
    texts = {f"text{place}": F(names[place]) if place < len(names) else Value("") for place in range(_WIDEST)}
    place = F("order") if model is Programme else Value(0)
    return model._default_manager.order_by().annotate(part=Value(number), place=place, **texts).values_list("part", "place", "pk", *texts)


_COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Programme: ("title", "slug", "lede", "kind"),
    Trainer: ("name", "job", "email"),
    Venue: ("name", "address", "postcode", "city"),
}
_WIDEST = 4
_ORDER = ("part", "place", "text0", "pk")


def planned(since: datetime, until: datetime) -> Iterator[Planned]:
    """What is published, opens, closes or takes place between the two, of what is (or will be by then) public."""
    yield from _of_calls(since, until)
    yield from _of_days(since, until)


def _of_calls(since: datetime, until: datetime) -> Iterator[Planned]:
    near = Q()
    for moment, _ in _OF_A_CALL:
        near |= Q(**{f"{moment}__gte": since, f"{moment}__lt": until})
    public = Edition.objects.filter(programme__is_public=True, published_at__lt=until)
    for call in public.filter(near).select_related("programme").order_by("pk"):
        for moment, act in _OF_A_CALL:
            at = getattr(call, moment)
            if since <= at < until and (moment == "published_at" or call.cancelled_at is None):
                yield _published(call) if moment == "published_at" else _line(call, at, act, call.short_title)


_OF_A_CALL = (("published_at", "publié"), ("opens_at", "ouvert"), ("closes_at", "clos"))


def _of_days(since: datetime, until: datetime) -> Iterator[Planned]:
    first, last = since.astimezone(PARIS).date(), (until + timedelta(days=1)).astimezone(PARIS).date()
    near = Q(published_at__gte=since) | Q(cancelled_at=None, day__gte=first, day__lte=last)
    public = TrainingSession.objects.filter(programme__is_public=True, published_at__lt=until)
    for day in public.filter(near).with_places().order_by("pk"):
        if day.published_at and day.published_at >= since:
            yield _published(day)
        if day.cancelled_at is None and since <= day.starts.astimezone(UTC) < until:
            yield _line(day, day.starts, "a lieu", day.title, whom=f"{day.taken} place{'s' if day.taken > 1 else ''} sur {day.seats}")


def _published(row: Any) -> Planned:
    return _line(row, row.published_at, "publié", str(row), whom=_EVERYBODY)


def _line(row: Edition | TrainingSession, at: datetime, act: str, what: str, *, whom: str = "") -> Planned:
    return Planned(at, act, what, whom, url=_admin_of(row), about=label_of(row), permission=_may_see(row))


def _may_see(row: models.Model) -> str:
    """A line may tell what is not public yet: it is told to who opens the row in the admin."""
    return f"programmes.view_{row._meta.model_name}"


def _admin_of(row: models.Model) -> str:
    return reverse(f"admin:programmes_{row._meta.model_name}_change", args=[row.pk])


def _holds(text: str, asked: list[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in asked)


_Told = Callable[[Any], str]
_SEARCHED: tuple[tuple[str, type[models.Model], _Told, _Told], ...] = (
    ("Programmes", Programme, lambda row: f"{row.title} {row.slug} {row.lede}", lambda row: row.get_kind_display()),
    (
        "Appels",
        Edition,
        lambda row: f"{row.title} {row.short_title} {row.subtitle} {row.reference_prefix} {row.slug}",
        lambda row: f"Clôture : {row.deadline_short}",
    ),
    ("Journées", TrainingSession, lambda row: f"{row.title} {row.slug} {row.when}", lambda row: row.when),
    ("Formateurs", Trainer, lambda row: f"{row.name} {row.job} {row.email}", lambda row: row.job),
    ("Lieux", Venue, lambda row: row.label, lambda row: row.street),
)
