"""Charts in templates: `{% load charts %}{% bars "Candidatures par état" rows %}` (core/charts.py)."""

from collections.abc import Iterable
from typing import Any

from django import template

from core import charts, money

register = template.Library()


@register.inclusion_tag("core/_bars.html")
def bars(title: str, rows: Iterable[charts.Row], unit: str = "nombre") -> dict[str, Any]:
    """Draw one line a row: (label, number) or (label, number, url)."""
    return {"chart": charts.bars(title, rows, unit)}


@register.inclusion_tag("core/_columns.html")
def columns(title: str, rows: Iterable[charts.Row], unit: str = "nombre") -> dict[str, Any]:
    """Draw one column a row, in the order of time; of amounts when the unit is « euros »."""
    chart = charts.columns(title, rows, unit, money.euros if unit == "euros" else str)
    return {"chart": chart, "width": round(72 / (len(chart.marks) or 1), 3)}


@register.inclusion_tag("core/_stacked.html")
def stacked(chart: charts.Stacked) -> dict[str, Any]:
    """Draw lines cut in pieces (`core.charts.stacked`), their legend, and the same numbers in a table."""
    return {"chart": chart}
