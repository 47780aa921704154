"""What the treasurer decides once and every invoice copies: VAT regime, legal texts, accounts, files for finance departments."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import FileExtensionValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from billing.states import SupplierFileKind, VatCategory

validate_account = RegexValidator(r"^\d{3,10}$", "Un numéro de compte a de 3 à 10 chiffres.")


class TaxProfile(models.Model):
    """A VAT regime, copied onto each line at issue (billing.md decision 3, section 6). The code never guesses which applies."""

    name = models.CharField("nom", max_length=120, unique=True)
    category = models.CharField("régime", max_length=1, choices=VatCategory, default=VatCategory.EXEMPT)
    rate = models.DecimalField(
        "taux", max_digits=5, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    exemption_code = models.CharField("code du motif", max_length=30, blank=True, help_text="Liste VATEX, par exemple VATEX-FR-CGI261-7.")
    exemption_text = models.CharField(
        "mention imprimée", max_length=200, blank=True, help_text="Les mêmes mots sur la page et dans le fichier structuré."
    )
    account = models.CharField(
        "compte de produit", max_length=10, default="756", validators=[validate_account], help_text="756 cotisations, 706 formation."
    )

    class Meta:
        verbose_name = "régime de TVA"
        verbose_name_plural = "régimes de TVA"
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(name="tax_category_is_known", condition=models.Q(category__in=VatCategory.values)),
            models.CheckConstraint(
                name="tax_rate_suits_its_category",
                condition=models.Q(category=VatCategory.TAXED, rate__gt=0) | (~models.Q(category=VatCategory.TAXED) & models.Q(rate=0)),
                violation_error_message="Un régime taxé a un taux ; un régime exonéré ou hors champ n’en a pas.",
            ),
            models.CheckConstraint(
                name="tax_exemption_says_why",
                condition=models.Q(category=VatCategory.TAXED) | ~(models.Q(exemption_code="") | models.Q(exemption_text="")),
                violation_error_message="Dites le motif, son code et sa mention : ils sont obligatoires sur la facture.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Terms(models.Model):
    """The texts and accounts of every invoice to come, one row. What was issued keeps those it was issued with."""

    late_penalty = models.TextField(
        "pénalités de retard",
        default=(
            "En cas de retard de paiement, intérêts moratoires au taux de la Banque centrale européenne majoré de huit points, "
            "exigibles de plein droit."
        ),
        help_text="Note PMD de la facture (domain.md D5).",
    )
    indemnity = models.TextField(
        "indemnité de recouvrement",
        default="Indemnité forfaitaire pour frais de recouvrement : 40 €.",
        help_text="Note PMT de la facture.",
    )
    discount = models.TextField("escompte", default="Pas d’escompte pour paiement anticipé.", help_text="Note AAB de la facture.")
    vat_on_debits = models.BooleanField("option pour le paiement de la TVA d’après les débits", default=False)
    buyer_account = models.CharField("compte des clients", max_length=10, default="411", validators=[validate_account])
    vat_account = models.CharField("compte de TVA collectée", max_length=10, default="44571", validators=[validate_account])
    bank_account = models.CharField("compte de banque", max_length=10, default="512", validators=[validate_account])
    cash_account = models.CharField("compte de caisse", max_length=10, default="530", validators=[validate_account])
    card_account = models.CharField("compte d’attente des cartes", max_length=10, default="511", validators=[validate_account])
    difference_account = models.CharField("compte des écarts", max_length=10, default="658", validators=[validate_account])

    class Meta:
        verbose_name = "conditions de facturation"
        verbose_name_plural = "conditions de facturation"
        constraints = [models.CheckConstraint(name="terms_are_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return "Conditions de facturation"

    @classmethod
    def current(cls) -> "Terms":
        """Return the one row; a fresh portal answers with the defaults, unsaved."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Accounts(Terms):
    """The page « Comptes » of the admin, under its own name: no row of its own."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "comptes"
        verbose_name_plural = "comptes et écritures"


class SupplierFile(models.Model):
    """A file that finance departments ask for: RIB, statutes, vote of the rates. Kept by the treasurer, offered on the finance page."""

    EXTENSIONS: ClassVar[list[str]] = ["pdf"]

    kind = models.CharField("nature", max_length=10, choices=SupplierFileKind)
    title = models.CharField("titre", max_length=120)
    year = models.PositiveSmallIntegerField("année", null=True, blank=True, help_text="Pour le vote des tarifs d’une année.")
    file = models.FileField("fichier", upload_to="fournisseur/", validators=[FileExtensionValidator(EXTENSIONS)])
    sha256 = models.CharField("empreinte", max_length=64, editable=False)
    is_offered = models.BooleanField("proposé aux services financiers", default=True)
    added_at = models.DateTimeField("déposé le", editable=False)

    class Meta:
        verbose_name = "pièce du fournisseur"
        verbose_name_plural = "pièces du fournisseur"
        ordering = ["kind", "-year", "-pk"]
        constraints = [models.CheckConstraint(name="supplier_file_kind_is_known", condition=models.Q(kind__in=SupplierFileKind.values))]

    def __str__(self) -> str:
        return self.title
