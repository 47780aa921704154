"""Two rows that are one body become one: everything passes, the journal says it, what cannot pass is refused in words."""

from datetime import date

import pytest
from django.apps import apps
from django.db import models

from applications.models import Application
from core.refusals import Refused
from organisations import services
from organisations.models import Alias, Contact, Organisation, ServiceCode
from organisations.queries import keys_to
from records.models import Act
from records.services import label_of, record
from tests.accounts.factories import UserFactory
from tests.applications.factories import deposited
from tests.organisations.factories import BRETAGNE, NOW, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def pair():
    kept = OrganisationFactory(name="Région Bretagne", kind="REGION")
    gone = OrganisationFactory(name="Bretagne, conseil régional", kind="REGION", siret=BRETAGNE, city="Rennes", needs_service_code=True)
    return kept, gone


def merge(pair, by, **options):
    return services.merge(*pair, by=by, now=NOW, **options)


def test_everything_passes_and_the_row_that_goes_leads_to_the_one_that_stays(pair, by):
    kept, gone = pair
    contact, application = ContactFactory(organisation=gone), deposited()
    Application.objects.filter(pk=application.pk).update(body=gone)
    Alias.objects.create(organisation=gone, name="CRB")
    ServiceCode.objects.create(organisation=gone, code="FIN")
    merge(pair, by)
    kept.refresh_from_db(), gone.refresh_from_db(), contact.refresh_from_db(), application.refresh_from_db()
    assert (contact.organisation, application.body, gone.merged_into) == (kept, kept, kept)
    assert (kept.siret, kept.siren, kept.city, kept.needs_service_code) == (BRETAGNE, "233500016", "Rennes", True)
    assert sorted(alias.name for alias in kept.aliases.all()) == ["Bretagne, conseil régional", "CRB"]
    assert [code.code for code in kept.service_codes.all()] == ["FIN"]
    assert list(Organisation.objects.standing()) == [kept]
    assert list(Organisation.objects.searched("crb")) == [kept]
    assert [str(services.recognise(text, now=NOW)) for text in ("Bretagne, conseil régional", BRETAGNE)] == ["Région Bretagne"] * 2


def test_two_kinds_or_a_replacement_ask_that_somebody_is_sure(pair, by):
    kept, gone = pair
    before, after = OrganisationFactory(name="Avant"), OrganisationFactory(name="Après")
    services.succeed(before, gone, on=date(2027, 1, 1), by=by, now=NOW)
    services.succeed(gone, after, on=date(2028, 1, 1), by=by, now=NOW)
    Organisation.objects.filter(pk=gone.pk).update(kind="COMMUNE")
    rows = [Organisation.objects.get(pk=row.pk) for row in pair]
    told = [words.replace("\u00a0", " ") for words in services.plan_merge(*rows, now=NOW).cautions]
    assert told == [
        "Leurs types diffèrent : région pour l’un, commune pour l’autre.",
        "« Bretagne, conseil régional » est remplacé par « Après » à partir du 1er janvier 2028 : "
        "ce remplacement vaudra pour « Région Bretagne ».",
        "« Bretagne, conseil régional » a pris la suite de « Avant » : « Région Bretagne » l’aura prise.",
    ]
    with pytest.raises(Refused, match="définitif"):
        merge(rows, by)
    assert [words.replace("\u00a0", " ") for words in merge(rows, by, sure=True).cautions] == told


def test_a_body_of_no_known_kind_is_no_doubt(pair, by):
    Organisation.objects.filter(pk=pair[1].pk).update(kind="OTHER")
    assert services.plan_merge(*Organisation.objects.order_by("pk"), now=NOW).cautions == []


def test_every_key_to_an_organisation_is_walked_those_of_later_apps_included():
    walked = {f"{relation.related_model._meta.label}.{relation.field.name}" for relation in keys_to(Organisation)}
    declared = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Organisation
    }
    assert walked == declared
    assert {"applications.Application.body", "organisations.Contact.organisation", "organisations.Organisation.replaced_by"} <= walked


def test_the_same_contact_twice_becomes_one_that_knows_what_both_knew(pair, by):
    kept, gone = pair
    ContactFactory(organisation=kept, email="a@ville.example", phone="", job="directrice")
    ContactFactory(organisation=gone, email="a@ville.example", phone="01 99 00 00 00", job="")
    ContactFactory(organisation=gone, email="b@ville.example")
    plan = merge(pair, by)
    assert sorted((contact.email, contact.phone, contact.job) for contact in kept.contacts.all()) == [
        ("a@ville.example", "01 99 00 00 00", "directrice"), ("b@ville.example", "", ""),
    ]  # fmt: skip
    assert [kind for kind, _ in plan.united] == ["contacts"]


def test_the_preview_says_all_of_it_and_writes_nothing(pair):
    kept, gone = pair
    ContactFactory.create_batch(3, organisation=gone)
    before = [list(model.objects.order_by("pk").values()) for model in (Organisation, Alias, Contact, Act)]
    plan = services.plan_merge(kept, gone, now=NOW)
    assert (dict(plan.passed), plan.refusal) == ({("contact", "contacts"): 3}, "")
    assert plan.filled == {"SIRET": BRETAGNE, "SIREN": "233500016", "ville": "Rennes", "code service obligatoire": "oui"}
    assert [list(model.objects.order_by("pk").values()) for model in (Organisation, Alias, Contact, Act)] == before


