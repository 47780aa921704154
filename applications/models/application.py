"""Applications to a call, and what may be seen and reminded."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import User
from accounts.roles import VIEW_APPLICATION
from applications import answers as asked
from applications.states import AFTER_THE_DEADLINE, CANDIDATE_LABELS, Branch, Origin, State
from core import clock
from core.folding import asked_words, fold, name_key, only_signs
from core.typography import day_in_words, hour_in_words
from organisations.models import Organisation
from organisations.regions import Region
from programmes.models import Edition

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Before any deposit: where a draft stands in the order of the list.
NEVER = models.Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=models.DateTimeField())
# Before any reading: where a file stands in the order of the board.
UNREAD = models.Value(Decimal(-1), output_field=models.DecimalField(max_digits=4, decimal_places=2))
# What is searched: who, and of which body; the rest of `folded` says who and where they are written to.
_NAMING = ("last_name", "first_name", "organisation")
_SEARCHED = (*_NAMING, "reference", "email", "typed", "state", "erased_at")
_MOST_SEARCHED = 200
_LONGEST_KEY = 200


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> "ApplicationQuerySet":
        return self if user.has_perm(VIEW_APPLICATION) else self.filter(applicant=user)

    def begun_by(self, user: "User | AnonymousUser") -> "ApplicationQuerySet":
        """A person's own; nobody's are none."""
        return self.filter(applicant=user.pk) if user.pk else self.none()

    def of_address(self, email: str) -> "ApplicationQuerySet":
        """Of the person whose address this is, proven, or entered by staff for whoever has it."""
        holders = EmailAddress.objects.filter(email=email, verified=True).values("user")
        return self.filter(models.Q(email=email) | models.Q(applicant__email=email) | models.Q(applicant__in=holders))

    def drafts_open(self, *, now: datetime) -> "ApplicationQuerySet":
        """Never deposited, still in time, of somebody who may still enter."""
        return self.unfinished().filter(edition__closes_at__gt=now, edition__opens_at__lte=now)

    def unfinished(self) -> "ApplicationQuerySet":
        """Never deposited, of somebody who may still enter, to a call that is not called off."""
        return self.filter(state=State.DRAFT, applicant__is_active=True, edition__cancelled_at=None)

    def matching(self, words: str) -> "ApplicationQuerySet":
        """Every word is somewhere in who and what (`search`), or in the person's address of today, which may have changed since."""
        found = self.none() if only_signs(words) else self
        for word in asked_words(words):
            people = User.objects.filter(email__contains=word).order_by().values("pk")
            found = found.filter(models.Q(search__contains=word) | models.Q(applicant__in=people))
        return found

    def with_due(self) -> "ApplicationQuerySet":
        """With the second at which an unconfirmed place is free (`due`): the person's own, else the call's."""
        return self.alias(due=Coalesce("confirm_by", "edition__selection__confirm_by"))

    def lapsed(self, *, now: datetime) -> "ApplicationQuerySet":
        """Told that they are selected, and not confirmed in time: the place is free from that second, whether or not a job ran (B8)."""
        late = models.Q(due__lte=now)
        return self.with_due().filter(late, state=State.SELECTED, edition__results_released_at__lte=now)

    def holding_a_seat(self, *, now: datetime) -> "ApplicationQuerySet":
        """Those who hold a place at `now` (B3): selected and not lapsed, confirmed, or offered one that still stands."""
        untold = models.Q(edition__results_released_at=None) | models.Q(edition__results_released_at__gt=now)
        in_time = models.Q(due=None) | models.Q(due__gt=now)
        offered = self.model._default_manager.filter(state=State.WAITLISTED, offers__ended_at=None, offers__until__gt=now)
        selected = models.Q(state=State.SELECTED) & (untold | in_time)
        # Said first: of thousands, the index then gives these few.
        rows = self.filter(state__in=(State.SELECTED, State.CONFIRMED, State.WAITLISTED))
        return rows.with_due().filter(selected | models.Q(state=State.CONFIRMED) | models.Q(pk__in=offered.order_by().values("pk")))

    def with_call(self) -> "ApplicationQuerySet":
        """What every page, letter and document of an application reads, in one query."""
        return self.select_related("edition__programme", "applicant")


