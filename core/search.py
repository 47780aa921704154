"""The one search box of the admin: persons, applications, bodies, programmes… within what the reader may see.

The words are posted, never in the address: a name or a mail there would stay in histories, in `Referer` and in the log of
whatever stands in front of us. « Back » shows the answers again (`no-cache`, not `no-store`), a reload asks the browser's consent.

Each app fills `core.registry.SEARCH` with functions `(user, words) -> Iterable[Found]`, best first, at most `MOST` of a group;
they fold the words themselves (`core.folding`), and answer nothing that this person may not see.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from core.asking import everyone
from core.folding import fold, only_signs
from core.registry import SEARCH, Found

SHOWN = 10
MOST = 100
SHORTEST = 2
TOO_SHORT = "Donnez au moins deux lettres ou chiffres"


class SearchedAdmin:
    """Mixin, before ModelAdmin: what holds no word (« % », « 😀 ») finds nothing, where Django would find everything."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if only_signs(search_term):
            return queryset.none(), False
        found: tuple[Any, bool] = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        return found


@dataclass
class Group:
    """What was found of one kind."""

    name: str
    found: list[Found] = field(default_factory=list)
    only: bool = False

    @property
    def shown(self) -> list[Found]:
        return self.found if self.only else self.found[:SHOWN]

    @property
    def has_more(self) -> bool:
        return len(self.found) > len(self.shown)

    @property
    def count(self) -> str:
        """« 37 », or « 100 et plus »: nobody reads further, one says more words."""
        return f"{MOST} et plus" if len(self.found) >= MOST else str(len(self.found))


class SearchForm(forms.Form):
    """`mots`, not `q`: lists have their own box."""

    mots = forms.CharField(label="Chercher dans toute l’administration", max_length=200, required=False)
    groupe = forms.CharField(max_length=60, required=False)

    def clean_mots(self) -> str:
        words: str = self.cleaned_data["mots"]
        if sum(char.isalnum() for char in fold(words)) < SHORTEST:
            raise forms.ValidationError(f"{TOO_SHORT} : un nom, une adresse, une référence, un SIRET, un montant…")
        return words


def grouped(answers: Iterable[Found], only: str = "") -> list[Group]:
    """Put the answers together under their headings, in the order the apps gave them."""
    groups: dict[str, Group] = {}
    for found in answers:
        if not only or found.group == only:
            group = groups.setdefault(found.group, Group(found.group, only=bool(only)))
            group.found.append(found)
    return list(groups.values())


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """An empty box on GET, the answers on POST."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {"search_form": form, "asked": form.is_valid(), "title": "Recherche", **context}
    if shown["asked"]:
        words, only = form.cleaned_data["mots"], form.cleaned_data["groupe"]
        answers = everyone(SEARCH, request.user, words)
        shown |= {"words": words, "only": only, "groups": grouped(answers.items, only), "incomplete": not answers.complete}
    return TemplateResponse(request, "admin/search.html", shown, status=422 if form.errors else 200)
