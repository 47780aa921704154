"""The letters about an account: each gathers its context and names its template."""

import hashlib
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.urls import reverse

from accounts.models import Invitation, Proof, User
from accounts.roles import VIEW_USER
from accounts.states import Purpose
from core.addresses import absolute
from core.clock import PARIS
from core.registry import sign_in_note
from core.typography import day_in_words, moment_in_words
from mailing import outbox
from mailing.letters import Context, LetterKind, Placeholder
from mailing.models import Message
from mailing.states import Settling
from records.models import Association
from records.services import label_of, record


def _sample_link() -> dict[str, Any]:
    return {"code": "123456", "link": absolute("/compte/lien/exemple/"), "until": datetime(2017, 9, 8, 10, 15, tzinfo=PARIS)}


def _sample_sign_in() -> dict[str, Any]:
    return {**_sample_link(), "aim": "candidater à « L’appel 2027 »"}


def _sample_told() -> dict[str, Any]:
    return {"what": "Une application d’authentification a été ajoutée à votre compte.", "url": absolute(reverse("mfa_index"))}


def _sample_address() -> dict[str, Any]:
    return {
        "old": "ancienne@ville.example",
        "new": "nouvelle@ville.example",
        "by": "Administratrice Exemple",
        "reason": "Adresse supprimée après une mutation.",
        "url": absolute(reverse("account_email")),
    }


def _sample_invitation() -> dict[str, Any]:
    return {
        "link": absolute("/compte/invitation/exemple/"),
        "roles": "jury",
        "by": "Administratrice Exemple",
        "until": datetime(2017, 9, 8, 10, tzinfo=PARIS),
    }


def link_still_due(message: Message) -> bool:
    """A code that can no longer be used is not sent: it would only be refused."""
    from core import clock

    return _row_of(Proof, message, now=clock.now())


def invitation_still_due(message: Message) -> bool:
    """An invitation taken back before it left is not sent."""
    from core import clock

    return _row_of(Invitation, message, now=clock.now())


def _decline(message: Message, now: datetime) -> None:
    """Whoever was invited wants no more of it: the invitation is worth nothing any more."""
    pk = message.about.partition(":")[2]
    invitation = Invitation.objects.filter(pk=pk).first() if pk.isdigit() else None
    if invitation and Invitation.objects.filter(pk=invitation.pk).revoke(now=now):
        record("invitation déclinée", invitation, by=None, now=now)


def _row_of(model: type[Proof] | type[Invitation], message: Message, *, now: datetime) -> bool:
    return model._default_manager.live(now=now).filter(pk=message.about.partition(":")[2] or 0).exists()


def _until(context: Context) -> str:
    return moment_in_words(context["until"], zone=False, weekday=False)


UNTIL = Placeholder("le jour et l’heure jusqu’où cela vaut, heure de Paris", _until)
CODE = Placeholder("le code à six chiffres", itemgetter("code"), essential=True)
LINK = Placeholder("le lien personnel, à usage unique", itemgetter("link"), button=True)
PAGE = Placeholder("l’adresse de la page du compte", itemgetter("url"), button=True)

