"""The state of a campaign, counted from the rows: who was called and what they answered, what is expected, invoiced, received."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.models import Invoice
from billing.states import Kind
from memberships import rights
from memberships.models import Campaign, Membership
from memberships.states import Origin, State
from records.services import label_of

ZERO = Decimal(0)


@dataclass(frozen=True)
class Figures:
    """`called`: by the November call; `joined`: by a bulletin; amounts in euros, to the cent."""

    called: int
    confirmed: int
    declined: int
    silent: int
    joined: int
    waiting: int
    resigned: int
    members: int
    expected: Decimal
    to_confirm: Decimal
    invoiced: Decimal
    received: Decimal

    @property
    def answered(self) -> int:
        return self.confirmed + self.declined

    @property
    def to_invoice(self) -> Decimal:
        return max(self.expected - self.invoiced, ZERO)

    @property
    def to_receive(self) -> Decimal:
        return max(self.invoiced - self.received, ZERO)


def of(campaign: Campaign, *, on: date) -> Figures:
    """Count a campaign, as of a day: a handful of questions, however many members."""
    rows = Membership.objects.filter(campaign=campaign)
    called, accepted = Q(origin=Origin.CAMPAIGN), Q(state__in=[State.ACTIVE, State.RESIGNED])
    counts = rows.aggregate(
        called=Count("pk", filter=called),
        confirmed=Count("pk", filter=called & accepted),
        declined=Count("pk", filter=called & Q(state=State.DECLINED)),
        silent=Count("pk", filter=Q(state=State.TO_CONFIRM)),
        joined=Count("pk", filter=~called & accepted),
        waiting=Count("pk", filter=Q(state__in=[State.PROPOSED, State.ASKED])),
        resigned=Count("pk", filter=Q(state=State.RESIGNED)),
        expected=Sum("amount", filter=accepted, default=ZERO),
        to_confirm=Sum("amount", filter=Q(state=State.TO_CONFIRM), default=ZERO),
    )
    invoiced, received = _money(campaign)
    return Figures(**counts, members=len(rights.members(on)), invoiced=invoiced, received=received)


def _money(campaign: Campaign) -> tuple[Decimal, Decimal]:
    """What was invoiced, credit notes taken away, and received; the invoices of before the portal count as they were noted."""
    rows = Membership.objects.filter(campaign=campaign)
    labels = [label_of(Membership(pk=pk)) for pk in rows.order_by("pk").values_list("pk", flat=True)]
    invoices = Invoice.objects.filter(about__in=labels)
    issued = invoices.aggregate(
        invoices=Sum("gross", filter=Q(kind=Kind.INVOICE), default=ZERO), credits=Sum("gross", filter=Q(kind=Kind.CREDIT), default=ZERO)
    )
    paid = [row.paid + row.paid_at_issue - row.refunded for row in invoices.invoices().with_balance().order_by("pk")]
    before = rows.exclude(past_invoice="").aggregate(
        invoiced=Sum("amount", default=ZERO), received=Sum("amount", filter=Q(past_paid_on__isnull=False), default=ZERO)
    )
    return issued["invoices"] - issued["credits"] + before["invoiced"], sum(paid, ZERO) + before["received"]
