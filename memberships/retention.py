"""What is not kept for ever: a draft nobody touched for thirty days (domain.md G3)."""

from datetime import datetime, timedelta

from memberships.models import JoiningDraft

DRAFTS_FOR = timedelta(days=30)


def erase_drafts(now: datetime, *, dry_run: bool) -> int:
    rows = JoiningDraft.objects.filter(saved_at__lt=now - DRAFTS_FOR)
    if dry_run:
        return rows.count()
    return rows.delete()[0]
