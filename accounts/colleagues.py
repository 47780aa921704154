"""What administrators do about people: invite, give and take roles, reset a lost factor, close, reopen, readdress.

Each act is logged (domain.md G2) and told to its owner. One administrator always remains.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import emails
from accounts.models import Grant, Invitation, Proof, User, normalise
from accounts.roles import CHANGE_ADDRESS, CHANGE_ROLES, CLOSE_ACCOUNT, INVITE, RESET_FACTOR, Role
from accounts.services import hashed, new_secret
from core.refusals import Refused
from core.registry import HOLDINGS, Link
from mailing import outbox
from records.services import record

INVITATION_LIFETIME = timedelta(days=7)


def _allow(by: User, act: str) -> None:
    if not by.has_perm(act):
        raise Refused("Cet acte est réservé à l’administration du portail.")


def _not_oneself(by: User, user: User) -> None:
    if by.pk == user.pk:
        raise Refused("Personne ne le fait pour soi-même : demandez à une autre personne de l’administration.")


def named(roles: Iterable[Role]) -> str:
    """Name roles as people read them, in one order."""
    return ", ".join(role.label for role in sorted(roles))


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused("Dites pourquoi : le motif est gardé avec l’acte.")
    return reason.strip()


@transaction.atomic
def invite(email: str, roles: Iterable[str], *, by: User, now: datetime, first_name: str = "", last_name: str = "") -> Invitation:
    """Mail an invitation of seven days; a former one to the same address is worth nothing any more."""
    _allow(by, INVITE)
    wanted = sorted({Role(role).value for role in roles})
    if not wanted:
        raise Refused("Choisissez au moins un rôle.")
    Invitation.objects.filter(email=normalise(email)).revoke(now=now)
    secret = new_secret()
    invitation = Invitation.objects.create(
        email=normalise(email), roles=wanted, first_name=first_name, last_name=last_name, invited_by=by,
        secret_hash=hashed(secret), created_at=now, expires_at=now + INVITATION_LIFETIME,
    )  # fmt: skip
    emails.post_invitation(invitation, secret=secret, now=now)
    record("invitation envoyée", invitation, by=by, now=now, changes={"rôles": ["", named(map(Role, wanted))]})
    return invitation


@transaction.atomic
def invite_again(invitation: Invitation, *, now: datetime) -> Invitation:
    """Send a new link to the address a former one was made for, on the same inviter's word and while it holds."""
    by = invitation.invited_by
    if invitation.used_at or invitation.revoked_at or by is None or not by.is_active:
        raise Refused("Cette invitation n’est plus valable : demandez-en une nouvelle à la personne qui vous invitait.")
    return invite(
        invitation.email, invitation.roles, by=by, now=now, first_name=invitation.first_name, last_name=invitation.last_name
    )  # fmt: skip


@transaction.atomic
def take_back(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Make a pending invitation worth nothing."""
    _allow(by, INVITE)
    if not Invitation.objects.filter(pk=invitation.pk).revoke(now=now):
        raise Refused("Cette invitation a déjà servi, ou a déjà été annulée.")
    Proof.objects.filter(invitation=invitation).revoke(now=now)
    record("invitation annulée", invitation, by=by, now=now)


@transaction.atomic
def change_roles(user: User, roles: Iterable[str], *, by: User, now: datetime) -> None:
    """Give exactly these roles. The last administrator keeps theirs; the person is told."""
    _allow(by, CHANGE_ROLES)
    wanted = {Role(role) for role in roles}
    held = _roles_locked(user)
    if wanted == held:
        return
    if Role.ADMINISTRATOR in held - wanted:
        _keep_an_administrator(user)
    Grant.objects.filter(user=user, role__in=held - wanted).delete()
    Grant.objects.bulk_create(Grant(user=user, role=role) for role in sorted(wanted - held))
    user.__dict__.pop("roles", None)
    record("rôles changés", user, by=by, now=now, changes={"rôles": [named(held), named(wanted)]})
    emails.post_told(user, f"Vos rôles sur le portail ont changé. Désormais : {named(wanted) or 'aucun'}.", now=now)


def _roles_locked(user: User) -> set[Role]:
    """Lock the person's row, then read what it holds: two administrators at once act one after the other."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    return {Role(role) for role in Grant.objects.filter(user=user).values_list("role", flat=True)}


def _keep_an_administrator(user: User) -> None:
    """Refuse to lose the last administrator. Their grants are locked together, in one order, so that two cannot leave at once."""
    grants = Grant.objects.select_for_update(of=("self",)).filter(role=Role.ADMINISTRATOR).order_by("pk")
    holders = [grant.user_id for grant in grants]
    if not User.objects.filter(pk__in=holders, is_active=True).exclude(pk=user.pk).exists():
        raise Refused("C’est la dernière personne de l’administration : donnez d’abord ce rôle à une autre.")


@transaction.atomic
def reset_factor(user: User, *, by: User, now: datetime, reason: str) -> None:
    """Forget a lost second factor: its owner enrols another on next entry, and is told. Never one's own."""
    _allow(by, RESET_FACTOR)
    _not_oneself(by, user)
    reason = _reason(reason)
    forget_factor(user)
    record("second facteur réinitialisé", user, by=by, now=now, note=reason)
    emails.post_told(
        user,
        f"{by} a réinitialisé votre second facteur, pour ce motif : « {reason.rstrip('.')} »."
        " À votre prochaine connexion, vous en choisirez un autre.",
        now=now,
    )


def forget_factor(user: User) -> None:
    """Delete every authenticator and end every session."""
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)


