"""The form of the association's record."""

from functools import partial

from django import forms
from stdnum import iban

from core.numbers import compact
from records.models import Association


class AssociationForm(forms.ModelForm):
    """Numbers are typed with spaces and stored without."""

    class Meta:
        model = Association
        fields = "__all__"  # noqa: DJ007 - one record, all of it edited by those the roles let in
        field_classes = {"website": partial(forms.URLField, assume_scheme="https")}

    def clean_iban(self) -> str:
        return str(iban.compact(self.cleaned_data["iban"]))

    def clean_siret(self) -> str:
        return compact(self.cleaned_data["siret"])
