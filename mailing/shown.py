"""What the preview of an act on many rows showed, and whether it still is what there is: what is confirmed is what was shown."""

import hashlib
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.http import HttpRequest

if TYPE_CHECKING:
    from mailing.groupacts import Plan

TYPED_ABOVE = 50
NAMED_AT_MOST = 20
_SALT = "mailing.groupacts.shown"


def fingerprint(request: HttpRequest, form: forms.Form | None) -> str:
    """Of what was typed in the form: a preview of other words is not the preview of these."""
    names = sorted(form.fields) if form else []
    typed = repr([(name, [text.replace("\r\n", "\n") for text in request.POST.getlist(name)]) for name in names])
    return hashlib.sha256(typed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sign(plan: "Plan", fingerprint: str) -> str:
    shown = {"done": [line.key for line in plan.done], "out": [line.key for line in plan.lines if line.why], "typed": fingerprint}
    return signing.dumps(shown, salt=_SALT, compress=True)


def shown_in(request: HttpRequest) -> dict[str, Any] | None:
    try:
        shown: dict[str, Any] = signing.loads(request.POST.get("shown", ""), salt=_SALT)
    except signing.BadSignature:
        return None
    return shown


def changes_since(plan: "Plan", shown: dict[str, Any] | None, fingerprint: str) -> list[str]:
    """Say what is no longer as the preview showed it; nothing when all is."""
    if shown is None:
        return ["Voici l’aperçu : relisez-le, puis confirmez."]
    told = [] if shown["typed"] == fingerprint else ["Ce que vous avez tapé a changé depuis l’aperçu : le voici à jour."]
    return told + _moved(plan, set(shown["done"]), set(shown["out"]))


def _moved(plan: "Plan", done: set[str], out: set[str]) -> list[str]:
    new = [line for line in plan.lines if line.key not in done | out]
    told = [f"{line.name} : vient de s’ajouter à la sélection{f' ({line.why})' if line.why else ''}." for line in new]
    told += [f"{line.name} : n’est plus concernée ({line.why})." for line in plan.lines if line.why and line.key in done]
    told += [f"{line.name} : est maintenant concernée." for line in plan.done if line.key in out]
    if gone := len((done | out) - {line.key for line in plan.lines}):
        told.append("Une ligne n’est plus dans la sélection." if gone == 1 else f"{gone} lignes ne sont plus dans la sélection.")
    if (more := len(told) - NAMED_AT_MOST) > 0:
        told = [*told[:NAMED_AT_MOST], f"… et {more} autres changements."]
    return told


def not_counted(request: HttpRequest, plan: "Plan") -> str:
    """Above fifty letters, their number is typed."""
    if not plan.done:
        return "Il n’y a personne à qui l’appliquer."
    typed = "".join(request.POST.get("count", "").split())
    if plan.letters > TYPED_ABOVE and typed != str(plan.letters):
        return f"Pour confirmer, tapez le nombre de lettres : {plan.letters}."
    return ""
