"""The three screens of a proposal, and the small forms around it. They clean what was typed; `services` acts."""

from typing import Any

from crispy_forms.layout import HTML, Fieldset
from django import forms
from django.core.exceptions import ValidationError

from core.forms import form_helper
from events import proposing, wholes
from events.models import Event
from events.proposal_fields import Address, Seats, Words, one, several
from events.proposing import HELPS, NO, PUBLICS, YES, Typed
from events.sitting_forms import WhenForm
from events.states import Access, Carrier, Format
from memberships.forms import Email, Line

LONGEST_TEXT, MOST_PARTNERS = 20_000, 30


class WhatForm(forms.Form):
    """What it is."""

    title = Line("Titre", "Donnez un titre.", most=140, help_text="140 caractères au plus. Celui que l’on lira dans le programme.")
    summary = Line("En une phrase", "Dites en une phrase ce que l’on y fera.", most=200, help_text="200 caractères au plus.")
    formats = several("Formats", Format.choices, "Choisissez au moins un format.", help_text="Plusieurs si besoin.")
    description = Words(
        "Présentation", "Présentez l’événement en quelques lignes.", most=LONGEST_TEXT, rows=10,
        help_text="Une ligne vide sépare deux paragraphes ; une ligne qui commence par « - » fait une liste.",
    )  # fmt: skip
    publics = several("Pour qui", list(PUBLICS.items()))
    parent = Line(
        "Il fait partie d’un autre événement", most=300,
        help_text="L’adresse de sa page sur ce site, ou son titre exact : un atelier d’un village, une visite d’un parcours.",
    )  # fmt: skip
    programme_url = Address("Adresse du programme détaillé", help_text="S’il est publié ailleurs.")
    website = Address("Adresse pour en savoir plus")
    helper = form_helper()

    def __init__(self, *args: Any, event: Event, **options: Any) -> None:
        super().__init__(*args, **options)
        self.event = event
        self.helper = form_helper(
            Fieldset("L’événement", "title", "summary", "formats", "description", "publics"),
            Fieldset("Autour", "parent", "programme_url", "website"),
        )

    def clean_parent(self) -> Event | None:
        """An event of the same season, listed or of the same organiser; two levels, no more."""
        text = str(self.cleaned_data["parent"])
        if not text:
            return None
        found = wholes.found(self.event, text).first()
        if found is None:
            near = " ; ".join(f"« {title} »" for title in wholes.near(self.event, text))
            meant = f" Est-ce l’un de ceux-ci ? {near}." if near else ""
            raise ValidationError(f"Aucun événement du programme n’a cette adresse ni ce titre.{meant}")
        if found.parent_id:
            raise ValidationError(f"« {found} » fait déjà partie d’un autre : donnez celui-là.")
        if self.event.pk and self.event.children.exists():
            raise ValidationError("D’autres événements font partie du vôtre : il ne peut pas faire partie d’un troisième.")
        return found


class WhoForm(forms.Form):
    """Who carries it, who may come, under which conditions."""

    carrier = Line("Qui porte l’événement ?", "Donnez le nom de la structure.", most=200, autocomplete="organization")
    carrier_kind = one("C’est", Carrier.choices)
    partners = Words("Partenaires", rows=4, help_text="Un par ligne ; après une virgule, l’adresse de son site s’il en a un.")
    is_free = one("L’événement est-il gratuit ?", [(YES, "oui"), (NO, "non")])
    is_open_to_public = one("Est-il ouvert au public, au moins en partie ?", [(YES, "oui"), (NO, "non")])
    access = one("Comment y vient-on ?", Access.choices)
    registration_url = Address("Adresse d’inscription", only_https=True, help_text="Pour une inscription sur un autre site.")
    seats_onsite = Seats("Places sur place", help_text="Pour chaque date. Vide : sans limite.")
    seats_online = Seats("Places en ligne", help_text="Pour chaque date. Vide : sans limite.")
    conditions = Line("Conditions de participation", most=255, help_text="Se munir d’une pièce d’identité, apporter un courrier…")
    helps = several("Accessibilité du lieu", list(HELPS.items()))
    access_contact = Line(
        "Contact pour l’accessibilité", most=200, help_text="Un numéro ou une adresse, publiés : à qui dire un besoin particulier."
    )
    helper = form_helper()

    def __init__(self, *args: Any, event: Event, **options: Any) -> None:
        super().__init__(*args, **options)
        self.event = event
        seats = HTML(
            '<p class="hint">Pour une inscription ici, sans compte : le portail compte les places et tient la liste d’attente.</p>'
        )
        self.helper = form_helper(
            Fieldset("Qui", "carrier", "carrier_kind", "partners"),
            Fieldset("Conditions", "is_free", "is_open_to_public", "conditions"),
            Fieldset("Accès", "access", "registration_url", seats, "seats_onsite", "seats_online"),
            Fieldset("Accessibilité", "helps", "access_contact"),
        )

    def clean_partners(self) -> list[tuple[str, str]]:
        lines = [line.strip(" ,") for line in str(self.cleaned_data["partners"]).splitlines() if line.strip(" ,")]
        if len(lines) > MOST_PARTNERS:
            raise ValidationError(f"{MOST_PARTNERS} partenaires au plus.")
        return [_partner(line) for line in lines]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("access") == Access.ELSEWHERE and not cleaned.get("registration_url") and "registration_url" not in self.errors:
            self.add_error("registration_url", "Donnez l’adresse où l’on s’inscrit, ou choisissez un autre accès.")
        for name in ("is_free", "is_open_to_public"):
            if name in cleaned:
                cleaned[name] = cleaned[name] == YES
        return cleaned


