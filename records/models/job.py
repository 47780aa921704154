"""Long work that is visible (design.md section 2): how far it is, what became of each row, and the file it made."""

from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse

from core.registry import Link
from records.kinds import KINDS, open_to
from records.states import ACTIVE, JobState, Outcome

# Where the files of work are kept.
FOLDER = "travaux/"


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> "JobQuerySet":
        """One's own work, or everybody's for who may see it; never a kind that this person's roles do not open."""
        seen = self.filter(kind__in=open_to(user))
        return seen if user.has_perm("records.view_job") else seen.filter(by_id=str(user.pk))

    def active(self) -> "JobQuerySet":
        """Waiting or running."""
        return self.filter(state__in=ACTIVE)

    def left_behind(self, *, now: datetime) -> "JobQuerySet":
        """What a worker held and no longer tells of."""
        return self.filter(state=JobState.RUNNING, leased_until__lte=now)

    def finished_before(self, moment: datetime) -> "JobQuerySet":
        return self.exclude(state__in=ACTIVE).filter(finished_at__lt=moment)


class Job(models.Model):
    """A piece of long work. `attempt` grows each time a worker takes it: it is the fence, an overtaken worker writes nothing."""

    kind = models.CharField("sorte", max_length=80)
    label = models.CharField("travail", max_length=200)
    params = models.JSONField("paramètres", default=dict, blank=True)
    once = models.CharField("empreinte", max_length=64, help_text="Deux demandes pareilles en même temps n’en font qu’une.")
    state = models.CharField("état", max_length=9, choices=JobState, default=JobState.WAITING)
    total = models.PositiveIntegerField("lignes à traiter", default=0)
    done = models.PositiveIntegerField("lignes traitées", default=0)
    created_at = models.DateTimeField("demandé le")
    started_at = models.DateTimeField("commencé le", null=True, blank=True)
    finished_at = models.DateTimeField("fini le", null=True, blank=True)
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True, db_index=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)
    file = models.FileField("fichier", upload_to=FOLDER, blank=True)
    file_name = models.CharField("nom du fichier", max_length=200, blank=True)
    summary = models.TextField("bilan", blank=True)
    error = models.TextField("ce qui n’a pas marché", blank=True)
    is_cancel_asked = models.BooleanField("arrêt demandé", default=False)
    attempt = models.PositiveIntegerField("tentatives", default=0)
    lost = models.PositiveSmallIntegerField("interruptions", default=0)
    leased_until = models.DateTimeField("réservé jusqu’à", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "travail"
        verbose_name_plural = "travaux"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="job_state_is_known", condition=models.Q(state__in=JobState.values)),
            models.UniqueConstraint(
                fields=["once"],
                name="job_once_at_a_time",
                condition=models.Q(state__in=[JobState.WAITING, JobState.RUNNING]),
                violation_error_message="Ce travail est déjà en cours.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("admin:records_job_change", args=[self.pk])

    @property
    def kind_label(self) -> str:
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    def outcome_label(self, outcome: str) -> str:
        """« fait », or, of work that only tries, what would be done."""
        kind = KINDS.get(self.kind)
        return kind.would if kind and kind.would and outcome == Outcome.DONE else str(Outcome(outcome).label)

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def next_link(self) -> Link | None:
        """Where one goes on from here, once it is done."""
        kind = KINDS.get(self.kind)
        return kind.then(self) if kind and kind.then and self.state == JobState.DONE else None

    @property
    def can_restart(self) -> bool:
        """What was stopped or failed can be asked again, as long as what it needs is kept."""
        return self.state in (JobState.FAILED, JobState.CANCELLED) and self.kind in KINDS and bool(self.once)


class JobRow(models.Model):
    """What became of one row of a piece of work."""

    job = models.ForeignKey(Job, verbose_name="travail", on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField("rang")
    label = models.CharField("ligne", max_length=200)
    outcome = models.CharField("issue", max_length=7, choices=Outcome, default=Outcome.DONE)
    message = models.TextField("précision", blank=True)

    class Meta:
        verbose_name = "ligne d’un travail"
        verbose_name_plural = "lignes d’un travail"
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="job_row_once"),
            models.CheckConstraint(name="job_row_outcome_is_known", condition=models.Q(outcome__in=Outcome.values)),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.label}"

    @property
    def outcome_label(self) -> str:
        return self.job.outcome_label(self.outcome)

    @property
    def look(self) -> str:
        """What nobody has done yet is not shown as done."""
        kind = KINDS.get(self.job.kind)
        return "planned" if kind and kind.would and self.outcome == Outcome.DONE else self.outcome.lower()
