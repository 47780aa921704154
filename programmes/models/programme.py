"""Programmes and places."""

from typing import TYPE_CHECKING

from django.db import models

from core.addresses import path_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Hue(models.TextChoices):
    ROUGE = "rouge", "rouge"
    JAUNE = "jaune", "jaune"
    LILAS = "lilas", "lilas"
    VERT = "vert", "vert"
    BLEU = "bleu", "bleu"


class Kind(models.TextChoices):
    EXPLORATION = "EXPLORATION", "Exploration"
    TRAINING = "TRAINING", "Formation"
    GATHERING = "GATHERING", "Rendez-vous"


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def public(self) -> "ProgrammeQuerySet":
        """What anybody may see."""
        return self.filter(is_public=True)

    def visible_to(self, user: "User | AnonymousUser") -> "ProgrammeQuerySet":
        """Staff preview what is not public yet."""
        return self.all() if user.has_perm("programmes.view_programme") else self.public()


class Programme(models.Model):
    """What the association runs year after year."""

    slug = models.SlugField("adresse", max_length=60, unique=True)
    title = models.CharField("titre", max_length=160)
    kind = models.CharField("sorte", max_length=12, choices=Kind, default=Kind.EXPLORATION)
    hue = models.CharField("couleur", max_length=6, choices=Hue, default=Hue.ROUGE)
    lede = models.TextField("chapô", help_text="Deux phrases, en tête des listes et de la page.")
    description = models.TextField("présentation", blank=True, help_text="Markdown.")
    contact_email = models.EmailField("adresse de contact", help_text="Lue par des personnes : réponse aux lettres, page Contact.")
    is_public = models.BooleanField("publié", default=False)
    order = models.PositiveSmallIntegerField("rang", default=0)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = "programme"
        verbose_name_plural = "programmes"
        ordering = ["order", "title", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return path_of("programme", self.slug)


class Venue(models.Model):
    """A place, with what a visitor needs to reach and enter it."""

    name = models.CharField("nom", max_length=120, unique=True)
    address = models.CharField("adresse", max_length=160, blank=True)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("ville", max_length=80, blank=True)
    access = models.TextField("accès et accessibilité", blank=True)

    class Meta:
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """« Superpublic, 4 rue La Vacquerie, 75011 Paris »: what is known of the place, on one line."""
        return ", ".join(part for part in (self.name, self.street) if part)

    @property
    def street(self) -> str:
        """« 4 rue La Vacquerie, 75011 Paris »"""
        return ", ".join(part for part in (self.address, f"{self.postcode} {self.city}".strip()) if part)
