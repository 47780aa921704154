"""The association's record, the audit log, and the history of what staff change."""

from collections.abc import Callable

import pytest
from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from core import clock
from core.registry import Registry
from programmes.models import Programme, Venue
from records.admin import ActAdmin, AssociationAdmin, changes_table
from records.history import HistoryAdmin, changes_of
from records.models import Act, Association
from records.services import record

pytestmark = pytest.mark.django_db
IBAN = "FR7630006000011234567890189"


@pytest.fixture
def staff() -> User:
    person = User.objects.create_user("camille@la27eregion.example", first_name="Camille", last_name="Exemple")
    for role in (Role.STAFF, Role.ADMINISTRATOR):
        person.grants.create(role=role)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def ask(staff: User, rf: RequestFactory) -> Callable[..., HttpRequest]:
    def _ask(path: str = "/admin/", data: dict[str, str] | None = None) -> HttpRequest:
        request = rf.post(path, data) if data is not None else rf.get(path)
        request.user = staff
        request._dont_enforce_csrf_checks = True
        request._messages = type("Quiet", (), {"add": lambda *_: None, "__iter__": lambda _: iter(())})()
        request.session = {}
        return request

    return _ask


def _posted(**changes: str) -> dict[str, str]:
    form = AssociationAdmin(Association, admin.site).form(instance=Association.current())
    return {name: str(form[name].value() or "") for name in form.fields} | changes


def _acts() -> list[tuple[str, str, dict]]:
    return [(act.verb, act.by_name, act.changes) for act in Act.objects.order_by("pk")]


@pytest.fixture
def no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.registry.FACTOR_GATES", Registry())


@pytest.mark.usefixtures("no_gate")
def test_a_change_of_the_record_is_kept_before_and_after(ask):
    response = AssociationAdmin(Association, admin.site).change_view(ask("/admin/", _posted(city="Exempleville", iban=IBAN)), "1")
    assert response.status_code == 302
    assert _acts() == [("modification", "Camille Exemple", {"Ville": ["", "Exempleville"], "IBAN": ["", IBAN]})]


@pytest.mark.usefixtures("no_gate")
def test_saving_without_a_change_is_no_act(ask):
    Association(pk=1).save()
    AssociationAdmin(Association, admin.site).change_view(ask("/admin/", _posted()), "1")
    assert _acts() == []


@pytest.mark.usefixtures("no_gate")
def test_ends_of_lines_as_browsers_send_them_are_no_change(ask):
    Association(pk=1, host="Hébergeur\nRue de l’Exemple").save()
    posted = _posted(host="Hébergeur\r\nRue de l’Exemple", legal_text="Une ligne.\r\nUne autre.")
    AssociationAdmin(Association, admin.site).change_view(ask("/admin/", posted), "1")
    assert _acts() == [("modification", "Camille Exemple", {"Mentions légales\u00a0: texte ajouté": ["", "Une ligne.\r\nUne autre."]})]


def test_the_list_of_acts_names_the_fields_that_changed():
    model_admin = ActAdmin(Act, admin.site)
    assert "changed" in model_admin.list_display
    assert [model_admin.changed(Act(changes=changes)) for changes in ({"IBAN": ["", IBAN], "BIC": ["", "X"]}, {})] == ["IBAN, BIC", "—"]


@pytest.mark.usefixtures("no_gate")
def test_numbers_are_typed_with_spaces_and_kept_without(ask):
    AssociationAdmin(Association, admin.site).change_view(ask("/admin/", _posted(iban="FR76 3000 6000 0112 3456 7890 189")), "1")
    assert Association.current().iban == IBAN


@pytest.mark.usefixtures("no_gate")
def test_a_wrong_iban_is_refused_in_clear_words(ask):
    response = AssociationAdmin(Association, admin.site).change_view(ask("/admin/", _posted(iban="FR7630006000011234567890188")), "1")
    assert response.context_data["adminform"].form.errors["iban"] == ["Cet IBAN n’est pas valide : vérifiez sa saisie."]


@pytest.mark.parametrize(("changes", "asked"), [({"iban": IBAN}, True), ({"bic": "AGRIFRPP"}, True), ({"city": "Lille"}, False)])
def test_only_a_change_of_bank_account_asks_the_second_factor_again(ask, monkeypatch: pytest.MonkeyPatch, changes: dict, asked: bool):
    gates: Registry[Callable[[HttpRequest], HttpResponse]] = Registry()
    gates.add(lambda _request: HttpResponseRedirect("/encore/"))
    monkeypatch.setattr("core.registry.FACTOR_GATES", gates)
    response = AssociationAdmin(Association, admin.site).change_view(ask("/admin/", _posted(**changes)), "1")
    assert (response.url == "/encore/") is asked
    assert Association.objects.filter(**changes).exists() is not asked


def test_there_is_one_record_and_nobody_adds_or_deletes_it(ask):
    model_admin = AssociationAdmin(Association, admin.site)
    assert (model_admin.has_add_permission(ask()), model_admin.has_delete_permission(ask())) == (False, False)
    assert model_admin.changelist_view(ask()).url == reverse("admin:records_association_change", args=[1])
    assert (model_admin.get_object(ask(), "1"), model_admin.get_object(ask(), "2")) == (Association(pk=1), None)


def test_the_log_is_read_and_never_touched(ask):
    model_admin = ActAdmin(Act, admin.site)
    assert (model_admin.has_add_permission(ask()), model_admin.has_change_permission(ask()), model_admin.has_delete_permission(ask())) == (
        False,
        False,
        False,
    )
    assert model_admin.has_view_permission(ask()) is True


