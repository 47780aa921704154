"""The demonstration: loaded twice it is the same, and every state can be clicked."""

from datetime import datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command

from core import clock
from core.clock import PARIS
from programmes import demo
from programmes.models import Edition, Phase, Programme, Venue
from programmes.states import Status
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 21, 22, tzinfo=PARIS)


def rows():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in (Programme, Edition, Phase, Venue)}


def test_loaded_twice_it_is_the_same():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
        once = rows()
        demo.load(1)
    assert rows() == once


def test_every_state_can_be_clicked():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
        states = {edition.slug: edition.status(now=TODAY) for edition in Edition.objects.order_by("pk")}
    assert states == {
        "2017": Status.OVER,
        "2027": Status.OPEN,
        "annonce": Status.ANNOUNCED,
        "ferme-bientot": Status.CLOSING,
        "clos": Status.CLOSED,
        "en-selection": Status.SELECTING,
        "resultats": Status.RELEASED,
        "termine": Status.OVER,
        "vide": Status.OPEN,
        "titre-long": Status.OPEN,
        "non-publie": Status.ANNOUNCED,
    }


def test_a_title_has_140_characters_and_ordinals():
    assert (len(demo.LONG_TITLE), [sign in demo.LONG_TITLE for sign in ("27ᵉ", "4ᵉ", "1ʳᵉ")]) == (140, [True] * 3)


def test_every_page_of_the_demonstration_answers(client):
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
        shown = [*Programme.objects.public(), *Edition.objects.public(now=TODAY).select_related("programme")]
        answers = {row.get_absolute_url(): client.get(row.get_absolute_url()).status_code for row in shown}
    assert (len(answers), set(answers.values())) == (14, {200})


def test_rows_of_staff_are_left_alone():
    edition = EditionFactory(title="Un vrai appel")
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
    edition.refresh_from_db()
    assert edition.title == "Un vrai appel"


def test_the_command_refuses_a_real_portal():
    with pytest.raises(CommandError) as refusal:
        call_command("demo")
    assert "--outside-trial" in str(refusal.value)


def test_the_command_sets_the_clock_in_paris_time_whatever_the_season(settings, capsys):
    settings.TRIAL = True
    with time_machine.travel(TODAY, tick=False):
        call_command("demo", "--at", "2017-09-01T10:00")
        shifted = clock.now()
        call_command("demo", "--now")
        assert (shifted, clock.now()) == (datetime(2017, 9, 1, 10, tzinfo=PARIS), TODAY)
    assert "01/09/2017 10:00" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--scale", "0"], ["--at", "hier"], ["--at", "2017-09-01T10:00", "--now"]])
def test_the_command_refuses_what_makes_no_sense(settings, arguments):
    settings.TRIAL = True
    with pytest.raises(CommandError):
        call_command("demo", *arguments)