def end_sessions(user: User) -> None:
    """End every session of a person, for good: a session is tied to this hash, and reopening the account does not bring it back."""
    user.set_unusable_password()
    user.save(update_fields=["password"])


def holdings_of(user: User) -> list[Link]:
    """List what a person holds and must hand over."""
    return [link for gather in HOLDINGS for link in gather(user)]


@transaction.atomic
def close_account(user: User, *, by: User, now: datetime, reason: str) -> None:
    """End a person's access at once: sessions, pending links, invitations sent to them or by them. Their name stays in the history."""
    _allow(by, CLOSE_ACCOUNT)
    _not_oneself(by, user)
    reason = _reason(reason)
    if Role.ADMINISTRATOR in _roles_locked(user):
        _keep_an_administrator(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    end_sessions(user)
    addresses = user.addresses()
    Proof.objects.filter(email__in=addresses).revoke(now=now)
    Proof.objects.filter(user=user).revoke(now=now)
    Invitation.objects.filter(email__in=addresses).revoke(now=now)
    Invitation.objects.filter(invited_by=user).revoke(now=now)
    record("compte fermé", user, by=by, now=now, note=reason)


@transaction.atomic
def reopen_account(user: User, *, by: User, now: datetime, reason: str) -> None:
    """Give access back, with the roles held before; a new sign-in is needed."""
    _allow(by, CLOSE_ACCOUNT)
    reason = _reason(reason)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise Refused("Ce compte est déjà ouvert.")
    user.is_active = True
    record("compte rouvert", user, by=by, now=now, note=reason)
    emails.post_told(user, "Votre compte est de nouveau ouvert.", now=now, page="account_login")


@transaction.atomic
def replace_address(user: User, new: str, *, by: User, now: datetime, reason: str) -> None:
    """Replace a dead address, with a reason; both addresses are told. The address of a colleague opens more: administrators only."""
    _allow(by, CHANGE_ADDRESS)
    if _roles_locked(user):
        _allow(by, CHANGE_ROLES)
    _not_oneself(by, user)
    reason, old, new = _reason(reason), user.email, normalise(new)
    if User.objects.filter(email=new).exists() or EmailAddress.objects.filter(email=new, verified=True).exists():
        raise Refused("Cette adresse est déjà celle d’un compte.")
    EmailAddress.objects.filter(user=user, email=old).delete()
    EmailAddress.objects.filter(user=user, primary=True).update(primary=False)
    EmailAddress.objects.create(user=user, email=new, verified=True, primary=True)
    user.email = new
    user.save(update_fields=["email"])
    end_sessions(user)
    Proof.objects.filter(email=old).revoke(now=now)
    record("adresse remplacée", user, by=by, now=now, note=reason, changes={"adresse": [old, new]})
    emails.post_address_changed(user, old=old, new=new, by=by, reason=reason, now=now)
    outbox.readdress(old, new, now=now)
