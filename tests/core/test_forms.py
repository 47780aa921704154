"""The form pack `region27` and the error summary: hint and error before the field, the ids Django points at."""

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Div, Fieldset, Hidden, Layout, Submit
from django import forms
from django.template import engines

ASK = "{% load crispy_forms_tags portail %}{% error_summary form %}{% crispy form %}"


class Essai(forms.Form):
    name = forms.CharField(label="Votre nom ?", help_text="Comme sur l'arrêté <b>.")
    branch = forms.ChoiceField(label="Vous travaillez", choices=[("E", "État"), ("T", "Territoriale")], widget=forms.RadioSelect)
    tastes = forms.MultipleChoiceField(
        label="Envies", choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple, required=False, help_text="Une ou deux."
    )
    note = forms.CharField(label="Remarque", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agreed = forms.BooleanField(label="Mon administration est d'accord.")
    secret = forms.CharField(widget=forms.HiddenInput, initial="x", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Fieldset("Vous", "name", "branch", css_id="vous"),
            Div("tastes", "note", css_class="deux"),
            "agreed",
            "secret",
            Hidden("step", "2"),
            ButtonHolder(Submit("go", "Relire"), Submit("later", "Plus tard", css_class="btn-s btn-2")),
        )

    def clean(self) -> None:
        if self.data.get("name") == "trop":
            raise forms.ValidationError("L'ensemble ne va pas !")


def _html(form: forms.Form | None, source: str = ASK) -> str:
    return engines["django"].from_string(source).render({"form": form})


def test_a_fresh_form_has_no_summary_and_says_what_is_optional():
    page = _html(Essai())
    assert "data-errors" not in page
    assert page.count("(facultatif)") == 2
    assert '<fieldset class="group" id="vous"><legend>Vous</legend>' in page
    assert '<div class="deux">' in page
    assert '<input type="hidden" name="step" value="2">' in page
    assert '<input type="hidden" name="secret" value="x" id="id_secret">' in page


def test_the_hint_comes_before_the_field_that_points_at_it():
    page = _html(Essai())
    hint = '<p class="hint" id="id_name_helptext">Comme sur l’arrêté &lt;b&gt;.</p>'
    assert page.index(hint) < page.index('<input type="text" name="name"')
    assert 'aria-describedby="id_name_helptext"' in page
    assert '<fieldset class="field choices" aria-describedby="id_tastes_helptext">' in page


def test_what_is_wrong_is_said_before_the_field_and_tied_to_it():
    page = _html(Essai({"branch": ""}))
    error = '<p class="error" id="id_name_error">Ce champ est obligatoire.</p>'
    assert page.index(error) < page.index('<input type="text" name="name"')
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert '<fieldset class="field choices bad" aria-describedby="id_branch_error">' in page


def test_the_summary_counts_and_leads_to_each_field():
    page = _html(Essai({"branch": "", "name": ""}))
    assert "Il reste 3 points à corriger" in page
    assert '<a href="#id_name">Votre nom\u00a0: Ce champ est obligatoire.</a>' in page
    assert '<a href="#id_branch_0">Vous travaillez\u00a0: Ce champ est obligatoire.</a>' in page
    assert '<a href="#id_agreed">Mon administration est d’accord\u00a0: Ce champ est obligatoire.</a>' in page


def test_each_address_of_the_summary_is_on_the_page():
    page = _html(Essai({}))
    for target in ["id_name", "id_branch_0", "id_agreed"]:
        assert f'id="{target}"' in page


def test_one_error_about_the_whole_form_is_one_point():
    page = _html(Essai({"name": "trop", "branch": "E", "agreed": "on"}))
    assert "Il reste un point à corriger" in page
    assert "<li>L’ensemble ne va pas\u202f!</li>" in page


def test_the_main_button_is_large_and_the_others_are_not():
    page = _html(Essai())
    assert '<button type="submit" name="go" value="1" class="btn btn-primary btn-l" id="submit-id-go">Relire</button>' in page
    assert 'class="btn btn-primary btn-s btn-2"' in page


@pytest.mark.parametrize("form", [None, Essai(), Essai({"name": "Zoé", "branch": "E", "agreed": "on"})])
def test_nothing_wrong_is_nothing_said(form: forms.Form | None):
    assert _html(form, "{% load portail %}{% error_summary form %}").strip() == ""
