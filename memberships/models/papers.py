"""The papers of a membership, and the link by which a finance department reads its file without an account (S11)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from core.clock import PARIS
from memberships.models.membership import VIEW_MEMBERSHIP, Membership
from memberships.states import ASKED_FOR, UPLOADED, DocumentKind
from organisations.models import Contact
from organisations.speaking import spoken_for

if TYPE_CHECKING:
    from accounts.models import User


class MembershipDocumentQuerySet(models.QuerySet["MembershipDocument"]):
    def visible_to(self, user: "User") -> "MembershipDocumentQuerySet":
        return self.filter(membership__in=Membership.objects.visible_to(user))

    def given_for(self, membership: Membership, reader: "User") -> "MembershipDocumentQuerySet":
        """What this reader may see of what was given to us. The team, and who speaks for the body today: all.

        Whoever only sent a bulletin: what they deposited themselves with it, while it is asked for. The row may have served
        another person before, and typing a SIRET proves nothing.
        """
        given = self.filter(membership=membership, kind__in=UPLOADED)
        if reader.has_perm(VIEW_MEMBERSHIP) or membership.organisation in spoken_for(reader):
            return given
        if membership.asker_id != reader.pk or membership.state not in ASKED_FOR:
            return given.none()
        return given.filter(depositor=reader.pk, made_at__gte=membership.asked_at)


class MembershipDocument(models.Model):
    """A paper we made or were given; a new version is a new row, and the old one stays."""

    membership = models.ForeignKey(Membership, verbose_name="adhésion", on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField("nature", max_length=12, choices=DocumentKind)
    number = models.CharField("numéro", max_length=30, blank=True)
    file = models.FileField("fichier", upload_to="adhesions/", max_length=200, blank=True)
    sha256 = models.CharField("empreinte", max_length=64, blank=True)
    # Of the page it was drawn from: the same data is the same paper, other data a new version (`memberships.papers`).
    source = models.CharField("empreinte des données", max_length=64, blank=True, editable=False)
    made_at = models.DateTimeField("du")
    by_name = models.CharField("déposé par", max_length=200, blank=True)
    depositor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="compte de la personne qui a déposé",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = MembershipDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce d’adhésion"
        verbose_name_plural = "pièces d’adhésion"
        ordering = ["-made_at", "-pk"]
        constraints = [models.CheckConstraint(name="membership_document_kind_is_known", condition=models.Q(kind__in=DocumentKind.values))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}".strip()


class FinanceLinkQuerySet(models.QuerySet["FinanceLink"]):
    def alive(self, *, now: datetime) -> "FinanceLinkQuerySet":
        """Neither revoked nor expired, nor given to a contact whose role has ended, who was erased, or whose address is another now."""
        today = now.astimezone(PARIS).date()
        ends = models.Q(contact__ends_on=None) | models.Q(contact__ends_on__gte=today)
        in_role = models.Q(contact=None, address="") | ends & models.Q(contact__email=models.F("address"))
        return self.filter(in_role, revoked_at=None, expires_at__gt=now)

    def astray(self, *, now: datetime) -> "FinanceLinkQuerySet":
        """Those neither revoked nor expired whose reader was erased from the register, or has another address there."""
        elsewhere = models.Q(contact=None) & ~models.Q(address="") | ~models.Q(contact__email=models.F("address")) & ~models.Q(contact=None)
        return self.filter(elsewhere, revoked_at=None, expires_at__gt=now)


class FinanceLink(models.Model):
    """One address of one file: revocable, expiring. Only the fingerprint of its secret is kept (`memberships.links`)."""

    membership = models.ForeignKey(Membership, verbose_name="adhésion", on_delete=models.CASCADE, related_name="finance_links")
    contact = models.ForeignKey(
        Contact, verbose_name="remis à", on_delete=models.SET_NULL, null=True, blank=True, related_name="finance_links"
    )
    address = models.EmailField("adresse", max_length=254, blank=True)
    # The secret is derived from this and the portal's key, so that a reminder carries the same address again.
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    created_at = models.DateTimeField("créé à")
    expires_at = models.DateTimeField("expire à")
    opened_at = models.DateTimeField("ouvert à", null=True, blank=True)
    revoked_at = models.DateTimeField("retiré à", null=True, blank=True)

    objects = FinanceLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "lien du service financier"
        verbose_name_plural = "liens des services financiers"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"Dossier de {self.membership}"


class Departure(models.Model):
    """A role that ended, seen once: the addresses it knew were closed, and whoever pays from then on received theirs.

    A row beside the contact, whose end may come from a colleague, the register, a table, or a last day that passes.
    """

    contact = models.ForeignKey(Contact, verbose_name="contact", on_delete=models.CASCADE, related_name="departures")
    # A role given back, then ended another day, is another departure.
    ended_on = models.DateField("dernier jour")
    seen_at = models.DateTimeField("vu à")
    # Some addresses were closed: whoever comes after receives them too.
    closed_some = models.BooleanField("des adresses ont été retirées", default=False)
    heir = models.ForeignKey(Contact, verbose_name="suite", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "départ d’un contact"
        verbose_name_plural = "départs de contacts"
        ordering = ["-seen_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["contact", "ended_on"], name="departure_once")]

    def __str__(self) -> str:
        return f"Départ de {self.contact}"
