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


def test_a_use_that_never_was_is_taken_back_with_a_reason_and_the_act_stays(staff, membership, right):
    used(membership, right, 2)
    wrong = BenefitUse.objects.order_by("pk")[0]
    remove = reverse("admin:memberships_benefituse_remove", args=[wrong.pk])
    assert remove in staff.get(reverse("admin:memberships_benefituse_change", args=[wrong.pk])).content.decode()
    assert (staff.get(remove).status_code, staff.post(remove, {"text": ""}).status_code, BenefitUse.objects.count()) == (200, 422, 2)
    assert staff.post(remove, {"text": "Noté pour un autre organisme."}).status_code == 302
    note = Act.objects.get(verb="usage d’un droit retiré").note
    assert (list(BenefitUse.objects.values_list("what", flat=True)), "Échange 0" in note, "autre organisme" in note) == (
        ["Échange 1"],
        True,
        True,
    )
    assert staff.get(remove).status_code == 404


def test_a_use_taken_back_twice_at_once_is_taken_back_once(membership, right):
    used(membership, right, 1)
    use = BenefitUse.objects.get()
    services.remove_use(BenefitUse.objects.get(), reason="Erreur.", by=UserFactory(), now=NOW)
    with pytest.raises(Refused, match="vient d’être retiré"):
        services.remove_use(use, reason="Erreur.", by=UserFactory(), now=NOW)


def test_who_only_reads_memberships_takes_no_use_back(membership, right):
    used(membership, right, 1)
    client = sign_in(Client(), UserFactory(roles=[Role.TREASURER]))
    remove = reverse("admin:memberships_benefituse_remove", args=[BenefitUse.objects.get().pk])
    assert (client.post(remove, {"text": "Erreur."}).status_code, BenefitUse.objects.count()) == (403, 1)
