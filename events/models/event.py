"""Events of a season: what is proposed, moderated, found (domain.md E1 to E5), with their dates, formats, partners and history."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.text import Truncator

from accounts.roles import MODERATE_EVENTS
from core.folding import asked_words, fold, only_signs
from events.models.season import VIEW_EVENT, RegionCoordinator, Season
from events.states import SHOWN, TO_ANSWER, Access, Carrier, Format, Mode, State
from organisations.models import Organisation
from organisations.models.organisation import validate_commune
from organisations.reference import communes
from organisations.regions import Region, region_of_commune
from programmes.models.ranked import Ranked
from records.models import Kept, KeptQuerySet

if TYPE_CHECKING:
    from accounts.models import User

NATIONAL = "FR"
TITLE_LENGTH = 140


class EventQuerySet(models.QuerySet["Event"]):
    def public(self, *, now: datetime) -> "EventQuerySet":
        """What anybody may see: listed once, in a public season. A cancelled one keeps its page."""
        return self.filter(state__in=SHOWN, season__published_at__lte=now, listed_at__isnull=False)

    def held(self, *, now: datetime) -> "EventQuerySet":
        """Public, and not cancelled: what lists show. Feeds say the cancelled as such, so that who copied them knows."""
        return self.listed().filter(season__published_at__lte=now)

    def listed(self) -> "EventQuerySet":
        """Those that lists show once their season is public."""
        return self.filter(state=State.LISTED, listed_at__isnull=False)

    def coordinated_by(self, user: "User") -> "EventQuerySet":
        """Those that wait for this person's answer: of their regions or given to them; the national queue for who holds it.

        To the national queue come what is online, what was given to it, and the regions that nobody active coordinates.
        """
        mine = set(RegionCoordinator.objects.of(user).values_list("region", flat=True))
        regions = mine - {""}
        theirs = models.Q(queue__in=regions) | models.Q(queue="", region__in=regions)
        return self.filter(theirs | self.nobodys() if "" in mine else theirs)

    def nobodys(self) -> models.Q:
        """What no region answers: the national queue."""
        covered = set(RegionCoordinator.objects.active().values_list("region", flat=True)) - {""}
        given = ~models.Q(queue="") & ~models.Q(queue__in=covered)
        return given | models.Q(queue="") & ~models.Q(region__in=covered)

    def organised_by(self, user: "User") -> "EventQuerySet":
        """Those whose organisers hold one of the person's proven addresses."""
        return self.filter(organisers__email__in=user.addresses()) if user.pk else self.none()

    def visible_to(self, user: "User") -> "EventQuerySet":
        """Staff: all. A coordinator: those of their regions and of their queue, once proposed. An organiser: their own."""
        if user.has_perm(VIEW_EVENT):
            return self
        mine = models.Q(pk__in=Event.objects.organised_by(user).values("pk"))
        return self.filter(mine | models.Q(pk__in=Event.objects.moderated_by(user).values("pk")))

    def moderated_by(self, user: "User") -> "EventQuerySet":
        """What a coordinator reads and answers: staff who moderate, any; others, their regions and their queue. Never a draft."""
        proposed = self.exclude(state=State.DRAFT)
        if user.has_perm(MODERATE_EVENTS):
            return proposed
        regions = set(RegionCoordinator.objects.of(user).values_list("region", flat=True)) - {""}
        queued = Event.objects.coordinated_by(user).values("pk")
        return proposed.filter(models.Q(region__in=regions) | models.Q(pk__in=queued))

    def to_answer(self) -> "EventQuerySet":
        """What waits for a coordinator, the oldest first (E9)."""
        return self.filter(models.Q(state__in=TO_ANSWER) | models.Q(state=State.LISTED, pending_at__isnull=False)).order_by(
            "waits_since", "pk"
        )

    def matching(self, words: str) -> "EventQuerySet":
        """Every word is somewhere in title, summary, place, town, organiser (`search`)."""
        found = self.none() if only_signs(words) else self
        for word in asked_words(words):
            found = found.filter(search__contains=word)
        return found


