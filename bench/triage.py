"""Staff lists: the list of applications over 50 and over 5,000 rows, beside a bare signed-in list; and its exports."""

import gzip
import os
import re
import time
from collections.abc import Callable
from datetime import timedelta

from bench.lab import Lab
from bench.meter import Client, cost, cpu_seconds, family, memory_mb

ROUNDS, TURNS, WARMING = 12, 9, 60
LIST = "/admin/applications/application/"
HTTPS = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1", "Accept-Encoding": "gzip, br"}
Say = Callable[[str, str, str, bool], None]


def colleague(email: str = "equipe.banc@exemple.example") -> Client:
    """Sign a member of the team in, second factor shown."""
    from importlib import import_module

    from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY, AUTHENTICATION_METHODS_SESSION_KEY
    from allauth.mfa.totp.internal.auth import TOTP
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.models import Grant, User
    from accounts.roles import Role

    person = User.objects.create_user(email, first_name="Équipe", last_name="Exemple")
    Grant.objects.create(user=person, role=Role.STAFF)
    authenticator = TOTP.activate(person, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").instance
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    shown = {"method": "mfa", "at": time.time(), "id": authenticator.pk, "type": "totp", "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY], session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = [shown], str(person.pk)
    session.save()
    client = Client(settings.BENCH_PORTAL, {**HTTPS, "Referer": "https://localhost/"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def fill(call: object, count: int) -> None:
    """Bring a call to `count` applications, with tags and reviewers, as a call in the midst of its triage."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from applications.models import Application, Review, Tag
    from applications.states import Branch, State
    from organisations.regions import Region

    held, now = Application.objects.filter(edition=call).count(), timezone.now()
    people = User.objects.bulk_create(User(email=f"tri{number}@exemple.example", password="!") for number in range(held, count))
    states = [State.SUBMITTED] * 6 + [State.IN_REVIEW] * 2 + [State.WITHDRAWN, State.DRAFT]
    rows = []
    for number, person in enumerate(people, held):
        state = states[number % 10]
        row = Application(edition=call, applicant=person, state=state, started_at=now, saved_at=now, revision=1)
        answers = {
            "last_name": f"Exemple-{number}", "first_name": "Camille", "organisation": "Centre hospitalier d’Exemple",
            "job": "cadre de santé", "motivation": "Je cherche des façons simples de garder les bonnes idées. " * 12,
            "branch": Branch.values[number % 3], "region": Region.values[number % 18],
        }  # fmt: skip
        if state == State.DRAFT:
            row.typed = answers
        else:
            vars(row).update(answers, reference=f"TRI-{number:05}", deposited_at=now - timedelta(minutes=number), costs_covered=True)
        vars(row).update(row.folded())
        rows.append(row)
    rows = Application.objects.bulk_create(rows)
    tag, _ = Tag.objects.get_or_create(name="à revoir")
    Application.tags.through.objects.bulk_create(Application.tags.through(application=row, tag=tag) for row in rows[::3])
    jury = User.objects.filter(email="equipe.banc@exemple.example").first()
    Review.objects.bulk_create(Review(application=row, reviewer=jury, assigned_at=now) for row in rows[::2])
    connection.cursor().execute("VACUUM ANALYZE")


def beside(lab: Lab, ask: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU of the bare signed-in list and of ours, asked by turns: those of the turn whose ratio is the median.

    Of a turn that something else disturbs, on a machine that is shared, nothing is kept.
    """
    bare = Client(lab.bare, {"Host": "localhost"}, {"sessionid": lab.bare_session})
    assert bare.ask("/signed/")[0] == 200
    works = ((lab.bare_pid, lambda: bare.ask("/signed/")), (lab.portal_pid, ask))
    turns = sorted((tuple(_each(lab, pid, work) for pid, work in works) for _ in range(TURNS)), key=lambda turn: turn[1] / turn[0])
    return turns[TURNS // 2]


def _warm(lab: Lab, client: Client, address: str) -> None:
    """Ask both until their first times (templates, caches, memory) are behind: the first measure is then like the second."""
    bare = Client(lab.bare, {"Host": "localhost"}, {"sessionid": lab.bare_session})
    for _ in range(WARMING):
        bare.ask("/signed/")
        client.ask(address)


def _each(lab: Lab, pid: int, work: Callable[[], object]) -> float:
    """Return the CPU of one request, web and database."""
    for _ in range(5):
        work()
    with cost([pid, lab.database_pid]) as used:
        for _ in range(ROUNDS):
            work()
    return used.cpu / ROUNDS


def staff_list(lab: Lab, say: Say) -> None:
    """The list at 50 and at 5,000 rows: its CPU, its queries, its weight; the same cost for both."""
    from bench.run import first_visit, queries
    from programmes.models import Edition

    call = Edition.objects.order_by("pk").first()
    call.pk, call.slug, call.reference_prefix, call.last_number, call.short_title = None, "tri", "TRI", 0, "Tri"
    call.save()
    client, measured = colleague(), []
    address = f"{LIST}?edition={call.pk}"
    for count in (50, 5000):
        fill(call, count)
        client.link.close()  # the server closed it meanwhile: the next request opens a new one
        status, told, body = client.ask(address)
        assert status == 200, status
        _warm(lab, client, address)
        bare, ours = beside(lab, lambda: client.ask(address))
        measured.append(ours / bare)
        times = f"{ours / bare:.2f} × vue nue ({ours * 1000:.1f} / {bare * 1000:.1f} ms)"
        say(f"liste de l’équipe, {count} candidatures : CPU", times, "≤ 10 ×", ours <= 10 * bare)
        say(f"liste de l’équipe, {count} candidatures : SQL", str(queries(told)), "≤ 10", queries(told) <= 10)
    weight, _ = first_visit(lab, address, client)
    say("liste de l’équipe : poids sans polices", f"{weight / 1000:.1f} ko", "≤ 110 ko", weight <= 110_000)
    growth = measured[1] / measured[0]  # each beside the bare list of its own moment
    say("liste de l’équipe : 5 000 contre 50 lignes", f"{growth:.2f} ×", "≤ 1,5 ×", growth <= 1.5)
    narrowed = beside(lab, lambda: client.ask(f"{address}&state=SUBMITTED&region=53&q=exemple"))
    times = f"{narrowed[1] / narrowed[0]:.2f} × vue nue ({narrowed[1] * 1000:.1f} ms)"
    say("liste de l’équipe, filtrée et cherchée sur 5 000 : CPU", times, "≤ 10 ×", narrowed[1] <= 10 * narrowed[0])
    _exports(lab, say, client, address)


def _exports(lab: Lab, say: Say, client: Client, address: str) -> None:
    """5,000 rows: the CSV streams with flat memory; XLSX and ODS are made by the worker's function."""
    from records.models import Job
    from records.tasks import do_waiting_work

    page = _text(client.ask(address))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    export = address.replace(LIST, f"{LIST}exporter/")
    worker = next(pid for pid in family(lab.portal_pid) if pid != lab.portal_pid)
    before, start = memory_mb(worker), time.perf_counter()
    status, _, body = client.ask(export, f"csrfmiddlewaretoken={token[1]}&kind=csv".encode())
    seconds, grown = time.perf_counter() - start, memory_mb(worker) - before
    text = _decoded(body)
    assert status == 200, status
    assert text.count("\r\n") == 5001, text.count("\r\n")
    say("export CSV de 5 000 lignes", f"{seconds:.2f} s, +{grown:.0f} Mo", "≤ 3 s, ≤ 15 Mo", seconds <= 3 and grown <= 15)
    for kind, most in (("xlsx", 5), ("ods", 10)):
        status, told, _ = client.ask(export, f"csrfmiddlewaretoken={token[1]}&kind={kind}".encode())
        assert status == 302, status
        used = cpu_seconds([os.getpid()])
        start = time.perf_counter()
        do_waiting_work()
        client.link.close()
        seconds = time.perf_counter() - start
        job = Job.objects.latest("pk")
        kept = job.state == "DONE" and seconds <= most
        say(
            f"export {kind.upper()} de 5 000 lignes",
            f"{seconds:.1f} s (CPU {cpu_seconds([os.getpid()]) - used:.1f} s)",
            f"≤ {most} s",
            kept,
        )


def _decoded(body: bytes) -> str:
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8-sig")


def _text(answer: tuple[int, dict[str, str], bytes]) -> str:
    return _decoded(answer[2])
