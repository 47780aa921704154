"""Which files are pointed out as one person's, and why."""

import pytest

from applications import duplicates, facets, services
from applications.models import Application
from applications.states import State
from tests.applications.factories import OPEN, TYPED, ApplicationFactory, UserFactory, deposited, staff
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("camille.exemple@ville.example", "camille.exemple@perso.example", True),
        ("camille.exemple@ville.example", "c.exemple@ville.example", False),
        ("camille.exemple@ville.example", "camile.exemple@ville.example", True),
        ("camille.exemple@ville.example", "camille-exemple@ville.example", True),
        ("camille.exemple@ville.example", "camille.exemple+appel@ville.example", True),
        ("camille.exemple@ville.example", "camille.exmeple@ville.example", True),
        ("agent12@ville.example", "agent13@ville.example", False),
        ("accueil@ville.example", "accueil@hopital.example", False),
        ("lou@ville.example", "lea@ville.example", False),
        ("", "camille@ville.example", False),
    ],
)
def test_addresses_near_each_other(one, other, alike):
    assert (duplicates.near(one, other), duplicates.near(other, one)) == (alike, alike)


def found(application):
    return {str(likeness.application): likeness.why for likeness in duplicates.likely(application)}


def test_the_same_name_or_a_near_address_in_the_same_call_is_pointed_out_with_the_reason():
    call = EditionFactory(reference_prefix="AV17")

    def file(address, **typed):
        return ApplicationFactory(edition=call, applicant=UserFactory(email=address), typed=TYPED | typed)

    one = file("camille.exemple@ville.example", last_name="Érable", first_name="Zoé", organisation="Ville d’Exemple")
    swapped = file("a@autre.example", last_name="ZOE", first_name="Erable", organisation="CHU")
    same = file("b@autre.example", last_name="Erable", first_name="Zoe", organisation="VILLE D’EXEMPLE")
    near = file("camille.exemple@perso.example", last_name="Autre", first_name="Nom")
    file("c@autre.example", last_name="Érable", first_name="Lou")
    joined = deposited(edition=call, state=State.DUPLICATE)
    joined.last_name, joined.first_name = "Érable", "Zoé"
    joined.save()
    ApplicationFactory(typed=TYPED | {"last_name": "Érable", "first_name": "Zoé"})  # of another call
    assert found(one) == {str(swapped): "même nom", str(same): "même nom et même structure", str(near): "adresse proche"}
    assert [likeness.application.pk for likeness in duplicates.likely(one)][0] == same.pk
    assert duplicates.likely(joined) == []  # answered already


@pytest.mark.parametrize(
    ("last_name", "first_name"),
    [
        ("LIERRE EXEMPLE", "jean noel"),
        ("Lierre-Exemple", "Jean Noël"),
        ("Lierre’Exemple", "JEAN-NOEL"),
        ("Jean-Noël", "Lierre Exemple"),
        ("LierreExemple", "JeanNoel"),
    ],
)
def test_the_same_name_is_found_however_written_on_the_page_and_in_the_list(last_name, first_name):
    call = EditionFactory(reference_prefix="AV17")
    one, other = (deposited(edition=call) for _ in range(2))
    for row, names in ((one, ("Lierre-Exemple", "Jean-Noël")), (other, (last_name, first_name))):
        row.last_name, row.first_name = names
        row.save()
    deposited(edition=EditionFactory(reference_prefix="AV18"))
    assert {str(likeness.application): likeness.why for likeness in duplicates.likely(one)} == {str(other): "même nom et même structure"}
    assert set(facets.alike(Application.objects.all())) == {one, other}
    services.add_tag(other, facets.TWO_PEOPLE, by=staff(), now=OPEN)
    assert set(facets.alike(Application.objects.all())) == set()


def test_who_has_no_name_is_like_nobody():
    call = EditionFactory(reference_prefix="AV17")
    rows = [deposited(edition=call) for _ in range(2)]
    for row in rows:
        row.last_name, row.first_name = "-", "’"
        row.save()
    assert (rows[0].name_key, list(facets.alike(Application.objects.all())), duplicates.likely(rows[0])) == ("", [], [])


def test_the_other_files_of_the_same_person_are_told():
    person = UserFactory()
    old, new = (deposited(applicant=person, edition=EditionFactory(reference_prefix=prefix)) for prefix in ("AV16", "AV17"))
    entered = ApplicationFactory(applicant=None, email=person.email)
    assert {str(other) for other in duplicates.same_person(new)} == {str(old), str(entered)}
    assert duplicates.same_person(ApplicationFactory(applicant=None, email="")) == []
