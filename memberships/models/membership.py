"""One body, one year. Rights are periods read from these rows, never a flag (D2, design.md section 2)."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from core.numbers import SiretField
from memberships.models.campaign import MONEY, Campaign, Rate, Right
from memberships.states import OF_THE_ASKER, Category, Origin, Signature, State
from organisations.models import Organisation
from organisations.speaking import spoken_for

if TYPE_CHECKING:
    from accounts.models import User

VIEW_MEMBERSHIP = "memberships.view_membership"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, user: "User") -> "MembershipQuerySet":
        """All for the team and the treasurer; for a contact, those of their bodies and of those they replaced."""
        return self if user.has_perm(VIEW_MEMBERSHIP) else self.filter(organisation__in=spoken_for(user))

    def asked_by(self, user: "User") -> "MembershipQuerySet":
        """Those whose bulletin this person sent, until it is accepted; and those of the bodies they speak for today.

        From the acceptance on, and for whatever year came before, only the contacts of the body follow it.
        """
        if not user.pk:
            return self.none()
        sent = models.Q(asker=user.pk, state__in=OF_THE_ASKER)
        return self.filter(sent | models.Q(organisation__in=spoken_for(user)))

    def in_force(self, *, on: date) -> "MembershipQuerySet":
        """Those that give rights on a day: accepted, in their period, not suspended. A resignation ends the period, not the row."""
        # Of the body, by whichever of its years, or of the body it replaced: neither renewing nor a merger lifts it.
        suspended = Suspension.objects.stopping(models.OuterRef("organisation"), on=on)
        return self.accepted().filter(rights_from__lte=on, rights_until__gte=on).exclude(models.Exists(suspended))

    def accepted(self) -> "MembershipQuerySet":
        """Those whose bulletin was accepted one day: they owe dues and gave rights."""
        return self.filter(state__in=[State.ACTIVE, State.RESIGNED])

    def to_confirm(self) -> "MembershipQuerySet":
        return self.filter(state=State.TO_CONFIRM)

    def waiting(self) -> "MembershipQuerySet":
        """Bulletins that wait for the team."""
        return self.filter(state=State.PROPOSED)


class Membership(models.Model):
    """What a body asked, owes and may use for a civil year."""

    UNITED_WHEN_MERGED: ClassVar[bool] = False

    organisation = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.PROTECT, related_name="memberships")
    campaign = models.ForeignKey(Campaign, verbose_name="campagne", on_delete=models.PROTECT, related_name="memberships")
    category = models.CharField("catégorie", max_length=20, choices=Category)
    state = models.CharField("état", max_length=10, choices=State, default=State.PROPOSED)
    origin = models.CharField("origine", max_length=8, choices=Origin, default=Origin.ONLINE)
    rate = models.ForeignKey(Rate, verbose_name="tarif", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What is owed, frozen when it was told: a rate changed later changes nothing here. 0: offered by the late rule.
    amount = models.DecimalField("montant", **MONEY)
    amount_note = models.CharField("calcul du montant", max_length=200, blank=True)
    asked_at = models.DateTimeField("demandée le")
    asked_by = models.CharField("demandée par", max_length=200, blank=True)
    # Who sent the bulletin: follows it until it is accepted (`states.OF_THE_ASKER`). No right comes from it.
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="compte de la personne qui a demandé",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="memberships_asked",
    )
    # What the bulletin said (`memberships.bulletins`): contacts enter the register when it is accepted, never before.
    bulletin = models.JSONField("bulletin", default=dict, blank=True, editable=False)
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    # The period of the rights, both days included; written at acceptance, shortened by a resignation, never by money.
    rights_from = models.DateField("droits du", null=True, blank=True)
    rights_until = models.DateField("droits jusqu’au", null=True, blank=True)
    signatory_name = models.CharField("signataire", max_length=120, blank=True)
    signatory_job = models.CharField("qualité du signataire", max_length=120, blank=True)
    signature = models.CharField("signature", max_length=6, choices=Signature, blank=True)
    signed_at = models.DateTimeField("signée le", null=True, blank=True)
    question = models.TextField("ce qui est demandé", blank=True, help_text="Lu par l’organisme.")
    resigned_on = models.DateField("démission le", null=True, blank=True)
    resignation_reason = models.CharField("motif", max_length=300, blank=True)
    # What the payer's accountant needs on the invoice (D4, R6).
    payer_siret = SiretField("SIRET du payeur", blank=True, help_text="S’il n’est pas celui de l’organisme.")
    service_code = models.CharField("code service", max_length=100, blank=True)
    commitment_number = models.CharField("numéro d’engagement ou de commande", max_length=50, blank=True)
    contract_number = models.CharField("numéro de marché", max_length=50, blank=True)
    # Where the payer is, when the register says nothing or something else (`memberships.addressing`); whole, or empty.
    payer_address = models.CharField("adresse du payeur", max_length=200, blank=True)
    payer_postcode = models.CharField("code postal du payeur", max_length=10, blank=True)
    payer_city = models.CharField("ville du payeur", max_length=80, blank=True)
    past_invoice = models.CharField("facture d’avant le portail", max_length=60, blank=True)
    past_paid_on = models.DateField("payée le (avant le portail)", null=True, blank=True)
    note = models.TextField("note de l’équipe", blank=True)
    search = models.TextField("recherche", blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "adhésion"
        verbose_name_plural = "adhésions"
        ordering = ["-campaign__year", "organisation__name", "pk"]
        permissions = [
            ("accept_membership", "accepter un bulletin, demander un complément, suspendre, noter une démission"),
            ("call_dues", "lancer l’appel de cotisation"),
            ("import_membership", "importer des adhérents"),
        ]
        indexes = [models.Index(fields=["state", "rights_from", "rights_until"], name="membership_in_force")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "campaign"],
                name="membership_once_a_year",
                violation_error_message="Cet organisme a déjà une adhésion pour cette année.",
            ),
            models.CheckConstraint(name="membership_state_is_known", condition=models.Q(state__in=State.values)),
            models.CheckConstraint(name="membership_category_is_known", condition=models.Q(category__in=Category.values)),
            models.CheckConstraint(name="membership_owes_no_less_than_nothing", condition=models.Q(amount__gte=0)),
            models.CheckConstraint(
                name="membership_accepted_has_its_period",
                condition=~models.Q(state__in=[State.ACTIVE, State.RESIGNED])
                | models.Q(accepted_at__isnull=False, rights_from__isnull=False, rights_until__isnull=False),
            ),
            models.CheckConstraint(
                name="membership_resigned_has_its_day",
                condition=~models.Q(state=State.RESIGNED) | models.Q(resigned_on__isnull=False),
                violation_error_message="Dites à quelle date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.campaign.year}"

    def get_absolute_url(self) -> str:
        return reverse("member", args=[self.organisation_id])

    @property
    def year(self) -> int:
        return self.campaign.year


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def on(self, day: date) -> "SuspensionQuerySet":
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gte=day), starts_on__lte=day)

    def stopping(self, body: "Organisation | models.OuterRef", *, on: date) -> "SuspensionQuerySet":
        """Those that stop the rights of a body on a day: its own, and those of the bodies it has replaced by then."""
        before = models.Q(membership__organisation__replaced_by=body, membership__organisation__replaced_on__lte=on)
        return self.on(on).filter(models.Q(membership__organisation=body) | before)


class Suspension(models.Model):
    """Rights stopped by hand, after talking (D2); never by a late payment."""

    membership = models.ForeignKey(Membership, verbose_name="adhésion", on_delete=models.CASCADE, related_name="suspensions")
    starts_on = models.DateField("du")
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    reason = models.CharField("motif", max_length=300)
    by_name = models.CharField("auteur", max_length=200, blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = "suspension"
        verbose_name_plural = "suspensions"
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="suspension_ends_after_it_starts", condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on"))
            )
        ]

    def __str__(self) -> str:
        return f"Suspension de {self.membership}"


class BenefitUse(models.Model):
    """A right that was used: an hour of exchange, a seat, a programme, an event."""

    membership = models.ForeignKey(Membership, verbose_name="adhésion", on_delete=models.CASCADE, related_name="uses")
    right = models.ForeignKey(Right, verbose_name="droit", on_delete=models.PROTECT, related_name="uses")
    on = models.DateField("le")
    quantity = models.DecimalField("quantité", max_digits=7, decimal_places=2, default=Decimal(1))
    what = models.CharField("quoi", max_length=200)
    by_name = models.CharField("noté par", max_length=200, blank=True)

    class Meta:
        verbose_name = "usage d’un droit"
        verbose_name_plural = "usages des droits"
        ordering = ["-on", "-pk"]
        constraints = [models.CheckConstraint(name="benefit_use_is_something", condition=models.Q(quantity__gt=0))]

    def __str__(self) -> str:
        return self.what
