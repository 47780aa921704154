"""Who is of a member without being its contact (domain.md G0): by a mail domain it declared, by its booking link, by a contact's word."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Concat

from memberships.states import Answer
from organisations.models import Contact, Organisation

# Anybody may have an address there: declaring one would make the whole country a member.
SHARED_DOMAINS = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr", "live.fr", "live.com", "msn.com",
        "yahoo.com", "yahoo.fr", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "neuf.fr", "laposte.net", "bbox.fr", "numericable.fr",
        "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "gmx.fr", "gmx.com", "aol.com", "tutanota.com",
        "aol.fr", "ymail.com", "rocketmail.com", "outlook.be", "hotmail.be", "hotmail.co.uk", "live.be", "yahoo.be", "skynet.be",
        "bluewin.ch", "gmx.net", "gmx.de", "tuta.io", "tuta.com", "mailo.com", "mailo.fr", "netcourrier.com", "zoho.com", "zohomail.eu",
        "mail.com", "fastmail.com", "fastmail.fm", "hey.com", "duck.com", "riseup.net", "ik.me", "infomaniak.com", "yandex.com",
        "club-internet.fr", "aliceadsl.fr", "alice.fr", "cegetel.net", "nordnet.fr", "voila.fr", "dbmail.com", "9online.fr", "tele2.fr",
        "yopmail.com", "yopmail.fr", "mailinator.com", "guerrillamail.com", "jetable.org",
    }
)  # fmt: skip
validate_domain = RegexValidator(
    r"\A(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z", "Un domaine s’écrit comme « ville.example », sans @ ni www."
)


def validate_own(domain: str) -> None:
    """Refuse what everybody shares."""
    if domain in SHARED_DOMAINS:
        raise ValidationError(f"« {domain} » est ouvert à tout le monde : il ne dit pas qu’une personne est de votre organisme.")


class MailDomainQuerySet(models.QuerySet["MailDomain"]):
    def with_contacts(self) -> "MailDomainQuerySet":
        """Each with `is_of_a_contact`: somebody who speaks, or spoke, for the body writes from there."""
        own = Contact.objects.filter(organisation=models.OuterRef("organisation"))
        theirs = own.filter(email__endswith=Concat(models.Value("@"), models.OuterRef("domain")))
        return self.annotate(is_of_a_contact=models.Exists(theirs))


class MailDomain(models.Model):
    """A mail domain that a member declared its own: who proves an address there is of the member. Exact: no sub-domain comes with it."""

    UNITED_WHEN_MERGED: ClassVar[bool] = True

    organisation = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.CASCADE, related_name="mail_domains")
    domain = models.CharField("domaine", max_length=190, validators=[validate_domain], db_index=True)
    declared_at = models.DateTimeField("déclaré le")
    by_name = models.CharField("déclaré par", max_length=200, blank=True)

    objects = MailDomainQuerySet.as_manager()

    class Meta:
        verbose_name = "domaine de messagerie"
        verbose_name_plural = "domaines de messagerie"
        ordering = ["domain", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "domain"], name="mail_domain_once", violation_error_message="Ce domaine est déjà déclaré."
            )
        ]

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        try:
            validate_own(self.domain)
        except ValidationError as shared:
            raise ValidationError({"domain": shared.messages}) from shared


class BookingLinkQuerySet(models.QuerySet["BookingLink"]):
    def alive(self) -> "BookingLinkQuerySet":
        return self.filter(revoked_at=None)


class BookingLink(models.Model):
    """The address a member gives to its agents: who holds it is of the member (G0). Replaced at will; only its fingerprint is kept."""

    organisation = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.CASCADE, related_name="booking_links")
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    created_at = models.DateTimeField("créé le")
    by_name = models.CharField("créé par", max_length=200, blank=True)
    revoked_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = BookingLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "lien de réservation"
        verbose_name_plural = "liens de réservation"
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["organisation"], name="booking_link_one_alive", condition=models.Q(revoked_at=None))]

    def __str__(self) -> str:
        return f"Lien de réservation n° {self.pk}"


class BelongingQuerySet(models.QuerySet["Belonging"]):
    def waiting(self) -> "BelongingQuerySet":
        return self.filter(answer="")


class Belonging(models.Model):
    """Somebody who says to be of a member: a contact of it answers in one click. A yes stands as long as the body is a member."""

    UNITED_WHEN_MERGED: ClassVar[bool] = True

    organisation = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.CASCADE, related_name="belongings")
    email = models.EmailField("adresse électronique", max_length=254)
    name = models.CharField("nom", max_length=160, blank=True)
    # What it was asked for, in words (« la journée du 19 mars 2027 »), for the contact who answers; and its row (`label_of`).
    what = models.CharField("pour", max_length=200, blank=True)
    about = models.CharField("au sujet de", max_length=80, blank=True)
    asked_at = models.DateTimeField("demandé le")
    reminded_at = models.DateTimeField("rappelé le", null=True, blank=True)
    answer = models.CharField("réponse", max_length=8, choices=Answer, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    answered_by = models.CharField("répondu par", max_length=200, blank=True)
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)

    objects = BelongingQuerySet.as_manager()

    class Meta:
        verbose_name = "rattachement à un adhérent"
        verbose_name_plural = "rattachements aux adhérents"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "email"], name="belonging_once"),
            models.CheckConstraint(name="belonging_answer_is_known", condition=models.Q(answer__in=["", *Answer.values])),
            models.CheckConstraint(
                name="belonging_answered_has_its_day", condition=models.Q(answer="") | models.Q(answered_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Rattachement n° {self.pk}"
