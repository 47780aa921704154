"""Proving an address: asking, using, and what a proof opens. Acts on colleagues are in `accounts/colleagues.py`."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import emails
from accounts.models import CODE_ATTEMPTS, Grant, Invitation, LinkQuerySet, Proof, User, normalise
from accounts.states import Purpose, Standing
from core.clock import PARIS
from core.refusals import Refused
from core.registry import ARRIVALS
from records.services import record

PROOF_LIFETIME = timedelta(minutes=15)
# How often a proof may be asked: for one address from one network, for one address, from one network.
# Somebody else's asking must not shut a candidate out on the last day: the second is wider than the first.
FROM_HERE = ((5, timedelta(minutes=15)), (20, timedelta(days=1)))
PER_ADDRESS = ((15, timedelta(minutes=15)), (60, timedelta(days=1)))
PER_NETWORK = ((100, timedelta(hours=1)),)
# A double click is one use: the same browser may send the same proof again within this time.
DOUBLE_CLICK = timedelta(seconds=10)
ADDRESSES_AT_MOST = 5


# How long a proof is kept after its end, and a person of whom nothing is left after their last entry (domain.md G3).
KEPT = timedelta(days=30)


class TooMany(Refused):
    """Asked too often; `until` is when to try again."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Trop de demandes en peu de temps.")
        self.until = until


@dataclass(frozen=True)
class Fresh:
    """A proof just made, with the code and the secret of the link: the only time they are known."""

    proof: Proof
    code: str
    secret: str


def hashed(secret: str) -> str:
    """Return what is kept of a long random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hashed_with_key(value: str) -> str:
    """Return what is kept of something short enough to guess: worth nothing without the portal's key."""
    return salted_hmac("accounts.proof", value, algorithm="sha256").hexdigest()