class Application(models.Model):
    """One person's application to one call (A3).

    `typed` is what the person is typing, as typed, saved by itself, empty when it holds nothing more than
    the answers below, which are what was deposited. A withdrawn application stays withdrawn while it is typed in
    again; depositing it again resumes it under the same reference.
    """

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.PROTECT, related_name="applications")
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="candidat", on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )
    # Of a person who has no account yet: entered by staff, until the person takes it over.
    email = models.EmailField("adresse sans compte", max_length=254, blank=True)
    origin = models.CharField("origine", max_length=6, choices=Origin, default=Origin.ONLINE)
    received_on = models.DateField("reçue le", null=True, blank=True, help_text="Pour une candidature arrivée par courriel ou sur papier.")
    received_at = models.TimeField(
        "reçue à", null=True, blank=True, help_text="Le jour de la clôture, l’heure dit si elle est arrivée à temps. Heure de Paris."
    )
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    duplicate_of = models.ForeignKey(
        "self", verbose_name="doublon de", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates"
    )
    reference = models.CharField("référence", max_length=16, unique=True, null=True, blank=True)
    last_name = models.CharField("nom", max_length=80, blank=True)
    first_name = models.CharField("prénom", max_length=80, blank=True)
    organisation = models.CharField("structure", max_length=160, blank=True)
    # The same body however it was written: recognised at the deposit (`services.bodies`), or said by staff.
    body = models.ForeignKey(
        Organisation, verbose_name="organisme", on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )
    job = models.CharField("fonction", max_length=160, blank=True)
    branch = models.CharField("fonction publique", max_length=8, choices=Branch, blank=True)
    region = models.CharField("région", max_length=2, choices=Region, blank=True)
    motivation = models.TextField("motivation", blank=True)
    costs_covered = models.BooleanField("frais pris en charge par l’administration", default=False)
    typed = models.JSONField("saisie en cours", default=dict, blank=True)
    typed_tab = models.CharField("dernier onglet de saisie", max_length=16, blank=True)
    revision = models.PositiveIntegerField("révision de la saisie", default=0)
    tags = models.ManyToManyField("applications.Tag", verbose_name="étiquettes", blank=True, related_name="applications")
    # What the team changes of a file: two people who edit it at once are told (`services.triage`).
    staff_revision = models.PositiveIntegerField("révision de l’équipe", default=0, editable=False)
    # Who and what, folded (`folded`): kept by `save` and by every verb that writes answers with `update`.
    search = models.TextField("recherche", blank=True, editable=False)
    # The same for two files of one name, however written (`core.folding.name_key`).
    name_key = models.CharField("nom comparé", max_length=200, blank=True, editable=False)
    started_at = models.DateTimeField("commencée")
    saved_at = models.DateTimeField("dernière saisie", null=True, blank=True)
    submitted_at = models.DateTimeField("premier dépôt", null=True, blank=True)
    deposited_at = models.DateTimeField("dernier dépôt", null=True, blank=True)
    # A draft that went on after the deadline and that the team does not accept (`services.aside`): it waits for nobody any more.
    set_aside_at = models.DateTimeField("laissée de côté le", null=True, blank=True)
    # Words of the answers that a reader of a blind call does not see, one a line; the answers stay as they are.
    masked_words = models.TextField("mots masqués au jury", blank=True)
    # What the readings that count come to (`Review.counted`), kept by `services.reading.recount` so that the board sorts without reading
    # them; compared with them each night (docs/adr/0038).
    mean = models.DecimalField("moyenne", max_digits=4, decimal_places=2, null=True, blank=True, editable=False)
    spread = models.DecimalField("écart", max_digits=4, decimal_places=2, null=True, blank=True, editable=False)
    readings = models.PositiveSmallIntegerField("lectures", default=0, editable=False)
    waitlist_rank = models.PositiveSmallIntegerField("rang", null=True, blank=True, editable=False)
    reason = models.TextField("motif de la décision", blank=True, editable=False)
    reason_shared = models.BooleanField("motif dit à la personne", default=False, editable=False)
    # The person's yes; with the employer's it makes « confirmée » (B8). `confirm_by` is their own date, else the call's.
    accepted_at = models.DateTimeField("« je confirme » le", null=True, blank=True, editable=False)
    confirm_by = models.DateTimeField("à confirmer avant le", null=True, blank=True, editable=False)
    # A letter of the results that cannot reach them was said otherwise: on the phone, by post. It counts for the decisions before it.
    told_at = models.DateTimeField("prévenue autrement le", null=True, blank=True, editable=False)
    erased_at = models.DateTimeField("anonymisée le", null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = "candidature"
        verbose_name_plural = "candidatures"
        ordering = ["-deposited_at", "-pk"]
        indexes = [
            models.Index(fields=["deposited_at", "id"], name="application_by_deposit"),
            # The list of the team: its order (drafts last, on both databases), and its counters, which read this and no row.
            models.Index(Coalesce("deposited_at", NEVER).desc(), models.F("id").desc(), name="application_latest_first"),
            models.Index(fields=["edition", "state", "branch", "region", "origin", "id"], name="application_by_facets"),
            models.Index(fields=["edition", "name_key"], name="application_same_name"),
            # The board: its order (unread files last, on both databases), and its counters, which read this and no row.
            models.Index("edition", Coalesce("mean", UNREAD).desc(), "id", name="application_best_first"),
            models.Index(fields=["edition", "state", "branch", "region", "body", "readings", "spread"], name="application_on_the_board"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "applicant"],
                name="application_once_per_edition",
                violation_error_message="Vous avez déjà une candidature pour cet appel.",
            ),
            models.UniqueConstraint(
                fields=["edition", "email"],
                name="application_once_per_address",
                condition=~models.Q(email=""),
                violation_error_message="Une candidature à cet appel porte déjà cette adresse.",
            ),
            models.UniqueConstraint(
                fields=["edition", "waitlist_rank"],
                name="application_rank_once",
                violation_error_message="Ce rang est déjà pris dans la liste d’attente.",
            ),
            models.CheckConstraint(
                name="application_rank_on_the_waitlist",
                condition=models.Q(waitlist_rank__isnull=True) | models.Q(state=State.WAITLISTED, waitlist_rank__gte=1),
            ),
            models.CheckConstraint(name="application_state_is_known", condition=models.Q(state__in=State.values)),
            models.CheckConstraint(
                name="application_deposited_has_reference", condition=models.Q(state=State.DRAFT) | models.Q(reference__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference or f"Brouillon {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what is folded in step with what is saved."""
        kept = self.folded()
        vars(self).update(kept)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *kept}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Its status page; for what was never deposited, the form."""
        if self.reference:
            return reverse("application", args=[self.reference])
        return reverse("apply", args=[self.edition.programme.slug, self.edition.slug])

    @property
    def answers(self) -> dict[str, Any]:
        """What was deposited."""
        return {name: getattr(self, name) for name in asked.NAMES}

    @property
    def draft(self) -> dict[str, str]:
        """What the form shows: the typing in progress, else what was deposited."""
        return {**asked.as_typed(self.answers), **self.typed}

    @property
    def full_name(self) -> str:
        draft = self.draft
        return f"{draft['first_name']} {draft['last_name']}".strip()

    @property
    def named(self) -> str:
        """« AV17-0012, Camille Exemple », for the team."""
        return f"{self}, {self.full_name}" if self.full_name else str(self)

    def folded(self, **values: Any) -> dict[str, str]:
        """Return the folded columns as they are once `values` are written.

        `search` is « exemple camille|ville d exemple|av17-0001 …|what is being typed », which the list is sorted by too.
        """
        held = {name: getattr(self, name) for name in _SEARCHED} | values
        if held["erased_at"]:
            return {"search": "", "name_key": ""}
        typed = [held["typed"].get(name, "")[:_MOST_SEARCHED] for name in _NAMING]
        kept = [held[name] for name in _NAMING]
        name, body = (typed[:2], typed[2]) if held["state"] == State.DRAFT and any(typed) else (kept[:2], kept[2])
        account = self.applicant.email if self.applicant_id and self.applicant else ""
        rest = fold(held["reference"], held["email"] or account)
        search = "|".join([fold(*name), fold(body), rest, fold(*(new for new in typed if new not in (*name, body)))])
        return {"search": search, "name_key": name_key(*name)[:_LONGEST_KEY]}

    @property
    def address(self) -> str:
        """Where its letters go: the person's address today, or the one staff entered; empty once anonymised."""
        return self.applicant.email if self.applicant else self.email

    @property
    def arrived(self) -> str:
        """When it came by mail or on paper: « 8 septembre 2017 », with the hour when staff gave it."""
        return f"{day_in_words(self.received_on)}{self.arrival_hour}" if self.received_on else ""

    @property
    def arrival_hour(self) -> str:
        """« à 9 h 12 », after the day; empty when nobody gave it."""
        if self.received_on is None or self.received_at is None:
            return ""
        return f" à {hour_in_words(datetime.combine(self.received_on, self.received_at))}"

    @property
    def has_changes(self) -> bool:
        """True when something was typed after the deposit and not deposited."""
        return self.state != State.DRAFT and bool(self.typed)

    @property
    def went_on_late(self) -> bool:
        """A draft that was typed in after the deadline: the team alone may accept it (A2)."""
        return self.state == State.DRAFT and self.saved_at is not None and self.saved_at >= self.edition.closes_at

    @property
    def standing(self) -> str:
        """What became of a late draft, in the words of the team; nothing of any other file."""
        if not self.went_on_late:
            return ""
        if self.set_aside_at:
            return "laissé de côté"
        gaps = asked.gaps(self.draft, most_lines=self.edition.motivation_lines)
        return f"incomplet : {', '.join(gaps)}" if gaps else "complet, peut être accepté"

    @property
    def public_state(self) -> State:
        """What the candidate may read: a decision stays internal until the results are released (B4)."""
        state = State(self.state)
        return State.IN_REVIEW if state in AFTER_THE_DEADLINE and not self.edition.is_released(now=clock.now()) else state

    @property
    def public_label(self) -> str:
        """The public state in the candidate's words."""
        return CANDIDATE_LABELS.get(self.public_state) or str(self.public_state.label)
