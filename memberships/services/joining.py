"""What a body does to join: send its bulletin, complete it, take it back. One membership a body and year, whoever sends it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from memberships import dues, emails
from memberships.addressing import ADDRESS, own_address
from memberships.bulletins import NOT_OPEN_TO, Bulletin
from memberships.models import Campaign, JoiningDraft, Membership
from memberships.models.membership import VIEW_MEMBERSHIP
from memberships.services.moving import lock, move
from memberships.states import CATEGORY_OF, Origin, Signature, State
from organisations.models import Organisation
from organisations.speaking import spoken_for
from organisations.states import HOSPITAL_PAYMENT_DAYS, PAYMENT_DAYS, Kind
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# Those that a new bulletin begins again, without retyping.
OVER = frozenset({State.REFUSED, State.WITHDRAWN, State.DECLINED, State.RESIGNED})


class Already(Refused):
    """The body has its membership for this year, or its bulletin waits: `membership` says which."""

    def __init__(self, words: str, membership: Membership) -> None:
        super().__init__(words)
        self.membership = membership


@transaction.atomic
def send(bulletin: Bulletin, *, campaign: Campaign, by: "User | None", now: datetime, origin: str = Origin.ONLINE) -> Membership:
    """Owe an answer to a bulletin, and give its receipt.

    Sent twice by one person it is one membership and one letter; by two people of a body, the second is told.
    The body's row is the guard: whoever comes second waits for it, and sees what the first did.
    """
    category = bulletin.category
    if category is None:
        raise Refused(NOT_OPEN_TO)
    if not campaign.is_open and origin == Origin.ONLINE:
        raise Refused(f"Les adhésions {campaign.year} ne sont pas ouvertes.")
    body = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=_body(bulletin, by=by, now=now).pk)
    _refuse_closed(body, now=now)
    known = Membership.objects.select_for_update(of=("self",), no_key=True).filter(organisation=body, campaign=campaign).first()
    if known:
        _refuse_while_leaving(known, by=by, now=now)
    if known and not _begins_again(known, by=by):
        return known
    body.population = body.population or bulletin.population
    owed = dues.amount_for(campaign, body, now.astimezone(PARIS).date())
    values = {"category": category, "origin": origin, "rate": owed.rate, "amount": owed.amount, "amount_note": owed.note}
    values |= _said(bulletin, body, now=now) | {"asked_at": now, "asked_by": str(by)[:200] if by else "Portail"}
    membership = _written(body, campaign, known, {**values, "asker": by if origin == Origin.ONLINE else None})
    _sent(membership, by=by, now=now, online=origin == Origin.ONLINE)
    return membership


@transaction.atomic
def complete(membership: Membership, bulletin: Bulletin, *, by: "User", now: datetime) -> Membership:
    """Answer the team's question: the bulletin as it is now, and it waits for the team again."""
    membership = lock(membership)
    if membership.state != State.ASKED:
        raise Refused("Ce bulletin n’attend plus de complément : rechargez la page.")
    move(membership, State.PROPOSED, **_said(bulletin, membership.organisation, now=now), question="")
    _sent(membership, by=by, now=now, again=True)
    return membership


@transaction.atomic
def withdraw(membership: Membership, *, by: "User", now: datetime) -> None:
    """Take back a bulletin that the team has not answered yet."""
    membership = lock(membership)
    move(membership, State.WITHDRAWN)
    record("bulletin retiré", membership, by=by, now=now)


def _body(bulletin: Bulletin, *, by: "User | None", now: datetime) -> Organisation:
    """Return the row of the register, made when it has none; of two who make it at once, one does."""
    if bulletin.body:
        return bulletin.body.at(now.astimezone(PARIS).date())
    said = {"name": bulletin.name, "siret": bulletin.siret, "kind": bulletin.kind, "commune": bulletin.commune}
    where = {"address": bulletin.payer_address, "postcode": bulletin.payer_postcode, "city": bulletin.payer_city}
    body = Organisation(**said, **where, population=bulletin.population)
    body.payment_days = HOSPITAL_PAYMENT_DAYS if bulletin.kind == Kind.HOSPITAL else PAYMENT_DAYS
    try:
        with transaction.atomic():
            body.save()
    except IntegrityError:
        return Organisation.objects.get(siret=bulletin.siret).standing
    record("ajout", body, by=by, now=now, note="D’après un bulletin d’adhésion : à vérifier.")
    return body


