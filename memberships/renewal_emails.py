"""The letters of a campaign: the call of dues, its reminders, the answers to it, the end of rights, the quote.

Their words are in templates/memberships/emails/. They go to the finance contact, who pays, with the general one in copy, who decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any

from core import clock
from core.addresses import absolute
from core.clock import PARIS
from core.money import euros
from core.typography import day_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, register
from mailing.models import Batch, Message
from mailing.states import Settling
from memberships import emails, rights
from memberships.models import Campaign, Membership
from memberships.models.membership import VIEW_MEMBERSHIP
from memberships.states import State
from organisations.models import Contact, Organisation
from organisations.speaking import Speakers, speakers
from records.models import Association
from records.services import label_of

CALL = "memberships.renewal_call"
REMINDER = "memberships.renewal_reminder"
CONFIRMED = "memberships.confirmed"
DECLINED = "memberships.declined"
LAPSED = "memberships.lapsed"
QUOTE = "memberships.quote"
FOLDER = "memberships/emails"
TRIAL = "essai:"


@dataclass(frozen=True)
class Told:
    """Whom a body's letters go to: `contact` is nobody when there is no address."""

    contact: Contact
    cc: str = ""


def told(organisation: Organisation, *, on: date) -> Told | None:
    """Return the finance contact of a body, the general one in copy; without a finance contact nobody is called."""
    return told_of(speakers(organisation, on=on))


def told_of(found: Speakers) -> Told | None:
    """A call is for who engages the money: without a finance contact it is for nobody, and the page of the campaign lists that body."""
    return Told(found.finance, found.copied) if found.finance else None


def _row(context: Context) -> Membership:
    membership: Membership = context["membership"]
    return membership


def _grace(context: Context) -> str:
    return day_in_words(_row(context).campaign.grace_day)


def _note(context: Context) -> str:
    return f"Calcul : {_row(context).amount_note}." if _row(context).amount_note else ""


def _call(context: Context) -> str:
    words: str = context["quote"].call_in_words(clock.now().astimezone(PARIS).date())
    return words


ABOUT_IT = {
    **emails.ABOUT_IT,
    "calcul": Placeholder("comment le montant est calculé ; vide pour une année entière", _note),
    "droits_jusqu_au": Placeholder("le dernier jour des droits de qui ne confirme pas", _grace),
}
ANSWERED = {"lien": Placeholder("l’adresse de la page où l’on confirme ou non, sans compte", itemgetter("answer"), button=True)}
FOLLOWED = {"lien": Placeholder("l’adresse de la page du service financier, sans compte", itemgetter("finance"), button=True)}
BACK = {"lien": Placeholder("l’adresse par laquelle on revient, sans rien retaper", itemgetter("answer"), button=True)}
FOR_NEXT = {
    "organisme": emails.ABOUT_IT["organisme"],
    "salutation": emails.ABOUT_IT["salutation"],
    "annee": Placeholder("l’année du devis", lambda context: str(context["quote"].year)),
    "montant": Placeholder("le montant du devis", lambda context: euros(context["quote"].amount)),
    "numero": Placeholder("le numéro du devis", lambda context: context["quote"].number),
    "appel_le": Placeholder("le jour de l’appel de cotisation", lambda context: day_in_words(context["quote"].called_on)),
    "appel": Placeholder("ce que fait l’appel de cotisation : « partira le 2 novembre », « est parti le 3 novembre »", _call),
}
ACTIVE = {**emails.ABOUT_IT, **emails.BEGUN}

# (membership, now) -> the files of a letter of this kind; made when it leaves.
Enclose = Callable[[Membership, datetime], Sequence[Attachment]]


