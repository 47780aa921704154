"""The words with which an organiser announces a listed event: ready to copy, made of what its page says and of nothing else.

As plain text: mailboxes, other sites and social networks take no other. By invitation, they say so and call nobody.
"""

import html
import re
from dataclasses import dataclass

from core import prose
from core.addresses import absolute
from core.typography import typo
from events.models import Event
from events.posters import access_in_words, helps_in_words
from events.states import Access, Mode
from events.words import of_season, place, slot

TAG = "#InnovationPublique"
# Dates that a short text says one by one.
FEW = 3
_LINK = re.compile(r'<a href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
_ENDS = re.compile(r"</(?:p|h[1-6]|ul|ol|blockquote)>")
_ANY = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Text:
    """A text of the kit: what it is for, and its words."""

    slug: str
    label: str
    hint: str
    words: str

    @property
    def signs(self) -> int:
        return len(self.words)

    @property
    def rows(self) -> int:
        """Lines of the field that shows it whole."""
        return min(24, sum(1 + len(line) // 62 for line in self.words.splitlines()))


def texts_of(event: Event) -> list[Text]:
    """Return the texts of a listed event."""
    made = (
        ("court", "En une ligne", "Pour un agenda, une signature de courriel, un bandeau.", _short(event)),
        ("reseaux", "Pour les réseaux sociaux", "À joindre à l’image, dont le texte de remplacement est plus bas.", _social(event)),
        ("long", "Pour un site ou une lettre d’information", "La présentation entière, et tout ce qu’il faut pour venir.", _long(event)),
        ("courriel", "Pour un courriel", "La première ligne est l’objet.", _mail(event)),
        ("image", "Texte de remplacement de l’image", "Pour les personnes qui n’en voient pas l’image.", _alternative(event)),
    )
    return [Text(slug, label, hint, typo(words)) for slug, label, hint, words in made]


def in_a_file(event: Event) -> str:
    """All of them, one after the other, as text editors of any system open it."""
    parts = [f"{text.label.upper()}\n\n{text.words}\n" for text in texts_of(event)]
    return "\n\n".join(parts).replace("\n", "\r\n")


def _dates(event: Event, most: int) -> list[str]:
    found = [slot(row, event) for row in event.slots.all()]
    more = len(found) - most
    return found if more <= 0 else [*found[:most], f"et {more} autre{'s' if more > 1 else ''} date{'s' if more > 1 else ''}"]


def _url(event: Event) -> str:
    return absolute(event.get_absolute_url())


def _address(event: Event) -> str:
    """« Médiathèque, 1 rue d’Exemple, 35000 Rennes »; what is online says how one gets there."""
    online = "l’adresse de connexion est envoyée aux personnes inscrites"
    if event.mode == Mode.ONLINE:
        return f"en ligne, {online}"
    town = f"{event.postcode} {event.city}".strip()
    where = ", ".join(part for part in (event.place, event.address, town) if part)
    return f"{where}, et en ligne ({online})" if event.mode == Mode.HYBRID else where


def _short(event: Event) -> str:
    dates = _dates(event, FEW)
    return f"{event.title} – {' ; '.join(dates)}, {_in_line(event)}. {access_in_words(event)}. {_url(event)}"


def _in_line(event: Event) -> str:
    where = place(event)
    return f"{where[0].lower()}{where[1:]}" if event.mode == Mode.ONLINE else where


def _social(event: Event) -> str:
    lines = [event.summary or event.title, "", *_dates(event, FEW), place(event), access_in_words(event), "", _url(event), TAG]
    return "\n".join([event.title, "", *lines] if event.summary else lines)


def _facts(event: Event) -> list[str]:
    publics = [words for is_for, words in _publics(event) if is_for]
    helps = helps_in_words(event)
    said = {
        "Quand": " ; ".join(_dates(event, 100)),
        "Où": _address(event),
        "Accès": ". ".join(part for part in (access_in_words(event), event.conditions) if part),
        "Pour": ", ".join(publics),
        "Accessibilité": ", ".join(helps),
        "Un besoin particulier": event.access_contact,
        "Porté par": event.carrier,
        "Avec": ", ".join(row.name for row in event.partners.all()),
    }
    return [f"{name} : {words}" for name, words in said.items() if words]


def _publics(event: Event) -> tuple[tuple[bool, str], ...]:
    return (event.for_agents, "agents publics"), (event.for_citizens, "citoyens"), (event.for_elected, "élus")


def _long(event: Event) -> str:
    parts = [event.title, event.summary, plain(event.description), "\n".join(_facts(event)), _in(event), f"{_how(event)} : {_url(event)}"]
    return "\n\n".join(part for part in parts if part)


def _mail(event: Event) -> str:
    subject = " – ".join([event.title, *_dates(event, 1)[:1]])
    call = "Cet événement est sur invitation uniquement." if event.access == Access.INVITATION else "On vous y attend."
    body = ["Bonjour,", _opening(event), event.summary, "\n".join(_facts(event)), call, f"{_how(event)} : {_url(event)}"]
    return "\n\n".join([f"Objet : {subject}", *(part for part in body if part)])


def _opening(event: Event) -> str:
    carried = f", porté par {event.carrier}" if event.carrier else ""
    where = "Autour" if event.is_beside else "Dans le programme"
    return f"{where} {of_season(event.season)}{carried} : « {event.title} »."


def _in(event: Event) -> str:
    return f"{'Autour' if event.is_beside else 'Dans le programme'} {of_season(event.season)}."


def _how(event: Event) -> str:
    return "Tout savoir et s’inscrire" if event.access in (Access.REGISTRATION, Access.ELSEWHERE) else "Tout savoir"


def _alternative(event: Event) -> str:
    when = " ; ".join(_dates(event, FEW))
    return f"Affiche de l’événement « {event.title} » : {when}, {_in_line(event)}. {access_in_words(event)}."


def plain(markdown: str) -> str:
    """Return Markdown as the text that one reads, lists as dashes, each link followed by its address."""
    text = _LINK.sub(lambda found: found[2] if found[1] in found[2] else f"{found[2]} ({found[1]})", prose.render(markdown))
    text = _ENDS.sub("\n", text.replace("<li>", "- ").replace("</li>", "").replace("<br>", "").replace("<br />", ""))
    lines = html.unescape(_ANY.sub("", text)).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
