"""How the team sorts memberships: what each is today and whether it is paid, read from rows at each look, stored nowhere."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Concat

from billing.models import Invoice
from core.facets import Facet, of
from core.folding import containing, fold
from memberships.models import Membership, Suspension
from memberships.models.membership import MembershipQuerySet
from memberships.states import Category, State
from organisations.regions import Region


class Situation(models.TextChoices):
    """In the order in which they need the team."""

    PROPOSED = "PROPOSED", "bulletin reçu"
    ASKED = "ASKED", "à compléter"
    TO_CONFIRM = "TO_CONFIRM", "à confirmer"
    ACTIVE = "ACTIVE", "active"
    SUSPENDED = "SUSPENDED", "suspendue"
    RENEWED = "RENEWED", "renouvelée"
    FORMER = "FORMER", "ancien adhérent"
    DECLINED = "DECLINED", "non renouvelée"
    REFUSED = "REFUSED", "refusée"
    WITHDRAWN = "WITHDRAWN", "retirée"


class Paid(models.TextChoices):
    TO_INVOICE = "TO_INVOICE", "à facturer"
    TO_PAY = "TO_PAY", "à payer"
    PAID = "PAID", "payée"
    FREE = "FREE", "rien à payer"


ACCEPTED = (State.ACTIVE, State.RESIGNED)
# As written by `records.services.label_of`.
_LABEL = Concat(Value("memberships.membership:"), Cast(OuterRef("pk"), models.CharField()), output_field=models.CharField())


def situated(rows: MembershipQuerySet, *, on: date) -> Any:
    """Annotate each row with its situation on a day, and whether it is paid."""
    suspended = Exists(Suspension.objects.on(on).filter(membership=OuterRef("pk")))
    longer = Membership.objects.accepted().filter(organisation=OuterRef("organisation"), rights_until__gt=OuterRef("rights_until"))
    accepted = Q(state__in=ACCEPTED)
    situation = Case(
        When(accepted & Q(rights_until__gte=on) & suspended, then=Value(Situation.SUSPENDED.value)),
        When(accepted & Q(rights_until__gte=on), then=Value(Situation.ACTIVE.value)),
        When(accepted & Exists(longer), then=Value(Situation.RENEWED.value)),
        When(accepted, then=Value(Situation.FORMER.value)),
        default=F("state"),
        output_field=models.CharField(),
    )
    return rows.annotate(situation=situation, paid=_paid())


def _paid() -> Case:
    """From what was issued and received; from what was noted of before the portal; of what is not owed, nothing is asked."""
    invoices = Invoice.objects.filter(about=_LABEL)
    owed = Exists(invoices.unpaid())
    balances: Any = invoices.invoices().with_balance()
    billed = Exists(balances.filter(credited__lt=F("gross")))
    return Case(
        When(Q(past_paid_on__isnull=False), then=Value(Paid.PAID.value)),
        When(~Q(state__in=ACCEPTED) | Q(amount=0), then=Value(Paid.FREE.value)),
        When(owed, then=Value(Paid.TO_PAY.value)),
        When(billed, then=Value(Paid.PAID.value)),
        When(~Q(past_invoice=""), then=Value(Paid.TO_PAY.value)),
        default=Value(Paid.TO_INVOICE.value),
        output_field=models.CharField(),
    )


FACETS = (
    Facet("situation", "situation", "situation", of(Situation)),
    Facet("annee", "année", "campaign__year", is_number=True),
    Facet("categorie", "catégorie", "category", of(Category)),
    Facet("region", "région", "organisation__region", of(Region)),
    Facet("paiement", "paiement", "paid", of(Paid)),
)


def searched(rows: Any, words: str) -> Any:
    """Those whose body, or whose signatory, holds each word."""
    folded = fold(words)
    if not folded:
        return rows
    return rows.filter(containing(folded, "organisation__search") | Q(signatory_name__icontains=words.strip()))
