"""On what terms a day is sold: its conditions, kept by version, and what the team decides for each day (domain.md C1 to C5)."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from billing.models import TaxProfile
from bookings.states import Verdict
from programmes.models import TrainingSession
from records.models import Kept, KeptQuerySet

MONEY: dict[str, Any] = {"max_digits": 8, "decimal_places": 2}
# C3: members book so long before everyone else.
PRIORITY = timedelta(days=7)
# C2: what is ordered is held so long, and said twice before its end.
HOLD = timedelta(days=15)
HOLD_REMINDERS = (timedelta(days=7), timedelta(days=2))
# G7: for an address that is not proven yet, and while a card is being paid.
UNPROVEN_HOLD = timedelta(minutes=30)
# C4: the joining letter leaves so long before.
JOINING_BEFORE = timedelta(days=15)
# Names may be known late: until then, unless the team says another day.
NAMES_BEFORE = timedelta(days=10)
# An offer of places from the waiting list; none ends later than a day before.
OFFER = timedelta(hours=72)
LAST_OFFER = timedelta(hours=24)
# Replacing a participant: until two days before.
REPLACED_UNTIL = timedelta(days=2)
# Diet and access needs are erased so long after.
NEEDS_KEPT = timedelta(days=15)


class SaleConditionsQuerySet(KeptQuerySet["SaleConditions"]):
    def in_force(self, *, now: datetime) -> "SaleConditions | None":
        """The last version whose hour has come; None: nothing can be sold yet."""
        return self.filter(in_force_from__lte=now).order_by("-in_force_from", "-pk").first()


class SaleConditions(Kept):
    """A version of the conditions of sale. An order keeps the one it accepted; correcting one is making another."""

    WORDS: ClassVar[dict[str, Any]] = {}

    version = models.PositiveIntegerField("version", unique=True)
    text = models.TextField("conditions", help_text="Markdown.")
    # What is given back by how long before the day it is cancelled: [{"days": 30, "percent": 100}, …], the farthest first.
    tiers = models.JSONField("remboursement selon le délai", default=list)
    in_force_from = models.DateTimeField("en vigueur à partir du")
    by_name = models.CharField("publiées par", max_length=200, blank=True)

    objects = SaleConditionsQuerySet.as_manager()

    class Meta:
        verbose_name = "conditions de vente"
        verbose_name_plural = "conditions de vente"
        ordering = ["-version", "pk"]

    def __str__(self) -> str:
        return f"Conditions de vente, version {self.version}"


class SessionTerms(models.Model):
    """What the team decides for the sale of a day, beside its page: openings, member price, minimum, dates."""

    session = models.OneToOneField(TrainingSession, verbose_name="journée", on_delete=models.CASCADE, related_name="terms")
    opens_at = models.DateTimeField("inscriptions ouvertes à tous le", help_text="Les adhérents réservent sept jours avant.")
    # Its category must say what the day's VAT mode says: the association decides, the code never guesses (C1).
    tax_profile = models.ForeignKey(TaxProfile, verbose_name="régime de TVA", on_delete=models.PROTECT, related_name="+")
    member_price = models.DecimalField("prix TTC des adhérents", null=True, blank=True, help_text="Vide : celui de tout le monde.", **MONEY)
    minimum = models.PositiveSmallIntegerField("personnes au moins", default=1, validators=[MinValueValidator(1)])
    decides_on = models.DateField("décision de maintien le", null=True, blank=True, help_text="Vide : vingt et un jours avant.")
    verdict = models.CharField("décision", max_length=4, choices=Verdict, blank=True, editable=False)
    decided_at = models.DateTimeField("décidée le", null=True, blank=True, editable=False)
    names_until = models.DateField("noms à donner jusqu’au", null=True, blank=True, help_text="Vide : dix jours avant.")
    objectives = models.TextField("objectifs", blank=True, help_text="Un par ligne : sur la convention et le certificat.")
    conduct = models.TextField("moyens et déroulement", blank=True, help_text="Sur la convention (C5).")
    assessment = models.TextField("évaluation", blank=True, help_text="Comment ce qui est appris est évalué : sur la convention (C5).")
    public_contributions = models.CharField("contributions publiques", max_length=200, default="aucune", blank=True)
    material = models.TextField("matériel", blank=True, help_text="Pour les formateurs.")

    class Meta:
        verbose_name = "vente d’une journée"
        verbose_name_plural = "vente des journées"
        constraints = [
            models.CheckConstraint(
                name="terms_member_price_not_negative", condition=models.Q(member_price=None) | models.Q(member_price__gte=0)
            ),
            models.CheckConstraint(name="terms_minimum_is_somebody", condition=models.Q(minimum__gte=1)),
            models.CheckConstraint(name="terms_verdict_is_known", condition=models.Q(verdict__in=["", *Verdict.values])),
        ]

    def __str__(self) -> str:
        return f"Vente de {self.session}"

    @property
    def opens_to_members_at(self) -> datetime:
        return self.opens_at - PRIORITY

    @property
    def names_due_on(self) -> date:
        return self.names_until or self.session.day - NAMES_BEFORE

    @property
    def decision_day(self) -> date:
        return self.decides_on or self.session.day - timedelta(days=21)
