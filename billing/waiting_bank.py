"""What the gathering pages ask of the bank: lines to place, refunds to make, lines found, files no longer kept (registries of `core`)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse

from accounts.roles import RECONCILE
from billing.models import Refund, Statement, StatementEntry
from billing.services import refunding
from billing.states import Method
from core.clock import PARIS
from core.folding import containing
from core.money import amount_of, euros
from core.refusals import Refused
from core.registry import Erasure, Found, Waiting
from core.search import MOST
from records.models import Act
from records.services import label_of

# A file that was shown and not imported; what was imported is kept as long as invoices (domain.md G3).
TRIED_FOR, KEPT_YEARS = timedelta(days=7), 10
# A line that counts for nothing (spending, salaries): the year it may still be looked for in, and a month to close it.
UNCOUNTED_FOR = timedelta(days=396)
_PIECE = 500
_SHOWN, _IMPORTED = "relevés déposés et jamais importés, effacés", "fichiers de relevés de plus de dix ans, effacés"
_UNCOUNTED = "lignes de relevé qui ne comptent pour aucune facture, de plus de treize mois, effacées"
_GIVEN_BACK = "trop-perçus sans facture rendus depuis plus de dix ans, effacés"


def waiting(now: datetime) -> Iterator[Waiting]:
    """Lines that wait for a person, and what was promised by transfer."""
    lines = StatementEntry.objects.to_reconcile().aggregate(count=Count("pk"), since=Min("statement__imported_at"))
    url = reverse("admin:billing_statemententry_changelist")
    yield Waiting("ligne de relevé à rapprocher", lines["count"], url, RECONCILE, lines["since"], several="lignes de relevé à rapprocher")
    owed = Refund.objects.open().filter(method=Method.TRANSFER).aggregate(count=Count("pk"), since=Min("asked_at"))
    url = f"{reverse('admin:billing_refund_changelist')}?etat=attente"
    yield Waiting(
        "remboursement à faire par virement", owed["count"], url, RECONCILE, owed["since"], several="remboursements à faire par virement"
    )
    undecided = len(refunding.to_give_back())
    yield Waiting("remboursement à décider", undecided, reverse("admin:billing_refund_owed"), RECONCILE, several="remboursements à décider")


def found(user: Any, words: str) -> Iterator[Found]:
    """Lines by amount, payer, label, reference or IBAN."""
    asked = containing(words)
    try:
        amount = amount_of(words)
        asked |= Q(amount__in=[amount, -amount])
    except Refused:
        pass
    rows = StatementEntry.objects.visible_to(user).filter(asked).order_by("-booked_on", "-pk")[:MOST]
    for row in rows:
        url = reverse("admin:billing_statemententry_change", args=[row.pk])
        yield Found("Lignes de relevé", f"{euros(row.amount)}, {row}", url, row.label[:120])


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase the files that nobody imported within a week, and those that are ten years old.

    A line that counts for an invoice or a refund is kept as long as they are; one that never did goes after thirteen months.
    """
    shown = Statement.objects.tried().filter(deposited_at__lt=now - TRIED_FOR)
    yield Erasure(_SHOWN, _erase(shown, dry_run, rows=True))
    old = Statement.objects.imported().filter(imported_at__lt=years_before(now)).exclude(file="")
    yield Erasure(_IMPORTED, _erase(old, dry_run, rows=False))
    closed = Refund.objects.filter(invoice=None, asked_at__lt=years_before(now)).exclude(done_on=None, given_up_at=None)
    yield Erasure(_GIVEN_BACK, _gone(closed.filter(Q(done_on=None) | Q(done_on__lt=years_before(now).date())), dry_run))
    yield Erasure(_UNCOUNTED, _gone(uncounted(now), dry_run))


def uncounted(now: datetime) -> "QuerySet[StatementEntry]":
    """Lines of more than thirteen months that no payment and no refund names; what waits for a person waits, ten years at most."""
    today = now.astimezone(PARIS).date()
    waiting = StatementEntry.objects.to_reconcile().filter(booked_on__gte=years_before(now).date()).values("pk")
    named = StatementEntry.objects.filter(booked_on__lt=today - UNCOUNTED_FOR, payments=None, refunds=None, closes=None)
    return named.exclude(pk__in=waiting)


@transaction.atomic
def _gone(rows: "QuerySet[Any]", dry_run: bool) -> int:
    """Of the acts about them, only what was done, by whom and when is left (domain.md G3)."""
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, 0 if dry_run else len(pks), _PIECE):
        piece = rows.model.objects.filter(pk__in=pks[start : start + _PIECE])
        Act.objects.filter(about__in=[label_of(row) for row in piece]).blank("about_name", "note", "changes")
        piece.delete()
    return len(pks)


def years_before(now: datetime) -> datetime:
    """The first of January, ten whole years ago."""
    return datetime.combine(date(now.astimezone(PARIS).year - KEPT_YEARS, 1, 1), time(), PARIS)


def _erase(statements: Any, dry_run: bool, *, rows: bool) -> int:
    found = list(statements.order_by("pk"))
    for statement in [] if dry_run else found:
        if statement.file:
            statement.file.delete(save=False)
        if rows:
            statement.delete()
        else:
            statement.save(update_fields=["file"])
    return len(found)
