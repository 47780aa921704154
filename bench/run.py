"""`make bench`: the figures of design.md section 5 and reliability.md section 4, as ratios to a bare Django view in the same run.

`ARGS="pages liste"` measures only these (`FIGURES`). Letters have their own script: `bench/letters.py`.
"""

import gzip
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from html import unescape
from urllib.parse import urlencode

from bench import bank, board, events, flyers, headers, invoices, numbers, orders, papers, triage
from bench.lab import Lab, running
from bench.meter import Client, cost, memory_mb

ROUNDS = 300
TURNS = 5
APPLICANTS = 30
PUBLIC_PAGES = ("/", "/programmes/", "/programmes/aventuriers/2027/", "/contact/")
HTTPS = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1", "Accept-Encoding": "gzip, br"}

rows: list[tuple[str, str, str, bool]] = []


def say(what: str, measured: str, promised: str, kept: bool) -> None:
    """Print one figure beside its promise."""
    rows.append((what, measured, promised, kept))
    print(f"{'✓' if kept else '✗'} {what:<58} {measured:<44} {promised}", flush=True)


def queries(answer_headers: dict[str, str]) -> int:
    """Return the number of queries the answer took."""
    found = re.search(r'sql;desc="(\d+)"', answer_headers.get("server-timing", ""))
    return int(found.group(1)) if found else 0


def cpu_of(lab: Lab, pid: int, work: Callable[[], object], times: int = ROUNDS) -> float:
    """Return the CPU seconds (web + database) of one piece of work."""
    for _ in range(20):
        work()
    with cost([pid, lab.database_pid]) as spent:
        for _ in range(times):
            work()
    return spent.cpu / times


def beside_bare(lab: Lab, page: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU of one bare view and of one page, asked by turns: a machine busy elsewhere slows both alike."""
    bare = Client(lab.bare, {"Host": "localhost"})
    reference = spent = 0.0
    for _ in range(TURNS):
        reference += cpu_of(lab, lab.bare_pid, lambda: bare.ask("/"), ROUNDS // TURNS)
        spent += cpu_of(lab, lab.portal_pid, page, ROUNDS // TURNS)
    return reference / TURNS, spent / TURNS


def public_pages(lab: Lab) -> None:
    """Public pages: CPU against the bare row view (2 queries, 20 rows), queries, weight, requests, cookies."""
    for path in PUBLIC_PAGES:
        visitor = Client(lab.portal, dict(HTTPS))
        status, told, body = visitor.ask(path)
        assert status == 200, (path, status)
        reference, spent = beside_bare(lab, lambda visitor=visitor, path=path: visitor.ask(path))
        weight, requests = first_visit(lab, path)
        times = f"{spent / reference:.2f} × vue nue ({spent * 1000:.2f} / {reference * 1000:.2f} ms)"
        say(f"{path} : CPU", times, "≤ 3 ×", spent <= 3 * reference)
        say(f"{path} : requêtes SQL", str(queries(told)), "≤ 5", queries(told) <= 5)
        say(
            f"{path} : poids sans polices, requêtes HTTP",
            f"{weight / 1000:.1f} ko, {requests}",
            "≤ 30 ko, ≤ 10",
            weight <= 30_000 and requests <= 10,
        )
        cookieless = "set-cookie" not in told and "cookie" not in told.get("vary", "").lower() and "etag" in told
        say(f"{path} : ni cookie ni Vary: Cookie, ETag", told.get("cache-control", ""), "oui", cookieless)


def first_visit(lab: Lab, path: str, visitor: Client | None = None) -> tuple[int, int]:
    """Return the compressed weight of a page and its own files, fonts apart, and the number of requests."""
    visitor = visitor or Client(lab.portal, dict(HTTPS))
    _, told, body = visitor.ask(path)
    html = gzip.decompress(body) if told.get("content-encoding") == "gzip" else body
    weight = len(body if told.get("content-encoding") else gzip.compress(body))
    linked = set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg|png|woff2)|/admin/jsi18n/)"', html.decode()))
    styles = [name for name in linked if name.endswith(".css")]
    for name in sorted(linked):
        _, _, content = visitor.ask(unescape(name))
        weight += 0 if name.endswith(".woff2") else len(content)
    fonts = {font for name in styles for font in _fonts(lab, name)} - linked
    return weight, 1 + len(linked) + len(fonts)


def _fonts(lab: Lab, style: str) -> set[str]:
    plain = Client(lab.portal, {**HTTPS, "Accept-Encoding": "identity"})
    return set(re.findall(r"url\([\"']?([^)\"']+\.woff2)", plain.ask(style)[2].decode()))


def applicants(count: int, *, of: str = "bench") -> Iterator[Client]:
    """Yield signed-in people, each with own session: signing in is apart."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.models import User

    sessions = import_module(settings.SESSION_ENGINE)
    for number in range(count):
        person = User.objects.create_user(f"{of}{number}@exemple.example")
        session = sessions.SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        client = Client(settings.BENCH_PORTAL, {**HTTPS, "Referer": "https://localhost/"})
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        yield client


ANSWERS = {
    "last_name": "Exemple",
    "first_name": "Camille",
    "organisation": "Ville d’Exemple",
    "job": "Chargée de mission participation citoyenne",
    "branch": "LOCAL",
    "region": "53",
    "motivation": "Je reçois chaque jour des habitants qui ne comprennent pas nos courriers.",
    "costs_covered": "on",
}


def fields(body: bytes) -> dict[str, str]:
    """Return the hidden fields of the page's forms (the CSRF token, the revision)."""
    found = {}
    for tag in re.findall(r"<input[^>]+type=\"hidden\"[^>]*>", body.decode()):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name.group(1)] = unescape(value.group(1)) if value else ""
    return found


