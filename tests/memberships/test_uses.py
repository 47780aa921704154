"""Rights used: noted by the team from the page of a membership, corrected in the log, in as many questions whatever their number."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.clock import PARIS
from core.refusals import Refused
from memberships import services
from memberships.models import BenefitUse, Membership, Right
from memberships.space import counted
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import MembershipFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
LIST_QUERIES = {"admin:memberships_benefituse_changelist": 7, "admin:memberships_membership_change": 17}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def membership():
    return MembershipFactory()


@pytest.fixture
def right():
    return Right.objects.create(rank=1, title="Compagnonnage", unit="heures d’échange")


@pytest.fixture
def staff():
    return sign_in(Client(), UserFactory(roles=[Role.STAFF]))


def act_of(membership: Membership) -> str:
    return reverse("admin:memberships_membership_act", args=[membership.pk, "usage"])


def used(membership: Membership, right: Right, number: int) -> None:
    for each in range(number):
        BenefitUse.objects.create(membership=membership, right=right, on=date(2027, 2, 1), what=f"Échange {each}")


def test_the_team_notes_a_use_and_the_act_is_recorded(staff, membership, right):
    typed = {"right": right.pk, "on": "2027-02-10", "quantity": "1,5", "what": "Relecture d’un cahier des charges"}
    assert staff.post(act_of(membership), typed).status_code == 302
    use = BenefitUse.objects.get()
    assert (use.quantity, use.on, Act.objects.get(verb="usage d’un droit noté").note) == (
        Decimal("1.50"),
        date(2027, 2, 10),
        "Compagnonnage\u00a0: Relecture d’un cahier des charges",
    )


def test_what_is_wrong_is_said_and_what_was_typed_stays(staff, membership, right):
    answer = staff.post(act_of(membership), {"right": right.pk, "on": "2027-02-10", "quantity": "0", "what": "Échange"})
    assert (answer.status_code, "Échange" in answer.content.decode(), BenefitUse.objects.count()) == (422, True, 0)


@pytest.mark.parametrize(("day", "words"), [(date(2027, 3, 2), "pas encore venu"), (date(2026, 12, 31), "ne couraient pas")])
def test_a_day_to_come_or_outside_the_rights_is_refused(membership, right, day, words):
    with pytest.raises(Refused, match=words):
        services.note_use(membership, right, on=day, quantity=Decimal(1), what="Échange", by=UserFactory(), now=NOW)


def test_nobody_but_the_team_notes_or_reads_the_log(membership):
    treasurer = sign_in(Client(), UserFactory(roles=[Role.TREASURER]))
    answers = [treasurer.get(act_of(membership)), treasurer.get(reverse("admin:memberships_benefituse_changelist"))]
    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize("name", LIST_QUERIES)
@pytest.mark.parametrize("rows", [1, 3])
def test_one_use_or_three_cost_the_same_questions(staff, membership, right, django_assert_num_queries, name, rows):
    used(membership, right, rows)
    address = reverse(name, args=[membership.pk] if name.endswith("change") else [])
    staff.get(address)
    with django_assert_num_queries(LIST_QUERIES[name]):
        assert "Échange 0" in staff.get(address).content.decode()


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        ("1.00", "assemblées générales", "1 assemblée générale"), ("0.50", "heures d’échange", "0,5 heure d’échange"),
        ("2.00", "places", "2 places"), ("10.00", "places", "10 places"), ("1", "", ""),
    ],
)  # fmt: skip
def test_a_quantity_is_said_as_one_says_it(quantity, unit, words):
    assert counted(Decimal(quantity), unit).replace("\u00a0", " ") == words