def new_secret() -> str:
    """Return 256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


def ask_proof(
    email: str,
    *,
    now: datetime,
    next: str = "",  # noqa: A002 - the word of the web for « where to go then »
    asked_from: str = "",
    ask: str = "",
    purpose: Purpose = Purpose.SIGN_IN,
    user: User | None = None,
    invitation: Invitation | None = None,
) -> Proof:
    """Mail a code and a link to an address, known or not: nothing else is made until one of them is used.

    `ask` names the form: sent twice, it is one proof and one letter. `asked_from` is the network that asks, for the limits.
    """
    email = normalise(email)
    ask_key = hashed(f"{ask or new_secret()}|{purpose}|{email}")
    if known := Proof.objects.filter(ask_key=ask_key).first():
        if known.standing(now=now) == Standing.LIVE:
            return known
        ask_key = hashed(new_secret())
    check_limits(email, asked_from, now=now)
    try:
        with transaction.atomic():
            fresh = make_proof(
                email, now=now, next=next, asked_from=asked_from, ask_key=ask_key, purpose=purpose, user=user, invitation=invitation
            )
            emails.post_proof(fresh.proof, code=fresh.code, secret=fresh.secret, now=now)
    except IntegrityError:
        return Proof.objects.get(ask_key=ask_key)  # the other half of a double click was faster
    return fresh.proof


def make_proof(
    email: str,
    *,
    now: datetime,
    lifetime: timedelta = PROOF_LIFETIME,
    next: str = "",  # noqa: A002
    asked_from: str = "",
    ask_key: str = "",
    purpose: Purpose = Purpose.SIGN_IN,
    user: User | None = None,
    invitation: Invitation | None = None,
) -> Fresh:
    """Make a proof without letter: for `ask_proof`, and for the commands that print a link."""
    code, secret, ask_key = f"{secrets.randbelow(10**6):06}", new_secret(), ask_key or hashed(new_secret())
    proof = Proof.objects.create(
        email=normalise(email),
        purpose=purpose,
        user=user,
        invitation=invitation,
        next=next[:500],
        ask_key=ask_key,
        asker_hash=hashed_with_key(asked_from) if asked_from else "",
        code_hash=hashed_with_key(f"{ask_key}:{code}"),
        secret_hash=hashed(secret),
        is_decoy=purpose == Purpose.ADDRESS and _is_taken(normalise(email), user),
        created_at=now,
        expires_at=now + lifetime,
    )
    return Fresh(proof, code, secret)


def erased_on(now: datetime) -> date:
    """Return the day an address given now is erased, if nothing comes of it."""
    return erased_after(now + PROOF_LIFETIME)


def erased_after(end: datetime) -> date:
    """Return the day of the nightly purge that erases what ends at `end`."""
    return (end + KEPT + timedelta(days=1)).astimezone(PARIS).date()


def check_limits(email: str, asked_from: str, *, now: datetime) -> None:
    """Refuse an address, or a network, that asks too often. Counted in the table: holds when the cache is lost."""
    asked, here = Proof.objects.order_by("-created_at"), hashed_with_key(asked_from) if asked_from else ""
    scopes: list[tuple[LinkQuerySet, tuple[tuple[int, timedelta], ...]]] = [
        (asked.filter(email=email, asker_hash=here), FROM_HERE),
        (asked.filter(email=email), PER_ADDRESS),
    ]
    if here:
        scopes.append((asked.filter(asker_hash=here), PER_NETWORK))
    for proofs, limits in scopes:
        for number, span in limits:
            nth = proofs.filter(created_at__gt=now - span).values_list("created_at", flat=True)[number - 1 : number]
            if nth:
                raise TooMany(until=nth[0] + span)


def resend(proof: Proof, *, now: datetime, asked_from: str = "") -> Proof:
    """Mail a new proof to the address the former was made for, and make the former worth nothing."""
    with transaction.atomic():
        again = ask_proof(
            proof.email, now=now, next=proof.next, asked_from=asked_from,
            purpose=Purpose(proof.purpose), user=proof.user, invitation=proof.invitation,
        )  # fmt: skip
        Proof.objects.filter(pk=proof.pk).revoke(now=now)
    return again


def check_code(proof: Proof, code: str, *, now: datetime) -> None:
    """Refuse a wrong code. The try is counted before the code is looked at, so that none is free."""
    counted = Proof.objects.live(now=now).filter(pk=proof.pk, attempts__lt=CODE_ATTEMPTS).update(attempts=F("attempts") + 1)
    if not counted:
        return  # not live: `use` says why
    digits = "".join(filter(str.isdigit, code))
    if not proof.is_decoy and constant_time_compare(hashed_with_key(f"{proof.ask_key}:{digits}"), proof.code_hash):
        return
    proof.refresh_from_db()
    left = CODE_ATTEMPTS - proof.attempts
    if left <= 0:
        Proof.objects.filter(pk=proof.pk).revoke(now=now)
        raise Refused("Ce code n’est pas le bon, et c’était le dernier essai. Demandez un nouveau code.")
    raise Refused(f"Ce code n’est pas le bon. Il vous reste {left} essai{'s' if left > 1 else ''}.")


REFUSALS = {
    Standing.USED: "Ce code ou ce lien a déjà servi.",
    Standing.EXPIRED: "Ce code ou ce lien a expiré.",
    Standing.REVOKED: "Ce code ou ce lien a été annulé.",
}


def use(proof: Proof, *, now: datetime, browser: str = "") -> None:
    """Use a proof up: of two simultaneous uses one succeeds, save the double click of one browser."""
    if proof.is_decoy:
        raise Refused(REFUSALS[Standing.REVOKED])
    used_from = hashed_with_key(browser) if browser else ""
    if Proof.objects.live(now=now).filter(pk=proof.pk).update(used_at=now, used_from=used_from):
        proof.refresh_from_db()
        return
    proof.refresh_from_db()
    if used_from and proof.used_from == used_from and proof.used_at and now - proof.used_at < DOUBLE_CLICK:
        return
    raise Refused(REFUSALS.get(proof.standing(now=now), REFUSALS[Standing.REVOKED]))


@transaction.atomic
def sign_in(proof: Proof, *, now: datetime, browser: str = "") -> User:
    """Use a proof of sign-in and return its person, made now if the address was unknown; its invitation is accepted."""
    use(proof, now=now, browser=browser)
    person = person_of(proof.email, now=now)
    if proof.invitation and person.is_active:
        _accept(proof.invitation, person, now=now)
    _arrived(person, now=now)
    return person


def _arrived(person: User, *, now: datetime) -> None:
    """Give a person what waits, in the apps above, for an address now proven theirs."""
    for welcome in ARRIVALS:
        welcome(person, now)


def person_of(email: str, *, now: datetime) -> User:
    """Return the person of a proven address; a newcomer's account is made here and nowhere else."""
    email = normalise(email)
    if address := EmailAddress.objects.filter(email=email, verified=True).select_related("user").first():
        return User.objects.get(pk=address.user_id)
    try:
        with transaction.atomic():
            person = User.objects.create_user(email=email, date_joined=now)
    except IntegrityError:
        person = User.objects.get(email=email)
    has_primary = EmailAddress.objects.filter(user=person, primary=True).exclude(email=email).exists()
    EmailAddress.objects.update_or_create(user=person, email=email, defaults={"verified": True, "primary": not has_primary})
    return person