def text_of(told: dict[str, str], body: bytes) -> bytes:
    return gzip.decompress(body) if told.get("content-encoding") == "gzip" else body


class Journey:
    """One application through its four requests: form, relire, déposer, receipt."""

    form = "/programmes/aventuriers/2027/candidater/"

    def __init__(self, client: Client, form: str = "") -> None:
        self.client, self.form, self.sql, self.statuses = client, form or self.form, 0, list[int]()

    def _ask(self, path: str, data: dict[str, str] | None = None) -> tuple[dict[str, str], bytes]:
        status, told, body = self.client.ask(path, urlencode(data).encode() if data is not None else None)
        self.statuses.append(status)
        self.sql += queries(told)
        return told, text_of(told, body)

    def reread(self) -> dict[str, str]:
        """Fill the form and reread it; return what « Déposer » sends."""
        _, body = self._ask(self.form)
        _, body = self._ask(self.form, {**fields(body), **ANSWERS})
        return fields(body)

    def deposit(self, sent: dict[str, str]) -> str:
        told, _ = self._ask(f"{self.form}deposer/", sent)
        return told.get("location", "")

    def run(self) -> None:
        receipt = self.deposit(self.reread())
        self._ask(receipt)


def one_application(lab: Lab) -> None:
    """One application: requests, queries with the letter's delivery, CPU."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from mailing.tasks import deliver

    Journey(next(applicants(1, of="warm"))).run()
    deliver()
    journeys = [Journey(client) for client in applicants(APPLICANTS)]
    with cost([lab.portal_pid, lab.database_pid]) as spent:
        for journey in journeys:
            journey.run()
    assert {tuple(journey.statuses) for journey in journeys} == {(200, 200, 302, 200)}, journeys[0].statuses
    with CaptureQueriesContext(connection) as delivered:
        deliver()
    sql = max(journey.sql for journey in journeys)
    each = len(delivered) / APPLICANTS
    say("une candidature : requêtes HTTP", str(len(journeys[0].statuses)), "≤ 4", len(journeys[0].statuses) <= 4)
    say("une candidature : SQL, remise de la lettre comprise", f"{sql} + {each:.1f}", "≤ 35", sql + each <= 35)
    say("une candidature : CPU web + base", f"{spent.cpu / APPLICANTS:.3f} s", "< 0,15 s", spent.cpu / APPLICANTS < 0.15)


def memory(lab: Lab) -> None:
    """Memory of a web worker before and after its first PDF, and the cold start."""
    from bench.meter import family

    worker = [pid for pid in family(lab.portal_pid) if pid != lab.portal_pid][0]
    before = memory_mb(worker)
    client = next(applicants(1, of="pdf"))
    journey = Journey(client)
    reference = re.search(r"/candidatures/([^/]+)/", journey.deposit(journey.reread()))
    assert reference
    status, _, body = client.ask(f"/candidatures/{reference.group(1)}/recepisse.pdf")
    assert (status, body[:5]) == (200, b"%PDF-")
    after = memory_mb(worker)
    say("mémoire d’un processus web, avant son premier PDF", f"{before:.0f} Mo", "≤ 120 Mo", before <= 120)
    say("mémoire d’un processus web, après", f"{after:.0f} Mo", "≤ 170 Mo", after <= 170)
    say("démarrage à froid, jusqu’à la première page", f"{lab.cold_start:.2f} s", "≤ 1 s", lab.cold_start <= 1.0)


def together(works: list[Callable[[], object]]) -> None:
    """Start every piece of work at the same moment, each in its thread."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def double_click(lab: Lab) -> None:
    """50 people press « Déposer » twice at the same instant: one row, one letter each."""
    from applications.models import Application, Step
    from mailing.models import Message

    outcomes: Counter[int] = Counter()
    people = list(applicants(50, of="double"))
    for client in people:
        first = Journey(client)
        sent = first.reread()
        twin = Journey(Client(client.base, dict(client.headers), dict(client.cookies)))
        together([partial(first.deposit, sent), partial(twin.deposit, sent)])
        outcomes.update(first.statuses[-1:] + twin.statuses[-1:])
    mine = Application.objects.filter(applicant__email__startswith="double")
    counts = (mine.count(), Step.objects.filter(application__in=mine).count(), Message.objects.filter(to__startswith="double").count())
    say(
        "double clic, 50 × 2 : lignes, dépôts, lettres",
        f"{counts}, réponses {dict(outcomes)}",
        "(50, 50, 50), aucun 5xx",
        counts == (50, 50, 50) and max(outcomes) < 500,
    )


