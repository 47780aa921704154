"""« Prêt », taking back, withdrawing: a screen of its own, which says first what is to be corrected."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from core import clock
from core.refusals import Refused
from events.press import checks
from events.services import press

TEMPLATE = "admin/events/press_publication.html"
NAME = "events_pressrelease_publication"


class WithdrawForm(forms.Form):
    note = forms.CharField(
        label="Motif",
        max_length=press.NOTE_LENGTH,
        error_messages={"required": "Dites pourquoi.", "max_length": f"{press.NOTE_LENGTH} caractères au plus."},
        help_text="Se lit à la place du communiqué : « la rencontre qu’il annonçait n’aura pas lieu. »",
        widget=forms.TextInput,
    )


class PressActAdmin:
    """Mixin, before ToolsAdmin and ModelAdmin."""

    admin_site: Any
    opts: Any
    # Of ModelAdmin.
    get_object: Any
    has_change_permission: Any

    def get_urls(self):
        mine = path("<path:object_id>/publication/", self.admin_site.admin_view(self.publication_view), name=NAME)
        return [mine, *super().get_urls()]

    def tools(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        found = super().tools(request, row)
        found.append((reverse("press_pdf", args=[row.slug]), "PDF"))
        if self.has_change_permission(request, row):
            found.append((_address(row), "Prêt, embargo, retrait"))
        return found

    def publication_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        release = self.get_object(request, unquote(object_id))
        if release is None:
            raise Http404
        if not self.has_change_permission(request, release):
            raise PermissionDenied
        acts = {"ready": self._ready, "take_back": self._take_back, "withdraw": self._withdraw, "restore": self._restore}
        act = acts.get(request.POST.get("act", "")) if request.method == "POST" else None
        return act(request, release) if act else self._page(request, release)

    def _ready(self, request, release):
        try:
            done = press.make_ready(release, by=request.user, now=clock.now())
        except press.Unready as refusal:
            return self._page(request, release, faults=refusal.faults, status=422)
        return self._said(request, release, done, "Prêt : il paraît à l’heure de l’embargo.")

    def _take_back(self, request, release):
        try:
            done = press.take_back(release, by=request.user, now=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(_address(release))
        return self._said(request, release, done, "Repris : il ne paraîtra pas tant que personne ne le dit prêt.")

    def _withdraw(self, request, release):
        form = WithdrawForm(request.POST)
        if not form.is_valid():
            return self._page(request, release, form=form, status=422)
        try:
            done = press.withdraw(release, note=form.cleaned_data["note"], by=request.user, now=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(_address(release))
        return self._said(request, release, done, "Retiré : sa page dit pourquoi, les listes et le flux ne l’ont plus.")

    def _restore(self, request, release):
        return self._said(request, release, press.restore(release, by=request.user, now=clock.now()), "Remis en ligne.")

    def _said(self, request, release, done, words):
        messages.success(request, words if done else "C’était déjà fait.")
        return redirect(_address(release))

    def _page(self, request, release, *, faults=None, form=None, status=200):
        now = clock.now()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Prêt, embargo, retrait",
            "subtitle": str(release),
            "row": release,
            "public": release.is_public(now=now),
            "past": release.embargo_until <= now,
            "faults": checks.faults_of(release, now=now) if faults is None else faults,
            "form": form or WithdrawForm(),
            "versions": release.versions.order_by("number"),
        }
        return render(request, TEMPLATE, context, status=status)


def _address(release: Any) -> str:
    return reverse(f"admin:{NAME}", args=[release.pk])
