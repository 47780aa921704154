"""Who speaks for a body, and is written to about money: one rule, for what is read, and for invoices, reminders, calls and quotes."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from core import clock
from core.clock import PARIS
from organisations.models import Contact, Organisation
from organisations.states import ContactRole

if TYPE_CHECKING:
    from accounts.models import User


class Speakers(NamedTuple):
    """The finance contact and the general one, as far as they have an address."""

    finance: Contact | None = None
    general: Contact | None = None

    @property
    def payer(self) -> Contact | None:
        """The finance contact pays; without one, the general contact does."""
        return self.finance or self.general

    @property
    def copied(self) -> str:
        """The address of the general contact, who reads in copy what another pays; empty when it is the same one."""
        payer = self.payer
        return self.general.email if self.general and payer and self.general.email != payer.email else ""


def speakers(organisation: Organisation, *, on: date) -> Speakers:
    """Return who speaks of money for a body on a day; whoever replaced it by then speaks for it."""
    acting = organisation.at(on)
    rows = Contact.objects.of(acting, on=on).exclude(email="").select_related("account").order_by("pk")
    return among(sorted(rows, key=lambda row: row.organisation_id == acting.pk))


def among(contacts: Iterable[Contact]) -> Speakers:
    """Of several in one role the last one: who came last took over. Those of the body itself come after those it replaced."""
    by_role = {contact.role: contact for contact in contacts}
    return Speakers(by_role.get(ContactRole.FINANCE), by_role.get(ContactRole.GENERAL))


def spoken_for(user: "User") -> list[Organisation]:
    """Return the bodies whose files a person reads today by their roles: succession included, both ways.

    Whoever speaks for a body speaks for the one that replaced it, and reads what was of those it replaced. A day to come changes nothing.
    """
    today = clock.now().astimezone(PARIS).date()
    held = Contact.objects.held_by(user).select_related("organisation__merged_into", "organisation__replaced_by")
    acting = {body.pk: body for body in (contact.organisation.at(today) for contact in held)}
    return [one for body in acting.values() for one in body.heirs_of(today)]
