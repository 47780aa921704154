"""The acts above the form of a call, of a training day, of a press release."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core import clock
from core.registry import CALL_TOOLS, SESSION_TOOLS
from programmes.models import Edition, TrainingSession
from records.services import label_of

ABOVE: dict[type, Iterable[Any]] = {Edition: CALL_TOOLS, TrainingSession: SESSION_TOOLS}


class ToolsAdmin:
    """Mixin, before ModelAdmin: each part of the admin adds its acts to `tools`, in the order they are shown."""

    def tools(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """Return address and label of each act this person may do on this row."""
        about = urlencode({"jours": "tout", "objet": label_of(row)})
        links = [(link.url, link.label) for find in ABOVE.get(type(row), ()) for link in find(row, request.user, clock.now())]
        return [*links, (f"{reverse('admin:timeline')}?{about}", "Échéancier")]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        tools = self.tools(request, row) if row else []
        answer: HttpResponse = super().change_view(request, object_id, form_url, {"tools": tools, **(extra_context or {})})
        return answer