def _accept(invitation: Invitation, person: User, *, now: datetime) -> None:
    """Give the roles that waited; an invitation taken back meanwhile gives none."""
    if not Invitation.objects.live(now=now).filter(pk=invitation.pk).update(used_at=now):
        return
    for role in invitation.roles:
        Grant.objects.get_or_create(user=person, role=role)
    if not person.get_full_name():
        person.first_name, person.last_name = invitation.first_name, invitation.last_name
        person.save(update_fields=["first_name", "last_name"])
    person.__dict__.pop("roles", None)
    record("invitation acceptée", person, by=person, now=now, changes={"rôles": ["", invitation.role_labels()]})


# --- The addresses of a person ---------------------------------------------------------------------

TAKEN = "Cette adresse vient d’être confirmée pour un autre compte."


def _is_taken(email: str, user: User | None) -> bool:
    return EmailAddress.objects.filter(email=email, verified=True).exclude(user=user).exists() or (
        User.objects.filter(email=email).exclude(pk=user.pk if user else None).exists()
    )


def ask_address(user: User, email: str, *, now: datetime, asked_from: str = "", ask: str = "") -> Proof:
    """Mail a proof to an address the person wants to add. Somebody else's gets another letter, and nobody here can tell."""
    addresses = set(EmailAddress.objects.filter(user=user).values_list("email", flat=True))
    if normalise(email) in addresses:
        raise Refused("Cette adresse est déjà la vôtre.")
    if len(addresses) >= ADDRESSES_AT_MOST:
        raise Refused(f"Un compte a {ADDRESSES_AT_MOST} adresses au plus : retirez-en une d’abord.")
    return ask_proof(email, now=now, asked_from=asked_from, ask=ask, purpose=Purpose.ADDRESS, user=user)


@transaction.atomic
def add_address(proof: Proof, *, by: User, now: datetime, browser: str = "") -> None:
    """Use a proof: the address joins the account that asked for it, and the main address is told."""
    if proof.user_id != by.pk:
        raise Refused("Ce lien a été demandé depuis un autre compte.")
    use(proof, now=now, browser=browser)
    if EmailAddress.objects.filter(user=by, email=proof.email).exists():
        return
    if _is_taken(proof.email, by):
        raise Refused(TAKEN)
    try:
        with transaction.atomic():
            EmailAddress.objects.create(user=by, email=proof.email, verified=True)
    except IntegrityError:  # two accounts confirm it at once
        raise Refused(TAKEN) from None
    _arrived(by, now=now)
    record("adresse ajoutée", by, by=by, now=now, changes={"adresse": ["", proof.email]})
    emails.post_told(
        by, f"L’adresse {proof.email} a été ajoutée à votre compte : elle permet de s’y connecter.", now=now, page="account_email"
    )


@transaction.atomic
def make_primary(user: User, address: EmailAddress, *, now: datetime) -> None:
    """Make an address the one we write to; the former is told."""
    old = user.email
    if address.email == old:
        return
    _move_primary(user, address)
    record("adresse principale changée", user, by=user, now=now, changes={"adresse": [old, address.email]})
    emails.post_told(user, f"Nous vous écrirons désormais à {address.email}.", now=now, to=old, page="account_email")


def _move_primary(user: User, address: EmailAddress) -> None:
    EmailAddress.objects.filter(user=user, primary=True).update(primary=False)
    EmailAddress.objects.filter(pk=address.pk).update(primary=True, verified=True)
    user.email = address.email
    user.save(update_fields=["email"])


@transaction.atomic
def remove_address(user: User, address: EmailAddress, *, now: datetime) -> None:
    """Remove an address that is not the main one: it no longer signs in, and it is told."""
    if address.email == user.email:
        raise Refused("C’est votre adresse principale : choisissez-en une autre d’abord.")
    email = address.email
    address.delete()
    Proof.objects.filter(email=email).revoke(now=now)
    record("adresse retirée", user, by=user, now=now, changes={"adresse": [email, ""]})
    emails.post_told(user, "Cette adresse a été retirée de votre compte : elle ne permet plus de s’y connecter.", now=now, to=email)
