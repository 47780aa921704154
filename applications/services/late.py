"""A limit of one's own (A2): staff let one person deposit after the deadline, for a reason, until a moment; and may take it back."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import normalise
from applications import retention, staff_emails
from applications.models import Application, LateLink
from applications.states import EDITABLE, State
from core.refusals import Refused
from programmes.models import Edition
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def give_late_link(edition: Edition, email: str, *, until: datetime, reason: str, by: "User", now: datetime) -> LateLink:
    """Give a person a limit of their own, by a letter; given again, the former ends. The same one twice is one, and one letter."""
    email = normalise(email)
    # The call's row is the lock: two colleagues who give at once.
    edition = Edition.objects.select_for_update(of=("self",)).select_related("programme").get(pk=edition.pk)
    refuse_unless_useful(edition, email, until=until, reason=reason, now=now)
    known = LateLink.objects.filter(edition=edition, email=email, revoked_at=None).first()
    if known and known.until == until:
        return known
    if known:
        LateLink.objects.filter(pk=known.pk).update(revoked_at=now)
    link = LateLink.objects.create(edition=edition, email=email, until=until, reason=reason.strip(), created_at=now, by_name=str(by)[:200])
    staff_emails.post_late_link(link, now=now)
    record("délai personnel donné", link, by=by, now=now, note=reason.strip())
    return link


def refuse_unless_useful(edition: Edition, email: str, *, until: datetime, reason: str, now: datetime) -> None:
    """Say why no limit can be given."""
    if edition.cancelled_at:
        raise Refused("Cet appel est annulé : plus rien ne peut y être déposé.")
    if edition.results_released_at:
        raise Refused("Les résultats de cet appel sont publiés : plus rien ne peut y être déposé.")
    if not reason.strip():
        raise Refused("Indiquez pourquoi cette personne a un délai.")
    if until <= now or until <= edition.closes_at:
        raise Refused("Ce délai doit finir plus tard que maintenant, et que la clôture de l’appel.")
    if until > retention.drafts_erased_at(edition):
        raise Refused("Les brouillons sont effacés trente jours après la clôture : ce délai doit finir avant.")
    if (application := _of(edition, email)) and application.state not in EDITABLE:
        raise Refused(f"La candidature {application} est « {State(application.state).label} » : elle ne se modifie plus.")


def _of(edition: Edition, email: str) -> Application | None:
    return Application.objects.of_address(email).filter(edition=edition).exclude(state=State.DUPLICATE).first()


@transaction.atomic
def revoke_late_link(link: LateLink, *, by: "User", now: datetime) -> None:
    """Take a limit back: what is deposited stays, nothing more can be; the person is told. Twice is once."""
    locked = LateLink.objects.select_for_update(of=("self",)).select_related("edition__programme").get(pk=link.pk)
    if locked.revoked_at:
        return
    if locked.until <= now:
        raise Refused("Ce délai est passé : il n’y a plus rien à reprendre.")
    LateLink.objects.filter(pk=locked.pk).update(revoked_at=now)
    staff_emails.post_late_link_revoked(locked, now=now)
    record("délai personnel repris", locked, by=by, now=now)