class Event(models.Model):
    """One event of a season.

    What is public is in the columns; `typed` is a proposal being written; `pending` is what waits to be read again after listing (E5).
    The region comes from the commune's INSEE code, never from the postcode (E4); an event online only has none.
    """

    season = models.ForeignKey(Season, verbose_name="saison", on_delete=models.PROTECT, related_name="events")
    parent = models.ForeignKey(
        "self", verbose_name="fait partie de", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    copied_from = models.ForeignKey("self", verbose_name="repris de", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    slug = models.SlugField("adresse", max_length=80, blank=True)
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField("titre", max_length=TITLE_LENGTH, blank=True)
    summary = models.CharField("en une phrase", max_length=200, blank=True)
    description = models.TextField("présentation", blank=True, help_text="Markdown.")
    conditions = models.CharField("conditions de participation", max_length=255, blank=True)
    access = models.CharField("accès", max_length=12, choices=Access, default=Access.OPEN)
    registration_url = models.URLField("adresse d’inscription", max_length=400, blank=True)
    programme_url = models.URLField("programme", max_length=400, blank=True)
    website = models.URLField("en savoir plus", max_length=400, blank=True)
    mode = models.CharField("tenue", max_length=6, choices=Mode, default=Mode.ONSITE)
    # Only in the letters to those who registered (E8).
    online_url = models.URLField("adresse de connexion", max_length=400, blank=True)
    place = models.CharField("lieu", max_length=160, blank=True)
    address = models.CharField("adresse du lieu", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    commune = models.CharField("commune", max_length=5, blank=True, help_text="Code INSEE.")
    city = models.CharField("ville", max_length=80, blank=True, editable=False)
    department = models.CharField("département", max_length=3, blank=True, editable=False)
    region = models.CharField("région", max_length=2, choices=Region, blank=True, editable=False)
    latitude = models.DecimalField("latitude", max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField("longitude", max_digits=8, decimal_places=5, null=True, blank=True)
    for_agents = models.BooleanField("agents publics", default=False)
    for_citizens = models.BooleanField("citoyens", default=False)
    for_elected = models.BooleanField("élus", default=False)
    wheelchair = models.BooleanField("accessible en fauteuil roulant", default=False)
    sign_language = models.BooleanField("interprétation en langue des signes", default=False)
    captions = models.BooleanField("sous-titrage", default=False)
    hearing_loop = models.BooleanField("boucle magnétique", default=False)
    quiet_room = models.BooleanField("salle calme", default=False)
    access_contact = models.CharField("contact pour l’accessibilité", max_length=200, blank=True)
    carrier = models.CharField("porté par", max_length=200, blank=True)
    carrier_kind = models.CharField("nature du porteur", max_length=7, choices=Carrier, default=Carrier.PUBLIC)
    body = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    # Whom it was given to, when not to those of its own region: « FR » is the national queue.
    queue = models.CharField("confié à", max_length=2, choices=[(NATIONAL, "file nationale"), *Region.choices], blank=True, editable=False)
    is_free = models.BooleanField("gratuit", default=True)
    is_open_to_public = models.BooleanField("ouvert au moins en partie au public", default=True)
    exception_asked = models.TextField("exception demandée", blank=True)
    exception_granted_at = models.DateTimeField("exception accordée le", null=True, blank=True)
    # A day outside the season, granted: « La Semaine, c’est aussi… » (E2).
    is_beside = models.BooleanField("hors des dates de la saison", default=False, editable=False)
    members_until = models.DateTimeField("inscription réservée aux adhérents jusqu’au", null=True, blank=True)
    # Of each sitting; on site, or online when it is online only. Released at `members_seats_until` (domain.md 2.3).
    members_seats = models.PositiveIntegerField("places gardées aux adhérents", null=True, blank=True, help_text="Pour chaque date.")
    members_seats_until = models.DateTimeField("places gardées jusqu’au", null=True, blank=True, help_text="Ensuite, elles sont à tous.")
    typed = models.JSONField("saisie en cours", default=dict, blank=True, editable=False)
    pending = models.JSONField("changement à relire", default=dict, blank=True, editable=False)
    pending_at = models.DateTimeField("changement demandé le", null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField("révision", default=0, editable=False)
    created_at = models.DateTimeField("commencé le")
    saved_at = models.DateTimeField("enregistré le", null=True, blank=True)
    proposed_at = models.DateTimeField("proposé le", null=True, blank=True)
    # Since when a coordinator is waited for (E9): the proposal, its new version, or the change asked after listing.
    waits_since = models.DateTimeField("en attente depuis", null=True, blank=True, editable=False)
    listed_at = models.DateTimeField("référencé le", null=True, blank=True, editable=False)
    changed_at = models.DateTimeField("modifié le", null=True, blank=True, editable=False)
    starts_at = models.DateTimeField("commence", null=True, blank=True, editable=False)
    ends_at = models.DateTimeField("finit", null=True, blank=True, editable=False)
    search = models.TextField("recherche", blank=True, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "événement"
        verbose_name_plural = "événements"
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["season", "state", "starts_at", "id"], name="event_by_day"),
            models.Index(fields=["season", "state", "region"], name="event_by_region"),
            models.Index(fields=["state", "region", "waits_since"], name="event_to_answer"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["season", "slug"], name="event_slug_once", condition=~models.Q(slug="")),
            models.CheckConstraint(name="event_state_is_known", condition=models.Q(state__in=State.values)),
            models.CheckConstraint(name="event_access_is_known", condition=models.Q(access__in=Access.values)),
            models.CheckConstraint(name="event_mode_is_known", condition=models.Q(mode__in=Mode.values)),
            models.CheckConstraint(name="event_queue_is_known", condition=models.Q(queue__in=["", NATIONAL, *Region.values])),
            models.CheckConstraint(name="event_region_is_known", condition=models.Q(region__in=["", *Region.values])),
            models.CheckConstraint(
                name="event_listed_has_a_date", condition=~models.Q(state=State.LISTED) | models.Q(listed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="event_members_seats_have_an_end",
                condition=models.Q(members_seats__isnull=True) | models.Q(members_seats_until__isnull=False),
                violation_error_message="Dites jusqu’à quand ces places sont gardées.",
            ),
            models.CheckConstraint(
                name="event_is_not_its_own_parent", condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk"))
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"Proposition {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Town, département and région come from the commune; what is searched from what is said."""
        kept = self._placed() | {"search": fold(self.title, self.summary, self.place, self.city, self.carrier)}
        vars(self).update(kept)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *kept}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.season.slug, self.slug])

    @property
    def known_as(self) -> str:
        """Its title; of a draft, where anything may be typed, as much of it as a title holds; nothing yet: nothing."""
        return self.title or Truncator(str(self.typed.get("title") or "")).chars(TITLE_LENGTH)

    def _placed(self) -> dict[str, str]:
        known = communes().get(self.commune) if self.commune and self.mode != Mode.ONLINE else None
        if known is None:
            return {"city": "", "department": "", "region": ""}
        self.city = known.name
        return {"city": known.name, "department": known.department, "region": region_of_commune(known.code) or ""}

    def clean(self) -> None:
        if self.commune:
            try:
                validate_commune(self.commune)
            except ValidationError as unknown:
                raise ValidationError({"commune": unknown.messages}) from unknown

    def take_dates(self, slots: Iterable["TimeSlot"]) -> None:
        """Its first hour and its last, of its sittings: what lists read. One sitting without an end leaves none."""
        ordered = sorted(slots, key=lambda slot: slot.starts_at)
        self.starts_at = ordered[0].starts_at if ordered else None
        ends = [slot.ends_at or slot.starts_at for slot in ordered]
        self.ends_at = max(ends) if len(ordered) > 1 else ordered[0].ends_at if ordered else None

    @property
    def area(self) -> str:
        """« Bretagne », or « En ligne » (E4)."""
        return str(self.get_region_display()) if self.region else "En ligne"


class TimeSlot(models.Model):
    """One sitting of an event: when, and its seats. Without an end, « à partir de 10 h »: its calendar entry lasts two hours, and says so.

    `taken_*` are the counts of seats given or held, moved by the conditional update of reliability.md section 2 (`events.seats`).
    """

    event = models.ForeignKey(Event, verbose_name="événement", on_delete=models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin", null=True, blank=True)
    # The calendar entry: one for life, a higher sequence each time it changes.
    uid = models.UUIDField("identifiant de calendrier", default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField("version de calendrier", default=0, editable=False)
    seats_onsite = models.PositiveIntegerField("places sur place", null=True, blank=True, help_text="Vide : sans limite.")
    seats_online = models.PositiveIntegerField("places en ligne", null=True, blank=True, help_text="Vide : sans limite.")
    taken_onsite = models.PositiveIntegerField("places prises sur place", default=0, editable=False)
    taken_online = models.PositiveIntegerField("places prises en ligne", default=0, editable=False)
    # Of those, the seats of members: what is kept for members is kept less these.
    members_onsite = models.PositiveIntegerField("dont adhérents, sur place", default=0, editable=False)
    members_online = models.PositiveIntegerField("dont adhérents, en ligne", default=0, editable=False)

    class Meta:
        verbose_name = "créneau"
        verbose_name_plural = "créneaux"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="slot_starts_before_it_ends",
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                violation_error_message="Le créneau doit commencer avant de finir.",
            ),
            models.CheckConstraint(
                name="slot_onsite_not_oversold",
                condition=models.Q(seats_onsite__isnull=True) | models.Q(taken_onsite__lte=models.F("seats_onsite")),
                violation_error_message="Plus de personnes sont inscrites sur place.",
            ),
            models.CheckConstraint(
                name="slot_online_not_oversold",
                condition=models.Q(seats_online__isnull=True) | models.Q(taken_online__lte=models.F("seats_online")),
                violation_error_message="Plus de personnes sont inscrites en ligne.",
            ),
        ]

    def __str__(self) -> str:
        return f"Créneau n° {self.pk}"


class EventFormat(models.Model):
    """One of the formats of an event."""

    event = models.ForeignKey(Event, verbose_name="événement", on_delete=models.CASCADE, related_name="formats")
    format = models.CharField("format", max_length=11, choices=Format)

    class Meta:
        verbose_name = "format d’un événement"
        verbose_name_plural = "formats des événements"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "format"], name="event_format_once"),
            models.CheckConstraint(name="event_format_is_known", condition=models.Q(format__in=Format.values)),
        ]

    def __str__(self) -> str:
        return str(self.get_format_display())


class EventPartner(Ranked):
    """A partner of an event, in order."""

    event = models.ForeignKey(Event, verbose_name="événement", on_delete=models.CASCADE, related_name="partners")
    name = models.CharField("nom", max_length=160)
    website = models.URLField("site web", max_length=400, blank=True)
    ranked_in = "event"

    class Meta(Ranked.Meta):
        verbose_name = "partenaire d’un événement"
        verbose_name_plural = "partenaires des événements"

    def __str__(self) -> str:
        return self.name


class Organiser(models.Model):
    """Who proposes and runs an event, by address: a link for life (its secret kept as a fingerprint), revoked when they leave."""

    event = models.ForeignKey(Event, verbose_name="événement", on_delete=models.CASCADE, related_name="organisers")
    email = models.EmailField("adresse électronique", max_length=254)
    name = models.CharField("nom", max_length=160, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    is_lead = models.BooleanField("porteur de la proposition", default=False)
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    added_at = models.DateTimeField("ajouté le")

    class Meta:
        verbose_name = "organisateur"
        verbose_name_plural = "organisateurs"
        ordering = ["-is_lead", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "email"], name="organiser_once", violation_error_message="Cette personne est déjà de l’événement."
            )
        ]

    def __str__(self) -> str:
        return f"Organisateur n° {self.pk}"


class EventStep(Kept):
    """Every move of an event: who, when, why. Its `words` are the thread with the organiser when they are told."""

    WORDS = {"words": "", "by_name": "", "by": None}

    event = models.ForeignKey(Event, verbose_name="événement", on_delete=models.PROTECT, related_name="steps")
    to_state = models.CharField("vers", max_length=10, choices=State, blank=True, help_text="Vide : un message, ou un changement.")
    at = models.DateTimeField("date")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField("auteur", max_length=200, blank=True)
    words = models.TextField("message", blank=True)
    is_told = models.BooleanField("dit à l’organisateur", default=True)
    # What changed, before and after: {field: [before, after]}.
    changes = models.JSONField("changements", default=dict, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        verbose_name = "étape d’un événement"
        verbose_name_plural = "historique des événements"
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(name="event_step_state_is_known", condition=models.Q(to_state__in=["", *State.values]))]

    def __str__(self) -> str:
        return f"Étape n° {self.pk}"
