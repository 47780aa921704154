"""What the team decides for the sale of a day, and the versions of the conditions of sale."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms

from billing.forms import DayField, EuroField
from billing.models import TaxProfile
from bookings import tiers
from bookings.models import SaleConditions, SessionTerms
from bookings.sales import REGIME_OF_DUES, is_of_dues, tax_of
from core.clock import PARIS
from core.forms import form_helper
from core.refusals import Refused
from programmes.models import TrainingSession
from records.history import DateTimeInput

TIERS = 4


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Openings, member price, minimum, dates, words of the agreement. The regime of VAT agrees with the day's page (C1)."""

    member_price = EuroField(label="Prix TTC des adhérents", required=False, help_text="Vide : celui de tout le monde.")
    decides_on = DayField(label="Décision de maintien le", required=False, help_text="Vide : vingt et un jours avant.")
    names_until = DayField(label="Noms à donner jusqu’au", required=False, help_text="Vide : dix jours avant.")

    class Meta:
        model = SessionTerms
        fields = (
            "opens_at", "tax_profile", "member_price", "minimum", "decides_on", "names_until", "objectives", "conduct", "assessment",
            "public_contributions", "material",
        )  # fmt: skip
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in ("objectives", "conduct", "assessment", "material")} | {
            "opens_at": DateTimeInput()
        }

    helper = form_helper()

    def __init__(self, *args: Any, session: TrainingSession, **options: Any) -> None:
        super().__init__(*args, **options)
        self.session = self.instance.session = session
        profiles: Any = self.fields["tax_profile"]
        profiles.queryset, profiles.empty_label = TaxProfile.objects.order_by("name", "pk"), None
        # Those of dues are not offered; the one kept shows all the same, and is refused in words.
        kept = self.instance.tax_profile_id
        profiles.widget.choices = [(row.pk, str(row)) for row in profiles.queryset if row.pk == kept or not is_of_dues(row)]

    def clean_tax_profile(self) -> TaxProfile:
        """The association decides, and says it the same way in both places."""
        profile: TaxProfile = self.cleaned_data["tax_profile"]
        self.session.terms = SessionTerms(session=self.session, tax_profile=profile)
        try:
            tax_of(self.session)
        except Refused as refusal:
            if str(refusal) == REGIME_OF_DUES:
                raise forms.ValidationError(
                    "Ce régime est celui des cotisations (compte 756) : une formation a le sien, au compte 706. "
                    "Choisissez-le, ou créez-le parmi les régimes de TVA."
                ) from None
            raise forms.ValidationError(
                f"La page de la journée dit « {self.session.get_vat_mode_display()} » : ce régime n’est pas celui-là. "
                "Choisissez-en un autre, ou corrigez la fiche de la journée."
            ) from None
        return profile

    def clean_member_price(self) -> Decimal | None:
        price: Decimal | None = self.cleaned_data["member_price"]
        if price is not None and price > self.session.price:
            raise forms.ValidationError("Le prix des adhérents dépasse celui de tout le monde.")
        return price

    def clean_minimum(self) -> int:
        minimum: int = self.cleaned_data["minimum"]
        if minimum > self.session.seats:
            raise forms.ValidationError(f"La journée n’a que {self.session.seats} places.")
        return minimum

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for name, words in (("decides_on", "La décision"), ("names_until", "Ce jour")):
            if said.get(name) and said[name] >= self.session.day:
                self.add_error(name, f"{words} vient avant la journée, le {self.session.day:%d/%m/%Y}.")
        if (at := said.get("opens_at")) and at.astimezone(PARIS).date() > self.session.day:
            self.add_error("opens_at", "Les inscriptions ouvrent avant la journée.")
        return said


class ConditionsForm(forms.Form):
    """A new version: text, tiers, and from when."""

    text = forms.CharField(
        label="Conditions de vente", widget=forms.Textarea(attrs={"rows": 16}), help_text="Markdown. Montrées avant la commande.",
        error_messages={"required": "Écrivez les conditions."},
    )  # fmt: skip
    in_force_from = forms.DateTimeField(
        label="En vigueur à partir du", widget=DateTimeInput(),
        error_messages={"required": "Donnez une date et une heure.", "invalid": "Donnez une date et une heure."},
    )  # fmt: skip
    helper = form_helper()

    def __init__(self, *args: Any, last: SaleConditions | None, now: datetime, **options: Any) -> None:
        known = [{"days": tier.days, "percent": tier.percent} for tier in tiers.tiers_of(last)] if last else []
        moment = now.astimezone(PARIS).replace(second=0, microsecond=0)
        initial: dict[str, Any] = {"text": last.text if last else "", "in_force_from": moment}
        for rank in range(TIERS):
            row: dict[str, Any] = known[rank] if rank < len(known) else {}
            initial |= {f"days_{rank}": row.get("days"), f"percent_{rank}": row.get("percent")}
        super().__init__(*args, **{**options, "initial": initial})
        self.now = now
        for rank in range(TIERS):
            self._add_tier(rank)

    def _add_tier(self, rank: int) -> None:
        words = f"Palier {rank + 1}"
        errors = {"invalid": "Donnez un nombre entier.", "min_value": "0 au moins.", "max_value": "Trop grand."}
        self.fields[f"days_{rank}"] = forms.IntegerField(
            label=f"{words} : au moins tant de jours avant", required=False, min_value=0, max_value=365, error_messages=errors
        )
        self.fields[f"percent_{rank}"] = forms.IntegerField(
            label=f"{words} : pour cent rendus", required=False, min_value=0, max_value=100, error_messages=errors
        )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for rank in range(TIERS):
            if (said.get(f"days_{rank}") is None) != (said.get(f"percent_{rank}") is None) and not self.errors:
                self.add_error(f"percent_{rank}", "Un palier dit ses jours et son pourcentage, ou rien.")
        if (at := said.get("in_force_from")) and at < self.now.replace(second=0, microsecond=0):
            self.add_error("in_force_from", "Une version ne commence pas dans le passé : ce qui est accepté ne change pas.")
        if not self.errors:
            for words in tiers.faults(self.rows()):
                self.add_error(None, words)
        return said

    def rows(self) -> list[dict[str, int]]:
        """The tiers typed, the farthest from the day first."""
        said = self.cleaned_data
        found = [
            {"days": said[f"days_{rank}"], "percent": said[f"percent_{rank}"]}
            for rank in range(TIERS)
            if said.get(f"days_{rank}") is not None
        ]
        return sorted(found, key=lambda row: -row["days"])
