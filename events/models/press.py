"""Press releases, with their sections, links, contacts, files and versions (domain.md F1, F2)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse

from core.covers import HUES
from events.models.season import Season
from programmes.models.ranked import Ranked
from records.models import Kept, KeptQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

VIEW_RELEASE = "events.view_pressrelease"


class PressContact(models.Model):
    """Whom a journalist calls, by function; never in the data of events (F2)."""

    name = models.CharField("nom", max_length=160, blank=True)
    function = models.CharField("fonction", max_length=200)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    mobile = models.CharField("portable", max_length=30, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    website = models.URLField("site web", max_length=400, blank=True)

    class Meta:
        verbose_name = "contact presse"
        verbose_name_plural = "contacts presse"
        ordering = ["function", "pk"]
        constraints = [
            models.CheckConstraint(
                name="press_contact_answers",
                condition=~models.Q(phone="", mobile="", email=""),
                violation_error_message="Donnez un téléphone ou une adresse.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.function}" if self.name else self.function


class PressReleaseQuerySet(models.QuerySet["PressRelease"]):
    def public(self, *, now: datetime) -> "PressReleaseQuerySet":
        """Past their embargo, which the clock alone lifts; one that was withdrawn leaves a notice at its address only."""
        return self.filter(embargo_until__lte=now, ready_at__isnull=False)

    def listed(self, *, now: datetime) -> "PressReleaseQuerySet":
        """What lists, feeds and the site map show: public, and not withdrawn."""
        return self.public(now=now).filter(withdrawn_at=None)

    def visible_to(self, user: "User | AnonymousUser", *, now: datetime) -> "PressReleaseQuerySet":
        return self.all() if user.has_perm(VIEW_RELEASE) else self.public(now=now)


class PressRelease(models.Model):
    """A communiqué: nothing of it is seen before its embargo ends (F1). Page, PDF and feed come from these rows alone."""

    season = models.ForeignKey(Season, verbose_name="saison", on_delete=models.PROTECT, null=True, blank=True, related_name="releases")
    slug = models.SlugField("adresse", max_length=80, unique=True)
    surtitle = models.CharField("surtitre", max_length=120, blank=True, help_text="« Événement »")
    title = models.CharField("titre", max_length=200)
    place = models.CharField("lieu", max_length=80, help_text="« Paris »")
    dated_on = models.DateField("daté du")
    lede = models.TextField("chapô")
    boilerplate_title = models.CharField(
        "titre de la présentation", max_length=160, blank=True, help_text="« L’innovation publique, c’est quoi ? »"
    )
    boilerplate = models.TextField("présentation en fin de communiqué", blank=True, help_text="Markdown.")
    ready_at = models.DateTimeField("prêt depuis", null=True, blank=True, editable=False)
    embargo_until = models.DateTimeField("sous embargo jusqu’au", help_text="Rien n’est visible avant. Heure de Paris.")
    # « Mis à jour le … », and what changed; the former PDF stays (`PressVersion`).
    updated_at = models.DateTimeField("mis à jour le", null=True, blank=True, editable=False)
    update_note = models.CharField("ce qui change", max_length=300, blank=True, editable=False)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True, editable=False)
    withdrawal_note = models.CharField("motif du retrait", max_length=300, blank=True, editable=False)
    contacts = models.ManyToManyField(PressContact, verbose_name="contacts presse", related_name="releases")

    objects = PressReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = "communiqué"
        verbose_name_plural = "communiqués"
        ordering = ["-dated_on", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("press_release", args=[self.slug])

    @property
    def published_at(self) -> datetime | None:
        """Since when everybody may read it: its embargo is over, and it was said ready."""
        return max(self.embargo_until, self.ready_at) if self.ready_at and self.embargo_until else None

    def is_public(self, *, now: datetime) -> bool:
        return self.published_at is not None and self.published_at <= now

    @property
    def hue(self) -> str:
        """Its colour, that its address alone decides, as its tiles."""
        return list(HUES)[sum(self.slug.encode()) % len(HUES)]


class PressSection(Ranked):
    """A headed part of a communiqué."""

    release = models.ForeignKey(PressRelease, verbose_name="communiqué", on_delete=models.CASCADE, related_name="sections")
    title = models.CharField("titre", max_length=200)
    text = models.TextField("texte", help_text="Markdown.")
    ranked_in = "release"

    class Meta(Ranked.Meta):
        verbose_name = "partie d’un communiqué"
        verbose_name_plural = "parties des communiqués"

    def __str__(self) -> str:
        return self.title


class PressLink(Ranked):
    """A link of a communiqué: to something of the portal, to an address checked each night, or to a mailbox; or still to come."""

    release = models.ForeignKey(PressRelease, verbose_name="communiqué", on_delete=models.CASCADE, related_name="links")
    section = models.ForeignKey(
        PressSection, verbose_name="dans la partie", on_delete=models.SET_NULL, null=True, blank=True, related_name="links"
    )
    label = models.CharField("texte du lien", max_length=160, help_text="« programme »")
    # Of the portal: a label of `records.services` (« events.event:12 »), chosen from a list.
    target = models.CharField("page du portail", max_length=80, blank=True)
    url = models.URLField("adresse", max_length=400, blank=True)
    email = models.EmailField("boîte", blank=True)
    is_to_come = models.BooleanField("« à venir »", default=False, help_text="L’adresse n’existe pas encore : le texte se lit sans lien.")
    checked_at = models.DateTimeField("vérifié le", null=True, blank=True, editable=False)
    dead_since = models.DateTimeField("ne répond plus depuis", null=True, blank=True, editable=False)
    fault = models.CharField("ce qui a été répondu", max_length=160, blank=True, editable=False)
    ranked_in = "release"

    class Meta(Ranked.Meta):
        verbose_name = "lien d’un communiqué"
        verbose_name_plural = "liens des communiqués"
        constraints = [
            models.CheckConstraint(
                name="press_link_leads_to_one",
                condition=models.Q(url="", email="") | models.Q(target="", email="") | models.Q(target="", url=""),
                violation_error_message="Un lien mène à une seule chose : une page du portail, une adresse ou une boîte.",
            )
        ]

    def __str__(self) -> str:
        return self.label


class PressFile(Ranked):
    """A file of the press kit, with its caption, its credit and its licence."""

    release = models.ForeignKey(PressRelease, verbose_name="communiqué", on_delete=models.CASCADE, related_name="files")
    file = models.FileField("fichier", upload_to="presse/", max_length=200)
    caption = models.CharField("légende", max_length=300)
    credit = models.CharField("crédit", max_length=160)
    licence = models.CharField("licence", max_length=120)
    # Of a picture: what the page shows of it; the file itself is for print.
    preview = models.FileField("aperçu", upload_to="presse/", max_length=200, blank=True, editable=False)
    width = models.PositiveIntegerField("largeur", null=True, blank=True, editable=False)
    height = models.PositiveIntegerField("hauteur", null=True, blank=True, editable=False)
    size = models.PositiveIntegerField("poids", default=0, editable=False)
    ranked_in = "release"

    class Meta(Ranked.Meta):
        verbose_name = "fichier de presse"
        verbose_name_plural = "fichiers de presse"

    def __str__(self) -> str:
        return self.caption


class PressVersion(Kept):
    """The PDF of a communiqué as it was given: a corrected one keeps the former."""

    release = models.ForeignKey(PressRelease, verbose_name="communiqué", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("version")
    at = models.DateTimeField("du")
    note = models.CharField("ce qui change", max_length=300, blank=True)
    file = models.FileField("fichier", upload_to="presse/", max_length=200)
    sha256 = models.CharField("empreinte", max_length=64)
    # Of what is printed: equal, it is the same version.
    fingerprint = models.CharField("empreinte de ce qui est imprimé", max_length=64, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        verbose_name = "version d’un communiqué"
        verbose_name_plural = "versions des communiqués"
        ordering = ["number", "pk"]
        constraints = [models.UniqueConstraint(fields=["release", "number"], name="press_version_once")]

    def __str__(self) -> str:
        return f"Version {self.number}"
