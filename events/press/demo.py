"""The demonstration of the press room: the communiqués of 2014 and 2017 (domain.md 2.4 and 2.5), and one in each state.

Facts are exact, sentences our own; contacts are functions, their numbers of those kept for fiction, their addresses in `.example`.
"""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image, ImageDraw

from core import clock
from core.clock import PARIS
from core.covers import INK, PAPER, palette
from core.typography import day_in_words
from events.models import Event, PressContact, PressFile, PressLink, PressRelease, PressSection, Season
from events.press import demo_content as content
from events.press import kit
from records.services import label_of


@transaction.atomic
def load(scale: int) -> None:
    """Load what is missing: what a person changed stays so. `scale` changes nothing: a press room has tens of communiqués."""
    now = clock.now().astimezone(PARIS)
    for fields in (content.FIRST_WEEK, content.REPUBLIC):
        _release(fields, now=now)
    for fields in _states(now):
        _release(fields, now=now)


def _release(fields: dict[str, Any], *, now: datetime) -> None:
    parts, links, people = (fields[name] for name in ("parts", "links", "people"))
    own = {name: value for name, value in fields.items() if name not in ("parts", "links", "people", "season", "pictures")}
    own["season"] = Season.objects.filter(slug=fields.get("season", "")).first()
    release, is_new = PressRelease.objects.get_or_create(slug=own["slug"], defaults=own)
    if not is_new:
        return
    release.contacts.set(PressContact.objects.get_or_create(function=person["function"], defaults=person)[0] for person in people)
    for title, text, *of_part in parts:
        section = PressSection.objects.create(release=release, title=title, text=text)
        for link in of_part:
            _link(release, section, link)
    for link in links:
        _link(release, None, link)
    for caption, hue, size in fields.get("pictures", ()):
        _picture(release, caption, hue, size)


def _link(release: PressRelease, section: PressSection | None, link: dict[str, Any]) -> None:
    """`event` and `season` name what the demonstration of events holds: without it, the address given instead."""
    fields = {name: value for name, value in link.items() if name not in ("event", "season", "instead")}
    target = _target(link)
    if target:
        fields["target"] = target
    elif "instead" in link:
        fields["url"] = link["instead"]
    PressLink.objects.create(release=release, section=section, **fields)


def _target(link: dict[str, Any]) -> str:
    season = Season.objects.filter(slug=link.get("season", "")).first()
    if season and "event" in link:
        event = Event.objects.filter(season=season, title__icontains=link["event"]).order_by("pk").first()
        return label_of(event) if event else ""
    return label_of(season) if season else ""


def _picture(release: PressRelease, caption: str, hue: str, size: tuple[int, int]) -> None:
    """A picture of the demonstration, drawn with flat shapes: it shows nobody."""
    drawn = BytesIO()
    _drawing(caption, hue, size).save(drawn, "JPEG", quality=90)
    kept = kit.redrawn(SimpleUploadedFile("dessin.jpg", drawn.getvalue()))
    file = PressFile(release=release, caption=caption, credit="La 27e Région, dessin de démonstration", licence=content.LICENCE)
    kit.fill(file, kept)
    file.save()


def _drawing(caption: str, hue: str, size: tuple[int, int]) -> Image.Image:
    ground, one, two = palette(hue)
    picture = Image.new("RGB", size, ground)
    pen, step = ImageDraw.Draw(picture), size[1] // 6
    for place, sign in enumerate(caption.encode() * 2):
        x, y = place % 9 * size[0] // 9, place // 9 * step
        colour = (INK, one, two, PAPER)[sign % 4]
        box = (x, y, x + size[0] // 9, y + step)
        (pen.ellipse if sign % 3 else pen.rectangle)(box, fill=colour)
    return picture


def _states(now: datetime) -> list[dict[str, Any]]:
    """Corrected, under embargo, not ready, withdrawn, and one whose words are long."""
    today = now.date()
    common: dict[str, Any] = {"place": "Exempleville", "surtitle": "Démonstration", "links": [], "people": [content.PRESS_OFFICE]}
    note = "Communiqué de démonstration : ses dates entourent le jour du chargement et il n’engage personne."

    def state(slug: str, title: str, days: int, **more: Any) -> dict[str, Any]:
        at = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=days)
        dated = {"slug": f"demonstration-{slug}", "title": title, "dated_on": at.date(), "embargo_until": at, "lede": note}
        return common | dated | {"ready_at": min(at, now), "parts": [("Ce qu’il faut en savoir", content.FILLER)]} | more

    corrected = f"L’adresse du rendez-vous est corrigée : place de la Démonstration, le {day_in_words(today + timedelta(days=20))}."
    long_ = {"lede": content.LONG_LEDE, "parts": content.LONG_PARTS, "people": content.MANY_PEOPLE, "boilerplate": content.FILLER}
    changed = {"updated_at": now - timedelta(days=2), "update_note": corrected, "pictures": content.PICTURES}
    taken = {"withdrawn_at": now - timedelta(days=3), "withdrawal_note": "la rencontre qu’il annonçait n’aura pas lieu."}
    return [
        state("corrige", "Communiqué corrigé après sa parution", -6, **changed),
        state("embargo", "Communiqué sous embargo", 4),
        state("brouillon", "Communiqué que personne n’a encore dit prêt", 9, ready_at=None),
        state("retire", "Communiqué retiré", -12, **taken),
        state("titre-long", content.LONG_TITLE, -30, boilerplate_title="La 27ᵉ Région, c’est quoi ?", **long_),
    ]
