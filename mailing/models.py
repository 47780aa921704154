"""The letters we owe: the table is the truth, Celery messages only nudge it (reliability.md section 1)."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Protocol, cast

from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst

from core.folding import asked_words, fold, only_signs
from core.logs import without_secrets
from mailing.html import with_paragraph
from mailing.letters import KINDS, LetterKind
from mailing.states import PENDING, State
from records.services import label_of


class Reader(Protocol):
    """A person, as far as letters are concerned: somebody who has addresses, and one we write to."""

    email: str

    def addresses(self) -> Collection[str]: ...


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, *, now: datetime) -> "MessageQuerySet":
        """What should leave at `now`, codes and links first."""
        return self.filter(state=State.DUE, next_at__lte=now).order_by("rank", "next_at", "pk")

    def lease_over(self, state: State, *, now: datetime) -> "MessageQuerySet":
        """What a worker held in `state` and did not bring to an end in time."""
        return self.filter(state=state, leased_until__lte=now)

    def left_behind(self, settled_by_rule: models.Q, *, now: datetime) -> "MessageQuerySet":
        """What needs to be found again: a lease that is over, or an uncertain letter that no person has to settle."""
        held = models.Q(state__in=[State.CLAIMED, State.HANDING_OVER], leased_until__lte=now)
        return self.filter(held | models.Q(settled_by_rule, state=State.UNCERTAIN)).order_by()

    def overdue(self, *, now: datetime) -> "MessageQuerySet":
        """What has not left though it should have."""
        return self.filter(state__in=PENDING, next_at__lte=now)

    def unsettled(self) -> "MessageQuerySet":
        """What waits for a person."""
        return self.filter(state=State.UNCERTAIN)

    def readable_by(self, reader: Reader, *, now: datetime) -> "MessageQuerySet":
        """The letters to this person, once due (domain.md G1), whatever their address now; those to an address, for whoever has it."""
        theirs = models.Q(reader=label_of(cast(models.Model, reader))) | models.Q(reader="", to__in=reader.addresses())
        return self.filter(theirs, due_at__lte=now).exclude(state=State.VOID)

    def searched(self, words: str, *, keys: bool = False) -> "MessageQuerySet":
        """Those with each word somewhere in their addresses or subject (or `keys`), accents and capitals apart; signs are no word."""
        found = self.none() if only_signs(words) else self
        for word in asked_words(words):
            names = ("to", "cc", "about", "message_id", "key") if keys else ("to", "cc")
            held = (models.Q(**{f"{name}__icontains": word}) for name in names)
            found = found.filter(reduce(or_, held, models.Q(search__contains=word)))
        return found

    def visible_to(self, user: Any) -> "MessageQuerySet":
        """The journal without the letters that say what this person's roles do not open (domain.md, « Who may see what »)."""
        return self.exclude(kind__in=[kind.name for kind in KINDS.values() if kind.read_with and not user.has_perm(kind.read_with)])

    def failed_for(self, addresses: Iterable[str]) -> "MessageQuerySet":
        """The letters these addresses never got (reliability.md section 1)."""
        return self.filter(to__in=list(addresses), state=State.FAILED)


class Batch(models.Model):
    """Letters of one group act: due ten minutes later, until then the act can be undone.

    No foreign key to people, as in the audit log. `undo` names what takes the act itself back (`mailing.batches`).
    """

    label = models.CharField("acte", max_length=200)
    about = models.CharField("objet", max_length=100, blank=True, db_index=True, help_text="application.modèle:clé")
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)
    created_at = models.DateTimeField("décidé le")
    due_at = models.DateTimeField("à envoyer à partir de")
    hurried_at = models.DateTimeField("envoyé sans attendre le", null=True, blank=True)
    undo = models.CharField("défait par", max_length=80, blank=True)
    undo_data = models.JSONField("de quoi défaire", default=dict, blank=True)
    # One confirmation is one act: the form that was sent twice is known by its token.
    token = models.CharField("confirmation", max_length=64, unique=True, null=True, blank=True)
    # One line for each file of the act: its label (`application.modèle:clé`), and why it was left out; empty: done.
    results = models.JSONField("résultats", default=list, blank=True)
    undone_at = models.DateTimeField("défait le", null=True, blank=True)
    undone_by = models.CharField("défait par la personne", max_length=200, blank=True)

    class Meta:
        verbose_name = "envoi groupé"
        verbose_name_plural = "envois groupés"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("admin:mailing_batch_change", args=[self.pk])

    def can_be_undone(self, *, now: datetime) -> bool:
        """Half-open: once the letters are due, they leave."""
        return self.undone_at is None and now < self.due_at


