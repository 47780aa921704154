"""The parts of a gathering page, each rendered with its own context."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core import clock
from core.registry import Registry, Section


def rendered(sections: Registry[Section], request: HttpRequest) -> list[SafeString]:
    """Return the parts that have something to show."""
    now = clock.now()
    found = ((section.template, section.context(request, now)) for section in sections)
    return [render_to_string(template, context, request) for template, context in found if context is not None]
