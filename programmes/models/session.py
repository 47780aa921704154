"""Training days: their hours, their trainers, their price."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.functional import cached_property

from core.addresses import path_of
from core.clock import PARIS
from core.money import euros, without_tax
from core.registry import DAY_PLACES
from programmes import dates
from programmes.models.programme import Programme, Venue
from programmes.models.published import Published, PublishedQuerySet
from programmes.models.ranked import Ranked
from programmes.states import DayStatus


class VatMode(models.TextChoices):
    """The association decides which applies; the code never guesses (C1)."""

    TAXED_20 = "TAXED_20", "TVA à 20 %"
    EXEMPT = "EXEMPT", "exonéré de TVA"


VAT_RATE = Decimal(20)
# What follows an edition's address leads elsewhere, even when the edition is called « sessions ».
TAKEN = frozenset({"candidater", "prevenez-moi"})


class Trainer(models.Model):
    """Who leads training days, without an account. A trainer without photo leaves no hole."""

    name = models.CharField("nom", max_length=120, unique=True)
    job = models.CharField("fonction", max_length=160, blank=True)
    biography = models.TextField("présentation", blank=True, help_text="Deux ou trois phrases.")
    photo = models.ImageField("portrait", upload_to="formateurs/", blank=True)
    photo_credit = models.CharField("crédit du portrait", max_length=120, blank=True)
    email = models.EmailField("adresse électronique", blank=True, help_text="Jamais publiée.")

    class Meta:
        verbose_name = "formateur"
        verbose_name_plural = "formateurs"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class TrainingSessionQuerySet(PublishedQuerySet["TrainingSession"]):
    def to_come(self, *, now: datetime) -> "TrainingSessionQuerySet":
        """Public, not over and not cancelled."""
        return self.public(now=now).filter(day__gte=now.astimezone(PARIS).date(), cancelled_at=None)

    def with_places(self) -> "TrainingSessionQuerySet":
        """What its address and its place read, in one query."""
        return self.select_related("programme", "venue")

    def with_seats(self, *, now: datetime) -> "TrainingSessionQuerySet":
        """What the apps above need to tell the seats left (`tell_seats`), in the same query."""
        return self.annotate(**{name: column for known in DAY_PLACES for name, column in known.columns(now).items()})


@dataclass
class Slot:
    """An hour of the day and what shares it."""

    starts_at: time | None
    items: "list[AgendaItem]" = field(default_factory=list)

    @property
    def hour(self) -> str:
        """« 9 h »"""
        return dates.time_in_words(self.starts_at) if self.starts_at else ""


class TrainingSession(Published):
    """One paid day of training: when, where, for how many and at what price (domain.md 2.2, C1)."""

    programme = models.ForeignKey(Programme, verbose_name="programme", on_delete=models.PROTECT, related_name="sessions")
    slug = models.SlugField("adresse", max_length=40, help_text="Le plus souvent la date : 2019-03-19.")
    title = models.CharField("titre", max_length=160)
    lede = models.TextField("chapô", help_text="Deux phrases, en tête de la page et dans les listes.")
    description = models.TextField("présentation", blank=True, help_text="Markdown.")
    questions = models.TextField("questions de la journée", blank=True, help_text="Markdown.")
    audience = models.TextField("public", blank=True, help_text="Markdown.")
    format = models.TextField("format", blank=True, help_text="Markdown. Le prix, les places et le contact s’y ajoutent d’eux-mêmes.")
    pitch = models.TextField("pourquoi cette journée ?", blank=True, help_text="Markdown.")
    links = models.TextField("pour commencer…", blank=True, help_text="Markdown. Des liens à lire avant de venir.")
    day = models.DateField("jour")
    starts_at = models.TimeField("de")
    ends_at = models.TimeField("à")
    hours = models.DecimalField("heures de formation", max_digits=4, decimal_places=1, help_text="Comptées sans les pauses ni le pot.")
    venue = models.ForeignKey(Venue, verbose_name="lieu", on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    seats = models.PositiveSmallIntegerField("places", default=20, validators=[MinValueValidator(1)])
    # Written by `bookings`, in the transaction that gives or frees a seat (design.md section 2).
    taken = models.PositiveSmallIntegerField("places prises", default=0, editable=False)
    price = models.DecimalField("prix TTC par personne, en euros", max_digits=8, decimal_places=2)
    vat_mode = models.CharField("TVA", max_length=8, choices=VatMode)
    contact_email = models.EmailField("adresse de contact", blank=True, help_text="Vide : celle du programme.")
    trainers = models.ManyToManyField(Trainer, verbose_name="formateurs", through="SessionTrainer", related_name="sessions")
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True, editable=False)
    cancellation_reason = models.TextField("motif de l’annulation", blank=True, editable=False)

    taken_slugs, other_slug = TAKEN, "la date"
    # What a newcomer may have, as the apps above tell it; None: nothing told, what the row counts.
    told_left: int | None = None
    objects = TrainingSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "journée"
        verbose_name_plural = "journées"
        ordering = ["-day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "slug"],
                name="session_slug_once",
                violation_error_message="Ce programme a déjà une journée à cette adresse.",
            ),
            models.CheckConstraint(
                name="session_starts_before_it_ends",
                condition=models.Q(starts_at__lt=models.F("ends_at")),
                violation_error_message="La journée doit commencer avant de finir.",
            ),
            models.CheckConstraint(
                name="session_taken_within_seats",
                condition=models.Q(seats__gte=1, taken__lte=models.F("seats")),
                violation_error_message="Une journée offre au moins une place, et pas moins que celles déjà prises.",
            ),
            models.CheckConstraint(
                name="session_price_is_not_negative",
                condition=models.Q(price__gte=0),
                violation_error_message="Le prix ne peut pas être négatif.",
            ),
        ]

    def get_absolute_url(self) -> str:
        return path_of("session", self.programme.slug, self.slug)

    @property
    def starts(self) -> datetime:
        """When it begins, in Paris."""
        return datetime.combine(self.day, self.starts_at, PARIS)

    @property
    def ends(self) -> datetime:
        """When it ends, in Paris."""
        return datetime.combine(self.day, self.ends_at, PARIS)

    def status(self, *, now: datetime) -> DayStatus:
        """The one status, for page, lists and admin."""
        if self.cancelled_at:
            return DayStatus.CANCELLED
        now = now.astimezone(UTC)
        if now >= self.ends.astimezone(UTC):
            return DayStatus.OVER
        if now >= self.starts.astimezone(UTC):
            return DayStatus.RUNNING
        return DayStatus.FULL if self.seats_left == 0 else DayStatus.TO_COME

    def stays_for(self, *, now: datetime) -> timedelta | None:
        """How long the status holds by the clock alone, as for a call."""
        midnight = datetime.combine(self.day + timedelta(days=1), time(), PARIS)
        waits = [moment.astimezone(UTC) - now.astimezone(UTC) for moment in (self.starts, self.ends, midnight)]
        return min((wait for wait in waits if wait > timedelta()), default=None)

    @cached_property
    def slots(self) -> list[Slot]:
        """The day hour by hour, whatever the ranks; what has no hour of its own follows the one before it by rank."""
        slots: list[Slot] = []
        for item in self.agenda.all():
            if item.starts_at or not slots:
                slots.append(Slot(item.starts_at))
            slots[-1].items.append(item)
        return sorted(slots, key=lambda slot: slot.starts_at or time.min)

    @cached_property
    def people(self) -> list[Trainer]:
        """Its trainers, in the order of the flyer."""
        return [place.trainer for place in self.team.select_related("trainer")]

    @property
    def when(self) -> str:
        """« mardi 19 mars 2019, 9 h – 18 h »"""
        return f"{dates.span_text(self.day)}, {self.hours_label}"

    @property
    def hours_label(self) -> str:
        """« 9 h – 18 h »"""
        return dates.hours_text(self.starts_at, self.ends_at)

    @property
    def where(self) -> str:
        """« Halle civique (Paris) »; empty without venue."""
        if not self.venue:
            return ""
        return f"{self.venue.name} ({self.venue.city})" if self.venue.city else self.venue.name

    @property
    def duration(self) -> str:
        """« 8 heures », « 7 h 30 »: counted without the breaks and the drink."""
        whole, half = int(self.hours), self.hours % 1
        if half:
            return f"{whole}\u00a0h\u00a0{int(half * 60):02}"
        return f"{whole} heure" if whole == 1 else f"{whole} heures"

    @property
    def price_label(self) -> str:
        """« 680 € TTC »; free is said so."""
        return f"{euros(self.price)} TTC" if self.price else "gratuit"

    @property
    def vat_label(self) -> str:
        """What the price holds of tax, in the mode that the association chose; a free day has none to say."""
        if not self.price:
            return ""
        if self.vat_mode == VatMode.EXEMPT:
            return "exonéré de TVA (article 261 du code général des impôts)"
        net, vat = without_tax(self.price, VAT_RATE)
        return f"soit {euros(net)} hors taxes et {euros(vat)} de TVA à 20\u00a0%"

    @property
    def seats_left(self) -> int:
        """What a newcomer may have: nothing while somebody waits, more than the row says once holds have ended."""
        return self.seats - self.taken if self.told_left is None else self.told_left

    def tell_seats(self, *, now: datetime) -> Self:
        """Ask the apps above what is left; of a row read `with_seats`."""
        for known in DAY_PLACES:
            self.told_left = known.left(self, now)
        return self

    @property
    def contact(self) -> str:
        """Who answers about this day."""
        return self.contact_email or self.programme.contact_email


class SessionTrainer(Ranked):
    """A trainer of a day, in the order of the flyer."""

    session = models.ForeignKey(TrainingSession, verbose_name="journée", on_delete=models.CASCADE, related_name="team")
    trainer = models.ForeignKey(Trainer, verbose_name="formateur", on_delete=models.PROTECT, related_name="days")
    ranked_in = "session"

    class Meta(Ranked.Meta):
        verbose_name = "formateur de la journée"
        verbose_name_plural = "formateurs de la journée"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "trainer"],
                name="session_trainer_once",
                violation_error_message="Ce formateur est déjà de cette journée.",
            )
        ]

    def __str__(self) -> str:
        return str(self.trainer)


class AgendaItem(Ranked):
    """One item of the day; several may share one slot: those without an hour follow the one before."""

    session = models.ForeignKey(TrainingSession, verbose_name="journée", on_delete=models.CASCADE, related_name="agenda")
    starts_at = models.TimeField("heure", null=True, blank=True, help_text="Vide : à la suite, sur le même créneau.")
    title = models.CharField("titre", max_length=120)
    description = models.TextField("description", blank=True)
    ranked_in = "session"

    class Meta(Ranked.Meta):
        verbose_name = "séquence du déroulé"
        verbose_name_plural = "déroulé"

    def __str__(self) -> str:
        return self.title
