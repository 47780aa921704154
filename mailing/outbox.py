"""Owing a letter."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from core import hints
from mailing.letters import LetterKind
from mailing.models import Message


def post(
    key: str,
    kind: LetterKind,
    *,
    to: str,
    context: dict[str, Any],
    now: datetime,
    about: str = "",
    reply_to: str = "",
    cc: str = "",
    due_at: datetime | None = None,
) -> Message:
    """Owe a letter, in the caller's transaction; the second post of a key is the first one."""
    subject, _, text = render_to_string(kind.template, context, using="text").strip().partition("\n\n")
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind.name, "about": about, "to": to, "cc": cc, "reply_to": reply_to,
            "subject": subject.strip(), "text": text.strip(), "created_at": now, "due_at": due_at or now,
        },
    )
    if created:
        hints.nudge("mailing.deliver")
    return message
