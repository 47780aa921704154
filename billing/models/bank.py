"""What the bank said: statements and their lines, each kept once whatever is imported again."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Coalesce, Round

from billing.states import Method, StatementFormat
from core.folding import fold

if TYPE_CHECKING:
    from accounts.models import User

RECONCILE = "billing.reconcile_payment"
MONEY: dict[str, Any] = {"max_digits": 11, "decimal_places": 2}


class BankMapping(models.Model):
    """How to read a bank's CSV: kept, so that the second statement is one click."""

    name = models.CharField("nom", max_length=80, unique=True)
    encoding = models.CharField("encodage", max_length=20, blank=True, help_text="Vide : reconnu seul.")
    delimiter = models.CharField("séparateur", max_length=1, blank=True, help_text="Vide : reconnu seul.")
    date_format = models.CharField("format des dates", max_length=20, default="%d/%m/%Y")
    # Heading of the file for each of ours: date, label, amount (or debit and credit), reference, payer, iban.
    columns = models.JSONField("colonnes", default=dict)

    class Meta:
        verbose_name = "lecture d’un relevé CSV"
        verbose_name_plural = "lectures de relevés CSV"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, user: "User") -> "StatementQuerySet":
        return self if user.has_perm(RECONCILE) else self.none()

    def imported(self) -> "StatementQuerySet":
        return self.exclude(imported_at=None)

    def tried(self) -> "StatementQuerySet":
        """Deposited, read, and that nobody has imported."""
        return self.filter(imported_at=None)


class Statement(models.Model):
    """A file of the bank, as it came: deposited and shown first, imported when somebody says so."""

    name = models.CharField("fichier", max_length=200)
    file = models.FileField("contenu", upload_to="releves/", blank=True)
    digest = models.CharField("empreinte", max_length=64, db_index=True)
    format = models.CharField("format", max_length=4, choices=StatementFormat)
    mapping = models.ForeignKey(BankMapping, verbose_name="lecture", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    iban = models.CharField("compte", max_length=34, blank=True)
    starts_on = models.DateField("du", null=True, blank=True)
    ends_on = models.DateField("au", null=True, blank=True)
    # What the account held before the first line and after the last, when the file says it.
    opening = models.DecimalField("solde de départ", null=True, blank=True, **MONEY)
    closing = models.DecimalField("solde de fin", null=True, blank=True, **MONEY)
    entries_read = models.PositiveIntegerField("lignes lues", default=0)
    entries_new = models.PositiveIntegerField("lignes nouvelles", default=0)
    deposited_at = models.DateTimeField("déposé à", null=True, blank=True)
    imported_at = models.DateTimeField("importé à", null=True, blank=True)
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = "relevé"
        verbose_name_plural = "relevés"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class StatementEntryQuerySet(models.QuerySet["StatementEntry"]):
    def visible_to(self, user: "User") -> "StatementEntryQuerySet":
        return self if user.has_perm(RECONCILE) else self.none()

    def with_rest(self) -> "StatementEntryQuerySet":
        """Annotate `rest`: what of the line is neither counted for an invoice nor to be given back."""
        from billing.models.payment import Payment, Refund

        def total(rows: "models.QuerySet[Any]") -> Coalesce:
            summed = rows.filter(entry=models.OuterRef("pk")).order_by().values("entry").annotate(total=models.Sum("amount"))
            return Coalesce(models.Subquery(summed.values("total")), Decimal(0), output_field=models.DecimalField(**MONEY))

        given_back = Refund.objects.filter(given_up_at=None)
        left = models.F("amount") - total(Payment.objects.all()) - total(given_back)
        # Rounded: SQLite counts in floats.
        return self.annotate(rest=Round(left, 2, output_field=models.DecimalField(**MONEY)))

    def to_reconcile(self) -> "StatementEntryQuerySet":
        """Lines that wait for a person: money in that nobody has placed whole; of money out, what takes a payment back or may be a refund.

        The association's other spending goes through the same account: it waits for nobody here.
        """
        from billing.models.payment import Payment, Refund

        owed = Refund.objects.open().filter(method=Method.TRANSFER, amount=-models.OuterRef("amount"))
        placed = models.Exists(Payment.objects.filter(entry=models.OuterRef("pk")))
        came = models.Q(amount__gt=0, rest__gt=0)
        left = models.Q(amount__lt=0, closes=None) & ~placed & (models.Q(is_return=True) | models.Exists(owed))
        return self.filter(set_aside_at=None).with_rest().filter(came | left)

    def coming_in(self) -> "StatementEntryQuerySet":
        return self.filter(amount__gt=0)


class StatementEntry(models.Model):
    """One line of a statement (billing.md section 8): what the bank said never changes; what we make of it are payments beside it."""

    statement = models.ForeignKey(Statement, verbose_name="relevé", on_delete=models.PROTECT, related_name="entries")
    # Of the account, the bank's reference, the date, the amount and the line: the same line twice is one row.
    fingerprint = models.CharField("empreinte", max_length=64, unique=True)
    iban = models.CharField("compte", max_length=34, blank=True)
    bank_reference = models.CharField("référence de la banque", max_length=140, blank=True)
    booked_on = models.DateField("date")
    value_on = models.DateField("date de valeur", null=True, blank=True)
    amount = models.DecimalField("montant", **MONEY)
    currency = models.CharField("devise", max_length=3, default="EUR")
    label = models.TextField("libellé", blank=True)
    # ISO 11649, or the end-to-end reference: what the payer's bank passed on.
    structured_reference = models.CharField("référence structurée", max_length=140, blank=True)
    end_to_end = models.CharField("référence de bout en bout", max_length=140, blank=True)
    party_name = models.CharField("payeur ou bénéficiaire", max_length=140, blank=True)
    party_iban = models.CharField("son IBAN", max_length=34, blank=True, db_index=True)
    # A returned or rejected transfer says so, with the reference of the one it takes back.
    is_return = models.BooleanField("retour", default=False)
    search = models.TextField("recherche", blank=True, editable=False)
    # Perhaps what another statement has told: nothing closes by itself, a person says (`billing.twins`).
    doubt = models.CharField("doute", max_length=300, blank=True)
    set_aside_at = models.DateTimeField("écartée à", null=True, blank=True)
    set_aside_by = models.CharField("écartée par", max_length=200, blank=True)
    set_aside_reason = models.CharField("motif", max_length=300, blank=True)

    objects = StatementEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de relevé"
        verbose_name_plural = "lignes de relevé"
        ordering = ["-booked_on", "-pk"]
        indexes = [models.Index(fields=["set_aside_at", "amount"], name="entry_to_reconcile")]
        constraints = [models.CheckConstraint(name="entry_is_some_money", condition=~models.Q(amount=0))]

    def __str__(self) -> str:
        return f"{self.booked_on:%d/%m/%Y} {self.party_name or self.label[:60]}"

    @property
    def left(self) -> Decimal:
        """What `with_rest` found: of what came, what nobody has placed."""
        found: Decimal = self.__dict__.get("rest", self.amount)
        return found

    def derive(self) -> None:
        """Fold what is searched."""
        self.search = fold(self.party_name, self.label, self.structured_reference, self.end_to_end, self.bank_reference, self.party_iban)