def _partner(line: str) -> tuple[str, str]:
    """« La Fabrique, https://fabrique.example »: a name, and its site when the end of the line is one."""
    name, comma, link = line.rpartition(",")
    website = Address("").clean(link.strip()) if comma and "://" in link else ""
    name = (name if website else line).strip()
    if len(name) > 160:  # noqa: PLR2004 - the column's
        raise ValidationError("Un nom de partenaire a 160 caractères au plus.")
    return name, website


FORMS: dict[str, Any] = {proposing.WHAT: WhatForm, proposing.WHEN: WhenForm, proposing.WHO: WhoForm}


def form_of(screen: str, typed: Typed, event: Event, *, bound: bool = True, rows: int = 0) -> Any:
    """Return the form of a screen: filled in, or (`bound`) checked."""
    if screen == proposing.WHEN:
        return WhenForm(typed, event=event, bound=bound, rows=rows)
    form = FORMS[screen]
    return form(Lists(typed), event=event) if bound else form(initial=typed, event=event)


class Lists(dict[str, Any]):
    """What was typed, as Django's widgets read a request."""

    def getlist(self, name: str) -> list[Any]:
        said = self.get(name) or []
        return said if isinstance(said, list) else [said]


class BeginForm(forms.Form):
    """To whom the link is sent, and for which season."""

    season = forms.ChoiceField(
        label="Saison",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une saison.", "invalid_choice": "Choisissez dans la liste."},
    )
    email = Email(
        "Donnez votre adresse électronique.", help_text="Nous y envoyons votre lien personnel : il prouve que l’adresse est la vôtre."
    )
    name = Line("Votre nom", most=160, autocomplete="name", help_text="La coordination saura à qui elle écrit.")
    helper = form_helper("season", "email", "name")

    def __init__(self, *args: Any, seasons: list[Any], known: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["season"].choices = [(row.slug, row.title) for row in seasons]  # type: ignore[attr-defined]
        if len(seasons) == 1:
            self.fields["season"].widget = forms.HiddenInput()
            self.fields["season"].initial = seasons[0].slug
        if known:
            del self.fields["email"], self.fields["name"]
            self.helper = form_helper("season")


class LostForm(forms.Form):
    email = Email("Donnez l’adresse avec laquelle vous avez proposé.")
    helper = form_helper("email")


class MessageForm(forms.Form):
    words = Words("Votre message", "Écrivez votre message.", rows=5)
    helper = form_helper("words")


class ColleagueForm(forms.Form):
    email = Email("Donnez son adresse électronique.")
    name = Line("Son nom", most=160)
    hands_over = forms.BooleanField(label="Je lui passe la main : mon lien ne s’ouvrira plus.", required=False)
    helper = form_helper("email", "name", "hands_over")


class CancelForm(forms.Form):
    words = Words("Ce que liront les personnes inscrites", rows=3, help_text="Pourquoi, et s’il y a une autre date.")
    sure = forms.BooleanField(
        label="J’annule cet événement : c’est définitif.", error_messages={"required": "Cochez cette case pour annuler."}
    )
    helper = form_helper("words", "sure")
