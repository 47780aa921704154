"""Reading the public registers: once, again, and the year after."""

from io import StringIO

import pytest
from django.core.management import call_command

from organisations import services
from organisations.models import Organisation
from organisations.services import loading
from organisations.states import Kind
from records.models import Act
from tests.organisations.factories import BRETAGNE, NOW, OrganisationFactory

pytestmark = pytest.mark.django_db


def test_the_registers_are_read():
    loaded = services.load_reference(now=NOW)
    kinds = {
        kind: Organisation.objects.filter(kind=kind).count() for kind in (Kind.REGION, Kind.DEPARTMENT, Kind.INTERCOMMUNAL, Kind.COMMUNE)
    }
    assert kinds == {Kind.REGION: 18, Kind.DEPARTMENT: 94, Kind.INTERCOMMUNAL: 1255, Kind.COMMUNE: 0}
    assert loaded.created == 1367


def test_read_again_nothing_changes():
    services.load_reference(now=NOW)
    before = list(Organisation.objects.order_by("pk").values())
    loaded = services.load_reference(now=NOW)
    assert (loaded.created, loaded.changed, loaded.gone) == (0, [], [])
    assert list(Organisation.objects.order_by("pk").values()) == before
    assert not Act.objects.exists()


def test_regions_have_their_number_and_their_names():
    services.load_reference(now=NOW)
    assert [str(services.recognise(text, now=NOW)) for text in (BRETAGNE, "Conseil régional de Bretagne", "Région Sud", "CTM")] == [
        "Région Bretagne", "Région Bretagne", "Région Provence-Alpes-Côte d’Azur", "Collectivité territoriale de Martinique",
    ]  # fmt: skip


def test_no_departement_is_invented_where_another_council_sits():
    services.load_reference(now=NOW)
    names = set(Organisation.objects.filter(kind=Kind.DEPARTMENT).values_list("name", flat=True))
    assert {"Collectivité européenne d’Alsace", "Département d’Ille-et-Vilaine", "Département de la Réunion"} & names == {
        "Collectivité européenne d’Alsace", "Département d’Ille-et-Vilaine",
    }  # fmt: skip
    assert {
        "Département de Paris",
        "Département de la Corse-du-Sud",
        "Département du Bas-Rhin",
        "Département de la Martinique",
    } & names == set()
    assert str(services.recognise("Conseil départemental du Bas-Rhin", now=NOW)) == "Collectivité européenne d’Alsace"


def test_an_intercommunality_takes_its_siren_its_region_and_its_acronym():
    services.load_reference(now=NOW)
    metropole = Organisation.objects.get(siren="243500139")
    assert (metropole.name, metropole.region, metropole.legal_category) == ("Rennes Métropole", "53", "7344")
    assert str(services.recognise("CINOR", now=NOW)) == "CA Intercommunale du Nord de la Réunion (CINOR)"


def test_a_body_made_by_hand_is_taken_for_the_registers():
    made = OrganisationFactory(name="Conseil régional breton", kind=Kind.REGION, siret=BRETAGNE)
    services.load_reference(now=NOW)
    made.refresh_from_db()
    assert (made.reference, made.name) == ("region:53", "Conseil régional breton")
    assert services.recognise("Région Bretagne", now=NOW) == made


def entry(name, reference="epci:243500139"):
    return loading.Entry(reference, name, Kind.INTERCOMMUNAL, "7344", "53", "243500139")


def test_a_new_name_follows_unless_staff_wrote_their_own(monkeypatch):
    monkeypatch.setattr(loading, "entries", lambda: iter([entry("Rennes Métropole")]))
    services.load_reference(now=NOW)
    monkeypatch.setattr(loading, "entries", lambda: iter([entry("Grande Métropole de Rennes")]))
    assert services.load_reference(now=NOW).changed == ["Grande Métropole de Rennes"]
    Organisation.objects.update(name="Rennes, la métropole")
    monkeypatch.setattr(loading, "entries", lambda: iter([entry("Métropole rennaise")]))
    services.load_reference(now=NOW)
    body = Organisation.objects.get()
    assert (body.name, [alias.name for alias in body.aliases.all()]) == ("Rennes, la métropole", ["Métropole rennaise"])


def test_what_the_registers_no_longer_hold_is_said_and_comes_back_when_they_do(monkeypatch):
    monkeypatch.setattr(loading, "entries", lambda: iter([entry("Rennes Métropole")]))
    services.load_reference(now=NOW)
    monkeypatch.setattr(loading, "entries", lambda: iter([]))
    assert services.load_reference(now=NOW).gone == ["Rennes Métropole"]
    assert list(Organisation.objects.left_behind()) == [Organisation.objects.get()]
    monkeypatch.setattr(loading, "entries", lambda: iter([entry("Rennes Métropole")]))
    services.load_reference(now=NOW)
    assert list(Organisation.objects.left_behind()) == []


def test_a_row_merged_into_another_is_not_made_again(monkeypatch):
    monkeypatch.setattr(loading, "entries", lambda: iter([entry("Rennes Métropole")]))
    services.load_reference(now=NOW)
    other = OrganisationFactory()
    Organisation.objects.filter(reference="epci:243500139").update(merged_into=other)
    assert services.load_reference(now=NOW).created == 0
    assert Organisation.objects.count() == 2


def test_the_command_says_what_it_did():
    told = StringIO()
    call_command("reference", stdout=told)
    assert told.getvalue().splitlines()[1] == "Ajoutés\u00a0: 1367. Changés\u00a0: 0."
    assert "Licence Ouverte" in told.getvalue()
