"""What is made to be given: the poster of a listed event, and the address by which a partner reads the figures of a season."""

from datetime import datetime

from django.db import models

from events.models.event import Event


class CommunicationKit(models.Model):
    """The poster kept for a listed event: of what it says now, or, while a new drawing fails, the last good one (docs/adr/0046)."""

    event = models.OneToOneField(Event, verbose_name="événement", on_delete=models.CASCADE, related_name="kit")
    # Of what the file prints.
    fingerprint = models.CharField("empreinte", max_length=64, blank=True)
    file = models.FileField("affiche", upload_to="affiches/", max_length=200, blank=True)
    # The change of the event that was looked at last: the sweep leaves the others alone.
    seen_at = models.DateTimeField("vu le", null=True, blank=True)
    drawn_at = models.DateTimeField("dessiné le", null=True, blank=True)
    failures = models.PositiveIntegerField("échecs", default=0)
    error = models.TextField("dernier échec", blank=True)
    retry_at = models.DateTimeField("prochain essai", null=True, blank=True)

    class Meta:
        verbose_name = "kit de communication"
        verbose_name_plural = "kits de communication"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Kit de communication n° {self.pk}"


class PartnerLinkQuerySet(models.QuerySet["PartnerLink"]):
    def alive(self, *, now: datetime) -> "PartnerLinkQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=now)


class PartnerLink(models.Model):
    """The door of a partner (S17), without account: figures of the seasons, and their programme. Only the secret's fingerprint is kept."""

    organisation = models.CharField("structure", max_length=160)
    name = models.CharField("nom", max_length=160, blank=True)
    email = models.EmailField("adresse électronique", max_length=254)
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    created_at = models.DateTimeField("créé le")
    by_name = models.CharField("créé par", max_length=200, blank=True)
    expires_at = models.DateTimeField("ouvert jusqu’au")
    opened_at = models.DateTimeField("ouvert la première fois le", null=True, blank=True)
    revoked_at = models.DateTimeField("repris le", null=True, blank=True)

    objects = PartnerLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "porte d’un partenaire"
        verbose_name_plural = "portes des partenaires"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="partner_link_expires_after_it_opens",
                condition=models.Q(expires_at__gt=models.F("created_at")),
                violation_error_message="La porte doit se fermer après s’être ouverte.",
            )
        ]

    def __str__(self) -> str:
        return self.organisation
