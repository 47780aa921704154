"""Every move of an application, kept."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from applications.models.application import Application
from applications.states import State
from core.typography import moment_in_words
from records.models import Kept, KeptQuerySet

RENDERED_AHEAD = timedelta(days=3)
# Where the documents of deposits are kept.
FOLDER = "candidatures/"


class StepQuerySet(KeptQuerySet["Step"]):
    def last_withdrawal(self) -> models.Subquery:
        """When each application of the outer query was withdrawn last: `annotate(withdrawn_at=…)`."""
        withdrawals = self.filter(application=models.OuterRef("pk"), to_state=State.WITHDRAWN).order_by("-at", "-pk")
        return models.Subquery(withdrawals.values("at")[:1])

    def deposits(self) -> "StepQuerySet":
        return self.filter(to_state=State.SUBMITTED, answers__isnull=False)

    def by_the_candidate(self) -> "StepQuerySet":
        """Deposits and withdrawals. What the team put back (« déposée » without answers) is no deposit; of an erased one, all is kept."""
        acts = self.filter(to_state__in=[State.SUBMITTED, State.WITHDRAWN])
        return acts.exclude(to_state=State.SUBMITTED, answers__isnull=True, application__erased_at=None)

    def to_render(self, *, now: datetime) -> "StepQuerySet":
        """Deposits of these days whose two documents are not made yet; those of an older one are made when somebody asks."""
        return self.deposits().filter(receipt="", at__gt=now - RENDERED_AHEAD)


class Step(Kept):
    """One move of an application: who, when, and for a deposit the full copy of the answers. Append only.

    A draft has none, so that it can be deleted; what has some cannot.
    """

    WORDS: ClassVar = {"by": None, "by_name": "", "note": "", "answers": None, "receipt": "", "employer_letter": ""}
    MADE_LATER: ClassVar = frozenset({"receipt", "employer_letter"})

    application = models.ForeignKey(Application, verbose_name="candidature", on_delete=models.PROTECT, related_name="steps")
    to_state = models.CharField("vers", max_length=10, choices=State)
    at = models.DateTimeField("date")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField("auteur", max_length=200, blank=True)
    note = models.TextField("motif ou précision", blank=True)
    answers = models.JSONField("réponses déposées", null=True, blank=True)
    receipt = models.FileField("récépissé", upload_to=FOLDER, blank=True)
    employer_letter = models.FileField("lettre pour l’employeur", upload_to=FOLDER, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = "étape"
        verbose_name_plural = "historique"
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(name="step_state_is_known", condition=models.Q(to_state__in=State.values))]
        indexes = [
            # The sweep of the documents asks every minute: it reads only what is missing.
            models.Index(fields=["at"], name="step_to_render", condition=models.Q(receipt="", answers__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{State(self.to_state).label} le {moment_in_words(self.at, zone=False, weekday=False)}"

    @property
    def is_late(self) -> bool:
        """Deposited by the team after the deadline: its reason is the note, which a candidate's deposit never has (A2)."""
        return bool(self.answers and self.note)

    @property
    def can_still_change(self) -> bool:
        """What the letters of this moment may promise: the candidate edits until the deadline."""
        return self.application.edition.is_accepting(now=self.at)