def refuse_unless_it_may_join(body: Organisation, campaign: Campaign, *, by: "User", now: datetime) -> None:
    """Say at the first step what sending would answer: closed, joined already, of a kind that cannot join."""
    if CATEGORY_OF.get(Kind(body.kind)) is None:
        raise Refused(NOT_OPEN_TO)
    _refuse_closed(body, now=now)
    if known := Membership.objects.select_related("organisation", "campaign").filter(organisation=body, campaign=campaign).first():
        _begins_again(known, by=by)


def _refuse_closed(body: Organisation, *, now: datetime) -> None:
    if body.closed_on and body.closed_on <= now.astimezone(PARIS).date():
        raise Refused(f"« {body} » est fermé depuis le {day_in_words(body.closed_on)} : donnez le SIRET de l’organisme qui adhère.")


def _may_know(known: Membership, by: "User | None") -> bool:
    """Whoever sent its bulletin, speaks for the body or is of the team: typing a SIRET tells nobody else what a body decided, or when."""
    return by is None or known.asker_id == by.pk or by.has_perm(VIEW_MEMBERSHIP) or known.organisation in spoken_for(by)


def _elsewhere(known: Membership) -> Already:
    return Already(
        f"« {known.organisation} » n’a pas de nouveau bulletin à envoyer pour {known.campaign.year} : "
        "voyez avec son référent, ou écrivez-nous.",
        known,
    )


def _refuse_while_leaving(known: Membership, *, by: "User | None", now: datetime) -> None:
    """Until the day it leaves a body has its rights: a new bulletin would take them away. The team takes the resignation back instead."""
    if known.state == State.RESIGNED and known.resigned_on and known.resigned_on >= now.astimezone(PARIS).date():
        if not _may_know(known, by):
            raise _elsewhere(known)
        on = day_in_words(known.resigned_on)
        raise Already(f"La démission de « {known.organisation} » prend effet le {on} : écrivez-nous, et nous la reprenons.", known)


def _begins_again(known: Membership, *, by: "User | None") -> bool:
    """Say whether this bulletin begins a membership again; False: it is the one just sent by the same person. Else refuse in words."""
    if known.state in OVER:
        return True
    if not _may_know(known, by):
        raise _elsewhere(known)
    on = day_in_words(known.asked_at.astimezone(PARIS).date())
    if known.state in (State.PROPOSED, State.ASKED):
        if by and known.asker_id == by.pk:
            return False
        raise Already(
            f"« {known.organisation} » a déjà envoyé son bulletin {known.campaign.year}, le {on} : il n’y a rien à refaire. "
            "La personne qui l’a envoyé peut encore le compléter.",
            known,
        )
    if known.state == State.TO_CONFIRM:
        raise Already(f"L’adhésion {known.campaign.year} de « {known.organisation} » attend sa confirmation : voyez son espace.", known)
    raise Already(f"« {known.organisation} » est déjà adhérente pour {known.campaign.year} : il n’y a rien à refaire.", known)


def _said(bulletin: Bulletin, body: Organisation, *, now: datetime) -> dict[str, Any]:
    """Return the columns a bulletin fills."""
    payer = {"payer_siret": bulletin.payer_siret, "service_code": bulletin.service_code, "commitment_number": bulletin.commitment_number}
    signed = {"signature": bulletin.signature, "signed_at": now if bulletin.signature == Signature.ONLINE else None}
    signatory = {"signatory_name": bulletin.signatory_name, "signatory_job": bulletin.signatory_job}
    where = own_address(body, {name: getattr(bulletin, name) for name in ADDRESS})
    return {**payer, **where, **signatory, **signed, "bulletin": bulletin.kept()}


def _written(body: Organisation, campaign: Campaign, known: Membership | None, values: dict[str, Any]) -> Membership:
    if known is None:
        return Membership.objects.create(organisation=body, campaign=campaign, **values)
    known.organisation, known.campaign = body, campaign
    clean = {"accepted_at": None, "rights_from": None, "rights_until": None, "resigned_on": None, "resignation_reason": "", "question": ""}
    move(known, State.PROPOSED, **clean, **values)
    return known


def _sent(membership: Membership, *, by: "User | None", now: datetime, online: bool = True, again: bool = False) -> None:
    if by:
        JoiningDraft.objects.filter(person=by).delete()
    record("bulletin complété" if again else "bulletin reçu", membership, by=by, now=now)
    if online:
        emails.post_received(membership, now=now, again=again)
