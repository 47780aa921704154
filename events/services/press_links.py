"""The nightly look at the links that published communiqués give: those that lead nowhere any more are said so to the team."""

from datetime import datetime, timedelta

from django.conf import settings

from events.models import PressLink, PressRelease
from events.press import links, targets
from events.press.links import Answer, Check

# A second look in the same night asks nobody again.
ONCE = timedelta(hours=12)
OF_PAGE = "la page du portail n’est plus publiée"


def check(*, now: datetime, ask: Check | None = None) -> int:
    """Look at each link of what is public and not withdrawn; return how many lead nowhere.

    Addresses of other sites are asked only where the settings allow it (`CHECK_LINKS`): a portal on trial asks nobody. When none of
    them reached anybody, the portal itself is offline: nothing is said dead, and the next night asks again.
    """
    found = list(PressLink.objects.filter(release__in=PressRelease.objects.listed(now=now)).order_by("pk"))
    _look_at_pages([link for link in found if link.target and not link.is_to_come], now=now)
    if settings.CHECK_LINKS or ask:
        due = [link for link in found if link.url and (link.checked_at is None or link.checked_at <= now - ONCE)]
        _look_at_sites(due, ask or links.checker, now=now)
    return sum(bool(link.dead_since) for link in found)


def _look_at_pages(found: list[PressLink], *, now: datetime) -> None:
    rows = targets.found((link.target for link in found), now=now)
    for link in found:
        _write(link, Answer("" if targets.path_of(link.target, rows) else OF_PAGE), now=now)


def _look_at_sites(found: list[PressLink], ask: Check, *, now: datetime) -> None:
    """Each address once, however many communiqués give it."""
    answers = {url: ask(url) for url in sorted({link.url for link in found})}
    if not any(answer.was_reached for answer in answers.values()):
        return
    for link in found:
        _write(link, answers[link.url], now=now)


def _write(link: PressLink, answer: Answer, *, now: datetime) -> None:
    link.checked_at, link.fault = now, answer.fault
    link.dead_since = (link.dead_since or now) if answer.fault else None
    link.save(update_fields=["checked_at", "fault", "dead_since"])