_AGAIN = re.compile(r"(?::(?:renvoi|annulée):\d+)+$")


class Message(models.Model):
    """A letter: one row for one fact, unique on its key, written in the transaction that makes it due.

    `attempt` grows at each claim and never goes back: it is the fence. A worker writes only what it still holds.
    """

    key = models.CharField("clé", max_length=200, unique=True)
    message_id = models.CharField("Message-ID", max_length=200, unique=True)
    kind = models.CharField("sorte", max_length=80, db_index=True)
    rank = models.PositiveSmallIntegerField("rang", default=1, help_text="Les codes et les liens passent devant.")
    about = models.CharField("objet", max_length=100, blank=True, db_index=True, help_text="application.modèle:clé")
    to = models.EmailField("destinataire", max_length=254, blank=True, db_index=True)
    reader = models.CharField(
        "personne", max_length=40, blank=True, db_index=True, help_text="application.modèle:clé ; vide : qui a cette adresse."
    )
    cc = models.CharField("copie", max_length=254, blank=True)
    reply_to = models.EmailField("répondre à", blank=True)
    subject = models.CharField("sujet", max_length=250, blank=True)
    text = models.TextField("texte", blank=True)
    # Added by a person to one letter of a batch before it leaves, after the greeting.
    paragraph = models.TextField("paragraphe personnel", blank=True)
    batch = models.ForeignKey(Batch, verbose_name="envoi groupé", on_delete=models.PROTECT, null=True, blank=True, related_name="letters")
    # One-click unsubscribe (RFC 8058), only of what is not about one's own file.
    unsubscribe = models.URLField("se désinscrire", max_length=300, blank=True)
    files = models.JSONField("pièces jointes", default=list, blank=True, help_text="nom et sha256 de chaque pièce envoyée")
    state = models.CharField("état", max_length=12, choices=State, default=State.DUE)
    created_at = models.DateTimeField("écrite")
    due_at = models.DateTimeField("à envoyer à partir de")
    next_at = models.DateTimeField("prochain essai")
    leased_until = models.DateTimeField("réservée jusqu’à", null=True, blank=True)
    attempt = models.PositiveIntegerField("tentatives", default=0)
    failures = models.PositiveIntegerField("échecs", default=0)
    resends = models.PositiveIntegerField("renvois", default=0)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    error = models.TextField("dernière réponse du serveur", blank=True)
    # The subject folded (`core.folding`), kept by `derive`; nothing of a letter that carries a code.
    search = models.TextField("recherche", blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "lettre"
        verbose_name_plural = "journal des lettres"
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(name="message_state_is_known", condition=models.Q(state__in=State.values))]
        indexes = [
            models.Index(fields=["rank", "next_at", "id"], name="message_due", condition=models.Q(state=State.DUE)),
            models.Index(fields=["state", "leased_until"], name="message_lease"),
        ]

    def __str__(self) -> str:
        # Neither subject nor address: the audit log keeps this name longer than the letter.
        return f"Lettre n° {self.pk} ({self.kind_label})"

    def save(self, *args: Any, **options: Any) -> None:
        self.derive()
        super().save(*args, **options)

    def get_absolute_url(self) -> str:
        return reverse("letter", args=[self.pk])

    def derive(self) -> "Message":
        """Keep what is searched in step with the subject: `save` does, whoever writes many at once calls it."""
        self.search = "" if self.is_secret else fold(self.subject)
        return self

    @property
    def letter(self) -> LetterKind:
        return KINDS[self.kind]

    def reader_now(self) -> Reader | None:
        """Return the person this letter is to, as they are today; nobody when the account is gone or the letter is to an address."""
        label, _, pk = self.reader.partition(":")
        return cast("Reader | None", apps.get_model(label)._default_manager.filter(pk=pk).first()) if pk else None

    @property
    def fact(self) -> str:
        """The key of the fact it tells: that of a letter sent again, or of one whose act was undone, says so at its end."""
        return _AGAIN.sub("", self.key)

    @property
    def kind_label(self) -> str:
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def is_secret(self) -> bool:
        """Codes and links are never readable; a kind nobody knows any more is treated as one."""
        return self.kind not in KINDS or KINDS[self.kind].secret

    @property
    def shown_subject(self) -> str:
        return capfirst(self.kind_label) if self.is_secret else self.subject or f"{capfirst(self.kind_label)} (effacée)"

    @property
    def shown_text(self) -> str:
        return "" if self.is_secret else self.full_text

    @property
    def staff_text(self) -> str:
        """The text as the journal shows it: a link that is of its reader alone is hidden."""
        hides = self.kind in KINDS and KINDS[self.kind].hides_link
        return without_secrets(self.shown_text) if hides else self.shown_text

    @property
    def full_text(self) -> str:
        """The text as it leaves: the personal paragraph in its place, never in a letter that carries a code or a link."""
        return self.text if self.is_secret else with_paragraph(self.text, self.paragraph)

    @property
    def copies(self) -> list[str]:
        return [address.strip() for address in self.cc.split(",") if address.strip()]

    def has_expired(self, *, now: datetime) -> bool:
        """A code that could not leave in time is worth nothing."""
        life = self.letter.expires_after
        return life is not None and now >= self.created_at + life


