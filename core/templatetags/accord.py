"""French agreement: numbers, where Django's `pluralize` follows English, and what comes before a name."""

from django import template

from core import elision

register = template.Library()


@register.filter
def pluriel(count: float, words: str = "s") -> str:
    """« 0 ligne », « 2 lignes »; `pluriel:"sont,est"` gives the plural, then the singular."""
    many, _, one = words.partition(",")
    return many if count >= 2 else one  # noqa: PLR2004 - « 1,5 jour », « 2 jours »


@register.filter
def de(name: object) -> str:
    """« d’Ana », « de Zoé »."""
    return elision.of(str(name))
