"""What a list says of the words looked for."""

from django import template

from core import folding

register = template.Library()


@register.filter
def only_signs(typed: str) -> bool:
    """« % », « 😀 »: no word to look for."""
    return folding.only_signs(typed)
