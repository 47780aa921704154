"""The demonstration: loaded twice it is the same, and every state can be clicked."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from core import clock
from core.clock import PARIS
from programmes import demo, demo_changes, demo_days
from programmes.models import (
    AgendaItem,
    Change,
    ChangeKind,
    Edition,
    Interest,
    Partner,
    Phase,
    Programme,
    SessionTrainer,
    Trainer,
    TrainingSession,
    Venue,
)
from programmes.states import DayStatus, Status
from records.models import Act
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 21, 22, tzinfo=PARIS)
KINDS = (Act, Change, Interest, Programme, Edition, Partner, Phase, Venue, TrainingSession, AgendaItem, Trainer, SessionTrainer)


def rows():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in KINDS}


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
        "annule": Status.CANCELLED,
        "reporte": Status.OPEN,
        "lu-par-le-jury": Status.SELECTING,
    }


def test_what_was_postponed_and_called_off_is_told_on_the_page_and_once_in_the_log(client):
    for moment in (TODAY, TODAY + timedelta(days=2)):
        with time_machine.travel(moment, tick=False):
            demo.load(1)
            shown = {slug: client.get(f"/programmes/demonstration/{slug}/").content.decode() for slug in ("annule", "reporte")}
    facts = list(Change.objects.order_by("pk").values_list("edition__slug", "kind", "fact"))
    assert facts == [
        ("annule", ChangeKind.CANCELLED, "Annulation"),
        ("reporte", ChangeKind.POSTPONED, "Clôture"),
        ("reporte", ChangeKind.POSTPONED, "Départ (date)"),
    ]
    deadline = Change.objects.get(fact="Clôture")
    assert ("ne sont plus disponibles" in shown["annule"], deadline.before in shown["reporte"], deadline.after in shown["reporte"]) == (
        True,
        True,
        True,
    )
    assert list(Act.objects.filter(verb__in=["annulation", "report"]).order_by("pk").values_list("verb", flat=True)) == [
        "annulation",
        "report",
    ]


def test_somebody_waits_for_the_announced_call_to_open():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
    assert list(Interest.objects.confirmed().order_by("pk").values_list("edition__slug", "email")) == [("annonce", demo_changes.WAITING)]


def test_every_state_of_a_day_can_be_clicked():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
        states = {day.slug: day.status(now=TODAY) for day in TrainingSession.objects.order_by("pk")}
    assert states == {
        "2019-03-19": DayStatus.OVER,
        "prochaine": DayStatus.TO_COME,
        "complete": DayStatus.FULL,
        "annulee": DayStatus.CANCELLED,
        "non-publiee": DayStatus.TO_COME,
        "journee-longue": DayStatus.TO_COME,
    }


def test_the_next_day_is_a_tuesday_about_a_year_ahead_with_seats_left():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
    day = TrainingSession.objects.get(slug="prochaine")
    assert (day.day.isoformat(), day.day.weekday(), day.seats_left) == ("2027-11-16", demo_days.TUESDAY, 7)


def test_the_day_of_2019_has_six_trainers_four_of_them_with_a_drawn_portrait():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
    people = TrainingSession.objects.get(slug="2019-03-19").people
    assert ([person.name.split()[-1] for person in people], [bool(person.photo) for person in people]) == (
        ["Exemple"] * 6,
        [True, True, False, True, True, False],
    )


@pytest.mark.parametrize("title", [demo.LONG_TITLE, demo_days.LONG_TITLE])
def test_a_title_has_140_characters_and_ordinals(title):
    assert (len(title), [sign in title for sign in ("27ᵉ", "4ᵉ", "1ʳᵉ")]) == (140, [True] * 3)


def test_a_trainer_has_a_name_of_80_characters_with_apostrophe_and_hyphens():
    assert (len(demo_days.LONG_NAME), "’" in demo_days.LONG_NAME, "-" in demo_days.LONG_NAME) == (80, True, True)


def test_every_page_of_the_demonstration_answers(client):
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
        shown = [*Programme.objects.public(), *Edition.objects.public(now=TODAY).select_related("programme")]
        shown += TrainingSession.objects.public(now=TODAY).with_places()
        answers = {row.get_absolute_url(): client.get(row.get_absolute_url()).status_code for row in shown}
    assert (len(answers), set(answers.values())) == (22, {200})


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


def test_loaded_again_at_another_hour_it_leaves_what_a_person_changed_and_makes_what_is_missing():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
    call = Edition.objects.get(slug="2027")
    Phase.objects.filter(edition=call, title="Préparation").update(title="Départ", starts_on="2027-09-17", sort_on="2027-09-17")
    Partner.objects.filter(edition=call).delete()
    Edition.objects.filter(pk=call.pk).update(lede="Récrit par l’équipe.")
    TrainingSession.objects.filter(slug="prochaine").update(title="Une autre journée")
    AgendaItem.objects.filter(session__slug="prochaine").delete()
    TrainingSession.objects.get(slug="complete").delete()
    before = rows()
    with time_machine.travel(TODAY + timedelta(days=30), tick=False):
        demo.load(1)
    after = rows()
    made = [(name, [row["slug"] for row in after[name] if row not in before[name]]) for name in after if after[name] != before[name]]
    assert made == [("TrainingSession", ["complete"])]


def test_the_deadline_of_a_call_of_the_demonstration_is_reached_by_moving_the_clock():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
    later = TODAY + timedelta(days=4)
    with time_machine.travel(later, tick=False):
        demo.load(1)
    assert Edition.objects.get(slug="ferme-bientot").status(now=later) == Status.SELECTING
