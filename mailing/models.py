"""The letters we owe: the table is the truth, Celery messages only nudge it (reliability.md section 1)."""

from django.db import models

from mailing.letters import KINDS, LetterKind
from mailing.states import State


class Message(models.Model):
    """A letter: one row for one fact, unique on its key, written in the transaction that makes it due."""

    key = models.CharField("clé", max_length=200, unique=True)
    kind = models.CharField("sorte", max_length=80, db_index=True)
    about = models.CharField("objet", max_length=100, blank=True, db_index=True, help_text="application.modèle:clé")
    to = models.EmailField("destinataire", max_length=254, db_index=True)
    cc = models.CharField("copie", max_length=254, blank=True)
    reply_to = models.EmailField("répondre à", blank=True)
    subject = models.CharField("sujet", max_length=250)
    text = models.TextField("texte")
    files = models.JSONField("pièces jointes", default=list, blank=True, help_text="nom et sha256 de chaque pièce envoyée")
    state = models.CharField("état", max_length=12, choices=State, default=State.DUE)
    created_at = models.DateTimeField("écrite")
    due_at = models.DateTimeField("à envoyer à partir de")
    leased_until = models.DateTimeField("réservée jusqu’à", null=True, blank=True)
    attempt = models.PositiveIntegerField("tentatives", default=0)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    error = models.TextField("dernière réponse du serveur", blank=True)

    class Meta:
        verbose_name = "lettre"
        verbose_name_plural = "journal des lettres"
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(name="message_state_is_known", condition=models.Q(state__in=State.values))]
        indexes = [models.Index(fields=["state", "due_at"], name="message_due")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    @property
    def letter(self) -> LetterKind:
        return KINDS[self.kind]
