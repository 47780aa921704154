"""What every page of applying and following needs."""

from typing import Any

from django.http import HttpResponse

from accounts.http import UserRequest
from applications import retention
from programmes.models import Edition

LARGEST_REVISION = 2_000_000_000
DIGITS_AT_MOST = 10  # Python refuses to read thousands of them


def number(value: str | None) -> int | None:
    """Read a number that we printed; anything else is no number."""
    digits = value if value and len(value) <= DIGITS_AT_MOST and value.isascii() and value.isdigit() else ""
    return int(digits) if digits and int(digits) <= LARGEST_REVISION else None


def kept_until(call: Edition) -> dict[str, Any]:
    """Until when what is typed and deposited is kept; and until when this person may deposit, when it is a limit of their own."""
    return {
        "own_limit": getattr(call, "own_limit", None),
        "draft_erased_at": retention.drafts_erased_at(call),
        "not_chosen_erased_on": retention.not_chosen_erased_on(call),
        "chosen_erased_on": retention.chosen_erased_on(call),
    }


def copy_key(call: Edition, request: UserRequest) -> str:
    """Name the copy that this device keeps: of this call and this person only."""
    return f"candidature:{call.pk}:{request.user.pk}"


def download(content: bytes, name: str, content_type: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
