"""The pages of joining, for `tests/pages.py`: a draft ready to be read over, a bulletin of one's own, one of the team's each way."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from accounts.models import User
from core import clock
from memberships import answers as asked
from memberships import demo_members, queries, services
from memberships.admin.acting import ACTS
from memberships.bulletins import Bulletin, Person
from memberships.models import BenefitUse, Campaign, Membership
from memberships.states import State
from organisations.models import Contact, Organisation
from organisations.states import ContactRole, Kind

EVERYBODY, MEMBER, STAFF = "everybody", "member", "staff"
TYPED = {
    "general_first_name": "Camille", "general_last_name": "Exemple", "general_email": "camille@ville.example",
    "payer_address": "1 place d’Exemple", "payer_postcode": "35000", "payer_city": "Exempleville",
    "finance_is": "GENERAL", "voting_is": asked.LATER, "signatory_name": "Dominique Exemple", "signatory_job": "maire",
}  # fmt: skip


def furnish(member: User) -> None:
    """Give the member a bulletin that waits, and a draft for another body."""
    now = clock.now()
    campaign = Campaign.objects.filter(is_open=True).order_by("year")[0]
    mine = Organisation.objects.create(name="Commune d’Exemple-la-Suivie", kind=Kind.COMMUNE, region="28")
    people = {"GENERAL": Person("Camille", "Exemple", "", "camille@ville.example")}
    bulletin = Bulletin(body=mine, people=people, signatory_name="Dominique Exemple", signatory_job="maire")
    services.send(bulletin, campaign=campaign, by=member, now=now)
    other = Organisation.objects.create(name="Commune d’Exemple-en-Brouillon", kind=Kind.COMMUNE, region="28")
    services.save_draft({**TYPED, asked.BODY_KEY: str(other.pk), "year": str(campaign.year)}, by=member, now=now)


def _at(name: str, *arguments: Any) -> str:
    return reverse(name, args=arguments)


def _of_mine(name: str) -> Callable[[Any], list[str]]:
    return lambda world: [_at(name, row.pk) for row in Membership.objects.filter(asker=world.member, state=State.PROPOSED).order_by("pk")]


def _acts(_: Any) -> Iterable[str]:
    """Each act on a row that it fits."""
    rows = list(Membership.objects.select_related("organisation", "campaign").order_by("-pk"))
    for slug, act in ACTS.items():
        if fitting := next((row for row in rows if act.fits(row)), None):
            yield _at("admin:memberships_membership_act", fitting.pk, slug)


def _rows(_: Any) -> list[str]:
    """The page of one in each situation."""
    names = (demo_members.TOWN, demo_members.GATHERED, demo_members.AGENCY, demo_members.UNIVERSITY, demo_members.FORMER)
    rows = Membership.objects.filter(organisation__name__in=names).order_by("pk")
    return [_at("admin:memberships_membership_change", row.pk) for row in rows]


def _a_use() -> BenefitUse:
    return BenefitUse.objects.order_by("pk")[0]


def _leaving(_: Any) -> Iterable[str]:
    """The last general contact, whom somebody must follow, and another."""
    today = queries.today(clock.now())
    for role in (ContactRole.GENERAL, ContactRole.FINANCE):
        contact = Contact.objects.filter(role=role, organisation__memberships__isnull=False).current(on=today).order_by("pk")[0]
        yield _at("admin:memberships_membership_leave", contact.organisation.memberships.order_by("pk")[0].pk, contact.pk)


CAMPAIGN = ("changelist", "change", "state", "follow", "appeler", "donner-les-devis")


def _campaign(name: str) -> list[str]:
    """Of the last campaign: the one that may be followed, called, quoted."""
    last = Campaign.objects.order_by("-year")[0]
    return [_at(f"admin:memberships_campaign_{name}", *([] if name == "changelist" else [last.pk]))]


Addresses = Callable[[Any], Iterable[str]]
PAGES: dict[str, tuple[str, Addresses]] = {
    "membership": (EVERYBODY, lambda _: [_at("membership")]),
    "membership_year": (EVERYBODY, lambda _: [_at("membership_year", 2021)]),
    "members": (EVERYBODY, lambda _: [_at("members") + then for then in ("", "?region=53", "?q=zzz")]),
    **{name: (MEMBER, lambda _, name=name: [_at(name)]) for name in ("join", "join_contacts", "join_review", "join_delete")},  # type: ignore[misc]
    **{name: (MEMBER, _of_mine(name)) for name in ("joining_followed", "joining_withdraw")},
    **{f"admin:memberships_campaign_{name}": (STAFF, lambda _, name=name: _campaign(name)) for name in CAMPAIGN},  # type: ignore[misc]
    "admin:memberships_membership_import": (STAFF, lambda _: [_at("admin:memberships_membership_import")]),
    "admin:memberships_membership_enter": (STAFF, lambda _: [_at("admin:memberships_membership_enter")]),
    "admin:memberships_membership_leave": (STAFF, _leaving),
    "admin:memberships_benefituse_remove": (STAFF, lambda _: [_at("admin:memberships_benefituse_remove", _a_use().pk)]),
    "admin:memberships_membership_act": (STAFF, lambda world: [*_acts(world), *_rows(world)]),
}
NOT_PAGES = {
    "a file, looked at in tests/memberships": "membership_bulletin joining_bulletin joining_paper admin:memberships_membership_paper"
    " admin:memberships_membership_made admin:memberships_campaign_appel admin:memberships_campaign_devis"
    " admin:memberships_membership_import_template",
    "an act of joining, by POST": "join_save joining_upload joining_complete admin:memberships_membership_import_confirm",
}
