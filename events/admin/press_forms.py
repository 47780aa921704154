"""What is typed of a communiqué, checked beside its field: once it is ready, each fault of « Prêt » is refused there too."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxLengthValidator
from django.forms.models import BaseInlineFormSet
from django.utils.text import capfirst

from core import clock
from events.models import PressContact, PressFile, PressLink, PressRelease, PressSection
from events.press import checks, kit
from programmes.checks import Fault

LEDE, TEXT = 1500, 8000
MARKDOWN = "Mise en forme : **gras**, listes dont chaque ligne commence par -. Les liens se mettent plus bas, où ils sont vérifiés."
AT_ONCE = "Cette heure est passée : il paraîtrait aussitôt. Reprenez-le, changez l’heure, puis dites-le prêt."
CAME_OUT = "Il a paru entre-temps : son embargo ne se déplace plus. Relisez, puis enregistrez de nouveau, ou retirez-le."
_UPLOAD = "JPEG, PNG ou WebP (10 Mo et 24 millions de points au plus, 4 millions en PNG ou WebP), ou PDF (5 Mo). "


def _long(most: int) -> MaxLengthValidator:
    return MaxLengthValidator(most, f"Ce texte est trop long : {most} signes au plus (il en a %(show_value)s).")


class ReleaseForm(forms.ModelForm):
    what_changed = forms.CharField(
        label="Ce qui change",
        required=False,
        max_length=300,
        help_text="D’un communiqué déjà public : lu sous « Mis à jour le … », dans la page, le PDF et le flux. Vide : le portail nomme "
        "ce qui a changé.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = PressRelease
        fields = [
            "surtitle", "title", "slug", "season", "place", "dated_on", "embargo_until", "lede", "boilerplate_title", "boilerplate",
            "contacts",
        ]  # fmt: skip
        widgets = {"contacts": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contacts"].required = False
        self.fields["contacts"].help_text = "Par fonction. Un contact se crée dans « Contacts presse »."
        for name, most in (("lede", LEDE), ("boilerplate", TEXT)):
            if name in self.fields:
                self.fields[name].validators.append(_long(most))
        self.fields["lede"].help_text = "Du texte, sans mise en forme ni lien."
        self.fields["boilerplate"].help_text = MARKDOWN

    def _post_clean(self):
        super()._post_clean()
        if not self.instance.ready_at:
            return
        self._refuse_at_once()
        if not self.cleaned_data.get("contacts"):
            self.add_error("contacts", capfirst(checks.NO_CONTACT))
        for fault in checks.of_release(self.instance):
            self.add_error(fault.field if fault.field in self.fields else None, capfirst(fault.words))

    def _refuse_at_once(self) -> None:
        """An hour typed once it is ready neither makes it public by a slip, nor is set aside in silence when it came out meanwhile."""
        typed = self.cleaned_data.get("embargo_until")
        if typed and "embargo_until" in self.changed_data and typed <= clock.now():
            self.add_error("embargo_until", AT_ONCE)
            # Read as public, the row would have its embargo shown without its field, nor what is wrong in it.
            self.instance.embargo_until = self.initial["embargo_until"]
        if "embargo_until" not in self.fields and self._other_embargo():
            self.add_error(None, CAME_OUT)

    def _other_embargo(self) -> bool:
        """Another hour was typed in a form that was open when it came out."""
        try:
            typed = forms.DateTimeField().clean(self.data.get("embargo_until") or self.instance.embargo_until)
        except forms.ValidationError:
            return True
        return bool(typed != self.instance.embargo_until)


class SectionForm(forms.ModelForm):
    class Meta:
        model = PressSection
        fields = ["title", "text", "order"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].validators.append(_long(TEXT))
        self.fields["text"].help_text = MARKDOWN


def _url(label: str, **options: Any) -> forms.URLField:
    """An address typed without a scheme is of the open Internet; « # » is none."""
    wrong = {"invalid": "Cette adresse ne mène nulle part : elle commence par https://."}
    return forms.URLField(label=label, required=False, max_length=400, assume_scheme="https", error_messages=wrong, **options)


class LinkForm(forms.ModelForm):
    """A link leads to one thing, or is said to come; « # » is nowhere."""

    target = forms.ChoiceField(label="Page du portail", required=False, help_text="Une page qui sera publique à l’heure de l’embargo.")

    url = _url("Adresse", help_text="Vérifiée chaque nuit.")

    class Meta:
        model = PressLink
        fields = ["label", "section", "target", "url", "email", "is_to_come", "order"]
        help_texts = {
            "section": "Une partie nouvelle se choisit une fois enregistrée.",
            "is_to_come": "L’adresse n’existe pas encore. Avec un événement choisi au-dessus : ses organisateurs sont rappelés, et le lien "
            "s’ouvre de lui-même avec les inscriptions.",
        }

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        link = PressLink(**{name: cleaned.get(name) or "" for name in ("label", "target", "url", "email")})
        link.is_to_come = bool(cleaned.get("is_to_come"))
        if not self.errors:
            for fault in checks.of_link(link):
                self.add_error(fault.field, capfirst(fault.words))
        return cleaned


class FileForm(forms.ModelForm):
    """The content decides, never the name (`kit`)."""

    upload = forms.FileField(
        label="Fichier",
        required=False,
        help_text=f"{_UPLOAD}Une image est redessinée sans ses métadonnées. Vide : le fichier reste tel quel.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        error_messages={"empty": kit.NOT_A_FILE, "max_length": "Le nom de ce fichier est trop long : raccourcissez-le."},
    )

    class Meta:
        model = PressFile
        fields = ["upload", "caption", "credit", "licence", "order"]
        help_texts = {
            "credit": "« La 27e Région, prénom et nom »",
            "licence": "« Licence Ouverte 2.0 », « CC BY-SA 4.0 », « usage presse »",
        }

    def clean_upload(self):
        sent = self.cleaned_data.get("upload")
        if isinstance(sent, UploadedFile):
            self.kept = kit.redrawn(sent)
        elif not self.instance.pk:
            raise forms.ValidationError("Choisissez un fichier.")
        return sent

    def save(self, commit=True):
        if kept := getattr(self, "kept", None):
            kit.fill(self.instance, kept)
        return super().save(commit)


class ContactForm(forms.ModelForm):
    website = _url("Site web")

    class Meta:
        model = PressContact
        fields = ["function", "name", "phone", "mobile", "email", "website"]
        help_texts = {"function": "« Contact presse du CGET » : c’est elle qui se lit d’abord.", "name": "Facultatif."}


class RowFormSet(BaseInlineFormSet):
    """The rows below a communiqué that was said ready."""

    needed = ""

    def clean(self):
        super().clean()
        if not self.instance.ready_at:
            return
        kept = [form for form in self.forms if getattr(form, "cleaned_data", None) and form not in self.deleted_forms]
        for form in kept:
            for fault in self.faults(form.instance):
                form.add_error(fault.field if fault.field in form.fields else None, capfirst(fault.words))
        if self.needed and not kept:
            raise forms.ValidationError(self.needed)

    def faults(self, row: Any) -> list[Fault]:
        return list(checks.of_row(row, self.instance))


class SectionFormSet(RowFormSet):
    needed = capfirst(checks.NO_SECTION)


class LinkFormSet(RowFormSet):
    """Whether a page of the portal is public is asked at « Prêt », and each night."""
