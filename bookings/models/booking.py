"""An order of seats in a training day, by an employer or by a person, and the people it brings (domain.md C1 to C5)."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from bookings.models.terms import MONEY, SaleConditions
from bookings.states import LIVING, SEATED, Ending, Firmness, InvoiceBy, Payer, PriceKind, State
from core.folding import fold
from core.numbers import SiretField
from organisations.models import Organisation
from programmes.models import TrainingSession
from records.models import Kept, KeptQuerySet

if TYPE_CHECKING:
    from accounts.models import User

VIEW_BOOKING = "bookings.view_booking"


class BookingQuerySet(models.QuerySet["Booking"]):
    def with_day(self) -> "BookingQuerySet":
        """With all that says what was ordered, and on what terms, in one question."""
        return self.select_related("session__programme", "session__venue", "session__terms__tax_profile", "conditions", "body")

    def visible_to(self, user: "User") -> "BookingQuerySet":
        """Staff: all. A person: what was ordered from one of their proven addresses. Trainers have their own door."""
        if user.has_perm(VIEW_BOOKING):
            return self
        return self.filter(email__in=user.addresses()) if user.pk else self.none()

    def seated(self, *, now: datetime) -> "BookingQuerySet":
        """Those whose seats count: firm, or held by a hold that still runs."""
        return self.filter(models.Q(state=State.FIRM) | models.Q(state=State.HELD, holds_until__gt=now))

    def lapsed(self, *, now: datetime) -> "BookingQuerySet":
        """Held by a hold that ended: their seats are free by the clock; the next act, or the sweep, closes the row."""
        return self.filter(state=State.HELD, holds_until__lte=now)

    def waiting(self) -> "BookingQuerySet":
        """The waiting list: its rank is this order, computed and never stored (reliability.md section 2). Proven addresses only."""
        return self.filter(state=State.WAITING, proven_at__isnull=False).order_by("waits_since", "pk")

    def firm(self) -> "BookingQuerySet":
        return self.filter(state=State.FIRM)

    def living(self) -> "BookingQuerySet":
        return self.filter(state__in=LIVING)


class Booking(models.Model):
    """One order. What was agreed is copied: price, conditions, payer. Followed by a link, without account."""

    session = models.ForeignKey(TrainingSession, verbose_name="journée", on_delete=models.PROTECT, related_name="bookings")
    state = models.CharField("état", max_length=9, choices=State, default=State.HELD)
    # Who orders, and is written to.
    email = models.EmailField("adresse électronique", max_length=254)
    name = models.CharField("nom", max_length=160)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    asked = models.PositiveSmallIntegerField("places demandées")
    # As it was typed: how many places, and to take what was left of them; by which a double click is known.
    typed_places = models.PositiveSmallIntegerField("places tapées", default=0, editable=False)
    chose_left = models.BooleanField("prend ce qui reste", default=False, editable=False)
    # Would they take fewer places than asked, when fewer become free?
    takes_fewer = models.BooleanField("accepte une offre partielle", default=False)
    # Who pays. What is typed is what will be printed; the register fills it when the SIRET is known.
    payer = models.CharField("qui paie", max_length=7, choices=Payer)
    body = models.ForeignKey(
        Organisation, verbose_name="organisme", on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    payer_name = models.CharField("nom du payeur", max_length=200)
    payer_siret = SiretField("SIRET", blank=True)
    payer_address = models.CharField("adresse", max_length=200, blank=True)
    payer_postcode = models.CharField("code postal", max_length=10, blank=True)
    payer_city = models.CharField("ville", max_length=80, blank=True)
    service_code = models.CharField("code service", max_length=100, blank=True)
    commitment_number = models.CharField("numéro de commande ou d’engagement", max_length=50, blank=True)
    contract_number = models.CharField("numéro de marché", max_length=50, blank=True)
    finance_email = models.EmailField("adresse du service financier", max_length=254, blank=True)
    invoice_by = models.CharField("facturation", max_length=6, choices=InvoiceBy, default=InvoiceBy.ORDER)
    # Who pays before the day, and by card: held thirty minutes, not fifteen days (G7).
    by_card = models.BooleanField("paie par carte", default=False)
    # What a seat costs this order, frozen when it was made, and why.
    unit_price = models.DecimalField("prix TTC par personne", **MONEY)
    price_kind = models.CharField("tarif", max_length=6, choices=PriceKind, default=PriceKind.FULL)
    price_note = models.CharField("pourquoi ce tarif", max_length=200, blank=True)
    conditions = models.ForeignKey(SaleConditions, verbose_name="conditions acceptées", on_delete=models.PROTECT, related_name="bookings")
    accepted_at = models.DateTimeField("conditions acceptées le")
    created_at = models.DateTimeField("commandée le")
    proven_at = models.DateTimeField("adresse confirmée le", null=True, blank=True)
    holds_until = models.DateTimeField("tenue jusqu’au", null=True, blank=True)
    # A card is being paid: held 30 minutes, extendable once (G7).
    hold_extended_at = models.DateTimeField("prolongée le", null=True, blank=True)
    waits_since = models.DateTimeField("en attente depuis", null=True, blank=True)
    firm_at = models.DateTimeField("ferme depuis", null=True, blank=True)
    firm_by = models.CharField("ferme par", max_length=9, choices=Firmness, blank=True)
    # The day it was firm for: given another date by us since, whoever cannot come owes nothing (docs/adr/0050).
    firm_day = models.DateField("ferme pour le", null=True, blank=True, editable=False)
    closed_at = models.DateTimeField("close le", null=True, blank=True)
    # Staff entered it for somebody who wrote or telephoned.
    entered_by = models.CharField("saisie par", max_length=200, blank=True)
    note = models.TextField("note de l’équipe", blank=True)
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    search = models.TextField("recherche", blank=True, editable=False)
    erased_at = models.DateTimeField("anonymisée le", null=True, blank=True, editable=False)

    objects = BookingQuerySet.as_manager()

    # Born in this very transaction: nobody can have written to it yet (`bookings.emails`).
    just_made, all_named = False, False

    class Meta:
        verbose_name = "commande de places"
        verbose_name_plural = "commandes de places"
        ordering = ["-created_at", "-pk"]
        permissions = [("run_booking", "tenir les commandes : fermer, annuler, déplacer, proposer, présences, certificats")]
        indexes = [
            models.Index(fields=["session", "state", "holds_until"], name="booking_of_a_session"),
            models.Index(fields=["state", "holds_until"], name="booking_hold_ends"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "email"],
                name="booking_once_a_session",
                condition=models.Q(state__in=[State.HELD, State.WAITING, State.FIRM]) & ~models.Q(email=""),
                violation_error_message="Cette adresse a déjà une commande pour cette journée.",
            ),
            models.CheckConstraint(name="booking_state_is_known", condition=models.Q(state__in=State.values)),
            models.CheckConstraint(name="booking_asks_something", condition=models.Q(asked__gte=1)),
            models.CheckConstraint(name="booking_price_not_negative", condition=models.Q(unit_price__gte=0)),
            models.CheckConstraint(
                name="booking_held_until_when", condition=~models.Q(state=State.HELD) | models.Q(holds_until__isnull=False)
            ),
            models.CheckConstraint(
                name="booking_firm_says_why",
                condition=~models.Q(state=State.FIRM) | (models.Q(firm_at__isnull=False) & ~models.Q(firm_by="")),
            ),
            models.CheckConstraint(
                name="booking_waits_since_when", condition=~models.Q(state=State.WAITING) | models.Q(waits_since__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what is searched in step with what is said."""
        self.search = fold(self.name, self.email, self.payer_name, self.payer_siret, self.commitment_number)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Its page in the admin: its own address is a secret (`bookings.links`)."""
        return reverse("admin:bookings_booking_change", args=[self.pk])

    @property
    def reference(self) -> str:
        """« JD19-0042 »: the year it was made in, and its row."""
        return f"JD{self.created_at:%y}-{self.pk:04d}"

    @property
    def total(self) -> Decimal:
        """What the places asked for cost, tax included."""
        return self.unit_price * self.asked

    def counts_at(self, now: datetime) -> bool:
        """True when its seats are taken at that moment."""
        return self.state in SEATED and (self.state == State.FIRM or (self.holds_until is not None and self.holds_until > now))


class Seat(models.Model):
    """A place of an order, named or not yet. Given back, it keeps its row, with its day. Needs are erased 15 days after."""

    booking = models.ForeignKey(Booking, verbose_name="commande", on_delete=models.CASCADE, related_name="seats")
    rank = models.PositiveSmallIntegerField("rang")
    name = models.CharField("nom", max_length=160, blank=True)
    email = models.EmailField("adresse électronique", max_length=254, blank=True)
    job = models.CharField("fonction", max_length=160, blank=True)
    # Diet, access: seen by the team and the trainers only.
    needs = models.TextField("besoins", blank=True)
    named_at = models.DateTimeField("nommée le", null=True, blank=True)
    released_at = models.DateTimeField("rendue le", null=True, blank=True)
    # Given back late: what the accepted conditions leave due of its price, tax included (docs/adr/0050). None: it was not cancelled.
    kept = models.DecimalField("reste dû", null=True, blank=True, **MONEY)
    # The absent, or the partly present, handled by a person: is the seat invoiced all the same? None: nobody said.
    charged = models.BooleanField("facturée malgré l’absence", null=True, blank=True)
    charged_by = models.CharField("décidé par", max_length=200, blank=True)

    class Meta:
        verbose_name = "place"
        verbose_name_plural = "places"
        ordering = ["booking_id", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "rank"], name="seat_rank_once"),
            models.UniqueConstraint(
                fields=["booking", "email"],
                name="seat_person_once",
                condition=models.Q(released_at=None) & ~models.Q(email=""),
                violation_error_message="Cette personne est déjà dans la commande.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"Place {self.rank}"


class PlaceOffer(models.Model):
    """Places offered to the first of the waiting list: they count as taken until the answer, or the end by the clock."""

    booking = models.ForeignKey(Booking, verbose_name="commande", on_delete=models.CASCADE, related_name="offers")
    places = models.PositiveSmallIntegerField("places offertes")
    made_at = models.DateTimeField("faite le")
    expires_at = models.DateTimeField("expire le")
    ending = models.CharField("issue", max_length=9, choices=Ending, blank=True)
    ended_at = models.DateTimeField("close le", null=True, blank=True)

    class Meta:
        verbose_name = "offre de places"
        verbose_name_plural = "offres de places"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["booking"], name="place_offer_one_open", condition=models.Q(ending="")),
            models.CheckConstraint(name="place_offer_is_some", condition=models.Q(places__gte=1)),
        ]

    def __str__(self) -> str:
        return f"Offre n° {self.pk}"


class BookingStep(Kept):
    """Every move of an order: who, when, why; and what changed, before and after."""

    WORDS: ClassVar[dict[str, Any]] = {"words": "", "by_name": "", "by": None, "changes": {}}

    booking = models.ForeignKey(Booking, verbose_name="commande", on_delete=models.PROTECT, related_name="steps")
    to_state = models.CharField("vers", max_length=9, choices=State, blank=True, help_text="Vide : un changement.")
    at = models.DateTimeField("date")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField("auteur", max_length=200, blank=True)
    words = models.CharField("précision", max_length=300, blank=True)
    changes = models.JSONField("changements", default=dict, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        verbose_name = "étape d’une commande"
        verbose_name_plural = "historique des commandes"
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(name="booking_step_state_is_known", condition=models.Q(to_state__in=["", *State.values]))]

    def __str__(self) -> str:
        return f"Étape n° {self.pk}"
