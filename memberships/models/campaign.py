"""The year's campaign: what is asked, of whom, until when. Rates are data, never constants (domain.md 2.3, D1)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

from billing.models import TaxProfile
from memberships.states import Category, LateRule

MONEY: dict[str, Any] = {"max_digits": 9, "decimal_places": 2}
# The last day of the rights of those who do not renew, in the year after (issue « Memberships and money »).
GRACE_MONTH, GRACE_DAY = 3, 31
# The call of dues for a year leaves in November before it (D1).
CALL_MONTH, CALL_DAY = 11, 2


class Campaign(models.Model):
    """What « Adhérer » says and asks for one civil year."""

    year = models.PositiveSmallIntegerField("année", unique=True, validators=[MinValueValidator(2008)])
    is_open = models.BooleanField("ouverte aux nouvelles adhésions", default=False)
    tax_profile = models.ForeignKey(TaxProfile, verbose_name="régime de TVA des cotisations", on_delete=models.PROTECT, related_name="+")
    calls_on = models.DateField("appel de cotisation le", null=True, blank=True, help_text="Vide : le 2 novembre de l’année d’avant.")
    grace_until = models.DateField(
        "droits de l’année d’avant jusqu’au",
        null=True,
        blank=True,
        help_text="Vide : le 31 mars. Au-delà, qui n’a pas renouvelé est ancien adhérent.",
    )
    late_rule = models.CharField("qui adhère en cours d’année doit", max_length=9, choices=LateRule, default=LateRule.FULL)
    late_from = models.DateField("à partir du", null=True, blank=True, help_text="Avant ce jour, l’année entière.")
    citation = models.TextField("citation", blank=True, help_text="En tête de la page et du bulletin.")
    citation_source = models.CharField("source de la citation", max_length=200, blank=True)
    introduction = models.TextField("présentation", blank=True, help_text="Ce que veut dire adhérer.")
    who_can_join = models.TextField("qui peut adhérer", blank=True)
    calendar = models.TextField("calendrier", blank=True, help_text="Comment se déroule l’année, en quelques lignes.")
    called_at = models.DateTimeField("appel lancé à", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "campagne d’adhésion"
        verbose_name_plural = "campagnes d’adhésion"
        ordering = ["-year", "pk"]
        constraints = [
            models.CheckConstraint(name="campaign_late_rule_is_known", condition=models.Q(late_rule__in=LateRule.values)),
            models.CheckConstraint(
                name="campaign_late_rule_has_its_day",
                condition=models.Q(late_rule=LateRule.FULL) | models.Q(late_from__isnull=False),
                violation_error_message="Dites à partir de quel jour cette règle s’applique.",
            ),
        ]

    def __str__(self) -> str:
        return f"Adhésions {self.year}"

    @property
    def call_day(self) -> date:
        return self.calls_on or date(self.year - 1, CALL_MONTH, CALL_DAY)

    @property
    def grace_day(self) -> date:
        """The last day of the rights of the year before, for whoever does not renew."""
        return self.grace_until or date(self.year, GRACE_MONTH, GRACE_DAY)


class Rate(models.Model):
    """What one category owes for one year, or one band of population of it."""

    campaign = models.ForeignKey(Campaign, verbose_name="campagne", on_delete=models.CASCADE, related_name="rates")
    category = models.CharField("catégorie", max_length=20, choices=Category)
    amount = models.DecimalField("montant", validators=[MinValueValidator(Decimal("0.01"))], **MONEY)
    population_from = models.PositiveIntegerField("à partir de (habitants)", null=True, blank=True)
    population_below = models.PositiveIntegerField("moins de (habitants)", null=True, blank=True)

    class Meta:
        verbose_name = "tarif"
        verbose_name_plural = "barème"
        ordering = ["campaign", "category", "population_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "category", "population_from"],
                name="rate_once_a_band",
                nulls_distinct=False,
                violation_error_message="Cette catégorie a déjà un tarif pour cette tranche.",
            ),
            models.CheckConstraint(name="rate_category_is_known", condition=models.Q(category__in=Category.values)),
            models.CheckConstraint(name="rate_is_some_money", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="rate_band_goes_up",
                condition=models.Q(population_from=None)
                | models.Q(population_below=None)
                | models.Q(population_below__gt=models.F("population_from")),
                violation_error_message="La tranche finit avant de commencer.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}, {self.campaign.year}"


class Right(models.Model):
    """One of the rights of a member, in the order of the document (domain.md 2.3)."""

    rank = models.PositiveSmallIntegerField("rang", default=0)
    title = models.CharField("droit", max_length=120)
    text = models.TextField("ce qu’il ouvre", blank=True)
    how = models.TextField("comment s’en servir", blank=True, help_text="Lu dans l’espace d’un adhérent.")
    unit = models.CharField(
        "se compte en", max_length=40, blank=True, help_text="« heures d’échange », « places »… Vide : ne se compte pas."
    )

    class Meta:
        verbose_name = "droit des adhérents"
        verbose_name_plural = "droits des adhérents"
        ordering = ["rank", "pk"]

    def __str__(self) -> str:
        return self.title
