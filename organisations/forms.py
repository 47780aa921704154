"""What staff type about the register; the field that names a body, wherever a form asks for one."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from core import clock
from core.forms import form_helper
from core.numbers import numbers_in
from core.refusals import Refused
from organisations import services, sheets
from organisations.models import Organisation

_KEY = re.compile(r"\[(\d{1,15})\]\s*$")
SHOWN = 8
LONGEST = 300


class SuggestInput(forms.TextInput):
    """A line where names are proposed while typing (static/js/suggest.js); without JavaScript, a line."""

    def __init__(self, source: str) -> None:
        super().__init__({"data-suggest": reverse_lazy(source), "spellcheck": "false", "autocomplete": "off", "maxlength": LONGEST})


class BodyField(forms.CharField):
    """A body of the register, named in words: its name, an alias, its SIREN or SIRET, or « Nom [12] », its number.

    A search as well: what means several bodies, or none, is answered with the names of those it may be.
    """

    default_error_messages = {"required": "Dites de quel organisme il s’agit."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": SuggestInput("admin:organisations_organisation_proposals"), **options})

    def prepare_value(self, value: Any) -> Any:
        return f"{value} [{value.pk}]" if isinstance(value, Organisation) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Organisation):
            return value
        text = (super().to_python(value) or "")[:LONGEST]
        if not text:
            return None
        if key := _KEY.search(text):
            return self._numbered(int(key[1]))
        return services.recognise(text, now=clock.now()) or self._refuse(text)

    def _numbered(self, pk: int) -> Organisation:
        body = Organisation.objects.filter(pk=pk).select_related("merged_into").first()
        if body is None:
            raise ValidationError(f"Aucun organisme ne porte le numéro {pk}.")
        return body.standing

    def _refuse(self, text: str) -> Organisation:
        """Answer with what it may be: one copies the line of the right one."""
        found = list(Organisation.objects.standing().searched(text)[: SHOWN + 1])
        names = [f"{body} [{body.pk}] ({body.note})" for body in found[:SHOWN]]
        places = [proposal.name for proposal in services.propose(text, now=clock.now()) if all(proposal.name not in name for name in names)]
        if proposed := (names + places)[:SHOWN]:
            more = ", et d’autres" if len(found) > SHOWN else ""
            raise ValidationError(f"« {text[:80]} » peut être : {' ; '.join(proposed)}{more}. Recopiez le nom du bon, avec son numéro.")
        hint = " Le numéro est bon, mais le répertoire ne le connaît pas." if numbers_in(text) else ""
        raise ValidationError(f"Aucun organisme ne s’appelle « {text[:80]} ».{hint}")


class MergeForm(forms.Form):
    """The second of two rows that are one body."""

    other = BodyField(
        label="L’autre organisme", help_text="Celui qui fait double emploi. L’écran suivant montre ce qui passera, avant de rien faire."
    )
    helper = form_helper()


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Pourquoi ?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    helper = form_helper()


class ConfirmMergeForm(ReasonForm):
    """The reason, and, when something makes one doubt, a tick."""

    sure = forms.BooleanField(
        label="C’est bien un seul et même organisme, et je sais que les réunir est définitif",
        error_messages={"required": "Cochez cette case, ou gardez les deux."},
    )

    def __init__(self, data: Any = None, *, plan: services.MergePlan) -> None:
        super().__init__(data)
        self.fields["reason"].required = plan.sirets_differ
        if not plan.cautions:
            del self.fields["sure"]


class SuccessionForm(forms.Form):
    new = BodyField(label="Remplacé par", help_text="L’organisme qui prend la suite : nom, sigle ou SIRET.")
    on = forms.DateField(
        label="À partir du",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Avant ce jour, l’ancien agit encore ; dès ce jour, le nouveau, avec ses contacts et ses dossiers.",
    )
    helper = form_helper()


class ImportForm(forms.Form):
    """A table to try: what cannot be read is refused at once, in words."""

    file = forms.FileField(
        label="Tableau à importer",
        help_text="Un fichier CSV de 10 Mo et 20 000 lignes au plus, séparé par des points-virgules, des virgules ou des tabulations.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        error_messages={"empty": "Ce fichier est vide.", "required": "Choisissez un fichier."},
    )
    helper = form_helper()

    def __init__(self, *args: Any, table: str = "organisations", **options: Any) -> None:
        super().__init__(*args, **options)
        self.table = table

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > sheets.LARGEST:
            raise ValidationError(f"Ce fichier est trop lourd : {sheets.LARGEST // 1024 // 1024} Mo au plus.")
        try:
            self.content = upload.read()
            self.read(self.content, self.table)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return upload

    @staticmethod
    def read(content: bytes, table: str) -> None:
        from organisations import importing

        importing.read(content, table)
