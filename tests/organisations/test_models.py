"""What a body and its contacts keep, and what the database refuses."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from organisations.models import Alias, Contact, Organisation
from organisations.states import CATEGORIES, Branch, Kind, category_of
from tests.organisations.factories import BRETAGNE, TODAY, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def test_spaces_are_taken_and_not_kept_and_the_siren_comes_from_the_siret():
    body = OrganisationFactory(siret="233 500 016 00040")
    body.refresh_from_db()
    assert (body.siret, body.siren) == (BRETAGNE, "233500016")


def test_a_siret_is_one_bodys_and_establishments_share_a_siren():
    OrganisationFactory(siret=BRETAGNE)
    OrganisationFactory(siret="35600000000048"), OrganisationFactory(siret="35600000049837")
    assert Organisation.objects.filter(siren="356000000").count() == 2
    with pytest.raises(IntegrityError):
        OrganisationFactory(siret=BRETAGNE)


def test_offices_may_have_no_siret():
    OrganisationFactory(siret=""), OrganisationFactory(siret="")
    assert Organisation.objects.filter(siret="").count() == 2


def test_the_region_comes_from_the_commune_and_never_from_the_postcode():
    body = OrganisationFactory(commune="44109", postcode="35000", region="53")
    assert (body.region, body.commune_name) == ("52", "Nantes")


def test_a_postcode_given_as_a_commune_is_refused_in_words():
    with pytest.raises(ValidationError) as refused:
        Organisation(name="Essai", kind=Kind.OTHER, commune="35000").full_clean()
    assert refused.value.message_dict == {
        "commune": ["«\u00a035000\u00a0» n’est pas un code INSEE de commune. Attention, ce n’est pas le code postal."]
    }


@pytest.mark.parametrize(
    ("category", "kind", "branch", "days"),
    [
        ("7113", Kind.STATE, Branch.STATE, 30),
        ("7175", Kind.STATE, Branch.STATE, 30),
        ("7210", Kind.COMMUNE, Branch.LOCAL, 30),
        ("7344", Kind.INTERCOMMUNAL, Branch.LOCAL, 30),
        ("7364", Kind.HOSPITAL, Branch.HOSPITAL, 50),
        ("7366", Kind.HOSPITAL, Branch.HOSPITAL, 50),
        ("7389", Kind.PUBLIC_BODY, Branch.STATE, 30),
        ("9220", Kind.ASSOCIATION, "", 30),
    ],
)
def test_the_legal_category_says_what_nobody_said(category, kind, branch, days):
    body = Organisation(name="Essai", legal_category=category)
    body.take_defaults()
    assert (body.kind, body.branch, body.payment_days) == (kind, branch, days)


def test_what_somebody_said_stays():
    body = Organisation(name="Essai", legal_category="7383", branch=Branch.LOCAL, kind=Kind.OTHER)
    body.take_defaults()
    assert (body.kind, body.branch) == (Kind.OTHER, Branch.LOCAL)
    assert category_of("0000") is None
    assert all(len(code) == 4 for code in CATEGORIES)


def test_a_body_is_searched_by_name_alias_number_and_city_without_accents():
    body = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, siret=BRETAGNE, city="Rennes")
    Alias.objects.create(organisation=body, name="Conseil régional de Bretagne")
    body.save()
    for words in ("BRETAGNE", "region bret", "conseil regional", "233 500", "00040", "rennes"):
        assert list(Organisation.objects.searched(words)) == [body]
    assert list(Organisation.objects.searched("normandie")) == []


def test_an_alias_is_given_once_however_it_is_written():
    body = OrganisationFactory()
    Alias.objects.create(organisation=body, name="Mairie du Test")
    with pytest.raises(IntegrityError):
        Alias.objects.create(organisation=body, name="Ville de Test")


def test_a_contact_holds_a_role_from_a_day_to_a_day_included():
    body = OrganisationFactory()
    past = ContactFactory(organisation=body, starts_on=date(2025, 1, 1), ends_on=date(2026, 8, 31))
    now = ContactFactory(organisation=body, starts_on=date(2026, 9, 1))
    assert list(Contact.objects.current(on=date(2026, 8, 31))) == [past]
    assert list(Contact.objects.current(on=date(2026, 9, 1))) == [now]


def test_one_address_holds_a_role_once_at_a_time_and_may_come_back():
    body = OrganisationFactory()
    ContactFactory(organisation=body, email="A@ville.example", ends_on=date(2026, 8, 31))
    ContactFactory(organisation=body, email="a@Ville.example")
    assert set(Contact.objects.values_list("email", flat=True)) == {"a@ville.example"}
    with pytest.raises(IntegrityError):
        ContactFactory(organisation=body, email="a@ville.example")


def test_a_contact_is_somebody():
    with pytest.raises(IntegrityError):
        ContactFactory(email="", last_name="", job="")


def test_before_the_day_the_old_acts_and_after_it_the_new():
    old, new, later = (OrganisationFactory(name=name) for name in ("Ancien", "Nouveau", "Suivant"))
    Organisation.objects.filter(pk=old.pk).update(replaced_by=new, replaced_on=date(2027, 1, 1))
    Organisation.objects.filter(pk=new.pk).update(replaced_by=later, replaced_on=date(2028, 1, 1))
    old = Organisation.objects.get(pk=old.pk)
    assert [str(old.at(day)) for day in (date(2026, 12, 31), date(2027, 1, 1), date(2028, 1, 1))] == ["Ancien", "Nouveau", "Suivant"]
    assert [str(body) for body in later.heirs_of(date(2027, 6, 1))] == ["Suivant"]
    assert [str(body) for body in later.heirs_of(date(2028, 1, 1))] == ["Suivant", "Nouveau", "Ancien"]


def test_contacts_pass_with_the_body():
    old, new = OrganisationFactory(), OrganisationFactory()
    contact = ContactFactory(organisation=old)
    Organisation.objects.filter(pk=old.pk).update(replaced_by=new, replaced_on=TODAY)
    assert list(Contact.objects.of(new, on=date(2027, 2, 28))) == []
    assert list(Contact.objects.of(new, on=TODAY)) == [contact]


def test_a_circle_made_by_other_means_ends():
    one, two = OrganisationFactory(), OrganisationFactory()
    Organisation.objects.filter(pk=one.pk).update(replaced_by=two, replaced_on=TODAY)
    Organisation.objects.filter(pk=two.pk).update(replaced_by=one, replaced_on=TODAY)
    assert Organisation.objects.get(pk=one.pk).at(TODAY).pk in (one.pk, two.pk)
    assert len(one.heirs_of(TODAY)) == 2