SIGN_IN = LetterKind(
    "accounts.sign_in", "code et lien de connexion", "accounts/emails/sign_in.txt", _sample_sign_in,
    still_due=link_still_due, settling=Settling.RESEND, secret=True, read_with=VIEW_USER,
    placeholders={
        "code": CODE, "lien": LINK, "valable_jusqu_au": UNTIL,
        "but": Placeholder("ce que la personne était venue faire (« candidater à… ») ; peut être vide", itemgetter("aim")),
        "pour_quoi": Placeholder(
            "« pour candidater à… », ou « de connexion »", lambda context: f"pour {context['aim']}" if context["aim"] else "de connexion"
        ),
    },
)  # fmt: skip
ADD_ADDRESS = LetterKind(
    "accounts.add_address", "code et lien pour ajouter une adresse", "accounts/emails/add_address.txt", _sample_link,
    still_due=link_still_due, settling=Settling.RESEND, secret=True, read_with=VIEW_USER,
    placeholders={"code": CODE, "lien": LINK, "valable_jusqu_au": UNTIL},
)  # fmt: skip
ADDRESS_TAKEN = LetterKind(
    "accounts.address_taken", "adresse déjà prise", "accounts/emails/address_taken.txt", _sample_address,
    still_due=link_still_due, settling=Settling.RESEND, read_with=VIEW_USER,
    placeholders={"lien": PAGE},
)  # fmt: skip
INVITATION = LetterKind(
    "accounts.invitation", "invitation", "accounts/emails/invitation.txt", _sample_invitation,
    still_due=invitation_still_due, settling=Settling.RESEND, secret=True, read_with=VIEW_USER, unsubscribe=_decline,
    placeholders={
        "qui_invite": Placeholder(
            "« Camille Exemple vous invite », ou « Une invitation vous attend »",
            lambda context: f"{context['by']} vous invite" if context["by"] else "Une invitation vous attend",
        ),
        "roles": Placeholder("les rôles proposés", itemgetter("roles")),
        "lien": LINK,
        "avant_le": Placeholder("le dernier jour pour accepter", lambda context: day_in_words(context["until"].astimezone(PARIS))),
        "valable_jusqu_au": UNTIL,
    },
)  # fmt: skip
ADDRESS_CHANGED = LetterKind(
    "accounts.address_changed", "adresse changée par l’équipe", "accounts/emails/address_changed.txt", _sample_address,
    settling=Settling.RESEND, read_with=VIEW_USER,
    placeholders={
        "par": Placeholder("qui a fait le changement", itemgetter("by")),
        "ancienne": Placeholder("l’adresse remplacée", itemgetter("old"), essential=True),
        "nouvelle": Placeholder("l’adresse qui la remplace", itemgetter("new"), essential=True),
        "motif": Placeholder("le motif écrit par l’équipe", itemgetter("reason"), lines=True),
        "lien": PAGE,
    },
)  # fmt: skip
TOLD = LetterKind(
    "accounts.told", "changement sur le compte", "accounts/emails/told.txt", _sample_told,
    settling=Settling.RESEND, read_with=VIEW_USER,
    placeholders={
        "ce_qui_change": Placeholder("la phrase qui dit ce qui a changé", itemgetter("what"), essential=True, lines=True),
        "lien": PAGE,
    },
)  # fmt: skip

KINDS = (SIGN_IN, ADD_ADDRESS, ADDRESS_TAKEN, INVITATION, ADDRESS_CHANGED, TOLD)


def post_proof(proof: Proof, *, code: str, secret: str, now: datetime) -> None:
    """Owe the letter that carries the code and the link."""
    note = sign_in_note(proof.next)
    context = {"code": code, "link": link_of(secret), "until": proof.expires_at, "aim": note.aim if note else ""}
    kind = ADD_ADDRESS if proof.purpose == Purpose.ADDRESS else SIGN_IN
    if proof.is_decoy:
        kind, context = ADDRESS_TAKEN, {"url": absolute(reverse("account_login"))}
    outbox.post(f"proof:{proof.pk}", kind, to=proof.email, context=context, now=now, about=label_of(proof), reply_to=_readers())


def link_of(secret: str) -> str:
    return absolute(reverse("accounts_link", args=[secret]))


def post_invitation(invitation: Invitation, *, secret: str, now: datetime) -> None:
    context = {
        "link": absolute(reverse("accounts_invitation", args=[secret])),
        "roles": invitation.role_labels(),
        "by": str(invitation.invited_by or ""),
        "until": invitation.expires_at,
    }
    key = f"invitation:{invitation.pk}"
    outbox.post(key, INVITATION, to=invitation.email, context=context, now=now, about=label_of(invitation), reply_to=_readers())


def post_told(user: User, what: str, *, now: datetime, to: str = "", page: str = "mfa_index") -> None:
    """Tell a person what changed on their account, in one sentence."""
    to = to or user.email
    key = f"told:{user.pk}:{now.isoformat()}:{_short(what + to)}"
    context = {"what": what, "url": absolute(reverse(page))}
    outbox.post(key, TOLD, to=to, reader=user, context=context, now=now, about=label_of(user), reply_to=_readers())


def post_address_changed(user: User, *, old: str, new: str, by: User, reason: str, now: datetime) -> None:
    """Tell both addresses that staff replaced one by the other, and why."""
    context = {"old": old, "new": new, "by": str(by), "reason": reason, "url": absolute(reverse("account_login"))}
    for to in (old, new):
        key = f"address:{user.pk}:{now.isoformat()}:{_short(to)}"
        outbox.post(key, ADDRESS_CHANGED, to=to, reader=user, context=context, now=now, about=label_of(user), reply_to=_readers())


def _short(text: str) -> str:
    """Tell two letters of one moment apart without writing an address into a key, which is never erased."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _readers() -> str:
    return Association.current().contact_email