def register_kinds(*, dues_call: Enclose, quote: Callable[[Message], Sequence[Attachment]]) -> None:
    """Make our kinds known. What we start keeps to working hours (domain.md G8); an answer to an act leaves at once."""
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_MEMBERSHIP, scopes=(emails.CAMPAIGN,), sample=_sample)
    about = partial(kind, examples=_last(State.TO_CONFIRM), still_due=_is_silent, overtaken=_answered)
    called: dict[str, Any] = {"attach": _with(dues_call), "placeholders": ABOUT_IT | ANSWERED}
    # A group letter: working hours are its batch's; a trial on oneself leaves at once.
    register(about(CALL, "appel de cotisation de l’année qui vient", f"{FOLDER}/renewal_call.txt", **called))
    register(about(REMINDER, "rappel d’une adhésion à confirmer", f"{FOLDER}/renewal_reminder.txt", in_working_hours=True, **called))
    lapsed: dict[str, Any] = {"placeholders": ABOUT_IT | BACK, "in_working_hours": True}
    register(about(LAPSED, "droits d’adhérent arrivés à leur fin", f"{FOLDER}/lapsed.txt", **lapsed))
    confirmed: dict[str, Any] = {"attach": _with(dues_call), "placeholders": ACTIVE | FOLLOWED, "examples": _last(State.ACTIVE)}
    register(kind(CONFIRMED, "adhésion confirmée", f"{FOLDER}/confirmed.txt", **confirmed))
    declined: dict[str, Any] = {"placeholders": ABOUT_IT | BACK, "examples": _last(State.DECLINED)}
    register(kind(DECLINED, "adhésion non renouvelée", f"{FOLDER}/declined.txt", **declined))
    quoted: dict[str, Any] = {"attach": quote, "placeholders": FOR_NEXT, "examples": _last(State.ACTIVE, _quoted)}
    register(LetterKind(QUOTE, "devis d’adhésion", f"{FOLDER}/quote.txt", _sample_quote, settling=Settling.RESEND,
                        read_with=VIEW_MEMBERSHIP, scopes=(emails.CAMPAIGN,), **quoted))  # fmt: skip


def _with(enclose: Enclose) -> Callable[[Message], Sequence[Attachment]]:
    def attach(message: Message) -> Sequence[Attachment]:
        membership = emails.membership_of(message)
        return enclose(membership, message.created_at) if membership else ()

    return attach


# --- What is posted -------------------------------------------------------------------------------------


def post_call(membership: Membership, to: Told, *, batch: Batch, now: datetime) -> Message:
    return _post(f"membership:{membership.pk}:renewal-call", CALL, membership, to, now=now, batch=batch)


def reminder_key(membership: Membership, moment: datetime) -> str:
    """The year and the date are in the key: run ten times, one letter."""
    return f"membership:{membership.pk}:{membership.year}:silent:{moment.astimezone(PARIS).date()}"


def lapsed_key(membership: Membership) -> str:
    """A grace day that moved is told again."""
    return f"membership:{membership.pk}:{membership.year}:lapsed:{membership.campaign.grace_day}"


def post_if_told(key: str, kind: str, membership: Membership, *, now: datetime) -> Message | None:
    """Owe a letter to whoever the body's letters go to that day; none when it has nobody any more: the dashboard says so."""
    to = told(membership.organisation, on=now.astimezone(PARIS).date())
    return _post(key, kind, membership, to, now=now) if to else None


def post_confirmed(membership: Membership, *, now: datetime) -> None:
    post_if_told(f"membership:{membership.pk}:confirmed:{_stamp(now)}", CONFIRMED, membership, now=now)


def post_declined(membership: Membership, *, now: datetime) -> None:
    post_if_told(f"membership:{membership.pk}:declined:{_stamp(now)}", DECLINED, membership, now=now)


def post_quote(membership: Membership, quote: Any, to: Told, *, batch: Batch | None, now: datetime) -> Message:
    """`membership` is the year by which the body is known; the quote is of the next."""
    said = {"membership": membership, "greeting": _greeting(to.contact), "quote": quote}
    return _send(f"membership:{membership.pk}:quote:{quote.number}", QUOTE, membership, to, said, now=now, batch=batch)


def context_of(membership: Membership, contact: Contact | None, *, now: datetime) -> dict[str, Any]:
    """Return what the letters of a campaign say of a membership, with the two addresses that are given to this contact."""
    finance = emails.finance_page(membership, contact, now)
    return {"membership": membership, "greeting": _greeting(contact), "finance": finance, "answer": answer_page(finance)}


def answer_page(finance: str) -> str:
    """Return the page with the two buttons, under the finance department's own secret address."""
    return f"{finance}renouveler/"