def test_an_act_shows_what_changed_and_runs_nothing():
    act = Act(changes={"<b>": [["a", "b"], None], "seul": []})
    table = changes_table(act)
    assert '<tr><th scope="row">&lt;b&gt;</th><td>a, b</td><td>—</td></tr>' in table
    assert '<tr><th scope="row">seul</th><td>—</td><td>—</td></tr>' in table


class PlainAdmin(HistoryAdmin, admin.ModelAdmin):
    pass


def test_an_addition_and_a_deletion_are_acts(ask, staff: User):
    model_admin = PlainAdmin(Venue, admin.site)
    request = ask()
    form = forms.modelform_factory(Venue, fields=["name", "city"])({"name": "Superpublic", "city": "Paris"})
    venue = form.save()
    model_admin.log_addition(request, venue, model_admin.construct_change_message(request, form, None, add=True))
    model_admin.log_deletions(request, Venue.objects.order_by("pk"))
    seen = [(verb, {name: pair for name, pair in changes.items() if name.lower() in ("nom", "ville")}) for verb, _, changes in _acts()]
    assert seen == [
        ("ajout", {"Nom": ["", "Superpublic"], "Ville": ["", "Paris"]}),
        ("suppression", {"nom": ["Superpublic", ""], "ville": ["Paris", ""]}),
    ]


class _Choices(forms.Form):
    colour = forms.ChoiceField(label="couleur", choices=[("", "—"), ("Chaudes", [("r", "Rouge"), ("j", "Jaune")])])
    place = forms.ModelChoiceField(Venue.objects.order_by("pk"), label="lieu", required=False)
    places = forms.ModelMultipleChoiceField(Venue.objects.order_by("pk"), label="lieux", required=False)
    at = forms.DateTimeField(label="moment")
    on = forms.DateField(label="jour")
    ok = forms.BooleanField(label="public", required=False)


def test_values_are_kept_as_staff_read_them():
    here, there = Venue.objects.create(name="Ici"), Venue.objects.create(name="Là")
    form = _Choices(
        {"colour": "j", "place": there.pk, "places": [here.pk, there.pk], "at": "2027-09-08T12:00:00", "on": "2027-09-08", "ok": "on"},
        initial={"colour": "r", "place": here.pk, "places": [here.pk], "ok": False},
    )
    assert form.is_valid()
    assert changes_of(form) == {
        "couleur": ["Rouge", "Jaune"],
        "lieu": ["Ici", "Là"],
        "lieux": ["Ici", "Ici, Là"],
        "moment": ["", "8 septembre 2027, 12:00:00"],
        "jour": ["", "8 septembre 2027"],
        "public": ["non", "oui"],
    }


def test_rows_below_are_named_in_the_changes():
    formset_class = forms.modelformset_factory(Venue, fields=["name", "city"], can_delete=True, extra=1)
    kept, gone = Venue.objects.create(name="Gardé"), Venue.objects.create(name="Parti")
    data = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "2"}
    for rank, values in enumerate(
        [{"id": kept.pk, "name": "Gardé", "city": "Lille"}, {"id": gone.pk, "name": "Parti", "DELETE": "on"}, {"name": "Neuf", "city": ""}]
    ):
        data |= {f"form-{rank}-{name}": str(value) for name, value in values.items()}
    formset = formset_class(data, queryset=Venue.objects.order_by("pk"))
    assert formset.is_valid()
    formset.save()
    form = forms.modelform_factory(Venue, fields=["name"])({"name": "x"}, initial={"name": "x"})
    assert PlainAdmin(Venue, admin.site).construct_change_message(HttpRequest(), form, [formset]) == {
        "lieu «\u00a0Gardé\u00a0», Ville": ["", "Lille"],
        "lieu «\u00a0Neuf\u00a0», Nom": ["", "Neuf"],
        "lieu\u00a0: retrait": ["Parti", ""],
    }


def test_the_history_shows_the_acts_about_a_row(ask, staff: User):
    programme = Programme.objects.create(slug="essai", title="Essai", lede="x", contact_email="a@b.example")
    record("modification", programme, by=staff, now=clock.now(), note="<i>motif</i>", changes={"titre": ["Avant", "Essai"]})
    model_admin = PlainAdmin(Programme, admin.site)
    response = model_admin.history_view(ask(), str(programme.pk)).render()
    page = response.content.decode()
    assert "<strong>Modification</strong> par Camille Exemple" in page
    assert '<tr><th scope="row">titre</th><td>Avant</td><td>Essai</td></tr>' in page
    assert "&lt;i&gt;motif&lt;/i&gt;" in page


def test_an_empty_history_says_what_it_will_hold(ask):
    programme = Programme.objects.create(slug="essai", title="Essai", lede="x", contact_email="a@b.example")
    page = PlainAdmin(Programme, admin.site).history_view(ask(), str(programme.pk)).render().content.decode()
    assert "Rien n’a encore été noté" in page


def test_the_history_is_for_those_who_may_see_the_row(client: Client, ask):
    programme = Programme.objects.create(slug="essai", title="Essai", lede="x", contact_email="a@b.example")
    assert client.get(reverse("admin:programmes_programme_history", args=[programme.pk])).status_code in (302, 403)
    assert PlainAdmin(Programme, admin.site).history_view(ask(), "999").status_code == 302
