"""allauth's pages of the second factor, as doors of ours: our forms, 422 when refused, the kept POST taken up again."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView, GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import factors, forms
from accounts.http import UserRequest
from accounts.views import safe_next

GOING_TO = "accounts_going_to"


class Unprocessable:
    """A refused form answers 422, like every form of the portal."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == 200:
            response.status_code = 422
        return response


@method_decorator(never_cache, name="dispatch")
class Index(IndexView):
    """« Sécurité », and where a role's holder enrols on entry: it remembers where they were going."""

    def get(self, request: UserRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if going_to := safe_next(request.GET.get("next", "")):
            request.session[GOING_TO] = going_to
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        held = context["authenticators"]
        return context | {
            "app": held.get("totp"),
            "passkeys": held.get("webauthn", []),
            "spare": held.get("recovery_codes"),
            "must_enrol": bool(self.request.user.roles) and not ("totp" in held or "webauthn" in held),
            "going_to": self.request.session.get(GOING_TO, ""),
        }


def go_on(request: UserRequest) -> HttpResponse:
    """After enrolling: go where the person was going, and take up the POST that was kept."""
    going_to = safe_next(request.session.pop(GOING_TO, "")) or reverse("space")
    return redirect(factors.way_on(request, going_to))


@never_cache
def resume(request: UserRequest) -> HttpResponse:
    """Offer what was being sent when the factor was asked again, ready to go through every check of its own page."""
    kept = factors.kept_post(request)
    if kept is None:
        return redirect("space")
    return render(request, "accounts/resume.html", {"path": kept["path"], "fields": kept["fields"]})


class Authenticate(Unprocessable, AuthenticateView):
    form_class = forms.FactorForm
    webauthn_form_class = forms.PasskeyFactorForm

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class _Resumes(Unprocessable):
    request: UserRequest

    def _on(self, going_to: str) -> HttpResponse:
        way = factors.way_on(self.request, going_to)
        return redirect(way) if way != going_to else resume_request(self.request) or redirect(going_to)


class Reauthenticate(_Resumes, ReauthenticateView):
    form_class = forms.FactorAgainForm

    def form_valid(self, form: forms.FactorAgainForm) -> HttpResponse:
        form.save()
        return self._on(self.get_success_url())


class ReauthenticatePasskey(_Resumes, ReauthenticateWebAuthnView):
    form_class = forms.PasskeyFactorForm

    def form_valid(self, form: forms.PasskeyFactorForm) -> HttpResponse:
        form.save()
        return self._on(self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        messages.error(self.request, "Cette clé n’a pas été reconnue : réessayez, ou utilisez l’autre moyen.")
        return redirect(self.request.get_full_path())


class EnrolApp(Unprocessable, ActivateTOTPView):
    form_class = forms.EnrolAppForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Enrolled already (a double click, the back button): show what is there."""
        if Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).exists():
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the key in groups of four: a narrow screen breaks it between them."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return context | {"secret_groups": [secret[start : start + 4] for start in range(0, len(secret), 4)]}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                response = super().form_valid(form)
        except IntegrityError:
            return redirect("mfa_index")
        factors.count_enrolment(self.request, Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP))
        return response


class RemoveApp(Unprocessable, DeactivateTOTPView):
    pass


class EnrolPasskey(Unprocessable, AddWebAuthnView):
    form_class = forms.EnrolPasskeyForm

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        mine = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.WEBAUTHN)
        factors.count_enrolment(self.request, mine.latest("pk"))
        return response


class RemovePasskey(RemoveWebAuthnView):
    success_url = "/"

    def get_success_url(self) -> str:
        return reverse("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        """allauth asks this only for the application; the last factor of a role's holder is as often a key."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, str(adapter.error_messages["cannot_delete_authenticator"]))
            return redirect("mfa_index")
        return super().form_valid(form)


class RenamePasskey(Unprocessable, EditWebAuthnView):
    form_class = forms.RenamePasskeyForm

    def get_success_url(self) -> str:
        return reverse("mfa_index")


class SignInWithPasskey(LoginWebAuthnView):
    form_class = forms.PasskeySignInForm

    def form_valid(self, form: Any) -> HttpResponse:
        """A passkey is an address and a second factor at once; showing it counts for 15 minutes, as a code does."""
        authenticator = form.cleaned_data["credential"]
        post_authentication(self.request, authenticator, reauthenticated=True, passwordless=True)
        going_to = safe_next(self.request.POST.get("next", ""))
        return perform_login(self.request, Login(user=authenticator.user, redirect_url=going_to or None))

    def form_invalid(self, form: Any) -> HttpResponse:
        messages.error(self.request, "Cette clé n’a pas été reconnue : connectez-vous par courriel.")
        return redirect("account_login")


@method_decorator(never_cache, name="dispatch")
class SpareCodes(ViewRecoveryCodesView):
    pass


class NewSpareCodes(Unprocessable, GenerateRecoveryCodesView):
    pass


class SpareCodesFile(DownloadRecoveryCodesView):
    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().render_to_response(context, **kwargs)
        response["Content-Disposition"] = 'attachment; filename="codes-de-secours.txt"'
        return response


@login_not_required
def to_sign_in(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Pages allauth names and we do not have: the one door."""
    return redirect("account_login")