def test_two_sirets_are_two_establishments_unless_somebody_says_why(by):
    kept, gone = OrganisationFactory(siret="35600000000048"), OrganisationFactory(siret="35600000049837", name="Bureau de poste")
    with pytest.raises(Refused, match="chacun leur SIRET"):
        merge((kept, gone), by, reason="  ")
    merge((kept, gone), by, reason="Le second a fermé.")
    kept.refresh_from_db(), gone.refresh_from_db()
    assert (kept.siret, gone.siret, gone.merged_into) == ("35600000000048", "35600000049837", kept)
    assert services.recognise("35600000049837", now=NOW) == kept


def test_the_journal_says_everything_on_both_rows_without_anybody_s_name(pair, by):
    kept, gone = pair
    ContactFactory(organisation=kept, email="a@ville.example"), ContactFactory(organisation=gone, email="a@ville.example")
    merge(pair, by, reason="Vue au téléphone.")
    on_gone, on_kept = Act.objects.order_by("-pk")[:2]
    assert (on_kept.verb, on_kept.about, on_kept.by_name, on_kept.note) == (
        "organismes réunis", f"organisations.organisation:{kept.pk}", "Camille Exemple", "Vue au téléphone.",
    )  # fmt: skip
    assert on_kept.changes == {
        "réuni avec": [f"Bretagne, conseil régional (n° {gone.pk}, SIRET {BRETAGNE})", ""],
        "SIRET": ["", BRETAGNE],
        "SIREN": ["", "233500016"],
        "ville": ["", "Rennes"],
        "code service obligatoire": ["", "oui"],
        "en double, réunis\u00a0: contacts": ["1", ""],
    }
    assert (on_gone.verb, on_gone.about) == ("réuni à un autre", f"organisations.organisation:{gone.pk}")


def test_a_row_already_merged_is_refused(pair, by):
    kept, gone = pair
    merge(pair, by)
    for two in (pair, (gone, kept), (kept, kept)):
        with pytest.raises(Refused):
            merge(two, by)


def test_what_was_merged_into_the_row_that_goes_leads_on(pair, by):
    kept, gone = pair
    first = OrganisationFactory(name="Première")
    services.merge(gone, first, by=by, now=NOW, sure=True)
    merge(pair, by, sure=True)
    first.refresh_from_db()
    assert first.merged_into == kept


def test_successions_pass_and_never_turn_on_themselves(pair, by):
    kept, gone = pair
    old, later = OrganisationFactory(name="Ancienne"), OrganisationFactory(name="Suivante")
    services.succeed(old, gone, on=date(2027, 1, 1), by=by, now=NOW)
    services.succeed(gone, later, on=date(2028, 1, 1), by=by, now=NOW)
    merge(pair, by, sure=True)
    old.refresh_from_db(), kept.refresh_from_db()
    assert (old.replaced_by, kept.replaced_by, kept.replaced_on) == (kept, later, date(2028, 1, 1))


def test_a_body_merged_with_the_one_that_was_to_replace_it_is_replaced_no_more(pair, by):
    kept, gone = pair
    services.succeed(kept, gone, on=date(2028, 1, 1), by=by, now=NOW)
    merge(pair, by, sure=True)
    kept.refresh_from_db()
    assert (kept.replaced_by, kept.replaced_on) == (None, None)


def test_a_row_of_another_app_that_stands_on_both_sides_is_refused_in_words_and_nothing_moves(pair, by, monkeypatch):
    kept, gone = pair
    Alias.objects.create(organisation=kept, name="Sigle"), Alias.objects.create(organisation=gone, name="Sigle")
    contact = ContactFactory(organisation=gone)
    monkeypatch.setattr(Alias, "UNITED_WHEN_MERGED", False)
    with pytest.raises(Refused, match="existe des deux côtés"):
        merge(pair, by)
    contact.refresh_from_db(), gone.refresh_from_db()
    assert (contact.organisation, gone.merged_into) == (gone, None)
    assert "existe des deux côtés" in services.plan_merge(kept, gone, now=NOW).refusal


def test_the_register_s_row_and_a_handmade_one_keep_the_reference(by):
    services.load_reference(now=NOW)
    known, made = Organisation.objects.get(reference="region:53"), OrganisationFactory(name="CR Bretagne")
    services.merge(made, known, by=by, now=NOW, sure=True)
    made.refresh_from_db()
    assert (made.reference, made.siret) == ("region:53", BRETAGNE)
    assert services.load_reference(now=NOW).created == 0


def test_what_was_tied_to_a_row_while_it_was_merged_is_passed_on_later(pair, by):
    kept, gone = pair
    merge(pair, by)
    contact = ContactFactory(organisation=gone)
    assert [services.settle(now=NOW), services.settle(now=NOW)] == [1, 0]
    contact.refresh_from_db()
    assert contact.organisation == kept


def test_the_journal_forgets_a_contact_that_was_united_with_its_twin(pair, by):
    kept, gone = pair
    ContactFactory(organisation=kept, email="camille@ville.example")
    twin = ContactFactory(organisation=gone, email="camille@ville.example")
    record("ajout", twin, by=by, now=NOW, note="Camille", changes={"téléphone": ["", "0102030405"]})
    merge(pair, by)
    [act] = Act.objects.filter(about=label_of(twin))
    assert (Contact.objects.filter(pk=twin.pk).exists(), act.about_name, act.note, act.changes) == (False, "", "", {})
