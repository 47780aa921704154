"""The employer's word on one file, for the team: every request, a question to answer, an agreement that cannot be taken (B8)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from accounts.roles import DECIDE
from applications import agreements, services
from applications.admin.reading import ACTS
from applications.confirm_forms import NotTakenForm, ReplyForm, SignedFileForm
from applications.models import Application, EmployerAgreement
from applications.states import Agreement, State
from core import clock
from core.refusals import Refused
from core.registry import Link

TEMPLATE = "admin/applications/application/agreements.html"


class AgreementsMixin:
    """Before ModelAdmin: one page a file for what its employer says."""

    admin_site: Any

    def get_urls(self):
        view, name = self.admin_site.admin_view, "applications_application_agreement"
        return [
            path("<int:pk>/accords/", view(self.agreements), name=f"{name}s"),
            path("<int:pk>/accords/deposer/", view(require_POST(self.deposit_agreement)), name=f"{name}_deposit"),
            path("<int:pk>/accords/<int:row>/repondre/", view(require_POST(self.reply_to_manager)), name=f"{name}_reply"),
            path("<int:pk>/accords/<int:row>/refuser/", view(require_POST(self.refuse_agreement)), name=f"{name}_refuse"),
            *super().get_urls(),
        ]

    def agreements(self, request: Any, pk: int) -> HttpResponse:
        return _page(self, request, _file(request, pk))

    def reply_to_manager(self, request: Any, pk: int, row: int) -> HttpResponse:
        """The answer leaves by mail; refused, it is given back as typed."""
        agreement = _row(request, pk, row)
        form = ReplyForm(request.POST, auto_id=f"repondre-{row}_%s")

        def act() -> None:
            services.reply(agreement, form.cleaned_data["reply"], by=request.user, now=clock.now())

        return _act(self, request, agreement.application, form, act, "La réponse part par courriel.", row)

    def refuse_agreement(self, request: Any, pk: int, row: int) -> HttpResponse:
        agreement = _row(request, pk, row)
        form = NotTakenForm(request.POST, auto_id=f"refuser-{row}_%s")

        def act() -> None:
            services.refuse_agreement(agreement, reason=form.cleaned_data["reason"], by=request.user, now=clock.now())

        return _act(self, request, agreement.application, form, act, "La personne est prévenue, avec votre motif.", row)

    def deposit_agreement(self, request: Any, pk: int) -> HttpResponse:
        """What came to the team by mail, kept as if the person had joined it."""
        application = _file(request, pk)
        form = SignedFileForm(request.POST, request.FILES, auto_id="deposer_%s")

        def act() -> None:
            services.deposit_agreement(application, form.cleaned_data["file"], by=request.user, now=clock.now())

        return _act(self, request, application, form, act, "L’accord est déposé : la personne est prévenue.", 0)


def _file(request: Any, pk: int) -> Application:
    application = get_object_or_404(Application.objects.visible_to(request.user).with_call(), pk=pk)
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    return application


def _row(request: Any, pk: int, row: int) -> EmployerAgreement:
    application = _file(request, pk)
    agreement = get_object_or_404(EmployerAgreement, pk=row, application=application)
    agreement.application = application
    return agreement


def _act(
    model_admin: Any, request: Any, application: Application, form: forms.Form, act: Callable[[], None], said: str, row: int
) -> HttpResponse:
    if form.is_valid():
        try:
            act()
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("admin:applications_application_agreements", application.pk)
    return _page(model_admin, request, application, failed=form, row=row)


def _page(model_admin: Any, request: HttpRequest, application: Application, *, failed: Any = None, row: int = 0) -> HttpResponse:
    counts = agreements.answered(application)
    rows = application.agreements.order_by("-asked_at", "-pk")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"Accord de l’employeur, candidature {application}",
        "application": application,
        "word": agreements.word_of(application),
        "rows": [(each, _form(each, counts, failed if each.pk == row else None)) for each in rows],
        "file_form": _deposit_form(application, failed if not row else None),
        "failed": failed,
    }
    return render(request, TEMPLATE, context, status=422 if failed else 200)


def _form(row: EmployerAgreement, counts: EmployerAgreement | None, failed: Any) -> Any:
    """What the team may do with a request: answer its question, or not take the agreement that counts."""
    if failed:
        return failed
    if row.question_at and not row.replied_at:
        return ReplyForm(auto_id=f"repondre-{row.pk}_%s")
    is_taken = row == counts and row.answer == Agreement.RECEIVED
    return NotTakenForm(auto_id=f"refuser-{row.pk}_%s") if is_taken else None


def _deposit_form(application: Application, failed: Any) -> Any:
    is_open = agreements.is_asked(application, now=clock.now()) and agreements.word_of(application) != Agreement.RECEIVED
    return (failed or SignedFileForm(auto_id="deposer_%s")) if is_open else None


def _link(request: HttpRequest, application: Application) -> Link | None:
    """On the reading page: the word, in the words of lists."""
    if application.state in (State.DRAFT, State.DUPLICATE) or application.erased_at or not request.user.has_perm(DECIDE):
        return None
    word = agreements.word_of(application)
    return Link(word.label.capitalize(), reverse("admin:applications_application_agreements", args=[application.pk]))


ACTS.append(_link)
