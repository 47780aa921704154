"""Who comes: registrations without account, invitations by name or by code (domain.md E6 to E8)."""

from datetime import datetime

from django.db import models

from events.models.event import Event, TimeSlot
from events.states import Mode

VIEW_REGISTRATION = "events.view_registration"


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def confirmed(self) -> "RegistrationQuerySet":
        """Of a proven address, and not withdrawn."""
        return self.filter(confirmed_at__isnull=False, withdrawn_at=None)

    def seated(self) -> "RegistrationQuerySet":
        return self.confirmed().filter(seated_at__isnull=False)

    def waiting(self) -> "RegistrationQuerySet":
        """The waiting list: its rank is this order, computed and never stored (reliability.md section 2). Who was let in waits no more."""
        return self.confirmed().filter(seated_at=None, came_at=None, is_walk_in=False).order_by("confirmed_at", "pk")

    def unconfirmed(self, *, now: datetime) -> "RegistrationQuerySet":
        """Holding a seat for an address not proven yet: 30 minutes (G7)."""
        return self.filter(confirmed_at=None, withdrawn_at=None, holds_until__gt=now)

    def lapsed(self, *, now: datetime) -> "RegistrationQuerySet":
        """Still holding a seat that the clock took back: released before anything else is counted (`events.seats`)."""
        return self.filter(confirmed_at=None, withdrawn_at=None, holds_until__lte=now)

    def holding_a_seat(self) -> "RegistrationQuerySet":
        """Those that `taken_*` counts: seated, or held for an address not proven yet and not released."""
        given = models.Q(seated_at__isnull=False) | models.Q(confirmed_at=None, holds_until__isnull=False)
        return self.filter(given, withdrawn_at=None)

    def live(self) -> "RegistrationQuerySet":
        return self.filter(withdrawn_at=None)


class Registration(models.Model):
    """One person, or one and their companions, at one sitting. Followed by a link, without account; erased three months after (G3)."""

    slot = models.ForeignKey(TimeSlot, verbose_name="créneau", on_delete=models.PROTECT, related_name="registrations")
    email = models.EmailField("adresse électronique", max_length=254)
    name = models.CharField("nom", max_length=160)
    organisation = models.CharField("structure", max_length=160, blank=True)
    # Seen by the organiser only, and erased after the event.
    needs = models.TextField("besoins", blank=True)
    mode = models.CharField("tenue", max_length=6, choices=Mode, default=Mode.ONSITE)
    companions = models.PositiveSmallIntegerField("personnes qui accompagnent", default=0)
    # Of a member when the seat was asked for: may take what is kept for members (G0).
    is_member = models.BooleanField("d’un adhérent", default=False, editable=False)
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    created_at = models.DateTimeField("demandée le")
    holds_until = models.DateTimeField("tenue jusqu’au", null=True, blank=True)
    confirmed_at = models.DateTimeField("confirmée le", null=True, blank=True)
    seated_at = models.DateTimeField("place donnée le", null=True, blank=True)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    reminded_at = models.DateTimeField("rappelée le", null=True, blank=True)
    came_at = models.DateTimeField("venue le", null=True, blank=True)
    # Written down at the door: with a seat when one was free, else in the place of somebody who did not come.
    is_walk_in = models.BooleanField("inscrite sur place", default=False)
    invitation = models.ForeignKey(
        "events.Invitation", verbose_name="invitation", on_delete=models.SET_NULL, null=True, blank=True, related_name="registrations"
    )
    erased_at = models.DateTimeField("anonymisée le", null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription"
        verbose_name_plural = "inscriptions"
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["slot", "seated_at", "confirmed_at"], name="registration_by_slot")]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "email"],
                name="registration_once",
                condition=models.Q(withdrawn_at=None) & ~models.Q(email=""),
                violation_error_message="Cette adresse est déjà inscrite.",
            ),
            models.CheckConstraint(
                name="registration_seated_is_proven", condition=models.Q(seated_at=None) | models.Q(confirmed_at__isnull=False)
            ),
            models.CheckConstraint(name="registration_mode_is_one", condition=models.Q(mode__in=[Mode.ONSITE, Mode.ONLINE])),
        ]

    def __str__(self) -> str:
        return f"Inscription n° {self.pk}"

    @property
    def people(self) -> int:
        """How many seats it takes: one, and one for each companion."""
        return 1 + self.companions

    @property
    def is_seated(self) -> bool:
        return self.seated_at is not None and self.withdrawn_at is None

    @property
    def is_waiting(self) -> bool:
        return self.confirmed_at is not None and self.seated_at is None and self.withdrawn_at is None


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def alive(self) -> "InvitationQuerySet":
        return self.filter(revoked_at=None, erased_at=None)


class Invitation(models.Model):
    """To come to an event by invitation: to one person, used once (E7), or a code with a quota. Only the secret's fingerprint is kept."""

    event = models.ForeignKey(Event, verbose_name="événement", on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField("nom", max_length=160, blank=True)
    email = models.EmailField("adresse électronique", max_length=254, blank=True, help_text="Vide : un code, à donner soi-même.")
    quota = models.PositiveSmallIntegerField("personnes au plus", default=1)
    used = models.PositiveSmallIntegerField("personnes inscrites", default=0, editable=False)
    companions = models.PositiveSmallIntegerField("personnes qui accompagnent, au plus", default=0)
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    created_at = models.DateTimeField("créée le")
    by_name = models.CharField("créée par", max_length=200, blank=True)
    revoked_at = models.DateTimeField("reprise le", null=True, blank=True)
    # Once erased (G3), neither a name nor an address: what is left says how many were invited.
    is_personal = models.BooleanField("pour une personne", default=False)
    erased_at = models.DateTimeField("anonymisée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation à un événement"
        verbose_name_plural = "invitations aux événements"
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="invitation_within_its_quota",
                condition=models.Q(used__lte=models.F("quota")),
                violation_error_message="Cette invitation est déjà utilisée.",
            ),
            models.UniqueConstraint(
                fields=["event", "email"],
                name="invitation_once",
                condition=models.Q(revoked_at=None) & ~models.Q(email=""),
                violation_error_message="Cette personne est déjà invitée.",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation n° {self.pk}"
