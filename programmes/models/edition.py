"""Editions (calls) and their phases."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.functional import cached_property

from core.addresses import path_of
from core.clock import PARIS
from core.lines import MOTIVATION_LINES
from programmes import dates
from programmes.models.programme import Programme, Venue
from programmes.models.published import Published, PublishedQuerySet
from programmes.models.ranked import Ranked
from programmes.states import ACCEPTING, Status

if TYPE_CHECKING:
    from programmes.models.change import Change

CLOSING_SOON = timedelta(days=7)
JUST_CLOSED = timedelta(hours=24)
# References are part of addresses, file names and calendars.
PREFIX = r"\A[A-Z0-9]+(-[A-Z0-9]+)*\Z"
TAKEN = frozenset({"sessions", "prevenez-moi"})  # pages of the programme itself
PREFIX_REFUSED = "Des lettres capitales sans accent, des chiffres et des traits d’union, comme AV17."


class EditionQuerySet(PublishedQuerySet["Edition"]):
    def open(self, *, now: datetime) -> "EditionQuerySet":
        """Public, and accepting applications at `now` (half-open, A1)."""
        return self.public(now=now).filter(opens_at__lte=now, closes_at__gt=now, cancelled_at=None)

    def current(self, *, now: datetime) -> "EditionQuerySet":
        """Public and not over: announced, open, or being followed."""
        return self.public(now=now).filter(ends_on__gte=now.astimezone(PARIS).date())


class Edition(Published):
    """A call: one edition of a programme, its deadline to the second and what it promises."""

    programme = models.ForeignKey(Programme, verbose_name="programme", on_delete=models.PROTECT, related_name="editions")
    slug = models.SlugField("adresse", max_length=40, help_text="Le plus souvent l’année : 2027. Elle suit celle du programme.")
    title = models.CharField("titre", max_length=160)
    short_title = models.CharField(
        "titre court", max_length=60, help_text="Listes, boutons et sujets des lettres : « Les Aventuriers 2017 »."
    )
    subtitle = models.CharField("sous-titre", max_length=200, blank=True)
    lede = models.TextField("chapô", help_text="Deux phrases, en tête de la page et dans les listes.")
    description = models.TextField("présentation", blank=True, help_text="Markdown.")
    audience = models.TextField("à qui s’adresse l’appel", blank=True, help_text="Markdown.")
    total_duration = models.CharField("durée en tout", max_length=60, blank=True, help_text="« 4 à 5 journées »")
    costs_label = models.CharField("qui paie quoi, en bref", max_length=120, blank=True, help_text="Une ligne, pour les listes.")
    costs = models.TextField("qui paie quoi", blank=True, help_text="Markdown.")
    history = models.TextField("éditions précédentes, repères", blank=True, help_text="Markdown.")
    seats = models.PositiveSmallIntegerField("places", default=20, validators=[MinValueValidator(1)])
    motivation_lines = models.PositiveSmallIntegerField(
        "lignes de motivation au plus", default=MOTIVATION_LINES, validators=[MinValueValidator(1)]
    )
    reference_prefix = models.CharField(
        "préfixe des références",
        max_length=8,
        unique=True,
        validators=[RegexValidator(PREFIX, PREFIX_REFUSED)],
        help_text="AV17 donne AV17-0001. Lettres capitales, chiffres, traits d’union.",
    )
    last_number = models.PositiveIntegerField("dernier numéro donné", default=0, editable=False)
    opens_at = models.DateTimeField("ouverture", help_text="Heure de Paris.")
    closes_at = models.DateTimeField("clôture", help_text="À cette seconde, il est trop tard. Heure de Paris.")
    results_label = models.CharField("quand viendra la réponse", max_length=80, blank=True, help_text="« mi-septembre 2017 »")
    results_released_at = models.DateTimeField("résultats publiés le", null=True, blank=True, editable=False)
    ends_on = models.DateField("fin de l’édition", help_text="Les durées de conservation se comptent d’ici.")
    cancelled_at = models.DateTimeField("annulé le", null=True, blank=True, editable=False)
    cancellation_reason = models.TextField("motif de l’annulation", blank=True, editable=False)

    taken_slugs, other_slug = TAKEN, "l’année"
    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = "appel"
        verbose_name_plural = "appels"
        ordering = ["-closes_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "slug"],
                name="edition_slug_once",
                violation_error_message="Ce programme a déjà un appel à cette adresse.",
            ),
            models.CheckConstraint(
                name="edition_opens_before_it_closes",
                condition=models.Q(opens_at__lt=models.F("closes_at")),
                violation_error_message="L’ouverture doit précéder la clôture.",
            ),
            models.CheckConstraint(
                name="edition_has_seats_and_lines",
                condition=models.Q(seats__gte=1, motivation_lines__gte=1),
                violation_error_message="Un appel offre au moins une place et une ligne de motivation.",
            ),
            models.CheckConstraint(
                name="edition_prefix_is_plain",
                condition=models.Q(reference_prefix__regex=PREFIX),
                violation_error_message=PREFIX_REFUSED,
            ),
        ]

    def get_absolute_url(self) -> str:
        return path_of("edition", self.programme.slug, self.slug)

    def clean(self) -> None:
        super().clean()
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise ValidationError({"closes_at": "L’ouverture doit précéder la clôture."})
        if self.closes_at and self.ends_on and self.ends_on < self.closes_at.astimezone(PARIS).date():
            raise ValidationError({"ends_on": "L’édition ne peut pas finir avant la clôture de l’appel."})

    def get_apply_url(self) -> str:
        """Where « Candidater » leads (the address is of `applications`, above)."""
        return path_of("apply", self.programme.slug, self.slug)

    def is_accepting(self, *, now: datetime) -> bool:
        """Half-open: at `closes_at` it is too late (A1); and never once the results are out: nobody would be answered."""
        return not self.is_released(now=now) and self.status(now=now) in ACCEPTING

    def is_released(self, *, now: datetime) -> bool:
        """True once the letters of the results leave: asked for, they may still be undone for ten minutes (B4)."""
        return self.results_released_at is not None and self.results_released_at.astimezone(UTC) <= now.astimezone(UTC)

    def status(self, *, now: datetime) -> Status:
        """The one status, for page, button, admin and mail (`states.Status` says each).

        In UTC: two local times of one zone compare by the clock on the wall, which is wrong when the hour changes.
        """
        if self.cancelled_at:
            return Status.CANCELLED
        now, closes_at = now.astimezone(UTC), self.closes_at.astimezone(UTC)
        if now < self.opens_at.astimezone(UTC):
            return Status.ANNOUNCED
        if now < closes_at:
            return Status.CLOSING if closes_at - now <= CLOSING_SOON else Status.OPEN
        return self._status_once_closed(since=now - closes_at, now=now)

    def _status_once_closed(self, *, since: timedelta, now: datetime) -> Status:
        if now.astimezone(PARIS).date() > self.ends_on:
            return Status.OVER
        if self.is_released(now=now):
            return Status.RELEASED
        return Status.CLOSED if since < JUST_CLOSED else Status.SELECTING

    def stays_for(self, *, now: datetime) -> timedelta | None:
        """How long the status holds by the clock alone: a page may be kept that long and no longer."""
        turns = (self.opens_at, self.closes_at - CLOSING_SOON, self.closes_at, self.closes_at + JUST_CLOSED, self.results_released_at)
        waits = [moment.astimezone(UTC) - now.astimezone(UTC) for moment in turns if moment]
        return min((wait for wait in waits if wait > timedelta()), default=None)

    @cached_property
    def timeline(self) -> "list[Phase]":
        """Its phases in their order; lists read them beforehand (`queries`)."""
        return list(self.phases.with_places())

    @cached_property
    def carried_by(self) -> "list[Partner]":
        """Who carries it, in order."""
        return list(self.partners.all())

    @cached_property
    def told(self) -> "list[Change]":
        """What its page tells of what changed, the latest first."""
        return list(self.changes.moved())

    @cached_property
    def carriers(self) -> str:
        """« La 27e Région et le SGMAP, dans le cadre de la Semaine de l’innovation publique 2017 »; empty without partners."""
        carried = [partner.name for partner in self.carried_by if partner.role != PartnerRole.FRAME]
        frames = [contracted(partner.name) for partner in self.carried_by if partner.role == PartnerRole.FRAME]
        framed = f"dans le cadre {enumerated(frames)}" if frames else ""
        return ", ".join(part for part in (enumerated(carried), framed) if part)

    @property
    def deadline(self) -> str:
        """The deadline in full, with its zone and the hour overseas beside it."""
        return dates.deadline_text(self.closes_at)

    @property
    def deadline_short(self) -> str:
        """« 8 septembre 2017, midi »"""
        return dates.deadline_short(self.closes_at)

    @property
    def when(self) -> str:
        """From the first phase to the last, in words; empty without phases."""
        ends = self.timeline[:1] + self.timeline[1:][-1:]
        words = [phase.when for phase in ends]
        return " → ".join(words)

    @property
    def where(self) -> str:
        """The places of its phases, each once; empty without phases."""
        return ", ".join(dict.fromkeys(phase.where for phase in self.timeline if phase.where))


class PhaseQuerySet(models.QuerySet["Phase"]):
    def with_places(self) -> "PhaseQuerySet":
        """What `Phase.where` reads, in one query."""
        return self.select_related("venue")


class Phase(models.Model):
    """A step of an edition. Its dates are exact (days, no words) or fuzzy (words, and perhaps the days they cover)."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, related_name="phases")
    title = models.CharField("titre", max_length=120)
    duration = models.CharField("durée", max_length=60, blank=True, help_text="« 1 journée », « 1 à 2 journées »")
    description = models.TextField("description", blank=True)
    when_label = models.CharField(
        "quand, en mots", max_length=80, blank=True, help_text="« mi-septembre 2017 » tant que la date n’est pas fixée ; vide ensuite."
    )
    starts_on = models.DateField("du", null=True, blank=True, help_text="Avec des mots : le premier jour possible.")
    ends_on = models.DateField("au", null=True, blank=True, help_text="Vide : un seul jour.")
    sort_on = models.DateField("se range au", blank=True, help_text="Place dans le temps d’une date floue ; vide : le premier jour.")
    venue = models.ForeignKey(Venue, verbose_name="lieu", on_delete=models.PROTECT, null=True, blank=True, related_name="phases")
    place_label = models.CharField(
        "lieu, en mots", max_length=120, blank=True, help_text="« Superpublic (Paris) » ; vide : le nom et la ville du lieu."
    )

    objects = PhaseQuerySet.as_manager()

    class Meta:
        verbose_name = "phase"
        verbose_name_plural = "phases"
        ordering = ["sort_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="phase_starts_before_it_ends",
                condition=models.Q(ends_on__isnull=True) | models.Q(starts_on__isnull=False, starts_on__lte=models.F("ends_on")),
                violation_error_message="La phase doit commencer avant de finir.",
            ),
            models.CheckConstraint(
                name="phase_says_when",
                condition=~models.Q(when_label="") | models.Q(starts_on__isnull=False),
                violation_error_message="Dites quand, par des mots ou par une date.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """An exact phase has its place by its first day; a fuzzy one by the day given for it."""
        if self.starts_on and (self.is_exact or not self.sort_on):
            self.sort_on = self.starts_on
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if not self.sort_on and not self.starts_on:
            raise ValidationError({"sort_on": "Indiquez à quelle date ranger cette phase."})

    @property
    def is_exact(self) -> bool:
        """True once the days are fixed: no words stand for them any more."""
        return self.starts_on is not None and not self.when_label

    @property
    def when(self) -> str:
        """« mi-septembre 2017 », « 12 et 13 octobre 2027 »."""
        return self.when_label or (dates.span_text(self.starts_on, self.ends_on) if self.starts_on else "")

    @property
    def where(self) -> str:
        """« Superpublic (Paris) »."""
        if self.place_label or not self.venue:
            return self.place_label
        return f"{self.venue.name} ({self.venue.city})" if self.venue.city else self.venue.name


def enumerated(names: list[str]) -> str:
    """« A », « A et B », « A, B et C »"""
    return " et ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def contracted(name: str) -> str:
    """« de la Semaine », « du Mois », « des Rencontres »: a name with its article, after « dans le cadre »."""
    for article, joined in (("le ", "du "), ("les ", "des ")):
        if name.lower().startswith(article):
            return joined + name[len(article) :]
    return f"de {name}"


class PartnerRole(models.TextChoices):
    LEAD = "LEAD", "porteur"
    CO_LEAD = "CO_LEAD", "co-porteur"
    FRAME = "FRAME", "cadre"


class Partner(Ranked):
    """Who carries an edition, in order and in which role."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, related_name="partners")
    name = models.CharField(
        "nom, avec son article", max_length=200, help_text="« La 27e Région », « le SGMAP », « la Semaine de l’innovation publique 2017 »."
    )
    role = models.CharField("rôle", max_length=8, choices=PartnerRole, default=PartnerRole.LEAD)
    website = models.URLField("site web", blank=True)
    ranked_in = "edition"

    class Meta(Ranked.Meta):
        verbose_name = "partenaire"
        verbose_name_plural = "partenaires"
        constraints = [models.CheckConstraint(name="partner_role_is_known", condition=models.Q(role__in=PartnerRole.values))]

    def __str__(self) -> str:
        return self.name