class RefusalQuerySet(models.QuerySet["Refusal"]):
    def among(self, addresses: Iterable[str]) -> set[str]:
        """Which of these addresses do not receive: to flag a person on a file or a list, in one query."""
        return set(self.filter(address__in=[address.lower() for address in addresses]).values_list("address", flat=True))

    def told_of(self, address: str) -> str:
        """« ne reçoit pas : boîte pleine », for a file; empty when it receives."""
        refusal = self.filter(address=address.lower()).first() if address else None
        return f"ne reçoit pas : {refusal.reason}" if refusal else ""


class Refusal(models.Model):
    """An address that does not receive: refused by its server, or marked by staff (reliability.md section 1)."""

    address = models.EmailField("adresse", max_length=254, unique=True)
    reason = models.TextField("motif")
    at = models.DateTimeField("depuis")
    by_staff = models.BooleanField("marquée par l’équipe", default=False)

    objects = RefusalQuerySet.as_manager()

    class Meta:
        verbose_name = "adresse qui ne reçoit pas"
        verbose_name_plural = "adresses qui ne reçoivent pas"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Adresse n° {self.pk}"


FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)


class Relay(models.Model):
    """What is known of the mail server, one row: while it does not answer, nobody knocks again before `closed_until`."""

    failures = models.PositiveIntegerField("échecs", default=0)
    closed_until = models.DateTimeField("ne pas rappeler avant", null=True, blank=True)
    error = models.TextField("dernière réponse", blank=True)

    class Meta:
        verbose_name = "serveur de courrier"
        verbose_name_plural = "serveur de courrier"
        constraints = [models.CheckConstraint(name="relay_is_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return self.error or "en service"

    @classmethod
    def current(cls) -> "Relay":
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    def trouble(self, error: str, *, now: datetime) -> None:
        """Pause, longer each time: 15 s, 30 s, 1 min, 2 min, 4 min, then every 5 min."""
        pause = min(FIRST_PAUSE * 2 ** min(self.failures, 5), LONGEST_PAUSE)
        self.failures, self.closed_until, self.error = self.failures + 1, now + pause, error
        self.save_once()

    def works(self) -> None:
        """It answered: forget the trouble."""
        if self.failures:
            self.failures, self.closed_until, self.error = 0, None, ""
            self.save_once()

    def save_once(self) -> None:
        Relay.objects.update_or_create(pk=1, defaults={"failures": self.failures, "closed_until": self.closed_until, "error": self.error})


class Wording(models.Model):
    """One version of the words of a kind of letter, for all or for one edition.

    The last one counts; without one, or when its body is empty, the words above it do: those for all, then the shipped text.
    """

    kind = models.CharField("sorte", max_length=80, db_index=True)
    scope = models.CharField("pour", max_length=100, blank=True, help_text="application.modèle:clé ; vide : pour toutes les lettres.")
    # Two people who save at once ask for the same number: the database refuses the second, who is told.
    number = models.PositiveIntegerField("version", default=1)
    subject = models.CharField("sujet", max_length=250, blank=True)
    body = models.TextField("texte", blank=True)
    at = models.DateTimeField("date")
    by_name = models.CharField("auteur", max_length=200, blank=True)

    class Meta:
        verbose_name = "texte de lettre"
        verbose_name_plural = "textes des lettres"
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "scope", "number"], name="wording_version_once")]

    def __str__(self) -> str:
        return f"{self.kind_label}, version {self.number}"

    @property
    def kind_label(self) -> str:
        return KINDS[self.kind].label if self.kind in KINDS else self.kind


class Digest(models.Model):
    """The digest of a day was made: once, however often the sweep runs, even for nobody."""

    day = models.DateField("jour", unique=True)
    made_at = models.DateTimeField("fait à")
    letters = models.PositiveIntegerField("lettres", default=0)

    class Meta:
        verbose_name = "récapitulatif"
        verbose_name_plural = "récapitulatifs"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"Récapitulatif du {self.day:%d/%m/%Y}"
