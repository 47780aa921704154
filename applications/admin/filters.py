"""The list of applications: narrowed in the address, searched through one column, counted in one query."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import F, Model
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.roles import TRIAGE
from applications import facets
from applications.admin.columns import DrawnList
from applications.facets import FACETS, WAITING, Counts, Facet
from applications.models import Review, Tag
from organisations.models import Organisation
from programmes.models import Edition


class FacetFilter(admin.ListFilter):
    """One choice kept in the address."""

    facet: Facet
    counted = True  # in the one query

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        typed = params.pop(self.facet.name, [""])[-1]
        # What is asked for and does not exist (any more) finds nothing, and is said (`ApplicationList.lost`).
        self.lost = typed if typed and not self.facet.knows(typed) else ""
        self.value = "" if self.lost else typed

    def has_output(self) -> bool:
        return True

    def expected_parameters(self):
        return [self.facet.name]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.lost:
            return queryset.none()
        return self.facet.narrow(queryset, self.value) if self.value else queryset

    def choices(self, changelist):
        return []  # the page draws its own (`ApplicationList.narrowings`)


class TagFacet(Facet):
    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(tags=value)


class WaitingFacet(Facet):
    def narrow(self, rows: Any, value: str) -> Any:
        return WAITING[value][1](rows)


class JurorFacet(Facet):
    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(pk__in=Review.objects.filter(reviewer=value).values("application"))


JUROR = JurorFacet("juror", "confiée à", F("pk"))
# Only from the page of an organisation: a list of thousands has no place in the form.
BODY = Facet("body", "organisme", F("body_id"))
TAG = TagFacet("tag", "étiquette", F("tags"))
WAITS = WaitingFacet("waiting", "à regarder", F("pk"), tuple((name, label) for name, (label, _) in WAITING.items()))


def _filter(facet: Facet, *, counted: bool) -> type[FacetFilter]:
    return type(f"{facet.name.capitalize()}Filter", (FacetFilter,), {"facet": facet, "title": facet.label, "counted": counted})


FILTERS = [*(_filter(facet, counted=True) for facet in FACETS), *(_filter(facet, counted=False) for facet in (TAG, JUROR, BODY, WAITS))]
SEARCH = "recherche"
# What the team writes while it sorts.
OF_THE_TEAM = frozenset({"jury", TAG.name, JUROR.name})
# What the form sends on without showing it.
UNSEEN = ("state", WAITS.name, BODY.name)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def filters_for(user: Any) -> list[type[FacetFilter]]:
    return [each for each in FILTERS if each.facet.name not in OF_THE_TEAM or user.has_perm(TRIAGE)]


# What a filter names by its number.
_ROWS: dict[str, type[Model]] = {"edition": Edition, TAG.name: Tag, JUROR.name: User, BODY.name: Organisation}
_SHOWN = 40  # characters of what was typed in the address


class CountedPaginator(Paginator):
    """The list has counted its rows already."""

    @cached_property
    def count(self) -> int:
        known = getattr(self.object_list, "known_count", None)
        return super().count if known is None else known


class ApplicationList(DrawnList, ChangeList):
    """The rows of one page, and what each narrowing would leave."""

    filter_specs: Any
    list_filter: Any
    page_num: int
    strange: list[str]

    def get_filters_params(self, params: Any = None) -> Any:
        """Return what narrows; a word that no filter knows is kept apart."""
        asked, known = super().get_filters_params(params), {spec.facet.name for spec in self.list_filter}
        self.strange = [name for name in asked if name not in known]
        return {name: value for name, value in asked.items() if name in known}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        """Return the rows; none when the address asks for what does not exist: an act on all of them would be one on everybody."""
        rows = super().get_queryset(request, exclude_parameters)
        return rows.none() if self.strange else rows

    def get_results(self, request: HttpRequest) -> None:
        self.counts: Counts = facets.count(self._under([spec for spec in self.filter_specs if not spec.counted]), self.chosen)
        total = self.queryset.known_count = 0 if self.lost else self.counts.total
        if total > self.list_per_page and not 1 <= self.page_num <= -(-total // self.list_per_page):
            messages.warning(request, "Cette page de la liste n’existe pas : voici la première.")
            self.page_num = 1
        super().get_results(request)

    @cached_property
    def lost(self) -> list[dict[str, str]]:
        """What the address asks for and does not exist, or not any more; each with the address of the list without it."""
        found = [{"label": "filtre", "value": name[:_SHOWN], "name": name} for name in self.strange]
        for spec in self.filter_specs:
            if spec.lost:
                found.append({"label": spec.facet.label, "value": spec.lost[:_SHOWN], "name": spec.facet.name})
            elif spec.value and self._is_deleted(spec):
                found.append({"label": spec.facet.label, "value": f"n° {spec.value}", "name": spec.facet.name})
        return [{**each, "url": self.address(**{each["name"]: ""})} for each in found]

    def _is_deleted(self, spec: FacetFilter) -> bool:
        """What the address names by its number may be gone: asked only when nothing is found."""
        model = _ROWS.get(spec.facet.name)
        return model is not None and not self.counts.total and not model._default_manager.filter(pk=spec.value).exists()

    @property
    def chosen(self) -> dict[str, str]:
        return {spec.facet.name: spec.value for spec in self.filter_specs if spec.value}

    def _under(self, specs: list[FacetFilter]) -> Any:
        """Return the rows that the search and these filters leave."""
        rows: Any = self.root_queryset
        for spec in specs:
            rows = spec.queryset(None, rows)  # type: ignore[arg-type]
        return rows.matching(self.query)

    # --- What the page draws ----------------------------------------------------------------------------

    def address(self, **changed: str) -> str:
        """Return the address of this list, otherwise narrowed; the first page of it."""
        apart = {"all", "e", PAGE_VAR, *self.strange}
        kept = {name: value for name, value in {**self.params, **changed}.items() if value and name not in apart}
        return f"?{urlencode(sorted(kept.items()))}" if kept else "?"

    @property
    def kept(self) -> dict[str, str]:
        """What the form of the list sends on without showing it."""
        unseen = {"o"} | {spec.facet.name for spec in self.filter_specs if spec.facet.name in UNSEEN and not spec.lost}
        return {name: value for name, value in self.params.items() if value and name in unseen}

    @property
    def states(self) -> list[dict[str, Any]]:
        """The states that hold something, each a link."""
        facet, counts = FACETS[0], self.counts.by_facet["state"]
        links = facets.numbered(facet.choices, counts, self.chosen.get("state", ""))
        everything = {"value": "", "label": "toutes", "number": sum(counts.values()), "chosen": "state" not in self.chosen}
        return [{**link, "url": self.address(state=link["value"])} for link in (everything, *links)]

    @cached_property
    def narrowings(self) -> list[dict[str, Any]]:
        """The lists of choices of the form: of what this person may narrow by, the choices that leave something."""
        offered = [spec.facet for spec in self.filter_specs if spec.facet.name not in UNSEEN]
        apart = {TAG.name: self._tags, JUROR.name: self._jurors}
        return [apart[facet.name]() if facet.name in apart else self._narrowing(facet) for facet in offered if self._is_asked(facet)]

    @property
    def drawn(self) -> Iterator[dict[str, Any]]:
        """The lists that leave a choice, each with its options drawn: sixty of them are long to draw in a template."""
        for each in self.narrowings:
            if len(each["options"]) > 1 or each["chosen"]:
                told = (
                    (option["value"], SafeString(" selected" if option["chosen"] else ""), _capital(option["label"]), option["number"])
                    for option in each["options"]
                )
                yield {**each, "drawn": format_html_join("", '<option value="{}"{}>{} ({})</option>', told)}

    def _is_asked(self, facet: Facet) -> bool:
        """The people of the jury are named once the list is that of the files they have: a query less for all others."""
        return facet is not JUROR or self.chosen.get("jury") == facets.WITH or JUROR.name in self.chosen

    def _narrowing(self, facet: Facet) -> dict[str, Any]:
        chosen = self.chosen.get(facet.name, "")
        options = facets.numbered(facet.choices or self._calls(), self.counts.by_facet[facet.name], chosen)
        return {"name": facet.name, "label": facet.label, "options": options, "chosen": chosen}

    def _calls(self) -> list[tuple[str, str]]:
        calls = Edition.objects.order_by("-closes_at", "pk").values_list("pk", "short_title")
        return [(str(pk), title) for pk, title in calls]

    def _jurors(self) -> dict[str, Any]:
        chosen = self.chosen.get(JUROR.name, "")
        rows = self._under([spec for spec in self.filter_specs if spec.facet is not JUROR])
        options = [
            {"value": str(pk), "label": name, "number": number, "chosen": str(pk) == chosen} for pk, name, number in facets.reviewers(rows)
        ]
        if chosen and not any(option["chosen"] for option in options):
            options += [{"value": chosen, "label": str(person), "number": 0, "chosen": True} for person in User.objects.filter(pk=chosen)]
        return {"name": JUROR.name, "label": JUROR.label, "options": options, "chosen": chosen}

    def _tags(self) -> dict[str, Any]:
        chosen = self.chosen.get(TAG.name, "")
        rows = self._under([spec for spec in self.filter_specs if spec.facet is not TAG])
        options = [
            {"value": str(tag.pk), "label": tag.name, "number": number, "chosen": str(tag.pk) == chosen}
            for tag, number in facets.tags(rows)
        ]
        if chosen and not any(option["chosen"] for option in options):
            options += [{"value": chosen, "label": tag.name, "number": 0, "chosen": True} for tag in Tag.objects.filter(pk=chosen)]
        return {"name": TAG.name, "label": TAG.label, "options": options, "chosen": chosen}

    @property
    def narrowed_by(self) -> list[dict[str, str]]:
        """What narrows the list now, each with the address of the list without it."""
        found = [{"label": SEARCH, "value": self.query, "url": self.address(**{SEARCH_VAR: ""})}] if self.query else []
        if state := self.chosen.get("state"):
            found.append({"label": "état", "value": dict(FACETS[0].choices)[state], "url": self.address(state="")})
        for narrowing in self.narrowings:
            found += [
                {"label": narrowing["label"], "value": option["label"], "url": self.address(**{narrowing["name"]: ""})}
                for option in narrowing["options"]
                if option["chosen"]
            ]
        for body in Organisation.objects.filter(pk=self.chosen[BODY.name]) if BODY.name in self.chosen else ():
            found.append({"label": BODY.label, "value": str(body), "url": self.address(**{BODY.name: ""})})
        if waiting := self.chosen.get(WAITS.name):
            found.append({"label": WAITS.label, "value": WAITING[waiting][0], "url": self.address(**{WAITS.name: ""})})
        return found


class Neighbours(ApplicationList):
    """The same list, for its order alone: no page of it is read."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_list, self.result_count = [], 0
        self.counts = Counts(0, defaultdict(Counter))
