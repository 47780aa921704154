"""Seasons: the Semaine or the Mois of a year, and who coordinates which region."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from accounts.roles import Role
from core.clock import PARIS
from events.states import SeasonKind
from organisations.regions import Region

if TYPE_CHECKING:
    from accounts.models import User

VIEW_EVENT = "events.view_event"
# What stands beside seasons under /evenements/.
RESERVED = frozenset({"proposer", "propositions", "integrer", "donnees-ouvertes", "invitations", "organiser", "inscriptions"})


class SeasonQuerySet(models.QuerySet["Season"]):
    def public(self, *, now: datetime) -> "SeasonQuerySet":
        return self.filter(published_at__lte=now)

    def visible_to(self, user: "User", *, now: datetime) -> "SeasonQuerySet":
        return self.all() if user.has_perm(VIEW_EVENT) else self.public(now=now)

    def taking_proposals(self, *, now: datetime) -> "SeasonQuerySet":
        """Public, and listing at `now` (half-open, as A1)."""
        return self.public(now=now).filter(listing_opens_at__lte=now, listing_closes_at__gt=now)


class Season(models.Model):
    """One Semaine, or one Mois: its dates, its theme, when events may be proposed; past ones are the archive (domain.md 5)."""

    kind = models.CharField("sorte", max_length=5, choices=SeasonKind, default=SeasonKind.WEEK)
    number = models.PositiveSmallIntegerField("numéro", null=True, blank=True, help_text="4 pour la 4ᵉ ; vide quand elle n’en a pas.")
    slug = models.SlugField("adresse", max_length=40, unique=True, help_text="Le plus souvent l’année : 2027.")
    title = models.CharField("titre", max_length=160)
    theme = models.CharField("thème", max_length=200, blank=True)
    lede = models.TextField("chapô", blank=True, help_text="Deux phrases, en tête de la page et dans les listes.")
    description = models.TextField("présentation", blank=True, help_text="Markdown.")
    highlights = models.TextField("temps forts", blank=True, help_text="Markdown.")
    rules = models.TextField("comment proposer", blank=True, help_text="Markdown.")
    carriers = models.CharField("portée par", max_length=200, blank=True, help_text="« organisée par le SGMAP »")
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    listing_opens_at = models.DateTimeField("propositions à partir du", null=True, blank=True, help_text="Heure de Paris.")
    listing_closes_at = models.DateTimeField("propositions jusqu’au", null=True, blank=True, help_text="À cette seconde, il est trop tard.")
    # Of seasons held before the portal: what was counted then.
    events_then = models.PositiveIntegerField("événements comptés alors", null=True, blank=True)
    people_then = models.PositiveIntegerField("participants comptés alors", null=True, blank=True)
    counted_at_least = models.BooleanField("comptés au moins", default=False, help_text="« plus de 300 événements »")
    published_at = models.DateTimeField("publiée à partir de", null=True, blank=True, help_text="Vide : visible de l’équipe seulement.")

    objects = SeasonQuerySet.as_manager()

    class Meta:
        verbose_name = "saison"
        verbose_name_plural = "saisons"
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="season_starts_before_it_ends",
                condition=models.Q(starts_on__lte=models.F("ends_on")),
                violation_error_message="La saison doit commencer avant de finir.",
            ),
            models.CheckConstraint(
                name="season_listing_opens_before_it_closes",
                condition=models.Q(listing_opens_at__isnull=True)
                | models.Q(listing_closes_at__isnull=True)
                | models.Q(listing_opens_at__lt=models.F("listing_closes_at")),
                violation_error_message="Les propositions doivent s’ouvrir avant de se fermer.",
            ),
            models.CheckConstraint(name="season_kind_is_known", condition=models.Q(kind__in=SeasonKind.values)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("season", args=[self.slug])

    def clean(self) -> None:
        if self.slug in RESERVED:
            raise ValidationError({"slug": "Cette adresse est déjà celle d’une autre page : prenez l’année."})

    @property
    def short_kind(self) -> str:
        """« la Semaine », « le Mois »: of which « c’est aussi… » (E2)."""
        return "la Semaine" if self.kind == SeasonKind.WEEK else "le Mois"

    def is_listing(self, *, now: datetime) -> bool:
        """Half-open: at `listing_closes_at` it is too late."""
        opens, closes = self.listing_opens_at, self.listing_closes_at
        return opens is not None and closes is not None and opens <= now < closes

    def holds(self, day: date) -> bool:
        """True for a day of the season; another day is « La Semaine, c’est aussi… » (E2)."""
        return self.starts_on <= day <= self.ends_on

    def is_over(self, *, now: datetime) -> bool:
        return now.astimezone(PARIS).date() > self.ends_on


class RegionCoordinatorQuerySet(models.QuerySet["RegionCoordinator"]):
    def active(self) -> "RegionCoordinatorQuerySet":
        """Of an open account that still holds the role: the others answer nobody, and their region falls to the national queue."""
        return self.filter(pk__in=self.filter(person__is_active=True, person__grants__role=Role.COORDINATOR).values("pk"))

    def of(self, user: "User") -> "RegionCoordinatorQuerySet":
        return self.active().filter(person=user.pk)


class RegionCoordinator(models.Model):
    """Who answers the proposals of a region; without region, those that are online."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="personne", on_delete=models.CASCADE, related_name="regions")
    region = models.CharField("région", max_length=2, choices=Region, blank=True, help_text="Vide : la file nationale, « En ligne ».")

    objects = RegionCoordinatorQuerySet.as_manager()

    class Meta:
        verbose_name = "coordination régionale"
        verbose_name_plural = "coordinations régionales"
        ordering = ["region", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "region"], name="coordinator_once", violation_error_message="Cette personne coordonne déjà cette région."
            ),
            models.CheckConstraint(name="coordinator_region_is_known", condition=models.Q(region__in=["", *Region.values])),
        ]

    def __str__(self) -> str:
        return self.get_region_display() or "En ligne"
