"""What keeps a communiqué from being ready: each fault in words, and the field it is in (domain.md F1).

Pure reading: the act asks it of the rows, the admin of what is being typed. Texts are read by the rules of calls and training days
(empty links, weekdays that contradict their date).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.db import models

from events.models import PressLink, PressRelease
from events.press import targets
from programmes.checks import Fault, of_texts

NO_CONTACT = "donnez au moins un contact presse : un journaliste appelle quelqu’un."
NO_SECTION = "donnez au moins une partie, avec son titre et son texte."
EMPTY_LINK = "ce lien ne mène nulle part : choisissez une page, écrivez une adresse ou une boîte, ou cochez « à venir »."
HIDDEN_PAGE = "cette page n’est pas publiée à l’heure de l’embargo : publiez-la d’abord, ou cochez « à venir »."
LINK_IN_TEXT = "le lien « {} » est dans le texte : mettez-le parmi les liens, où il est vérifié chaque nuit."
_MARKDOWN_LINK = re.compile(r"\[[^\]\n]+\]\(\s*<?(?:https?|mailto):[^)\n]*\)|<(?:https?|mailto):[^>\n]+>", re.IGNORECASE)


def faults_of(release: PressRelease, *, now: datetime) -> list[Fault]:
    """Return every fault of a communiqué and of what hangs from it, as the database holds them."""
    return [*of_release(release), *_of_whole(release), *_of_sections(release), *_of_links(release, now=now)]


def of_release(release: PressRelease) -> list[Fault]:
    """Return the faults of its own fields."""
    return [*_missing(release), *of_row(release, release)]


def of_row(row: models.Model, release: PressRelease, part: str = "") -> Iterator[Fault]:
    """Say the faults of the texts of a release, or of a section of it."""
    yield from of_texts(row, years=[release.dated_on.year] if release.dated_on else [], part=part)
    for name in ("lede", "text", "boilerplate"):
        for found in _MARKDOWN_LINK.finditer(str(getattr(row, name, "") or "")):
            yield Fault(name, LINK_IN_TEXT.format(found[0]), part, _label(row, name))


def of_link(link: PressLink) -> Iterator[Fault]:
    """Say what is wrong in a link as it is written, asked of nobody."""
    part = f"lien « {link.label} »"
    if not (link.target or link.url or link.email or link.is_to_come):
        yield Fault("url", EMPTY_LINK, part)
    if link.url and (words := refused_address(link.url)):
        yield Fault("url", words, part)


def refused_address(url: str) -> str:
    """Return why an address cannot be given to journalists; nothing when it can. Nobody is asked here."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "cette adresse est mal écrite."
    if parts.scheme not in ("http", "https"):
        return "cette adresse doit commencer par https:// ou http://."
    if parts.username or parts.password or port not in (None, 80, 443):
        return "cette adresse ne doit contenir ni mot de passe ni port."
    return _refused_host(host)


def _refused_host(host: str) -> str:
    try:
        is_public = ip_address(host).is_global
    except ValueError:
        is_public = "." in host and not host.lower().endswith((".local", ".internal", ".localhost", ".lan", ".home.arpa"))
    return "" if is_public else "cette adresse ne s’ouvre pas de l’extérieur."


def _missing(release: PressRelease) -> Iterator[Fault]:
    for name in ("title", "place", "lede"):
        if not str(getattr(release, name) or "").strip():
            yield Fault(name, "ce texte est vide.", label=_label(release, name))


def _of_whole(release: PressRelease) -> Iterator[Fault]:
    if not release.contacts.exists():
        yield Fault("contacts", NO_CONTACT)
    if not release.sections.exists():
        yield Fault("", NO_SECTION)


def _of_sections(release: PressRelease) -> Iterator[Fault]:
    for section in release.sections.all():
        yield from of_row(section, release, f"partie « {section} »")


def _of_links(release: PressRelease, *, now: datetime) -> Iterator[Fault]:
    """A page of the portal is one that everybody sees when the embargo ends."""
    links = list(release.links.all())
    rows = targets.found((link.target for link in links), now=max(now, release.embargo_until))
    for link in links:
        yield from of_link(link)
        if link.target and not link.is_to_come and not targets.path_of(link.target, rows):
            yield Fault("target", HIDDEN_PAGE, f"lien « {link.label} »")


def _label(row: models.Model, name: str) -> str:
    return str(getattr(row._meta.get_field(name), "verbose_name", name))
