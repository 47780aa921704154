"""What is typed about who is of a member: a mail domain; of which member one says to be (any page may show this one)."""

from datetime import date
from typing import Any

from django import forms

from core.forms import form_helper
from memberships import rights
from memberships.forms import Line
from organisations.models import Organisation


class DomainForm(forms.Form):
    """A mail domain; what it means is cleaned and judged by `services.declare_domain`."""

    domain = Line(
        "Domaine de messagerie", "Donnez un domaine, par exemple « ville.example ».", most=190,
        help_text="Ce qui suit l’arobase dans vos adresses. Ses sous-domaines se déclarent à part.",
    )  # fmt: skip
    helper = form_helper()


class ClaimForm(forms.Form):
    """« Je travaille chez un adhérent »: which one, and under what name its contact knows the person.

    For any page that knows a proven address: `ClaimForm(request.POST or None, on=today)`, the fragment `memberships/_claim.html`, then
    `services.claim(form.body, address, name=form.cleaned_data["claim_name"], …)`. The names of its fields are its own.
    """

    claim_body = forms.ChoiceField(label="Votre organisme", error_messages={"required": "Choisissez votre organisme."})
    claim_name = Line(
        "Votre nom", "Donnez votre nom : c’est à lui que votre organisme vous reconnaît.", most=160, autocomplete="name"
    )  # fmt: skip
    helper = form_helper()

    def __init__(self, *args: Any, on: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bodies = {str(body.pk): body for body in rights.members(on)}
        field: Any = self.fields["claim_body"]
        field.choices = [("", "Choisir…"), *((key, body.name) for key, body in self.bodies.items())]
        field.error_messages["invalid_choice"] = "Cet organisme n’est pas adhérent aujourd’hui : choisissez dans la liste."

    @property
    def body(self) -> Organisation:
        return self.bodies[self.cleaned_data["claim_body"]]
