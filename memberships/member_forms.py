"""What a member types about its own contacts: a correction, a new one, who follows whoever leaves."""

from datetime import datetime
from typing import Any

from django import forms

from core.clock import PARIS
from core.forms import form_helper
from memberships.bulletins import Person
from memberships.forms import Email, Line
from organisations.models import Contact
from organisations.states import ContactRole

WHO_FOLLOWS = "Donnez l’adresse de la personne qui prend la suite."


class NamesForm(forms.Form):
    """A name, a job, a telephone."""

    first_name = Line("Prénom", most=80)
    last_name = Line("Nom", most=80, help_text="Vide pour une adresse de service.")
    job = Line("Fonction", most=160)
    phone = Line("Téléphone", most=30)
    helper = form_helper()


class ContactForm(NamesForm):
    """Somebody new, in a role."""

    role = forms.ChoiceField(label="Rôle", choices=ContactRole, widget=forms.RadioSelect)
    email = Email("Donnez l’adresse professionnelle de cette personne.")
    field_order = ("role", "first_name", "last_name", "job", "email", "phone")

    @property
    def person(self) -> Person:
        return person_in(self.cleaned_data)


class LeaveForm(forms.Form):
    """Who follows: a colleague who is a contact already, somebody else, or nobody when others remain."""

    NOBODY, OTHER = "NOBODY", "OTHER"

    successor = forms.ChoiceField(label="Qui prend la suite\u00a0?", widget=forms.RadioSelect)
    first_name = Line("Prénom", most=80)
    last_name = Line("Nom", most=80)
    job = Line("Fonction", most=160)
    email = Email()
    helper = form_helper()

    def __init__(self, *args: Any, colleagues: list[Contact], may_be_nobody: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.colleagues = {str(row.pk): row for row in colleagues}
        choices = [(key, f"{row}, {row.email}" if row.full_name else row.email) for key, row in self.colleagues.items()]
        nobody = [(self.NOBODY, "personne pour l’instant")] if may_be_nobody else []
        field: Any = self.fields["successor"]
        field.choices = [*choices, (self.OTHER, "quelqu’un d’autre, ci-dessous"), *nobody]
        field.error_messages["required"] = "Dites qui prend la suite."

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("successor") == self.OTHER and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", WHO_FOLLOWS)
        return cleaned

    @property
    def person(self) -> Person | None:
        """Who follows; None when nobody does."""
        chosen = self.cleaned_data["successor"]
        if chosen == self.NOBODY:
            return None
        if row := self.colleagues.get(chosen):
            return Person(row.first_name, row.last_name, row.job, row.email, row.phone)
        return person_in(self.cleaned_data)


def person_in(cleaned: dict[str, Any]) -> Person:
    return Person(cleaned["first_name"], cleaned["last_name"], cleaned["job"], cleaned["email"], cleaned.get("phone", ""))


def colleagues_of(contact: Contact, *, now: datetime) -> list[Contact]:
    """The other people of the body, each address once: one of them may follow."""
    today = now.astimezone(PARIS).date()
    rows = Contact.objects.filter(organisation=contact.organisation_id).current(on=today).exclude(email="").exclude(email=contact.email)
    return list({row.email: row for row in rows.order_by("-pk")}.values())[::-1]
