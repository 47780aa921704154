"""What search engines read of a communiqué: schema.org, as data (interface.md, CSP). Contacts stay on the page (domain.md F2)."""

from typing import Any

from core.addresses import absolute
from core.clock import PARIS
from events.models import PressRelease

Data = dict[str, Any]
_SCHEMA = "https://schema.org"


def social(release: PressRelease) -> Data:
    address = absolute(release.get_absolute_url())
    return {"url": address, "title": release.title, "text": release.lede, "image": f"{address}carte.png"}


def of_release(release: PressRelease) -> Data:
    address = absolute(release.get_absolute_url())
    published = release.published_at or release.embargo_until
    house = {"@type": "Organization", "name": "La 27e Région", "url": absolute("/")}
    data = {
        "@context": _SCHEMA,
        "@type": "NewsArticle",
        "@id": address,
        "url": address,
        "mainEntityOfPage": address,
        "headline": release.title,
        "alternativeHeadline": release.surtitle,
        "description": release.lede,
        "image": f"{address}carte.png",
        "inLanguage": "fr",
        "isAccessibleForFree": True,
        "dateCreated": release.dated_on.isoformat(),
        "datePublished": published.astimezone(PARIS).isoformat(timespec="seconds"),
        "dateModified": (release.updated_at or published).astimezone(PARIS).isoformat(timespec="seconds"),
        "dateline": release.place,
        "author": house,
        "publisher": house,
    }
    return {name: value for name, value in data.items() if value != ""}
