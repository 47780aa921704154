"""Public bodies, and the other names they go by."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Length
from django.urls import reverse

from core.folding import containing
from core.numbers import SIREN_DIGITS, SirenField, SiretField, spaced
from organisations.naming import TITLES, key_of, place_in, titles_of, typeset, words_of
from organisations.reference import communes
from organisations.regions import Region, region_of_commune
from organisations.states import PAYMENT_DAYS, PUBLIC_KINDS, Branch, Kind, category_of

if TYPE_CHECKING:
    from accounts.models import User

_RANKS = [models.When(kind=kind, then=rank) for rank, kind in enumerate(Kind.values)]
# A body replaced twelve times over is a circle that somebody made by other means than `services.succeed`.
_CHAIN_AT_MOST = 12


def _asked(words: str) -> str:
    """Return what to look for: a number typed in groups is one number."""
    folded = words_of(words)
    return folded.replace(" ", "") if folded.replace(" ", "").isdigit() else folded


def validate_commune(code: str) -> None:
    """Refuse an INSEE code that is no commune's; a postcode typed there is told apart."""
    if communes().get(code) is None:
        raise ValidationError(f"« {code} » n’est pas un code INSEE de commune. Attention, ce n’est pas le code postal.")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: "User") -> "OrganisationQuerySet":
        return self if user.has_perm("organisations.view_organisation") else self.none()

    def standing(self) -> "OrganisationQuerySet":
        """Those that were not merged into another."""
        return self.filter(merged_into=None)

    def public(self) -> "OrganisationQuerySet":
        """Those whose name is proposed to anybody who types."""
        return self.standing().filter(kind__in=PUBLIC_KINDS)

    def searched(self, words: str) -> "OrganisationQuerySet":
        """Those with each word somewhere in their names and numbers; names that begin with them first, the shortest first."""
        return self.filter(containing(_asked(words) or words))._by_relevance(_asked(words))

    def beginning(self, words: str) -> "OrganisationQuerySet":
        """As `searched`, each word being the beginning of one: what is proposed while typing."""
        condition = models.Q()
        for word in _asked(words).split():
            condition &= models.Q(search__contains=f" {word}")
        return self.filter(condition)._by_relevance(_asked(words))

    def _by_relevance(self, words: str) -> "OrganisationQuerySet":
        """The very name first, whatever its title; then names that begin so; then by kind, the shortest first."""
        place = " ".join(place_in(words))
        exact = models.When(key__in=[key_of(words), *(f"{title} {place}" for title in TITLES)], then=0)
        begins = models.Case(exact, models.When(search__startswith=f" {words}", then=1), default=2)
        return self.order_by(begins, models.Case(*_RANKS, default=len(_RANKS)), Length("name"), "name", "pk")

    def called(self, name: str) -> "OrganisationQuerySet":
        """Those whose name or alias is this one, however it is written."""
        key = key_of(name)
        aliases = Alias.objects.filter(key=key).values("organisation")
        return self.filter(models.Q(key=key) | models.Q(pk__in=aliases)) if key else self.none()

    def left_behind(self) -> "OrganisationQuerySet":
        """Those the public registers no longer hold, and of which nobody said what replaced them."""
        return self.standing().filter(left_reference_on__isnull=False, replaced_by=None)

    def with_successor(self) -> "OrganisationQuerySet":
        return self.select_related("replaced_by", "merged_into")


