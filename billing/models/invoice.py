"""Issued documents. A row is born issued, with its number, and never changes (D4, R2): a draft is not a row."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.functions import Coalesce, Round
from django.urls import reverse
from django.utils.text import capfirst

from billing.states import SERIES, TYPE_CODES, Kind, VatCategory
from organisations.models import Organisation
from organisations.speaking import spoken_for
from records.models import Kept, KeptQuerySet

if TYPE_CHECKING:
    from accounts.models import User

VIEW_INVOICE = "billing.view_invoice"
ZERO = Decimal(0)
HALF_A_CENT = Decimal("0.005")
MONEY: dict[str, Any] = {"max_digits": 11, "decimal_places": 2}


class Counter(models.Model):
    """The last number of a series in a year. The row is what issuers queue for (R1); the first number is set once, before any issue."""

    series = models.CharField("série", max_length=1, choices=[(letter, letter) for letter in SERIES.values()])
    year = models.PositiveSmallIntegerField("année")
    first = models.PositiveIntegerField("premier numéro", default=1)
    last = models.PositiveIntegerField("dernier numéro", default=0)
    # Dates never go back within a series (R4).
    last_on = models.DateField("dernière date", null=True, blank=True)

    class Meta:
        verbose_name = "compteur"
        verbose_name_plural = "compteurs"
        ordering = ["-year", "series", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="counter_once_a_year"),
            models.CheckConstraint(name="counter_never_before_its_first", condition=models.Q(last__gte=models.F("first") - 1)),
        ]

    def __str__(self) -> str:
        return f"{self.series}{self.year}"


class InvoiceQuerySet(KeptQuerySet["Invoice"]):
    def visible_to(self, user: "User") -> "InvoiceQuerySet":
        """All for the treasurer and the team; for a contact, those of their bodies and of those they replaced (« Who may see what »)."""
        return self if user.has_perm(VIEW_INVOICE) else self.filter(organisation__in=spoken_for(user))

    def about(self, label: str) -> "InvoiceQuerySet":
        """Documents of one thing sold: « memberships.membership:12 »."""
        return self.filter(about=label)

    def invoices(self) -> "InvoiceQuerySet":
        return self.filter(kind=Kind.INVOICE)

    def with_balance(self) -> "InvoiceQuerySet":
        """Annotate what was paid, credited and refunded, and what remains to pay: negative is to refund. State is never stored."""
        from billing.models.payment import Payment, Refund

        def total(rows: "models.QuerySet[Any]", field: str = "amount", key: str = "invoice") -> Coalesce:
            summed = rows.filter(**{key: models.OuterRef("pk")}).order_by().values(key).annotate(total=models.Sum(field)).values("total")
            return Coalesce(models.Subquery(summed), ZERO, output_field=models.DecimalField(**MONEY))

        # `Any`: the names are declared on the model, for whoever reads them.
        rows: Any = self
        owed = models.F("gross") - models.F("paid_at_issue") - models.F("paid") - models.F("credited") + models.F("refunded")
        found: InvoiceQuerySet = rows.annotate(
            paid=total(Payment.objects.all()),
            credited=total(Invoice.objects.filter(kind=Kind.CREDIT), "gross", "corrects"),
            refunded=total(Refund.objects.done()),
            # Rounded: SQLite counts in floats, and what is paid to the cent must remain at nothing there too.
        ).annotate(remaining=Round(owed, 2, output_field=models.DecimalField(**MONEY)))
        return found

    def unpaid(self) -> "InvoiceQuerySet":
        """Invoices of which something remains to pay."""
        return self.invoices().with_balance().filter(models.Q(remaining__gt=0))

    def unpublished(self) -> "InvoiceQuerySet":
        """Issued, and whose file is not made yet: what the sweep renders."""
        return self.filter(document=None)


class Invoice(Kept):
    """An issued invoice (380) or credit note (381): seller, buyer, texts, lines and totals as they were that day (R2).

    Amounts of a credit note are positive (R3). `key` names the fact, so that asking twice is asking once:
    « memberships.membership:12:1 »; the one that replaces a credited one ends with 2.
    """

    kind = models.CharField("nature", max_length=7, choices=Kind)
    number = models.CharField("numéro", max_length=20, unique=True)
    year = models.PositiveSmallIntegerField("année")
    sequence = models.PositiveIntegerField("rang")
    key = models.CharField("fait facturé", max_length=120, unique=True)
    about = models.CharField("objet", max_length=100, db_index=True)
    subject = models.CharField("intitulé", max_length=200)
    issued_on = models.DateField("date")
    issued_at = models.DateTimeField("émise à")
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)
    is_specimen = models.BooleanField("spécimen", default=False)
    corrects = models.ForeignKey(
        "self", verbose_name="corrige", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes"
    )
    replaces = models.ForeignKey(
        "self", verbose_name="remplace", on_delete=models.PROTECT, null=True, blank=True, related_name="replacements"
    )
    reason = models.CharField("motif", max_length=300, blank=True)
    # The only column that may change: where the document is filed when two rows of the register are united. What it says does not.
    organisation = models.ForeignKey(
        Organisation, verbose_name="organisme", on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    # The seller's and the buyer's data as printed: `billing.parties` says their keys.
    seller = models.JSONField("émetteur")
    buyer = models.JSONField("destinataire")
    buyer_name = models.CharField("destinataire", max_length=200)
    buyer_siret = models.CharField("SIRET du destinataire", max_length=14, blank=True)
    service_code = models.CharField("code service", max_length=100, blank=True)
    commitment_number = models.CharField("numéro d’engagement ou de commande", max_length=50, blank=True)
    contract_number = models.CharField("numéro de marché", max_length=50, blank=True)
    via_chorus = models.BooleanField("par Chorus Pro", default=False)
    terms = models.JSONField("mentions")
    period_start = models.DateField("période : du", null=True, blank=True)
    period_end = models.DateField("au", null=True, blank=True)
    delivered_on = models.DateField("service fait le", null=True, blank=True)
    due_on = models.DateField("échéance", null=True, blank=True)
    net = models.DecimalField("total HT", **MONEY)
    vat = models.DecimalField("total TVA", **MONEY)
    gross = models.DecimalField("total TTC", **MONEY)
    # Paid online before the issue: the document says so (S2, BR-FR-CO-09).
    paid_at_issue = models.DecimalField("déjà payé", default=ZERO, **MONEY)
    paid_on = models.DateField("payée le", null=True, blank=True)
    payment_reference = models.CharField("référence de paiement", max_length=25, blank=True)
    line_count = models.PositiveSmallIntegerField("lignes")
    search = models.TextField("recherche", blank=True, editable=False)

    objects = InvoiceQuerySet.as_manager()

    # The lines of a document that is not a row yet (`billing.services.drawn`).
    drawn_lines: "list[Line] | None" = None
    # Read with `with_balance`.
    paid: Decimal
    credited: Decimal
    refunded: Decimal
    remaining: Decimal
    # Read with `billing.standing.with_standing`.
    last_paid_on: date | None

    class Meta:
        verbose_name = "facture"
        verbose_name_plural = "factures et avoirs"
        ordering = ["-issued_on", "-pk"]
        permissions = [
            ("issue_invoice", "émettre, créditer et remplacer une facture"),
            ("reconcile_payment", "rapprocher, annuler un rapprochement, rembourser"),
            ("export_accounts", "exporter les écritures"),
        ]
        indexes = [models.Index(fields=["issued_on", "id"], name="invoice_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "sequence"], name="invoice_number_once"),
            models.CheckConstraint(name="invoice_kind_is_known", condition=models.Q(kind__in=Kind.values)),
            models.CheckConstraint(
                # To half a cent: SQLite adds amounts as floats, and 283.67 + 56.73 is not 340.40 there.
                name="invoice_totals_add_up",
                condition=models.Q(net__gte=0, vat__gte=0)
                & models.Q(gross__gt=models.F("net") + models.F("vat") - HALF_A_CENT)
                & models.Q(gross__lt=models.F("net") + models.F("vat") + HALF_A_CENT),
            ),
            models.CheckConstraint(
                name="invoice_credit_corrects_one",
                condition=models.Q(kind=Kind.CREDIT, corrects__isnull=False) | models.Q(kind=Kind.INVOICE, corrects=None),
            ),
            models.CheckConstraint(name="invoice_paid_at_most_its_total", condition=models.Q(paid_at_issue__lte=models.F("gross"))),
            models.CheckConstraint(name="invoice_has_lines", condition=models.Q(line_count__gt=0)),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("invoice", args=[self.number])

    @property
    def type_code(self) -> str:
        return TYPE_CODES[Kind(self.kind)]

    @property
    def is_credit(self) -> bool:
        return self.kind == Kind.CREDIT

    @property
    def title(self) -> str:
        """« Facture F2027-0001 », « Avoir A2027-0001 »."""
        return f"{capfirst(str(Kind(self.kind).label))} {self.number}"

    @property
    def all_lines(self) -> "list[Line]":
        """Its lines, drawn or kept, in order."""
        return self.drawn_lines if self.drawn_lines is not None else list(self.lines.all())

    @property
    def due(self) -> Decimal:
        """What the document itself asks for: what came since is not printed on it."""
        return self.gross - self.paid_at_issue


class Line(Kept):
    """A line, as issued. The database refuses a rank above the invoice's `line_count`: nothing is added to what was issued."""

    WORDS: ClassVar[dict[str, Any]] = {}

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="lines")
    rank = models.PositiveSmallIntegerField("rang")
    label = models.CharField("désignation", max_length=200)
    description = models.CharField("précision", max_length=300, blank=True)
    quantity = models.DecimalField("quantité", max_digits=9, decimal_places=2, default=Decimal(1))
    # Four decimals, so that any quantity of a price with tax comes out to the cent (billing.md decision 4).
    unit_net = models.DecimalField("prix unitaire HT", max_digits=13, decimal_places=4)
    net = models.DecimalField("montant HT", **MONEY)
    # By subtraction from the price list, shared over the lines (`billing.amounts`): not what the rate would give again.
    vat = models.DecimalField("montant de TVA", default=ZERO, **MONEY)
    vat_category = models.CharField("régime", max_length=1, choices=VatCategory)
    vat_rate = models.DecimalField("taux", max_digits=5, decimal_places=2, default=ZERO)
    exemption_code = models.CharField("code du motif", max_length=30, blank=True)
    exemption_text = models.CharField("mention", max_length=200, blank=True)
    account = models.CharField("compte de produit", max_length=10)
    period_start = models.DateField("période : du", null=True, blank=True)
    period_end = models.DateField("au", null=True, blank=True)

    objects = KeptQuerySet["Line"].as_manager()

    class Meta:
        verbose_name = "ligne de facture"
        verbose_name_plural = "lignes de facture"
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "rank"], name="line_rank_once"),
            models.CheckConstraint(name="line_rank_from_one", condition=models.Q(rank__gte=1)),
        ]

    def __str__(self) -> str:
        return self.label


class InvoiceFile(Kept):
    """The one file of an issued document, with its fingerprint, checked each night (R2)."""

    WORDS: ClassVar[dict[str, Any]] = {}

    invoice = models.OneToOneField(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="document")
    file = models.FileField("fichier", upload_to="factures/", max_length=200)
    sha256 = models.CharField("empreinte", max_length=64)
    size = models.PositiveIntegerField("octets")
    made_at = models.DateTimeField("fait à")

    objects = KeptQuerySet["InvoiceFile"].as_manager()

    class Meta:
        verbose_name = "fichier de facture"
        verbose_name_plural = "fichiers de facture"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.invoice.number}.pdf"


class FileFault(models.Model):
    """A file that is no longer what was issued, as the night's check found it; gone once the file is right again."""

    invoice = models.OneToOneField(Invoice, verbose_name="facture", on_delete=models.CASCADE, related_name="fault")
    what = models.CharField("ce qui ne va pas", max_length=200)
    found_at = models.DateTimeField("trouvé à")

    class Meta:
        verbose_name = "fichier altéré"
        verbose_name_plural = "fichiers altérés"
        ordering = ["found_at", "pk"]

    def __str__(self) -> str:
        return f"{self.invoice.number} : {self.what}"
