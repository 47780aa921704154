"""French agreement, where Django's `pluralize` follows English: nought is singular."""

from django import template

register = template.Library()


@register.filter
def pluriel(count: int, ending: str = "s") -> str:
    """« 0 ligne », « 1 ligne », « 2 lignes »."""
    return ending if count > 1 else ""
