"""What the pages below ask of memberships, through the registries of `core`: the home page, the site map, the way in."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse

from accounts.roles import ACCEPT_MEMBERSHIPS
from core import clock, facets
from core.folding import fold
from core.registry import Erasure, Found, Link, SignInNote, Waiting
from core.search import MOST
from memberships import figures, queries, retention, situations
from memberships.models import Belonging, BookingLink, Campaign, MailDomain, Membership
from memberships.models.membership import VIEW_MEMBERSHIP


def home(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The band « Adhérer », while a year is open."""
    grid = queries.joining(now)
    return {"grid": grid} if grid is not None else None


def site_map(now: datetime) -> Iterator[Link]:
    yield Link("Adhérer", reverse("membership"))
    yield Link("Les adhérents", reverse("members"))
    for year in Campaign.objects.filter(year__lt=queries.today(now).year).order_by("-year").values_list("year", flat=True):
        yield Link(f"Adhésions {year}", reverse("membership_year", args=[year]), note="archive")


def sign_in_note(path: str) -> SignInNote | None:
    """On the way to the bulletin: whose address to give."""
    if not path.startswith("/adhesion/rejoindre/"):
        return None
    campaign = next(iter(queries.open_campaigns(clock.now())), None)
    return SignInNote(
        f"Adhérer{f' en {campaign.year}' if campaign else ''}",
        "D’abord, votre adresse professionnelle : le code, puis l’accusé de réception du bulletin y sont envoyés. "
        "Vous pourrez vous arrêter et reprendre : ce que vous tapez est gardé.",
        aim="remplir le bulletin d’adhésion",
    )


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    yield Erasure("brouillons d’adhésion", retention.erase_drafts(now, dry_run=dry_run))
    yield Erasure("bulletins d’adhésion refusés ou retirés, rendus anonymes", retention.erase_bulletins(now, dry_run=dry_run))
    yield Erasure("adresses de dossiers financiers fermées depuis un an", retention.erase_links(now, dry_run=dry_run))
    yield Erasure("rattachements à un adhérent, sans réponse ou terminés", retention.erase_claims(now, dry_run=dry_run))
    yield Erasure("liens de réservation et domaines d’anciens adhérents", retention.erase_gates(now, dry_run=dry_run))


# --- The team -----------------------------------------------------------------------------------------------


def waiting(now: datetime) -> Iterator[Waiting]:
    """Bulletins to read: somebody waits for an answer."""
    found = Membership.objects.waiting().aggregate(count=Count("pk"), since=Min("asked_at"))
    url = f"{reverse('admin:memberships_membership_changelist')}?situation=PROPOSED"
    yield Waiting(
        "bulletin d’adhésion à lire", found["count"], url, ACCEPT_MEMBERSHIPS, found["since"], several="bulletins d’adhésion à lire"
    )


def found(user: Any, words: str) -> Iterator[Found]:
    """Memberships by their body, the latest year first."""
    if not user.has_perm(VIEW_MEMBERSHIP) or not fold(words):
        return
    rows = situations.searched(Membership.objects.visible_to(user).select_related("organisation", "campaign"), words)
    for row in rows.order_by("-campaign__year", "organisation__name", "pk")[:MOST]:
        yield Found("Adhésions", str(row), reverse("admin:memberships_membership_change", args=[row.pk]), row.get_state_display())


def of_body(body: Any, user: Any) -> Iterator[Link]:
    """On the page of a body: its memberships, the latest first."""
    if user.has_perm(VIEW_MEMBERSHIP):
        for row in Membership.objects.filter(organisation=body).select_related("campaign").order_by("-campaign__year")[:3]:
            yield Link(f"Adhésion {row.year} : {row.get_state_display()}", reverse("admin:memberships_membership_change", args=[row.pk]))
    yield from _gates_of(body, user)


def _gates_of(body: Any, user: Any) -> Iterator[Link]:
    """Who counts among its people, and by what: how many of each, to its list."""
    for model in (MailDomain, BookingLink, Belonging):
        name = model._meta.model_name
        count = model._base_manager.filter(organisation=body).count() if user.has_perm(f"memberships.view_{name}") else 0
        words = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
        if count:
            yield Link(f"{count} {words}", f"{reverse(f'admin:memberships_{name}_changelist')}?organisme={body.pk}")


def dashboard(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The year's memberships in figures; nothing for who may not read them, or before there is a campaign."""
    if not request.user.has_perm(VIEW_MEMBERSHIP):
        return None
    today = queries.today(now)
    campaign = Campaign.objects.filter(year=today.year).first()
    if campaign is None:
        return None
    listed = reverse("admin:memberships_membership_changelist")
    rows = situations.situated(Membership.objects.filter(campaign=campaign), on=today)
    counts = facets.counted(situations.FACETS, rows, {})["situation"]
    bars = [(label, counts[value], f"{listed}?annee={campaign.year}&situation={value}") for value, label in situations.Situation.choices]
    return {"campaign": campaign, "figures": figures.of(campaign, on=today), "bars": [bar for bar in bars if bar[1]]}
