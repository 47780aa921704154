"""Security headers, scored in the manner of Mozilla's HTTP Observatory: 100, and a bonus for each strict header.

A page that sets no cookie has nothing to lose there and gets the cookies' bonus; the Observatory's bonus for
being in the browsers' preload list is given for a header that qualifies for it.
"""

from collections.abc import Callable

from bench.lab import Lab
from bench.meter import Client

PAGES = (
    "/",
    "/programmes/",
    "/programmes/aventuriers/2027/",
    "/contact/",
    "/accessibilite/",
    "/compte/connexion/",
    "/admin/",
    "/espace/",
    "/inconnu/",
    "/programmes/aventuriers/2027/dates.ics",
    "/programmes/aventuriers/2027/candidater/",
    "/sante/",
)


def points(told: dict[str, str]) -> dict[str, int]:
    """Return the bonus of each header of one answer; a missing protection costs."""
    policy = told.get("content-security-policy", "")
    sources = {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}
    strict = sources.get("default-src") == ["'none'"] and "unsafe" not in policy
    transport = told.get("strict-transport-security", "")
    cookie = told.get("set-cookie", "").lower()
    return {
        "csp": 10 if strict else -25,
        "frame-ancestors": 5 if sources.get("frame-ancestors") == ["'none'"] else -20,
        "hsts": 5 if "preload" in transport and "includesubdomains" in transport.lower() else -20,
        "referrer": 5 if told.get("referrer-policy") in {"same-origin", "no-referrer", "strict-origin"} else 0,
        "nosniff": 0 if told.get("x-content-type-options") == "nosniff" else -5,
        "corp": 10 if told.get("cross-origin-resource-policy") == "same-origin" else 0,
        "cookies": 5 if not cookie or ("secure" in cookie and "samesite" in cookie) else -20,
    }


def score(lab: Lab, client: Client, say: Callable[[str, str, str, bool], None]) -> None:
    """Score every page, anonymous and signed in; the worst counts."""
    worst, where = 1000, ""
    for visitor in (Client(lab.portal, dict(client.headers)), client):
        for path in PAGES:
            _, told, _ = visitor.ask(path)
            total = 100 + sum(points(told).values())
            if total < worst:
                worst, where = total, f"{path} {points(told)}"
    say(f"en-têtes de {len(PAGES)} pages : la moins bonne", f"{worst}" + (f" ({where})" if worst < 140 else ""), "≥ 140", worst >= 140)
