"""What is decided, told and answered once the jury has read (domain.md B3 to B8)."""

from datetime import datetime

from django.db import models

from applications.models.application import Application
from applications.states import Agreement, Axis, Branch, Ending
from programmes.models import Edition


class Bound(models.Model):
    """What the jury wants of the group: at least, at most so many of a branch, a region, a kind of employer. Shown, never a score (B6)."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, related_name="bounds")
    axis = models.CharField("selon", max_length=6, choices=Axis)
    value = models.CharField("quoi", max_length=13, help_text="Le code de la fonction publique, de la région ou du type d’employeur.")
    least = models.PositiveSmallIntegerField("au moins", null=True, blank=True)
    most = models.PositiveSmallIntegerField("au plus", null=True, blank=True)

    class Meta:
        verbose_name = "équilibre voulu"
        verbose_name_plural = "équilibres voulus"
        ordering = ["axis", "value", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "axis", "value"], name="bound_once", violation_error_message="Cet équilibre est déjà demandé."
            ),
            models.CheckConstraint(name="bound_axis_is_known", condition=models.Q(axis__in=Axis.values)),
            models.CheckConstraint(
                name="bound_asks_something",
                condition=models.Q(least__isnull=False) | models.Q(most__isnull=False),
                violation_error_message="Dites au moins combien, ou au plus combien.",
            ),
            models.CheckConstraint(
                name="bound_least_below_most",
                condition=models.Q(least__isnull=True) | models.Q(most__isnull=True) | models.Q(least__lte=models.F("most")),
                violation_error_message="« Au moins » ne peut pas dépasser « au plus ».",
            ),
        ]

    def __str__(self) -> str:
        return f"Équilibre n° {self.pk}"


class ResultsRelease(models.Model):
    """« Publier les résultats »: one act, once a call (B4). Undone before its letters leave, it is no more."""

    edition = models.OneToOneField(Edition, verbose_name="appel", on_delete=models.PROTECT, related_name="release")
    at = models.DateTimeField("demandée le")
    by_name = models.CharField("par", max_length=200, blank=True)
    # {state: number of letters}, as it was confirmed.
    counts = models.JSONField("lettres", default=dict)
    batch = models.OneToOneField(
        "mailing.Batch", verbose_name="envoi", on_delete=models.SET_NULL, null=True, blank=True, related_name="release"
    )

    class Meta:
        verbose_name = "publication des résultats"
        verbose_name_plural = "publications des résultats"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Résultats : {self.edition.short_title}"


class OfferQuerySet(models.QuerySet["Offer"]):
    def open(self, *, now: datetime) -> "OfferQuerySet":
        """Still holding a place: neither answered nor past its end, which the clock alone decides (B5)."""
        return self.filter(ended_at=None, until__gt=now)

    def lapsed(self, *, now: datetime) -> "OfferQuerySet":
        """Past their end, and not settled yet."""
        return self.filter(ended_at=None, until__lte=now)


class Offer(models.Model):
    """A place that came free, offered to somebody of the waiting list for 72 hours (B5). It holds the place while it is open."""

    application = models.ForeignKey(Application, verbose_name="candidature", on_delete=models.PROTECT, related_name="offers")
    rank = models.PositiveSmallIntegerField("rang alors")
    # Of whoever left the place: with `Selection.prefers_balance` it is offered to the same one, from hand to hand.
    branch = models.CharField("fonction publique quittée", max_length=8, choices=Branch, blank=True)
    at = models.DateTimeField("faite le")
    until = models.DateTimeField("valable jusqu’au")
    ended_at = models.DateTimeField("close le", null=True, blank=True)
    ending = models.CharField("issue", max_length=9, choices=Ending, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = "place proposée"
        verbose_name_plural = "places proposées"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application"], name="offer_one_open", condition=models.Q(ended_at=None)),
            models.CheckConstraint(name="offer_ends_after_it_begins", condition=models.Q(until__gt=models.F("at"))),
            models.CheckConstraint(
                name="offer_ended_says_how",
                condition=models.Q(ended_at=None, ending="") | models.Q(ended_at__isnull=False, ending__in=Ending.values),
            ),
        ]

    def __str__(self) -> str:
        return f"Place proposée n° {self.pk}"


class EmployerAgreementQuerySet(models.QuerySet["EmployerAgreement"]):
    def alive(self, *, now: datetime) -> "EmployerAgreementQuerySet":
        """Links that still open: neither revoked nor past their end."""
        return self.filter(revoked_at=None, until__gt=now).exclude(digest="")


class EmployerAgreement(models.Model):
    """The employer's word on one application (B8): a page by link, without account, or a signed PDF. Each request is a row.

    The last answered row counts; while none is answered, the word is awaited.

    Only the fingerprint of the link's secret is kept (as `memberships.links`). A question leaves the request open.
    """

    application = models.ForeignKey(Application, verbose_name="candidature", on_delete=models.PROTECT, related_name="agreements")
    answer = models.CharField("réponse", max_length=8, choices=Agreement, default=Agreement.AWAITED)
    asked_at = models.DateTimeField("demandé le")
    email = models.EmailField("adresse du responsable", max_length=254, blank=True)
    nonce = models.CharField("graine", max_length=32, blank=True)
    digest = models.CharField("empreinte", max_length=64, blank=True)
    until = models.DateTimeField("lien valable jusqu’au", null=True, blank=True)
    opened_at = models.DateTimeField("ouvert le", null=True, blank=True)
    revoked_at = models.DateTimeField("retiré le", null=True, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    name = models.CharField("nom du responsable", max_length=160, blank=True)
    job = models.CharField("fonction du responsable", max_length=160, blank=True)
    question = models.TextField("question", blank=True)
    question_at = models.DateTimeField("question posée le", null=True, blank=True)
    question_email = models.EmailField("réponse à envoyer à", max_length=254, blank=True)
    reply = models.TextField("réponse de l’équipe", blank=True)
    replied_at = models.DateTimeField("réponse envoyée le", null=True, blank=True)
    words = models.TextField("message", blank=True)
    refusal = models.TextField("motif du refus de l’équipe", blank=True)
    file = models.FileField("accord signé", upload_to="accords/", max_length=200, blank=True)
    sha256 = models.CharField("empreinte du fichier", max_length=64, blank=True)

    objects = EmployerAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "accord de l’employeur"
        verbose_name_plural = "accords des employeurs"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="agreement_answer_is_known", condition=models.Q(answer__in=Agreement.values)),
            models.CheckConstraint(
                name="agreement_answered_has_a_date",
                condition=models.Q(answer=Agreement.AWAITED) | models.Q(answered_at__isnull=False),
            ),
            models.UniqueConstraint(fields=["digest"], name="agreement_link_once", condition=~models.Q(digest="")),
        ]

    def __str__(self) -> str:
        return f"Accord n° {self.pk}"
