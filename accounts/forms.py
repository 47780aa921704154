"""The forms of the account: an address, a code, a factor, and what administrators fill in about people."""

import secrets
from hashlib import sha256
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, EditWebAuthnForm, LoginWebAuthnForm
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError

from accounts.models import normalise
from accounts.roles import Role

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off", "spellcheck": "false"}


class AskForm(forms.Form):
    """An address to write to. `ask` names this page: sent twice, it is one letter."""

    email = forms.EmailField(
        label="Votre adresse électronique",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "off", "spellcheck": "false"}),
        help_text="Par exemple : prenom.nom@ville.fr",
        error_messages={
            "required": "Indiquez votre adresse.",
            "invalid": "Cette adresse n’est pas complète : il faut un nom, une arobase (@) et un domaine.",
        },
    )
    ask = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ask"].initial = secrets.token_urlsafe(16)

    def clean_email(self):
        return normalise(self.cleaned_data["email"])


class NewAddressForm(AskForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Adresse à ajouter"
        self.fields["email"].help_text = "Nous y enverrons un code, pour vérifier qu’elle est à vous."


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code à six chiffres",
        max_length=20,
        widget=forms.TextInput(attrs=CODE),
        error_messages={"required": "Saisissez le code reçu."},
    )


# With MFA_TOTP_TOLERANCE = 1, a code is good for its thirty seconds, those before and those after.
LIFE_OF_A_CODE = 90


class _OnlyOnce(BaseAuthenticateForm):
    """A code serves once for as long as it is good (RFC 6238, 5.2): allauth 65.21 forgets after thirty seconds that it has served."""

    def clean_code(self):
        typed = sha256(normalize_user_code(self.cleaned_data["code"]).encode()).hexdigest()
        served = f"accounts.factor.served:{self.user.pk}:{typed}"
        if cache.get(served):
            raise get_adapter().validation_error("incorrect_code")
        code = super().clean_code()
        cache.set(served, True, timeout=LIFE_OF_A_CODE)
        return code


class FactorForm(_OnlyOnce, AuthenticateForm):
    """The second factor at sign-in: showing it counts as « asked again » for 15 minutes."""

    code = forms.CharField(
        label="Code de l’application, ou code de secours",
        max_length=20,
        widget=forms.TextInput(attrs=CODE),
        error_messages={"required": "Saisissez le code."},
    )
    save = ReauthenticateForm.save


class FactorAgainForm(_OnlyOnce, ReauthenticateForm):
    code = FactorForm.base_fields["code"]


# What allauth and fido2 raise, beside their own refusals, on an answer that no device made.
NOT_FROM_A_DEVICE = (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError, RecursionError, InvalidSignature)


NOT_RECOGNISED = "Cette clé d’accès n’a pas été reconnue : réessayez."


def _or_refuse(read, *args):
    """Read what a passkey device answered, or refuse it in words."""
    try:
        return read(*args)
    except NOT_FROM_A_DEVICE as error:
        raise ValidationError(NOT_RECOGNISED, code="not_a_credential") from error


class DeviceAnswer(forms.JSONField):
    """Django's, without its 500 on a number of 5,000 digits or lists in lists without end, and only an object.

    allauth 65.21 looks at the credential « if there is one »: it enrolled `0` and `false` as passkeys.
    """

    widget = forms.HiddenInput

    def to_python(self, value):
        answer = _or_refuse(super().to_python, value)
        if answer is not None and not isinstance(answer, dict):
            raise ValidationError(NOT_RECOGNISED, code="not_a_credential")
        return answer

    def bound_data(self, data, initial):
        """What is put back in the hidden field: nothing of what could not be read."""
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return None


class PasskeyFactorForm(AuthenticateWebAuthnForm):
    reauthenticated = True
    credential = DeviceAnswer()

    def clean_credential(self):
        return _or_refuse(super().clean_credential)


class PasskeySignInForm(LoginWebAuthnForm):
    credential = DeviceAnswer()

    def clean_credential(self):
        return _or_refuse(super().clean_credential)


class EnrolAppForm(ActivateTOTPForm):
    code = forms.CharField(
        label="Code affiché par l’application",
        max_length=20,
        widget=forms.TextInput(attrs=CODE),
        error_messages={"required": "Saisissez le code affiché par l’application."},
    )


class EnrolPasskeyForm(AddWebAuthnForm):
    credential = DeviceAnswer()
    name = forms.CharField(
        label="Nom de cette clé", required=False, max_length=60, help_text="Pour la reconnaître : « Téléphone », « Ordinateur du bureau »."
    )
    passwordless = forms.BooleanField(
        label="Me connecter avec cette clé seule, sans code par courriel", required=False, initial=True, help_text=""
    )

    def clean(self):
        return _or_refuse(super().clean)


class RenamePasskeyForm(EditWebAuthnForm):
    name = forms.CharField(label="Nom de cette clé", max_length=60, error_messages={"required": "Donnez un nom à cette clé."})


def _roles(*, required: bool) -> forms.MultipleChoiceField:
    choices = [(role.value, role.label.capitalize()) for role in Role]
    errors = {"required": "Choisissez au moins un rôle."}
    return forms.MultipleChoiceField(
        label="Rôles", choices=choices, widget=forms.CheckboxSelectMultiple, required=required, error_messages=errors
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Motif",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Gardé dans le journal des actes.",
        error_messages={"required": "Dites pourquoi."},
    )


class RolesForm(forms.Form):
    roles = _roles(required=False)


class InviteForm(forms.Form):
    email = forms.EmailField(label="Adresse électronique", max_length=254)
    first_name = forms.CharField(label="Prénom", max_length=80, required=False)
    last_name = forms.CharField(label="Nom", max_length=80, required=False)
    roles = _roles(required=True)


class ReplaceAddressForm(ReasonForm):
    email = forms.EmailField(label="Nouvelle adresse", max_length=254)
    field_order = ["email", "reason"]
