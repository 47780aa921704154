"""allauth, in our words: its mails go through the letter engine, its secrets are encrypted, its doors are ours."""

import base64
from io import BytesIO
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from qrcode.image.svg import SvgPathFillImage

from accounts import emails, factors
from accounts.models import User, normalise
from core import clock

# What a person is told when their factors change; allauth's other mails have no page that sends them.
TOLD = {
    "mfa/email/totp_activated": "Une application d’authentification a été ajoutée à votre compte.",
    "mfa/email/totp_deactivated": "L’application d’authentification de votre compte a été retirée.",
    "mfa/email/webauthn_added": "Une clé d’accès a été ajoutée à votre compte.",
    "mfa/email/webauthn_removed": "Une clé d’accès a été retirée de votre compte.",
    "mfa/email/recovery_codes_generated": "De nouveaux codes de secours ont été créés pour votre compte : les anciens ne valent plus rien.",
}
BACKEND = "accounts.backends.RoleBackend"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "Ce compte est fermé.",
        "incorrect_code": "Ce code n’est pas le bon.",
        "rate_limited": "Trop d’essais en peu de temps : réessayez dans cinq minutes.",
        "too_many_login_attempts": "Trop d’essais en peu de temps : réessayez dans cinq minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """An account is made by a mailed proof (`accounts.services.person_of`), never by a form."""
        return False

    def clean_email(self, email: str) -> str:
        return normalise(email)

    def get_login_stages(self) -> list[str]:
        """The address is proven before the login begins: what is left is the second factor."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def login(self, request: HttpRequest, user: User) -> None:
        user.backend = BACKEND
        super().login(request, user)
        User.objects.filter(pk=user.pk).update(last_login=clock.now())

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Whoever holds a role and has no second factor enrols one on entry, then goes where they were going."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if user.roles and not factors.has_authenticator(user):
            return redirect(factors.enrolment_address(response.headers["Location"]))
        return response

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        emails.post_told(user, TOLD[template_prefix], now=clock.now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No page of ours reaches allauth's own mails; one that would must fail in a test, not write in English."""
        raise NotImplementedError(template_prefix)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "Votre rôle demande un second facteur : ajoutez-en un autre avant de retirer celui-ci.",
        "incorrect_code": "Ce code n’est pas le bon. S’il vient de servir, attendez le suivant.",
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor of a person with a role stays."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=factors.STRONG).exclude(pk=authenticator.pk)
        return others.exists() or not User.objects.get(pk=authenticator.user_id).roles

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "Ma clé d’accès" if number == 1 else f"Ma clé d’accès n° {number}"

    def build_totp_svg(self, url: str) -> str:
        """Draw the square on white: an application does not read it on a dark page."""
        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawn)
        return drawn.getvalue().decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "La 27e Région"}

    def _get_site_name(self) -> str:
        return "La 27e Région"

    def _get_user_identifier(self, user: User) -> str:
        primary = EmailAddress.objects.filter(user=user, primary=True).values_list("email", flat=True).first()
        return primary or user.email


def _box() -> MultiFernet:
    """Encrypt with a key derived from the portal's; read what a former key wrote."""
    return MultiFernet([Fernet(_derived(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(key: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portail: second factors")
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