def shown_context(membership: Membership, contact: Contact | None = None) -> dict[str, Any]:
    """As `context_of`, for what is only looked at: no secret address is made."""
    finance = absolute("/dossiers/exemple/")
    return {"membership": membership, "greeting": _greeting(contact), "finance": finance, "answer": answer_page(finance)}


def shown(kind: str, membership: Membership, contact: Contact | None) -> tuple[str, str]:
    """Return subject and text of a letter as it would be."""
    return outbox.render(KINDS[kind], shown_context(membership, contact), scope=label_of(membership.campaign))


def shown_quote(membership: Membership, quote: Any, contact: Contact | None) -> tuple[str, str]:
    said = {"membership": membership, "greeting": _greeting(contact), "quote": quote}
    return outbox.render(KINDS[QUOTE], said, scope=label_of(membership.campaign))


def try_on(person: Any, kind: str, membership: Membership, contact: Contact | None, *, now: datetime) -> None:
    """Send the letter to whoever prepares it; its files are those of the preview."""
    key = f"{TRIAL}{kind}:{person.pk}:{_stamp(now)}"
    outbox.post(key, KINDS[kind], to=person.email, reader=person, context=shown_context(membership, contact), now=now, due_at=now)


def _post(key: str, kind: str, membership: Membership, to: Told, *, now: datetime, batch: Batch | None = None) -> Message:
    if known := Message.objects.filter(key=key).first():
        return known
    return _send(key, kind, membership, to, context_of(membership, to.contact, now=now), now=now, batch=batch)


def _send(key: str, kind: str, membership: Membership, to: Told, said: dict[str, Any], *, now: datetime, batch: Batch | None) -> Message:
    ours = Association.shown()
    return outbox.post(
        key, KINDS[kind], to=to.contact.email, cc=to.cc, reader=to.contact.account, context=said, now=now, batch=batch,
        about=label_of(membership), reply_to=ours.dues_email or ours.contact_email, scope=label_of(membership.campaign),
    )  # fmt: skip


def _greeting(contact: Contact | None) -> str:
    return f"Bonjour {contact.full_name}".strip() if contact else "Bonjour"


def _stamp(now: datetime) -> str:
    return f"{now.timestamp():.6f}".replace(".", "")


# --- Whether it is still true ---------------------------------------------------------------------------


def _is_silent(message: Message) -> bool:
    """Who answered meanwhile is not asked again; a trial on oneself asks nobody."""
    if message.key.startswith(TRIAL):
        return True
    membership = emails.membership_of(message)
    return membership is not None and membership.state == State.TO_CONFIRM


def _answered(message: Message) -> str:
    return "" if _is_silent(message) else "L’organisme a répondu depuis."


# --- Samples --------------------------------------------------------------------------------------------


def _sample() -> dict[str, Any]:
    row = emails.sample()
    row.state = State.TO_CONFIRM
    return {**shown_context(row), "greeting": "Bonjour Camille Exemple"}


def _sample_quote() -> dict[str, Any]:
    from memberships.quotes import Quoted

    row = emails.sample()
    following = Campaign(pk=0, year=row.campaign.year + 1)
    quote = Quoted(row.organisation, following, row.amount, "", f"D{following.year}-0012")
    return {"membership": row, "greeting": "Bonjour Camille Exemple", "quote": quote}


def _quoted(row: Membership) -> dict[str, Any]:
    """What the quote of the next year would say to a member of this one, at the same amount."""
    return {**_sample_quote(), "membership": row, "quote": replace(_sample_quote()["quote"], organisation=row.organisation)}


def _last(state: State, shown: "Callable[[Membership], dict[str, Any]] | None" = None) -> Callable[[str], Sequence[Example]]:
    def examples(scope: str) -> Sequence[Example]:
        rows = Membership.objects.filter(state=state).select_related("organisation", "campaign").order_by("-asked_at", "-pk")
        if scope:
            rows = rows.filter(campaign=int(scope.partition(":")[2]))
        return [Example(str(row.pk), str(row), partial(shown or shown_context, row)) for row in rows[: emails.EXAMPLES]]

    return examples


def is_member(membership: Membership, *, on: date) -> bool:
    """True while the body has rights, by whatever year."""
    return rights.in_force(membership.organisation, on) is not None
