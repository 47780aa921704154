"""What templates say of people: `{{ seat.name|de }}`."""

from django import template

from bookings import elision

register = template.Library()


@register.filter
def de(name: object) -> str:
    """« d’Ana », « de Zoé »."""
    return elision.of(str(name))
