"""The letters about a bulletin: received, question asked, accepted, refused. Their words are in templates/memberships/emails/.

What may stand between braces in them is below (the convention: `mailing/letters.py`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from django.urls import reverse

from core.addresses import absolute
from core.money import euros
from core.typography import day_in_words, moment_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, listed, register
from mailing.models import Message
from mailing.states import Settling
from memberships.bulletins import ROLES, people_of
from memberships.models import Campaign, Membership
from memberships.models.membership import VIEW_MEMBERSHIP
from memberships.states import Category, Signature, State
from organisations.models import Contact, Organisation
from organisations.speaking import Speakers, speakers
from organisations.states import ContactRole, Kind
from records.models import Association
from records.services import label_of

RECEIVED = "memberships.received"
RECEIVED_AGAIN = "memberships.received_again"
ASKED = "memberships.asked"
ACCEPTED = "memberships.accepted"
DUES_CALL = "memberships.dues_call"
REFUSED = "memberships.refused"
CAMPAIGN = "memberships.campaign"
EXAMPLES = 5

# (membership, contact, now) -> the address of the finance department's page, made by whoever keeps those links (`memberships.links`).
FinancePage = Callable[[Membership, Contact | None, datetime], str]
_finance_page: list[FinancePage] = []


def _until(context: Context) -> str:
    return day_in_words(context["membership"].rights_until) if context["membership"].rights_until else ""


def _people(context: Context) -> str:
    people = people_of(context["membership"].bulletin)
    return listed(f"{ContactRole(role).label}\u00a0: {person.full_name}, {person.email}" for role, person in people.items())


def _still_to_sign(context: Context) -> str:
    return "" if context["membership"].signature else "il reste à nous rendre le bulletin signé, ou votre délibération"


def _from(context: Context) -> str:
    return day_in_words(context["membership"].rights_from) if context["membership"].rights_from else ""


ABOUT_IT = {
    "organisme": Placeholder("le nom de l’organisme", lambda context: context["membership"].organisation.name),
    "annee": Placeholder("l’année de l’adhésion", lambda context: str(context["membership"].campaign.year)),
    "montant": Placeholder("le montant de la cotisation", lambda context: euros(context["membership"].amount)),
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
}
FOLLOWED = {"lien": Placeholder("l’adresse de la page du bulletin", itemgetter("page"), button=True)}
SENT = {
    "recu_le": Placeholder("la date et l’heure de l’envoi", lambda context: moment_in_words(context["membership"].asked_at, seconds=True)),
    "signataire": Placeholder("la personne qui engage l’organisme", lambda context: context["membership"].signatory_name),
    "reste_a_signer": Placeholder("« il reste à nous rendre le bulletin signé » ; vide s’il l’est", _still_to_sign),
    "contacts": Placeholder("les contacts donnés, rôle par rôle", _people, lines=True),
}
QUESTION = {
    "question": Placeholder(
        "ce que l’équipe a écrit", lambda context: context["membership"].question or context["said"], essential=True, lines=True
    )
}
BEGUN = {
    "droits_du": Placeholder("le premier jour des droits", _from),
    "droits_jusqu_au": Placeholder("le dernier jour des droits", _until),
}
FINANCE = {"page_finances": Placeholder("l’adresse de la page du service financier, sans compte", itemgetter("finance"), button=True)}


def register_kinds(enclosures: Callable[[Membership], Sequence[Attachment]]) -> None:
    """Make our kinds of letters known; `enclosures` makes the bulletin and the call of dues."""

    def attach(message: Message) -> Sequence[Attachment]:
        membership = membership_of(message)
        return enclosures(membership) if membership else ()

    folder = "memberships/emails"
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_MEMBERSHIP, scopes=(CAMPAIGN,))
    about = partial(kind, sample=_sample, examples=_last_memberships)
    register(about(RECEIVED, "bulletin d’adhésion reçu", f"{folder}/received.txt", placeholders=ABOUT_IT | FOLLOWED | SENT))
    register(about(RECEIVED_AGAIN, "bulletin d’adhésion complété", f"{folder}/received_again.txt", placeholders=ABOUT_IT | FOLLOWED | SENT))
    asked = partial(about, still_due=_is_asked)
    register(asked(ASKED, "complément demandé à un bulletin", f"{folder}/asked.txt", placeholders=ABOUT_IT | FOLLOWED | QUESTION))
    register(about(REFUSED, "bulletin d’adhésion refusé", f"{folder}/refused.txt", placeholders=ABOUT_IT | FOLLOWED | QUESTION))
    joined = partial(about, attach=attach)
    register(joined(ACCEPTED, "adhésion acceptée", f"{folder}/accepted.txt", placeholders=ABOUT_IT | BEGUN | FOLLOWED))
    register(joined(DUES_CALL, "appel de cotisation au service financier", f"{folder}/dues_call.txt", placeholders=ABOUT_IT | FINANCE))


def plug_finance_page(give: FinancePage) -> None:
    """Say who makes the addresses of finance pages; until somebody does, the letter leads to the bulletin's own page."""
    _finance_page[:] = [give]


