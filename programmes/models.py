"""Programmes, their editions (calls), phases and places."""

from datetime import datetime, timedelta

from django.db import models
from django.urls import reverse

from core.lines import MOTIVATION_LINES
from programmes.states import ACCEPTING, Status

CLOSING_SOON = timedelta(days=7)


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
        return self.filter(is_public=True)


class Programme(models.Model):
    """What the association runs year after year."""

    slug = models.SlugField("adresse", max_length=60, unique=True)
    title = models.CharField("titre", max_length=160)
    kind = models.CharField("sorte", max_length=12, choices=Kind, default=Kind.EXPLORATION)
    hue = models.CharField("couleur", max_length=6, choices=Hue, default=Hue.ROUGE)
    lede = models.TextField("chapô", help_text="Deux phrases, en tête des listes et de la page.")
    description = models.TextField("présentation", blank=True, help_text="Markdown.")
    contact_email = models.EmailField("adresse de contact", help_text="Lue par des personnes : réponse aux lettres, page Contact.")
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
        return reverse("programme", args=[self.slug])


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


class EditionQuerySet(models.QuerySet["Edition"]):
    def public(self, *, now: datetime) -> "EditionQuerySet":
        """What anybody may see at `now`: published, of a public programme."""
        return self.filter(programme__is_public=True, published_at__lte=now)

    def open(self, *, now: datetime) -> "EditionQuerySet":
        return self.public(now=now).filter(opens_at__lte=now, closes_at__gt=now)


class Edition(models.Model):
    """A call: one edition of a programme, its deadline to the second and what it promises."""

    programme = models.ForeignKey(Programme, verbose_name="programme", on_delete=models.PROTECT, related_name="editions")
    slug = models.SlugField("adresse", max_length=40, help_text="Le plus souvent l’année.")
    title = models.CharField("titre", max_length=160)
    short_title = models.CharField("titre court", max_length=60, help_text="Boutons et sujets des lettres : « Les Aventuriers 2017 ».")
    subtitle = models.CharField("sous-titre", max_length=200, blank=True)
    carriers = models.CharField("porté par", max_length=200, blank=True)
    lede = models.TextField("chapô")
    description = models.TextField("présentation", blank=True, help_text="Markdown.")
    audience = models.TextField("à qui s’adresse l’appel", blank=True, help_text="Markdown.")
    costs = models.TextField("qui paie quoi", blank=True, help_text="Markdown.")
    history = models.TextField("éditions précédentes, repères", blank=True, help_text="Markdown.")
    seats = models.PositiveSmallIntegerField("places", default=20)
    motivation_lines = models.PositiveSmallIntegerField("lignes de motivation au plus", default=MOTIVATION_LINES)
    reference_prefix = models.CharField("préfixe des références", max_length=8, unique=True, help_text="AV17 donne AV17-0001.")
    last_number = models.PositiveIntegerField("dernier numéro donné", default=0, editable=False)
    published_at = models.DateTimeField("publiée à partir de", null=True, blank=True)
    opens_at = models.DateTimeField("ouverture")
    closes_at = models.DateTimeField("clôture", help_text="À cette seconde, il est trop tard (A1).")
    results_label = models.CharField("quand viendra la réponse", max_length=80, blank=True, help_text="« mi-septembre 2017 »")
    results_released_at = models.DateTimeField("résultats publiés le", null=True, blank=True, editable=False)
    ends_on = models.DateField("fin de l’édition", help_text="Les durées de conservation se comptent d’ici.")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = "appel"
        verbose_name_plural = "appels"
        ordering = ["-closes_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "slug"], name="edition_slug_once", violation_error_message="Ce programme a déjà un appel à cette adresse."
            ),
            models.CheckConstraint(
                name="edition_opens_before_it_closes",
                condition=models.Q(opens_at__lt=models.F("closes_at")),
                violation_error_message="L’ouverture doit précéder la clôture.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("edition", args=[self.programme.slug, self.slug])

    def is_accepting(self, *, now: datetime) -> bool:
        """Half-open: at `closes_at` it is too late (A1)."""
        return self.status(now=now) in ACCEPTING

    def status(self, *, now: datetime) -> Status:
        """The one status, for page, button, admin and mail."""
        if now < self.opens_at:
            return Status.ANNOUNCED
        if now < self.closes_at:
            return Status.CLOSING if self.closes_at - now <= CLOSING_SOON else Status.OPEN
        if now.date() > self.ends_on:
            return Status.OVER
        return Status.RELEASED if self.results_released_at else Status.SELECTING


class Phase(models.Model):
    """A step of an edition, with exact or fuzzy dates."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, related_name="phases")
    title = models.CharField("titre", max_length=120)
    duration = models.CharField("durée", max_length=60, blank=True, help_text="« 1 journée », « 1 à 2 journées »")
    description = models.TextField("description", blank=True)
    when_label = models.CharField("quand, en mots", max_length=80, blank=True, help_text="« mi-septembre 2017 » tant que la date n’est pas fixée.")
    starts_on = models.DateField("du", null=True, blank=True)
    ends_on = models.DateField("au", null=True, blank=True)
    sort_on = models.DateField("se range au", help_text="Place dans le temps, même quand la date est floue.")
    venue = models.ForeignKey(Venue, verbose_name="lieu", on_delete=models.PROTECT, null=True, blank=True, related_name="phases")
    place_label = models.CharField("lieu, en mots", max_length=120, blank=True)

    class Meta:
        verbose_name = "phase"
        verbose_name_plural = "phases"
        ordering = ["sort_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="phase_starts_before_it_ends",
                condition=models.Q(ends_on__isnull=True) | models.Q(starts_on__lte=models.F("ends_on")),
                violation_error_message="La phase doit commencer avant de finir.",
            )
        ]

    def __str__(self) -> str:
        return self.title
