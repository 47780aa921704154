"""What the jury reads and says of an application (domain.md B1, B2): criteria, readings with their scores and versions, conflicts."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from applications.models.application import Application
from applications.states import READ_BY_THE_JURY, ConflictKind
from organisations.models import Organisation
from programmes.models import Edition
from programmes.models.ranked import Ranked
from records.models import Kept, KeptQuerySet

if TYPE_CHECKING:
    from accounts.models import User

HIGHEST = 5
READINGS = 2  # domain.md B1


class SelectionQuerySet(models.QuerySet["Selection"]):
    def to_read(self, *, now: datetime) -> "SelectionQuerySet":
        """Of calls whose jury still reads: neither called off nor announced."""
        return self.filter(edition__cancelled_at=None, edition__results_released_at=None)


class Selection(models.Model):
    """How one call chooses its people: who reads what, until when, and by when a place is confirmed. Made with its first question."""

    edition = models.OneToOneField(Edition, verbose_name="appel", on_delete=models.CASCADE, related_name="selection")
    is_blind = models.BooleanField(
        "lecture sans les noms",
        default=True,
        help_text="Le jury ne lit ni le nom, ni l’adresse, ni la structure. L’équipe, elle, les voit.",
    )
    readings = models.PositiveSmallIntegerField("lectures par candidature", default=READINGS, validators=[MinValueValidator(1)])
    read_by = models.DateTimeField(
        "lectures à rendre avant le", null=True, blank=True, help_text="Une lecture envoyée se corrige jusque-là. Heure de Paris."
    )
    confirm_by = models.DateTimeField(
        "places à confirmer avant le", null=True, blank=True, help_text="Une place qui n’est pas confirmée à cette seconde est libre."
    )
    prefers_balance = models.BooleanField(
        "proposer d’abord à la même fonction publique",
        default=False,
        help_text="Une place libérée va au premier de la liste d’attente de la fonction publique quittée ; sinon au premier de tous.",
    )
    closed_at = models.DateTimeField("sélection close le", null=True, blank=True, editable=False)

    objects = SelectionQuerySet.as_manager()

    class Meta:
        verbose_name = "sélection"
        verbose_name_plural = "sélections"
        ordering = ["-edition__closes_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="selection_asks_a_reading",
                condition=models.Q(readings__gte=1),
                violation_error_message="Demandez au moins une lecture par candidature.",
            )
        ]

    def __str__(self) -> str:
        return f"Sélection : {self.edition.short_title}"


class Criterion(Ranked):
    """What a reader scores from 0 to 5; frozen when the first review of the call is sent."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, related_name="criteria")
    label = models.CharField("critère", max_length=120)
    help = models.CharField("ce qu’on y regarde", max_length=300, blank=True)
    weight = models.PositiveSmallIntegerField("poids", default=1, validators=[MinValueValidator(1), MaxValueValidator(10)])
    ranked_in = "edition"

    class Meta(Ranked.Meta):
        verbose_name = "critère"
        verbose_name_plural = "critères"
        constraints = [
            models.CheckConstraint(
                name="criterion_has_weight",
                condition=models.Q(weight__gte=1, weight__lte=10),
                violation_error_message="Le poids d’un critère va de 1 à 10.",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Juror(models.Model):
    """What a reader tells of themselves: the body they work for, whose applications they never read (B2)."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, verbose_name="personne", on_delete=models.CASCADE, related_name="juror")
    body = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.PROTECT, null=True, blank=True, related_name="jurors")
    structure = models.CharField("structure", max_length=160, blank=True)

    class Meta:
        verbose_name = "membre du jury"
        verbose_name_plural = "membres du jury"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Membre du jury n° {self.pk}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def without_conflict(self) -> "ReviewQuerySet":
        """Those whose reader has no conflict with the file: the others leave the queue, the average and the reader's sight."""
        conflicts = ConflictOfInterest.objects.filter(application=models.OuterRef("application"), reviewer=models.OuterRef("reviewer"))
        return self.filter(~models.Exists(conflicts))

    def counted(self) -> "ReviewQuerySet":
        """Sent with scores, and without conflict: what the mean is made of."""
        return self.without_conflict().filter(sent_at__isnull=False, mark__isnull=False)

    def visible_to(self, user: "User") -> "ReviewQuerySet":
        """A reader's own files to read: without conflict, of calls that are not called off."""
        mine = self.filter(reviewer=user.pk, application__erased_at=None, application__edition__cancelled_at=None)
        return mine.without_conflict()

    def to_read(self) -> "ReviewQuerySet":
        """Not sent yet, of a file that is still before the jury."""
        return self.without_conflict().filter(
            sent_at=None,
            application__state__in=READ_BY_THE_JURY,
            application__edition__cancelled_at=None,
            application__edition__results_released_at=None,
        )


class Review(models.Model):
    """A reviewer asked to read an application (B1), and what they say of it once sent.

    `scores` below are what is being typed until `sent_at`; each sending is kept as a `ReviewVersion`. `mark` is the weighted mean of the
    scores, 0 to 5, at the last sending; none when the reader abstained.
    """

    application = models.ForeignKey(Application, verbose_name="candidature", on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="membre du jury", on_delete=models.PROTECT, related_name="reviews")
    assigned_at = models.DateTimeField("confiée le")
    assigned_by = models.CharField("confiée par", max_length=200, blank=True)
    comment = models.TextField("commentaire", blank=True)
    saved_at = models.DateTimeField("enregistrée le", null=True, blank=True)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    abstained = models.BooleanField("abstention", default=False)
    mark = models.DecimalField("note", max_digits=4, decimal_places=2, null=True, blank=True)
    revision = models.PositiveIntegerField("révision", default=0)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "évaluation"
        verbose_name_plural = "évaluations"
        ordering = ["assigned_at", "pk"]
        indexes = [models.Index(fields=["reviewer", "sent_at", "id"], name="review_by_reader")]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reviewer"],
                name="review_once_per_reviewer",
                violation_error_message="Cette candidature est déjà confiée à cette personne.",
            ),
            models.CheckConstraint(
                name="review_mark_when_sent",
                condition=models.Q(mark__isnull=True) | models.Q(mark__gte=0, mark__lte=HIGHEST, sent_at__isnull=False, abstained=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Évaluation n° {self.pk}"


class Score(models.Model):
    """0 to 5 for one criterion, in one review."""

    review = models.ForeignKey(Review, verbose_name="évaluation", on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, verbose_name="critère", on_delete=models.PROTECT, related_name="scores")
    value = models.PositiveSmallIntegerField("note")

    class Meta:
        verbose_name = "note d’un critère"
        verbose_name_plural = "notes des critères"
        ordering = ["criterion__order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion"], name="score_once_per_criterion"),
            models.CheckConstraint(
                name="score_is_0_to_5",
                condition=models.Q(value__gte=0, value__lte=HIGHEST),
                violation_error_message="Une note va de 0 à 5.",
            ),
        ]

    def __str__(self) -> str:
        return f"Note n° {self.pk}"


class ReviewVersion(Kept):
    """A review as it was sent, or sent again: `scores` is {criterion pk: value}."""

    WORDS: ClassVar[dict[str, Any]] = {"comment": ""}

    review = models.ForeignKey(Review, verbose_name="évaluation", on_delete=models.PROTECT, related_name="versions")
    at = models.DateTimeField("envoyée le")
    abstained = models.BooleanField("abstention", default=False)
    mark = models.DecimalField("note", max_digits=4, decimal_places=2, null=True, blank=True)
    scores = models.JSONField("notes", default=dict)
    comment = models.TextField("commentaire", blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        verbose_name = "version d’évaluation"
        verbose_name_plural = "versions d’évaluation"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"Version n° {self.pk}"


class ConflictOfInterest(models.Model):
    """Why this person never reads this application, nor counts for it: computed, or declared by the person."""

    application = models.ForeignKey(Application, verbose_name="candidature", on_delete=models.CASCADE, related_name="conflicts")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="membre du jury", on_delete=models.CASCADE, related_name="conflicts"
    )
    kind = models.CharField("nature", max_length=8, choices=ConflictKind)
    note = models.TextField("précision", blank=True)
    at = models.DateTimeField("connu le")
    by_name = models.CharField("dit par", max_length=200, blank=True)

    class Meta:
        verbose_name = "conflit d’intérêts"
        verbose_name_plural = "conflits d’intérêts"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "reviewer"], name="conflict_once"),
            models.CheckConstraint(name="conflict_kind_is_known", condition=models.Q(kind__in=ConflictKind.values)),
        ]

    def __str__(self) -> str:
        return f"Conflit d’intérêts n° {self.pk}"
