"""« En chiffres »: the funnel, the decisions along each axis, the readers; each with its table."""

import pytest

from applications import charts, services
from applications.models import Application, ConflictOfInterest, Review
from applications.states import State
from tests.accounts.factories import UserFactory
from tests.applications import boards

pytestmark = pytest.mark.django_db


def table(chart):
    return {stack.label: numbers for stack, numbers in chart.table}


def test_the_funnel_narrows_from_the_first_word_to_the_confirmed_place():
    edition, rows, _ = boards.before_the_jury(5)
    boards.files(edition, 1)
    team = UserFactory()
    for row in rows[:3]:
        services.decide(row, State.SELECTED, by=team, now=boards.JURY)
    services.undecide(rows[2], by=team, now=boards.JURY)
    Application.objects.filter(pk=rows[0].pk).update(state=State.CONFIRMED)
    found = charts.funnel(edition)
    assert [(mark.label, mark.value) for mark in found.marks] == [
        ("Commencées", 6),
        ("Déposées", 6),
        ("Lues", 5),
        ("Retenues", 2),
        ("Confirmées", 1),
    ]


def test_decisions_are_counted_along_the_branch_the_region_and_the_employer():
    edition, rows, _ = boards.before_the_jury(6)
    team = UserFactory()
    services.decide(rows[0], State.SELECTED, by=team, now=boards.JURY)
    services.decide(rows[1], State.WAITLISTED, by=team, now=boards.JURY)
    services.decide(rows[2], State.DECLINED, by=team, now=boards.JURY)
    Application.objects.filter(pk=rows[5].pk).update(body=None, branch="")
    branch, region, kind = charts.by_decision(edition)
    assert [name for name, *_ in branch.columns] == ["retenues", "liste d’attente", "non retenues", "à décider", "désistements"]
    assert table(branch) == {
        "État": [1, 0, 0, 1, 0],
        "Territoriale": [0, 1, 0, 1, 0],
        "Hospitalière": [0, 0, 1, 0, 0],
        "Non précisé": [0, 0, 0, 1, 0],
    }
    assert (region.total, kind.total) == (6, 6)


def test_each_reader_s_progress_is_drawn():
    edition, rows, people = boards.before_the_jury(3)
    first = Review.objects.filter(reviewer=people[0]).order_by("pk")
    Review.objects.filter(pk=first[0].pk).update(sent_at=None, mark=None)
    Review.objects.filter(pk=first[1].pk).update(abstained=True, mark=None)
    ConflictOfInterest.objects.create(application=rows[1], reviewer=people[1], kind="DECLARED", note="Ami.", at=boards.JURY)
    found = table(charts.readers(edition))
    assert (found[str(people[0])], found[str(people[2])]) == ([0, 1, 1], [2, 0, 0])


@pytest.mark.parametrize("count", [1, 3])
def test_the_charts_cost_the_same_for_more_files(count, django_assert_max_num_queries):
    edition, _, _ = boards.before_the_jury(count)
    with django_assert_max_num_queries(5):
        charts.funnel(edition), charts.by_decision(edition), charts.readers(edition)
