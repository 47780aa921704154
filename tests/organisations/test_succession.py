"""A body replaced by another, from a day on: said once, shown, taken back; never in a circle."""

from datetime import date

import pytest

from applications.models import Application
from core.refusals import Refused
from organisations import services
from organisations.models import Organisation
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.applications.factories import deposited
from tests.organisations.factories import NOW, TODAY, OrganisationFactory

pytestmark = pytest.mark.django_db
NEW_YEAR = date(2028, 1, 1)


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def bodies():
    return [OrganisationFactory(name=name) for name in ("Communauté d’hier", "Agglomération de demain", "Métropole d’après")]


def again(body):
    return Organisation.objects.get(pk=body.pk)


def test_the_new_body_acts_from_the_day_on(bodies, by):
    old, new, _ = bodies
    services.succeed(old, new, on=NEW_YEAR, by=by, now=NOW)
    assert [str(again(old).at(day)) for day in (date(2027, 12, 31), NEW_YEAR)] == ["Communauté d’hier", "Agglomération de demain"]
    assert sorted(Act.objects.values_list("verb", "about_name")) == [
        ("prend la suite", "Agglomération de demain"), ("remplacement", "Communauté d’hier"),
    ]  # fmt: skip


def test_what_was_issued_does_not_change(bodies, by):
    old, new, _ = bodies
    application = deposited()
    Application.objects.filter(pk=application.pk).update(body=old)
    before = Application.objects.filter(pk=application.pk).values().get()
    copies = list(application.steps.values())
    services.succeed(old, new, on=TODAY, by=by, now=NOW)
    assert Application.objects.filter(pk=application.pk).values().get() == before
    assert list(application.steps.values()) == copies
    assert list(Application.objects.filter(body__in=new.heirs_of(TODAY))) == [application]


def test_a_day_to_come_may_be_said_again_and_a_past_one_may_not(bodies, by):
    old, new, later = bodies
    services.succeed(old, new, on=NEW_YEAR, by=by, now=NOW)
    services.succeed(old, later, on=TODAY, by=by, now=NOW)
    assert (again(old).replaced_by, again(old).replaced_on) == (later, TODAY)
    with pytest.raises(Refused, match="déjà remplacé par .* depuis le 1er.mars 2027"):
        services.succeed(old, new, on=NEW_YEAR, by=by, now=NOW)


def test_chains_hold_and_circles_are_refused(bodies, by):
    one, two, three = bodies
    services.succeed(one, two, on=TODAY, by=by, now=NOW)
    services.succeed(two, three, on=NEW_YEAR, by=by, now=NOW)
    assert str(again(one).at(NEW_YEAR)) == "Métropole d’après"
    for old, new in ((three, one), (two, one), (one, one)):
        with pytest.raises(Refused):
            services.succeed(old, new, on=NEW_YEAR, by=by, now=NOW)


def test_several_bodies_may_give_way_to_one(bodies, by):
    one, two, three = bodies
    for old in (one, two):
        services.succeed(old, three, on=TODAY, by=by, now=NOW)
    assert [str(body) for body in three.heirs_of(TODAY)] == ["Métropole d’après", "Communauté d’hier", "Agglomération de demain"]


def test_a_merged_row_neither_replaces_nor_is_replaced(bodies, by):
    one, two, three = bodies
    services.merge(one, two, by=by, now=NOW)
    for old, new in ((again(two), three), (three, again(two))):
        with pytest.raises(Refused, match="a été réuni à"):
            services.succeed(old, new, on=TODAY, by=by, now=NOW)


def test_what_was_said_is_taken_back_with_a_reason(bodies, by):
    old, new, _ = bodies
    services.succeed(old, new, on=TODAY, by=by, now=NOW)
    with pytest.raises(Refused, match="Dites pourquoi"):
        services.cancel_succession(old, by=by, now=NOW, reason=" ")
    services.cancel_succession(old, by=by, now=NOW, reason="La fusion n’a pas eu lieu.")
    assert (again(old).replaced_by, again(old).replaced_on) == (None, None)
    assert Act.objects.get(verb="remplacement annulé").note == "La fusion n’a pas eu lieu."
    with pytest.raises(Refused, match="n’est pas remplacé"):
        services.cancel_succession(old, by=by, now=NOW, reason="Encore.")
