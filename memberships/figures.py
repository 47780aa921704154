"""The state of a campaign, counted from the rows: who was called and what they answered, what is expected, invoiced, received."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.models import Invoice
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
    called, accepted, noted = Q(origin=Origin.CAMPAIGN), Q(state__in=[State.ACTIVE, State.RESIGNED]), ~Q(past_invoice="")
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
        before_invoiced=Sum("amount", filter=noted, default=ZERO),
        before_received=Sum("amount", filter=noted & Q(past_paid_on__isnull=False), default=ZERO),
    )
    # The invoices of before the portal count as they were noted.
    before_invoiced, before_received = counts.pop("before_invoiced"), counts.pop("before_received")
    invoiced, received = _money(campaign)
    money = {"invoiced": invoiced + before_invoiced, "received": received + before_received}
    return Figures(**counts, **money, members=len(rights.members(on)))


def _money(campaign: Campaign) -> tuple[Decimal, Decimal]:
    """What was invoiced here, credit notes taken away, and received."""
    keys = Membership.objects.filter(campaign=campaign).order_by("pk").values_list("pk", flat=True)
    documents = Invoice.objects.filter(about__in=[label_of(Membership(pk=pk)) for pk in keys]).with_balance().order_by("pk")
    invoiced = received = ZERO
    for row in documents:
        invoiced += -row.gross if row.is_credit else row.gross
        received += ZERO if row.is_credit else row.paid + row.paid_at_issue - row.refunded
    return invoiced, received