def finance_page(membership: Membership, contact: Contact | None, now: datetime) -> str:
    """Return the address of the finance department's page for a contact."""
    return _finance_page[0](membership, contact, now) if _finance_page else page_of(membership)


def post_received(membership: Membership, *, now: datetime, again: bool = False) -> None:
    """Give the receipt of a bulletin to whoever sent it."""
    fact, kind = ("completed", RECEIVED_AGAIN) if again else ("received", RECEIVED)
    post(f"membership:{membership.pk}:{fact}:{_stamp(now)}", kind, membership, now=now)


def post_asked(membership: Membership, *, now: datetime) -> None:
    post(f"membership:{membership.pk}:asked:{_stamp(now)}", ASKED, membership, now=now)


def post_refused(membership: Membership, *, now: datetime) -> None:
    post(f"membership:{membership.pk}:refused:{_stamp(now)}", REFUSED, membership, now=now)


def post_accepted(membership: Membership, *, now: datetime) -> None:
    """Tell who asked and the general contact; give the finance contact its page. Each has the bulletin and the call of dues."""
    for address, name, reader in _told(membership, now=now):
        key = f"membership:{membership.pk}:accepted:{_stamp(now)}:{address}"
        _post(key, ACCEPTED, membership, address, name=name, reader=reader, now=now, page=_home_of(membership, address, now=now))
    if membership.amount:
        post_dues_call(membership, now=now)


def post_dues_call(membership: Membership, *, now: datetime) -> None:
    """Give the finance contact, or else the general one, the page with everything it needs."""
    contact = _speakers(membership, now=now).payer
    if contact is None:
        return
    finance = finance_page(membership, contact, now)
    key = f"membership:{membership.pk}:dues-call:{_stamp(now)}"
    _post(key, DUES_CALL, membership, contact.email, name=contact.full_name, reader=contact.account, now=now, finance=finance)


def post(key: str, kind: str, membership: Membership, *, now: datetime) -> None:
    """Owe a letter to whoever asked for the membership; one entered by staff is told to its general contact."""
    if membership.asker:
        person = membership.asker
        _post(key, kind, membership, person.email, name=person.get_full_name(), reader=person, now=now)
        return
    if (general := people_of(membership.bulletin).get(ContactRole.GENERAL)) and general.email:
        _post(key, kind, membership, general.email, name=general.full_name, reader=None, now=now)


def _post(key: str, kind: str, membership: Membership, to: str, *, name: str, reader: Any, now: datetime, **said: str) -> None:
    outbox.post(
        key,
        KINDS[kind],
        to=to,
        reader=reader,
        context={**context_of(membership, name=name), **said},
        now=now,
        about=label_of(membership),
        reply_to=Association.shown().dues_email or Association.shown().contact_email,
        scope=label_of(membership.campaign),
    )


