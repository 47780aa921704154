"""Our own data: what pages, letters and PDFs print of the association."""

from time import monotonic
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from stdnum import iban
from stdnum.exceptions import ValidationError as NumberError

from core.numbers import validate_siret


def validate_iban(value: str) -> None:
    """Refuse an IBAN whose key is wrong."""
    try:
        iban.validate(value)
    except NumberError:
        raise ValidationError("Cet IBAN n’est pas valide : vérifiez sa saisie.") from None


# How old what every page and letter prints of the association may be, in seconds.
SHOWN_FOR = 10


class Association(models.Model):
    """Our own data, one row: printed on pages, letters and PDFs, edited in the admin with history."""

    _shown: ClassVar[tuple[float, "Association"] | None] = None

    name = models.CharField("dénomination", max_length=120, default="La 27e Région")
    legal_form = models.CharField("forme juridique", max_length=120, default="Association loi 1901")
    baseline = models.CharField("signature", max_length=160, default="Laboratoire de transformation publique")
    address = models.CharField("adresse", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("ville", max_length=80, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True, validators=[validate_siret])
    vat_number = models.CharField("numéro de TVA", max_length=20, blank=True)
    provider_number = models.CharField(
        "numéro d’organisme de formation", max_length=20, blank=True, help_text="Imprimé seulement s’il est renseigné."
    )
    provider_region = models.CharField(
        "préfet de région",
        max_length=120,
        blank=True,
        help_text="Auprès de qui l’activité est déclarée : « préfet de la région Île-de-France ».",
    )
    qualiopi = models.CharField(
        "certification Qualiopi",
        max_length=200,
        blank=True,
        help_text="Imprimée seulement si elle est renseignée : catégorie d’action et numéro du certificat.",
    )
    iban = models.CharField("IBAN", max_length=34, blank=True, validators=[validate_iban])
    bic = models.CharField("BIC", max_length=11, blank=True)
    representative = models.CharField("représentant légal", max_length=120, blank=True)
    publication_director = models.CharField("direction de la publication", max_length=120, blank=True)
    host = models.TextField("hébergeur", blank=True, help_text="Nom, adresse et téléphone de l’hébergeur du site.")
    website = models.URLField("site web", blank=True)
    contact_email = models.EmailField("adresse générale", default="contact@la27eregion.example")
    dues_email = models.EmailField("adresse pour les cotisations", blank=True)
    events_email = models.EmailField("adresse pour les événements", blank=True)
    press_email = models.EmailField("adresse pour la presse", blank=True)
    accessibility_email = models.EmailField("adresse pour l’accessibilité", blank=True)
    privacy_email = models.EmailField("adresse pour les données personnelles", blank=True)
    legal_text = models.TextField("mentions légales : texte ajouté", blank=True)
    privacy_text = models.TextField("données personnelles : texte ajouté", blank=True)
    accessibility_text = models.TextField("accessibilité : texte ajouté", blank=True)
    ecodesign_text = models.TextField("écoconception : texte ajouté", blank=True)

    class Meta:
        verbose_name = "association"
        verbose_name_plural = "association"
        constraints = [models.CheckConstraint(name="association_is_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.forget_shown()

    @classmethod
    def current(cls) -> "Association":
        """Return the one record; a fresh portal answers with the defaults, unsaved."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def shown(cls) -> "Association":
        """Return the record as it was at most ten seconds ago, to print only: every page and letter reads it.

        Each process remembers its own; what must be exact (the admin, what is compared or written) asks `current`.
        """
        kept, now = cls._shown, monotonic()
        if kept is None or not 0 <= now - kept[0] < SHOWN_FOR:
            cls._shown = kept = (now, cls.current())
        return kept[1]

    @classmethod
    def forget_shown(cls) -> None:
        cls._shown = None
