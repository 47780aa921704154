"""What was announced and then changed: shown publicly, old and new, and told to the people concerned."""

from datetime import datetime

from django.db import models

from programmes.models.edition import Edition
from programmes.models.session import TrainingSession


class ChangeKind(models.TextChoices):
    DEADLINE = "DEADLINE", "clôture déplacée"
    DATES = "DATES", "date, heure ou lieu changé"
    POSTPONED = "POSTPONED", "reporté"
    CANCELLED = "CANCELLED", "annulé"
    REOPENED = "REOPENED", "rouvert"


class ChangeQuerySet(models.QuerySet["Change"]):
    def shown(self) -> "ChangeQuerySet":
        """What the public page tells, the latest act first; an act undone in its ten minutes was never told."""
        return self.filter(undone_at=None).order_by("-at", "pk")

    def moved(self) -> "ChangeQuerySet":
        """What is shown beside what it was; that all is called off, the page says at its head, once."""
        return self.shown().exclude(kind=ChangeKind.CANCELLED)

    def last_deadline_move(self) -> models.Subquery:
        """When the deadline of the edition of each row of the outer query was moved last: `annotate(moved_at=…)`."""
        moves = self.filter(edition=models.OuterRef("edition"), undone_at=None, kind__in=_MOVES_A_DEADLINE)
        return models.Subquery(moves.order_by("-at").values("at")[:1])


_MOVES_A_DEADLINE = (ChangeKind.DEADLINE, ChangeKind.POSTPONED, ChangeKind.REOPENED)


class Change(models.Model):
    """One fact of a call or of a training day, before and after, in words. Exactly one of the two it is about."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, null=True, blank=True, related_name="changes")
    session = models.ForeignKey(
        TrainingSession, verbose_name="journée", on_delete=models.CASCADE, null=True, blank=True, related_name="changes"
    )
    kind = models.CharField("sorte", max_length=10, choices=ChangeKind)
    fact = models.CharField("ce qui change", max_length=160, help_text="« Clôture », « Préparation : date »")
    before = models.CharField("avant", max_length=250, blank=True)
    after = models.CharField("après", max_length=250, blank=True)
    reason = models.TextField("motif", blank=True)
    at = models.DateTimeField("date")
    by_name = models.CharField("auteur", max_length=200, blank=True)
    undone_at = models.DateTimeField("défait le", null=True, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "changement annoncé"
        verbose_name_plural = "changements annoncés"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="change_is_about_one",
                condition=models.Q(edition__isnull=False, session=None) | models.Q(edition=None, session__isnull=False),
            ),
            models.CheckConstraint(name="change_kind_is_known", condition=models.Q(kind__in=ChangeKind.values)),
        ]

    def __str__(self) -> str:
        return f"{self.fact} : {self.after or self.get_kind_display()}"

    @property
    def row(self) -> "Edition | TrainingSession":
        """The call or the training day it is about (`change_is_about_one`)."""
        row: Edition | TrainingSession = self.edition or self.session  # type: ignore[assignment]
        return row

    def together(self) -> ChangeQuerySet:
        """What was announced in the same act, this one included."""
        return self._of_row().filter(at=self.at)

    def since(self) -> ChangeQuerySet:
        """What was announced since, and stands."""
        return self._of_row().filter(at__gt=self.at, undone_at=None)

    def _of_row(self) -> ChangeQuerySet:
        return Change.objects.filter(edition=self.edition_id, session=self.session_id).order_by("pk")


class InterestQuerySet(models.QuerySet["Interest"]):
    def confirmed(self) -> "InterestQuerySet":
        return self.filter(confirmed_at__isnull=False)

    def unconfirmed_since(self, moment: datetime) -> "InterestQuerySet":
        """Asked before this moment and never confirmed."""
        return self.filter(confirmed_at=None, asked_at__lte=moment)

    def waiting_since(self, moment: datetime) -> "InterestQuerySet":
        """Confirmed before this moment, for anything of a programme: no deadline ends it."""
        return self.filter(edition=None, confirmed_at__lte=moment)

    def answered(self, *, now: datetime) -> "InterestQuerySet":
        """Confirmed, and what they wait for is there: their call is open, or a call or a day of their programme can be joined."""
        calls, days = Edition.objects.open(now=now), TrainingSession.objects.to_come(now=now)
        of_programme = models.Exists(calls.filter(programme=models.OuterRef("programme"))) | models.Exists(
            days.filter(programme=models.OuterRef("programme"))
        )
        return self.confirmed().filter(models.Q(edition__in=calls) | models.Q(of_programme, edition=None))

    def waiting_for(self, row: "Edition | TrainingSession") -> "InterestQuerySet":
        """Those that this call, or this day, answers."""
        own = models.Q(edition=None, programme=row.programme_id)
        return self.filter(own | models.Q(edition=row) if isinstance(row, Edition) else own)


class Interest(models.Model):
    """« Prévenez-moi »: an address that asks one letter at the opening of a call, or of anything of a programme; then erased."""

    programme = models.ForeignKey("programmes.Programme", verbose_name="programme", on_delete=models.CASCADE, related_name="interests")
    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, null=True, blank=True, related_name="interests")
    email = models.EmailField("adresse électronique", max_length=254)
    # Of the link of the letters, never the secret itself.
    secret_hash = models.CharField("empreinte du lien", max_length=64, unique=True)
    asked_at = models.DateTimeField("demandée le")
    confirmed_at = models.DateTimeField("confirmée le", null=True, blank=True)

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande d’être prévenu"
        verbose_name_plural = "demandes d’être prévenu"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "email"], name="interest_once_per_edition"),
            models.UniqueConstraint(fields=["programme", "email"], name="interest_once_per_programme", condition=models.Q(edition=None)),
        ]

    def __str__(self) -> str:
        return f"Demande n° {self.pk}"
