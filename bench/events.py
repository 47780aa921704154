"""The programme of a season: its list over 80 and over 400 events beside the bare row view, its home, an event, its feeds."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bench.lab import Lab
from bench.meter import Client, family, memory_mb

Say = Callable[[str, str, str, bool], None]
PEOPLE = 25_000
FEEDS = ("agenda.ics", "flux.atom", "programme.json", "programme.csv")


def programme(lab: Lab, say: Say) -> None:
    """The list at 80 and 400 events, then with 25,000 people who come; the same cost for all; filtered too; then the feeds."""
    from django.utils import timezone

    from events.demo_season import fill
    from events.models import Event, Season

    now = timezone.now()
    season = Season.objects.order_by("-starts_on")[0]
    ratios = []
    for count in (80, 400):
        fill(season, count, now=now)
        _analyse()
        ratios.append(_page(lab, say, "/evenements/", f"programme, {count} événements"))
    say("programme : 400 événements contre 80", f"{ratios[1] / ratios[0]:.2f} ×", "≤ 1,3 ×", ratios[1] <= 1.3 * ratios[0])
    _crowd(season, now)
    ratios.append(_page(lab, say, "/evenements/", f"programme, 400 événements et {PEOPLE} inscriptions"))
    say("programme : avec et sans les inscriptions", f"{ratios[2] / ratios[1]:.2f} ×", "≤ 1,3 ×", ratios[2] <= 1.3 * ratios[1])
    _page(lab, say, "/evenements/?region=53&format=atelier&public=agents", "programme filtré, 400 événements")
    _page(lab, say, season.get_absolute_url(), "accueil de la saison")
    event = Event.objects.held(now=now).filter(season=season, slots__taken_onsite__gt=100).select_related("season").order_by("pk")[0]
    _page(lab, say, event.get_absolute_url(), "page d’un événement")
    _feeds(lab, say)


def _crowd(season: Any, now: datetime) -> None:
    """25,000 people seated, spread over the sittings of the season held on site."""
    from events import attending_links
    from events.models import Registration, TimeSlot
    from events.states import Access, Mode

    slots = TimeSlot.objects.filter(event__season=season, event__access=Access.REGISTRATION, event__mode=Mode.ONSITE, starts_at__gt=now)
    found = list(slots.order_by("pk"))
    each = -(-PEOPLE // len(found))
    rows = (
        attending_links.sign(
            Registration(
                slot=slot, email=f"p{number}@ville.example", name=f"Exemple {number}", created_at=now, confirmed_at=now, seated_at=now
            )
        )
        for slot in found
        for number in range(each)
    )  # fmt: skip
    Registration.objects.bulk_create(rows, batch_size=2000)
    slots.update(seats_onsite=each + 10, taken_onsite=each)
    _analyse()


def _analyse() -> None:
    from django.db import connection

    connection.cursor().execute("VACUUM ANALYZE")


def _page(lab: Lab, say: Say, path: str, name: str) -> float:
    from bench.run import HTTPS, beside_bare, first_visit, queries

    visitor = Client(lab.portal, dict(HTTPS))
    status, told, _ = visitor.ask(path)
    assert status == 200, (path, status)
    bare, ours = beside_bare(lab, lambda: visitor.ask(path))
    ratio = ours / bare
    say(f"{name} : CPU", f"{ratio:.2f} × vue nue ({ours * 1000:.2f} / {bare * 1000:.2f} ms)", "≤ 3 ×", ratio <= 3)
    say(f"{name} : requêtes SQL", str(queries(told)), "≤ 5", queries(told) <= 5)
    weight, requests = first_visit(lab, path)
    kept = weight <= 30_000 and requests <= 10
    say(f"{name} : poids sans polices, requêtes HTTP", f"{weight / 1000:.1f} ko, {requests}", "≤ 30 ko, ≤ 10", kept)
    return ratio


def _feeds(lab: Lab, say: Say) -> None:
    from bench.run import HTTPS

    worker = next(pid for pid in family(lab.portal_pid) if pid != lab.portal_pid)
    for name in FEEDS:
        visitor = Client(lab.portal, {**HTTPS, "Accept-Encoding": "identity"})
        for _ in range(20):  # what the first ones leave behind them is kept and used again
            visitor.ask(f"/evenements/{name}")
        before, start = memory_mb(worker), time.perf_counter()
        for _ in range(5):
            status, told, body = visitor.ask(f"/evenements/{name}")
        assert (status, "etag" in told) == (200, True), (name, status)
        seconds, grown = (time.perf_counter() - start) / 5, memory_mb(worker) - before
        measured = f"{seconds:.2f} s, {len(body) / 1000:.0f} ko, +{grown:.0f} Mo"
        say(f"{name}, 400 événements", measured, "≤ 1 s, ≤ 5 Mo", seconds <= 1 and grown <= 5)