def deadline(lab: Lab) -> None:
    """60 posts around the closing second, over HTTP: none accepted after, none refused before."""
    from django.utils import timezone

    from applications.models import Application
    from programmes.models import Edition

    edition = Edition.objects.get(reference_prefix="AV27")
    edition.pk, edition.slug, edition.reference_prefix, edition.last_number = None, "midi", "MIDI", 0
    edition.closes_at = timezone.now() + timedelta(hours=1)
    edition.save()
    form = "/programmes/aventuriers/midi/candidater/"
    journeys = [Journey(client, form) for client in applicants(60, of="noon")]
    sents = [journey.reread() for journey in journeys]
    closes_at = timezone.now() + timedelta(seconds=4)
    type(edition).objects.filter(pk=edition.pk).update(closes_at=closes_at)
    noted: list[tuple[float, float, bool]] = []

    def post(number: int) -> None:
        at = closes_at.timestamp() - 1.5 + number * 0.05
        journeys[number].client.link.close()  # the server closed it meanwhile: the post opens a new one
        time.sleep(max(0, at - time.time()))
        start = time.time()
        accepted = "/candidatures/" in journeys[number].deposit(sents[number])
        noted.append((start, time.time(), accepted))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deposited = Application.objects.filter(edition=edition, deposited_at__gte=closes_at).count()
    say_deadline(noted, closes_at.timestamp(), deposited)


def say_deadline(noted: list[tuple[float, float, bool]], noon: float, deposited: int) -> None:
    """Print what the posts met; a post without an answer counts against us."""
    late = sum(accepted and start >= noon for start, _, accepted in noted)
    lost = sum(not accepted and end < noon for _, end, accepted in noted)
    early, after = sum(start < noon for start, _, _ in noted), sum(start >= noon for start, _, _ in noted)
    say(
        f"clôture à la seconde : {early} envois avant, {after} après",
        f"acceptés après {late + deposited}, refusés avant {lost}",
        "0, 0",
        (late, lost, deposited) == (0, 0, 0) and len(noted) == 60 and early > 0 and after > 0,
    )


def _headers(lab: Lab) -> None:
    headers.score(lab, next(applicants(1, of="headers")), say)


# What may be asked for alone, by its name.
def _orders(lab: Lab) -> None:
    """One paid booking, fifty buyers, a crowd."""
    people = [
        (orders.Purchase(client, queries, text_of), f"achat{number}@exemple.example")
        for number, client in enumerate(applicants(55, of="achat"))
    ]
    orders.one_booking(people[:5], lab, say)
    orders.fifty_buyers(people[5:], together, say)
    orders.crowd(say)


FIGURES: dict[str, Callable[[Lab], None]] = {
    "pages": public_pages,
    "candidature": one_application,
    "memoire": memory,
    "double-clic": double_click,
    "cloture": deadline,
    "liste": lambda lab: triage.staff_list(lab, say),
    "tableau": lambda lab: board.board(lab, say),
    "depliants": lambda _: flyers.two_pages(say),
    "numeros": lambda _: numbers.under_fire(say),
    "facture": lambda _: invoices.one_page(say),
    "factures": lambda _: invoices.five_hundred(say),
    "journee": lambda _: papers.morning_after(say),
    "commandes": lambda lab: _orders(lab),
    "releve": lambda _: bank.statement(say),
    "evenements": lambda lab: events.programme(lab, say),
    "entetes": _headers,
}


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        print(f"Mesure inconnue : {', '.join(unknown)}. Il y a : {', '.join(FIGURES)}.", file=sys.stderr)
        return 2
    with running() as lab:
        import django
        from django.conf import settings

        django.setup()
        settings.BENCH_PORTAL = lab.portal
        for name in wanted or FIGURES:
            FIGURES[name](lab)
    failed = [what for what, _, _, kept in rows if not kept]
    print(f"\n{len(rows) - len(failed)} chiffres tenus sur {len(rows)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
