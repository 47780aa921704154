"""The wording of each letter is previewed with real rows, but those that hold a secret and those of no row."""

from datetime import datetime, timedelta

import pytest
import time_machine

from accounts.roles import Role
from applications import services
from applications.models import Application, EmployerAgreement
from applications.states import Origin
from billing import services as billing
from bookings import services as bookings
from bookings.models import SaleConditions
from core.clock import PARIS
from events.states import Access
from mailing import rendering
from mailing.letters import KINDS
from memberships import services as memberships
from memberships import states as membership_states
from memberships.models import Campaign, Membership
from records.services import label_of
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import ANSWERS, ApplicationFactory, deposited, reviewer, staff
from tests.applications.selecting import one_of_each
from tests.billing.factories import issued
from tests.bookings import factories as orders
from tests.events.factories import EventFactory
from tests.events.press_factories import link_to_come
from tests.memberships.factories import CampaignFactory, ContactFactory, MembershipFactory
from tests.programmes.factories import EditionFactory, SessionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 4, 10, tzinfo=PARIS)
# Made of an act alone: no row remembers what they say.
OF_NO_ROW = {"accounts.address_taken", "accounts.address_changed", "accounts.told", "accounts.digest", "billing.iban", "bookings.too_early"}


@pytest.fixture
def call():
    """A call where every letter was due once, beside another where none was, one not published, and a day."""
    call, person = EditionFactory(short_title="Les Aventuriers 2017"), staff()
    EditionFactory(published_at=None, title="Appel secret")
    SessionFactory(title="Journée découverte", published_at=NOW)
    arrival = services.Arrival("papier@ville.example", Origin.PAPER, NOW.date(), "remise en main propre")
    services.enter(call, dict(ANSWERS), arrival, by=person, now=NOW)
    services.give_late_link(call, "delai@ville.example", until=NOW + timedelta(days=9), reason="panne", by=person, now=NOW)
    ApplicationFactory(edition=call)
    kept, other = deposited(edition=call), deposited(edition=call)
    services.join(other, kept, by=person, now=NOW, tell=False)
    services.assign([kept.pk], [reviewer()], by=person, now=NOW)
    one_of_each(call, NOW)
    EmployerAgreement.objects.create(application=kept, asked_at=NOW, answered_at=NOW, answer="REFUSED", name="Dominique", words="Non.")
    billed()
    SaleConditions(version=1, text="Les places se paient.", tiers=orders.TIERS, in_force_from=NOW).save()
    day = orders.session(published_at=NOW, terms={"opens_at": NOW})
    bookings.order(day, orders.ask(people=orders.people("Camille Exemple")), conditions=orders.conditions(), now=NOW, entered_by=person)
    link_to_come(NOW)
    EventFactory(access=Access.REGISTRATION)
    return call


def billed() -> None:
    """A membership in each state, of bodies with somebody to write to; an invoice, and what credits it."""
    with time_machine.travel(NOW, tick=False):
        campaign = CampaignFactory(year=2017)
        for state in membership_states.State:
            resigned_on = NOW.date() if state == membership_states.State.RESIGNED else None
            row = MembershipFactory(campaign=campaign, state=state, resigned_on=resigned_on)
            for role in ("GENERAL", "FINANCE"):
                ContactFactory(organisation=row.organisation, role=role)
        billing.credit(issued(now=NOW), reason="Essai.", by=None, now=NOW)
        member = Membership.objects.get(state=membership_states.State.ACTIVE).organisation
        asked = [memberships.claim(member, f"{name}@courriel.example", name=name, now=NOW) for name in ("sacha", "noa")]
        memberships.answer(asked[1], membership_states.Answer.YES, by=staff(), now=NOW)


def test_each_letter_shows_its_words_with_real_rows_of_what_is_public(call):
    """All of them in front of the same rows, which nothing here writes: to make these anew for each took a second a letter."""
    letters = sorted(name for name, kind in KINDS.items() if not kind.secret and name.split(".")[0] != "test")
    with time_machine.travel(NOW, tick=False):
        seen, broken = {}, {}
        for name in letters:
            try:
                seen[name] = shown(KINDS[name], call)
            except Exception as error:  # noqa: BLE001 - the others are still to be seen
                broken[name] = repr(error)
    assert broken == {}
    assert len(letters) > 100
    assert {name: (some, mine) for name, (some, mine, _, _) in seen.items()} == {name: (name not in OF_NO_ROW,) * 2 for name in letters}
    assert {name: words for name, (_, _, words, _) in seen.items() if not all(subject and text for subject, text in words)} == {}
    assert {name: labels for name, (_, _, _, labels) in seen.items() if "secret" in " ".join(labels).lower()} == {}
    dated = ("programmes.dates_changed", "programmes.opening", "programmes.cancelled", "programmes.postponed")
    assert [name for name in dated if "Journée découverte, personne inventée" not in seen[name][3]] == []


def shown(kind, call):
    """Whether there is a row, and one of the page where its words are changed; each letter; what the rows are called."""
    found = kind.examples("")
    words = [rendering.render(kind, rendering.shipped(kind), example.context()) for example in found]
    rows = {"programmes.edition": call, "memberships.campaign": Campaign.objects.first()}
    scope = next((row for model, row in rows.items() if model in kind.scopes), None)
    mine = kind.examples(label_of(scope)) if scope else found
    return bool(found), bool(mine), words, [example.label for example in found]


def test_what_holds_a_secret_has_no_real_row(call):
    assert {name: kind.examples("") for name, kind in KINDS.items() if kind.secret and kind.examples("")} == {}


def test_a_real_row_says_what_its_letter_said(call):
    joined, kind = Application.objects.exclude(duplicate_of=None).get(), KINDS["applications.duplicate"]
    [example] = kind.examples(label_of(call))
    _, text = rendering.render(kind, rendering.shipped(kind), example.context())
    assert (joined.reference in text, joined.duplicate_of.reference in text) == (True, True)


def test_the_page_of_the_words_says_why_it_has_an_invented_example_only(client, call):
    desk = sign_in(client, UserFactory(roles=[Role.STAFF]))
    said = {}
    with time_machine.travel(NOW, tick=False):
        for name in ("accounts.sign_in", "accounts.told", "programmes.cancelled"):
            page = desk.get(f"/admin/mailing/wording/sorte/{name}/").content.decode()
            said[name] = (
                "porte un code ou un lien personnel" in page,
                "Aucune fiche que vous puissiez lire" in page,
                "personne inventée" in page,
            )
    assert said == {
        "accounts.sign_in": (True, False, False),
        "accounts.told": (False, True, False),
        "programmes.cancelled": (False, False, True),
    }