def context_of(membership: Membership, *, name: str = "") -> dict[str, Any]:
    page = page_of(membership)
    greeting = f"Bonjour {name}".strip()
    return {"membership": membership, "greeting": greeting, "page": page, "finance": page, "said": membership.question}


def page_of(membership: Membership) -> str:
    """Return the address where the bulletin is followed, completed and signed."""
    return absolute(reverse("joining_followed", args=[membership.pk]))


def membership_of(message: Message) -> Membership | None:
    """Find the membership a letter is about."""
    pk = message.about.rpartition(":")[2]
    return Membership.objects.select_related("organisation", "campaign", "asker").filter(pk=pk).first()


def _told(membership: Membership, *, now: datetime) -> list[tuple[str, str, Any]]:
    """Whom an acceptance is told to, each address once: who asked, and the general contact."""
    told: dict[str, tuple[str, str, Any]] = {}
    if person := membership.asker:
        told[person.email] = (person.email, person.get_full_name(), person)
    contact = _speakers(membership, now=now).general
    if contact and contact.email not in told:
        told[contact.email] = (contact.email, contact.full_name, contact.account)
    return list(told.values())


def _home_of(membership: Membership, address: str, *, now: datetime) -> str:
    """The member's space for who speaks for the body; for who only sent its bulletin, now the body's own, the public page."""
    from core.clock import PARIS

    today = now.astimezone(PARIS).date()
    speaks = Contact.objects.of(membership.organisation, on=today).filter(email=address).exists()
    return absolute(reverse("member", args=[membership.organisation.at(today).pk]) if speaks else reverse("membership"))


def _speakers(membership: Membership, *, now: datetime) -> Speakers:
    from core.clock import PARIS

    return speakers(membership.organisation, on=now.astimezone(PARIS).date())


def _is_asked(message: Message) -> bool:
    membership = membership_of(message)
    return membership is not None and membership.state == State.ASKED


def _stamp(now: datetime) -> str:
    return f"{now.timestamp():.6f}".replace(".", "")


def _sample() -> dict[str, Any]:
    """The preview's data: an invented body, on the last campaign or an invented one."""
    return {**context_of(sample(), name="Camille Exemple"), "said": "Qui représentera votre collectivité à l’assemblée générale\u202f?"}


def sample() -> Membership:
    """An invented membership; nothing of it is stored."""
    from datetime import date
    from decimal import Decimal

    from core.clock import PARIS

    campaign = Campaign.objects.order_by("-year").first() or Campaign(pk=0, year=2027)
    body = Organisation(pk=0, name="Ville d’Exemple", kind=Kind.COMMUNE)
    person = {"first_name": "Camille", "last_name": "Exemple", "job": "chargée de mission", "email": "camille@ville.example", "phone": ""}
    return Membership(
        pk=0,
        organisation=body,
        campaign=campaign,
        category=Category.COLLECTIVITE,
        state=State.PROPOSED,
        amount=Decimal(5000),
        asked_at=datetime(campaign.year, 1, 12, 10, 5, 7, tzinfo=PARIS),
        rights_from=date(campaign.year, 1, 12),
        rights_until=date(campaign.year + 1, 3, 31),
        signatory_name="Dominique Exemple",
        signatory_job="maire",
        signature=Signature.ONLINE,
        bulletin={"people": {role.value: person for role in ROLES}},
    )


def _last_memberships(scope: str) -> Sequence[Example]:
    rows = Membership.objects.select_related("organisation", "campaign", "asker").order_by("-asked_at", "-pk")
    if scope:
        rows = rows.filter(campaign=int(scope.partition(":")[2]))
    return [Example(str(row.pk), str(row), partial(context_of, row)) for row in rows[:EXAMPLES]]
