"""The selection board over 50 and over 5,000 applications, the latter with 10,000 reviews, beside a bare signed-in list; 300 answers."""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from bench.lab import Lab
from bench.triage import beside, colleague

Say = Callable[[str, str, str, bool], None]
READERS = 12
ANSWERS, PLACES = 300, 20


def fill(call: object, count: int) -> None:
    """Bring a call to `count` applications, each read twice; some chosen, some waiting, some not."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from applications.models import Application, Review
    from applications.states import Branch, State
    from organisations.models import Organisation
    from organisations.regions import Region
    from organisations.states import Kind

    held, now = Application.objects.filter(edition=call).count(), timezone.now()
    bodies = [Organisation.objects.get_or_create(name=f"Organisme d’Exemple {kind}", defaults={"kind": kind})[0] for kind in Kind]
    jury = [User.objects.get_or_create(email=f"jury{n}@exemple.example", defaults={"last_name": f"Lecteur-{n}"})[0] for n in range(READERS)]
    people = User.objects.bulk_create(User(email=f"choix{number}@exemple.example", password="!") for number in range(held, count))
    rows = []
    for number, person in enumerate(people, held):
        body, mean = bodies[number % len(bodies)], Decimal(500 - number % 500) / 100
        state = State.SELECTED if number < 15 else State.DECLINED if number % 3 == 0 else State.IN_REVIEW
        row = Application(
            edition=call, applicant=person, state=state, started_at=now, deposited_at=now - timedelta(minutes=number), revision=1,
            reference=f"CHX-{number:05}", last_name=f"Exemple-{number}", first_name="Camille", organisation=body.name, body=body,
            job="cadre de santé", branch=Branch.values[number % 3], region=Region.values[number % 18], costs_covered=True,
            motivation="Je cherche des façons simples de garder les bonnes idées. " * 12, mean=mean, spread=Decimal("0.4"), readings=2,
        )  # fmt: skip
        vars(row).update(row.folded())
        rows.append(row)
    rows = Application.objects.bulk_create(rows)
    Review.objects.bulk_create(
        Review(application=row, reviewer=jury[(place + turn) % READERS], assigned_at=now, sent_at=now, mark=row.mean)
        for place, row in enumerate(rows)
        for turn in range(2)
    )
    connection.cursor().execute("VACUUM ANALYZE")


def board(lab: Lab, say: Say) -> None:
    """The board at 50 and at 5,000 files: its CPU, its queries, its weight; the same cost for both."""
    from bench.run import first_visit, queries
    from programmes.models import Edition

    call = Edition.objects.order_by("pk").first()
    call.pk, call.slug, call.reference_prefix, call.last_number, call.short_title = None, "choix", "CHX", 0, "Choix"
    call.save()
    client, measured = colleague("tableau.banc@exemple.example"), []
    address = f"/admin/applications/application/selection/{call.pk}/"
    for count in (50, 5000):
        fill(call, count)
        client.link.close()
        status, told, _ = client.ask(address)
        assert status == 200, status
        bare, ours = beside(lab, lambda: client.ask(address))
        measured.append(ours / bare)
        times = f"{ours / bare:.2f} × vue nue ({ours * 1000:.1f} / {bare * 1000:.1f} ms)"
        say(f"tableau de sélection, {count} candidatures, {2 * count} lectures : CPU", times, "≤ 14 ×", ours <= 14 * bare)
        say(f"tableau de sélection, {count} candidatures : SQL", str(queries(told)), "≤ 15", queries(told) <= 15)
    weight, _ = first_visit(lab, address, client)
    say("tableau de sélection : poids sans polices", f"{weight / 1000:.1f} ko", "≤ 110 ko", weight <= 110_000)
    growth = measured[1] / measured[0]
    say("tableau de sélection : 5 000 contre 50 candidatures", f"{growth:.2f} ×", "≤ 1,5 ×", growth <= 1.5)
    taken = release(call)
    say(f"publication des résultats, {ANSWERS} réponses : durée", f"{taken:.2f} s", "≤ 2 s", taken <= 2)


def release(call: object) -> float:
    """Time one release of 300 answers of this call, and take it back: nothing is left of it."""
    from django.db import transaction
    from django.utils import timezone

    from accounts.models import User
    from applications import services
    from applications.models import Application, Selection
    from applications.states import State
    from programmes.models import Edition

    now, files = timezone.now(), Application.objects.filter(edition=call)
    with transaction.atomic():
        closed = {"closes_at": now - timedelta(days=9), "ends_on": (now + timedelta(days=90)).date(), "seats": PLACES}
        Edition.objects.filter(pk=call.pk).update(**closed, results_released_at=None, cancelled_at=None)
        Selection.objects.update_or_create(edition=call, defaults={"confirm_by": now + timedelta(days=30)})
        keys = list(files.order_by("pk").values_list("pk", flat=True)[:ANSWERS])
        files.update(state=State.WITHDRAWN)
        files.filter(pk__in=keys).update(state=State.DECLINED)
        files.filter(pk__in=keys[:PLACES]).update(state=State.SELECTED)
        edition, by = Edition.objects.select_related("programme").get(pk=call.pk), User.objects.order_by("pk").first()
        began = time.perf_counter()
        made = services.release(edition, by=by, now=now, token="banc-publication")
        taken = time.perf_counter() - began
        transaction.set_rollback(True)
    assert sum(made.counts.values()) == ANSWERS, made.counts
    return taken
