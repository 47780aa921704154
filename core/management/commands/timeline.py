"""`manage.py timeline`: what will be sent, opened, closed, published, erased, to whom and when."""

from argparse import ArgumentParser
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock, retention, timeline
from core.dashboard import days
from core.registry import Planned
from core.timeline import Span
from core.typography import NBSP, day_in_words, hour_in_words


class Command(BaseCommand):
    help = "Dit ce qui partira, ouvrira, fermera, sera publié ou effacé, pour qui et quand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--edition", metavar="aventuriers/2027", help="d’un appel ou d’une journée seulement (l’année suffit, seule)")
        parser.add_argument("--until", metavar="2027-10-01", help="jusqu’à la fin de ce jour")
        parser.add_argument("--tomorrow", action="store_true", help="demain seulement")
        parser.add_argument("--names", action="store_true", help="avec les noms")
        parser.add_argument("--night", action="store_true", help="avec ce que la purge de la prochaine nuit effacerait, à blanc")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        about = self._about(options["edition"], now=now) if options["edition"] else ""
        found = timeline.gather(_span(options, now=now), about=about)
        self._say(found.items, names=options["names"])
        if options["night"]:
            self._say_night(now=now)
        if not found.complete:
            raise CommandError("Une partie du portail n’a pas répondu : cette liste est incomplète (voir le journal).")

    def _about(self, asked: str, *, now: datetime) -> str:
        known = timeline.subjects(None, now=now)
        rows = [row for row in known if asked in (row.slug, row.slug.rpartition("/")[2])]
        if len(rows) != 1:
            choices = ", ".join(sorted(row.slug for row in rows or known))
            raise CommandError(f"--edition{NBSP}: {'plusieurs' if rows else 'rien'} à ce nom. Au choix{NBSP}: {choices}")
        return rows[0].label

    def _say(self, lines: list[Planned], *, names: bool) -> None:
        for day in days(lines, clock.now()):
            self.stdout.write(day_in_words(day.on, weekday=True))
            for line in day.planned:
                whom = f" — {f'{line.count} ' if line.count else ''}{line.whom}".rstrip(" —")
                self.stdout.write(f"  {hour_in_words(line.at.astimezone(clock.PARIS)):>8}  {line.act:<9}  {line.what}{whom}")
                for name in line.names() if names and line.names else ():
                    self.stdout.write(f"{'':23}{name}")
        if not lines:
            self.stdout.write("Rien n’est prévu.")

    def _say_night(self, *, now: datetime) -> None:
        night = retention.night(now)
        self.stdout.write(f"Purge du {day_in_words(night.date(), weekday=True)}, à blanc{NBSP}:")
        for erasure in retention.purge(now=night, dry_run=True):
            self.stdout.write(f"  {erasure.count:>6}  {erasure.label}")


def _span(options: dict[str, Any], *, now: datetime) -> Span:
    if options["tomorrow"] and options["until"]:
        raise CommandError("--tomorrow ou --until : l’un des deux.")
    if options["tomorrow"]:
        return timeline.tomorrow(now)
    if options["until"]:
        return timeline.until_day(_day(options["until"]), now=now)
    return timeline.span_of("tout" if options["edition"] else "31", now=now)


def _day(typed: str | date) -> date:
    """As a computer or as a person writes it."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(str(typed), form).date()  # noqa: DTZ007 - a day, no moment
    raise CommandError(f"--until : « {typed} » n’est pas un jour ; écrivez 2027-10-01 ou 01/10/2027.")