class Organisation(models.Model):
    """A public body, or one of its establishments: one SIREN, several SIRET; an office may have neither.

    What it needs to be invoiced through Chorus Pro stands here; who to write to, in `Contact`.
    """

    name = models.CharField("nom", max_length=200)
    kind = models.CharField("type", max_length=13, choices=Kind)
    legal_category = models.CharField(
        "catégorie juridique", max_length=4, blank=True, help_text="Code INSEE de 4 chiffres, par exemple 7210 pour une commune."
    )
    branch = models.CharField("fonction publique", max_length=8, choices=Branch, blank=True)
    siren = SirenField("SIREN", blank=True, db_index=True, help_text="Tiré du SIRET quand il y en a un.")
    siret = SiretField("SIRET", blank=True, help_text="14 chiffres, avec ou sans espaces. Vide pour un service sans SIRET.")
    commune = models.CharField("commune", max_length=5, blank=True, help_text="Code INSEE, pas le code postal : la région en vient.")
    region = models.CharField(
        "région", max_length=2, choices=Region, blank=True, help_text="Celle de la commune quand elle est dite. Vide : tout le territoire."
    )
    address = models.TextField("adresse", blank=True)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("ville", max_length=80, blank=True)
    payment_days = models.PositiveSmallIntegerField(
        "délai de paiement", default=PAYMENT_DAYS, help_text="En jours : 30, et 50 pour un établissement public de santé."
    )
    needs_service_code = models.BooleanField("code service obligatoire", default=False, help_text="Chorus Pro.")
    needs_commitment = models.BooleanField("numéro d’engagement obligatoire", default=False, help_text="Chorus Pro.")
    needs_either = models.BooleanField("code service ou numéro d’engagement : l’un des deux", default=False, help_text="Chorus Pro.")
    needs_payer_siret = models.BooleanField(
        "SIRET du payeur à demander", default=False, help_text="Quand un autre établissement, ou un autre service, paie."
    )
    closed_on = models.DateField("fermé le", null=True, blank=True, help_text="Son SIRET n’existe plus : on ne le facture plus.")
    population = models.PositiveIntegerField("habitants", null=True, blank=True, help_text="Pour un barème par tranche de population.")
    replaced_by = models.ForeignKey(
        "self", verbose_name="remplacé par", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors"
    )
    replaced_on = models.DateField("remplacé le", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", verbose_name="réuni à", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates", editable=False
    )
    merged_at = models.DateTimeField("réuni le", null=True, blank=True, editable=False)
    # « region:53 », « epci:243500139 », « commune:35238 »: the row that the registers know, and its name there when last read.
    reference = models.CharField("référentiel", max_length=30, unique=True, null=True, blank=True, editable=False)
    reference_name = models.CharField("nom au référentiel", max_length=200, blank=True, editable=False)
    left_reference_on = models.DateField("absent du référentiel depuis", null=True, blank=True, editable=False)
    # Kept by `save` (`naming`): what is compared, what is searched.
    key = models.CharField("nom comparé", max_length=220, blank=True, editable=False, db_index=True)
    search = models.TextField("recherche", blank=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisme"
        verbose_name_plural = "organismes"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["siret"],
                name="organisation_siret_once",
                condition=~models.Q(siret=""),
                violation_error_message="Un autre organisme porte déjà ce SIRET.",
            ),
            models.CheckConstraint(
                name="organisation_siret_begins_with_siren",
                condition=models.Q(siret="") | models.Q(siret__startswith=models.F("siren")),
                violation_error_message="Le SIRET commence par le SIREN : ces deux-là ne vont pas ensemble.",
            ),
            models.CheckConstraint(name="organisation_kind_is_known", condition=models.Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="organisation_replaced_has_its_day",
                condition=models.Q(replaced_by=None, replaced_on=None) | models.Q(replaced_by__isnull=False, replaced_on__isnull=False),
                violation_error_message="Dites par quel organisme il est remplacé, et depuis quel jour.",
            ),
            models.CheckConstraint(
                name="organisation_replaced_by_another",
                condition=~models.Q(replaced_by=models.F("pk")) & ~models.Q(merged_into=models.F("pk")),
                violation_error_message="Un organisme ne se remplace pas lui-même.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what is derived in step; `update_fields` names what was changed and takes the derived with it."""
        self.derive()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "siren", "region", "key", "search"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Its page, in the admin: the register is the team's."""
        return reverse("admin:organisations_organisation_change", args=[self.pk])

    def clean(self) -> None:
        if self.commune:
            try:
                validate_commune(self.commune)
            except ValidationError as error:
                raise ValidationError({"commune": error}) from None
        self.derive()

    def derive(self, aliases: Iterable[str] | None = None) -> None:
        """Set the name as we keep it; fill the SIREN from the SIRET, the region from the commune, and what is compared and searched.

        `aliases`: their names, when whoever calls has them; else they are read.
        """
        if self.siret:
            self.siret = str(SiretField().to_python(self.siret))
            self.siren = self.siret[:SIREN_DIGITS]
        if self.commune and (region := region_of_commune(self.commune)):
            self.region = region
        if aliases is None:
            aliases = Alias.objects.filter(organisation=self.pk).order_by("pk").values_list("name", flat=True) if self.pk else ()
        self.name = typeset(self.name)
        self.key = key_of(self.name)
        # A blank before each word, the first included: `beginning` looks for it.
        self.search = f" {words_of(self.name)} {titles_of(self.name)} {words_of(*aliases, self.siret or self.siren, self.city)} "

    def take_defaults(self) -> None:
        """Fill what nobody said with what the legal category says (domain.md section 5)."""
        if category := category_of(self.legal_category):
            self.kind = self.kind or category.kind
            self.branch = self.branch or category.branch or ""
            if self.payment_days == PAYMENT_DAYS:
                self.payment_days = category.payment_days

    @property
    def standing(self) -> "Organisation":
        """Itself, or the one it was merged into."""
        return self.merged_into or self

    def at(self, day: date) -> "Organisation":
        """Return the body that acts in its place on a day: itself before it was replaced, then whoever replaced it, and so on."""
        body = self.standing
        for _ in range(_CHAIN_AT_MOST):
            if not (body.replaced_by and body.replaced_on and body.replaced_on <= day):
                break
            body = body.replaced_by.standing
        return body

    def heirs_of(self, day: date) -> list["Organisation"]:
        """Return the bodies whose contacts and files are this one's on a day: itself, and those it replaced, at any remove."""
        family, waiting = [self], [self]
        while waiting:
            found = Organisation.objects.standing().filter(replaced_by__in=waiting, replaced_on__lte=day).order_by("pk")
            waiting = [body for body in found if body not in family]
            family += waiting
        return family

    @property
    def siret_shown(self) -> str:
        return spaced(self.siret)

    @property
    def commune_name(self) -> str:
        """« Rennes », from the INSEE code."""
        found = communes().get(self.commune) if self.commune else None
        return found.name if found else ""

    @property
    def note(self) -> str:
        """What tells it from another of the same name: « région, Bretagne »."""
        place = self.city or self.commune_name or self.get_region_display()
        return f"{self.get_kind_display()}, {place}" if place else str(self.get_kind_display())


class Alias(models.Model):
    """Another name of a body, an acronym, or the name of one that was merged into it."""

    # Its twin in a body merged into this one goes (`services.merging`).
    UNITED_WHEN_MERGED = True

    organisation = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField("autre nom", max_length=200)
    key = models.CharField("nom comparé", max_length=220, blank=True, editable=False, db_index=True)

    class Meta:
        verbose_name = "autre nom"
        verbose_name_plural = "autres noms"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"], name="alias_once", violation_error_message="Cet organisme porte déjà ce nom."
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.clean()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        self.name = typeset(self.name)
        self.key = key_of(self.name)


class ServiceCode(models.Model):
    """A service of the body that Chorus Pro knows by a code."""

    UNITED_WHEN_MERGED = True

    organisation = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.CASCADE, related_name="service_codes")
    code = models.CharField("code service", max_length=100)
    label = models.CharField("libellé", max_length=200, blank=True)
    is_active = models.BooleanField("actif", default=True)

    class Meta:
        verbose_name = "code service"
        verbose_name_plural = "codes service"
        ordering = ["code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code"], name="service_code_once", violation_error_message="Ce code est déjà noté."
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} : {self.label}" if self.label else self.code
