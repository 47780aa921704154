"""Nobody finds who wrote, what a reader scored or what is decided before its time: in no page, title, feed, file name or export (B2, B4).

Every page the portal leads to is opened by a blind reviewer, a reviewer of other files, another candidate, a manager with their link, and
nobody; then every address one can make from the reference, the keys and the files of the hidden application. The same crawl by the team
finds each secret: it does look.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from applications import agreements, documents, services
from applications.models import Application, Criterion, EmployerAgreement, Review, Selection
from applications.states import State
from core.folding import fold
from programmes.models import Edition
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import ANSWERS, NOON, OPEN, ApplicationFactory, deposited, reviewer, staff
from tests.applications.selections import signed_pdf
from tests.hostile import addresses
from tests.programmes.factories import EditionFactory, PhaseFactory
from tests.test_crawler import STARTS, links_of, words_of

pytestmark = pytest.mark.django_db
READ = NOON + timedelta(days=4)
# Who wrote; what they wrote; what a reader said and scored; what is decided; who their manager is.
WHO, WORDS, SCORE, DECIDED, MANAGER = "quidam27", "motifdesoi27", "avisdujure27", "raisondujury27", "cheffe27"
MARK = "3,05"  # 5, 2 and 0 with the weights 10, 7 and 4
SECRETS = (WHO, WORDS, SCORE, DECIDED, MANAGER, MARK)
MOST_PAGES = 400
_ELSEWHERE = ("/compte/", "/prevenez-moi/", "/apercu/", "/adhesion/", "/dossiers/", "/factures/", "/admin/billing/", "/admin/memberships/")


@dataclass
class World:
    call: Edition
    hidden: Application
    link: EmployerAgreement
    blind: User
    sent: User
    other: User
    candidate: Application


@pytest.fixture(autouse=True)
def _read():
    with time_machine.travel(READ, tick=False):
        yield


@pytest.fixture
def world() -> World:
    """A blind call before its release: one file selected with a reason, read by one and to be read by another; a second one declined."""
    call = EditionFactory(reference_prefix="AV17", short_title="Les Aventuriers 2017")
    PhaseFactory(edition=call)
    services.selection_of(call)
    Selection.objects.filter(edition=call).update(is_blind=True, read_by=NOON + timedelta(days=10), confirm_by=NOON + timedelta(days=20))
    for criterion, weight in zip(call.criteria.order_by("order", "pk"), (10, 7, 4), strict=True):
        Criterion.objects.filter(pk=criterion.pk).update(weight=weight)
    hidden = _hidden(call)
    blind, sent, other = reviewer(), reviewer("Sacha"), reviewer("Noa")
    neighbour = deposited(edition=call, state=State.IN_REVIEW)
    team = staff(email="equipe@la27eregion.example")
    services.assign([hidden.pk], [blind, sent], by=team, now=NOON)
    services.assign([neighbour.pk], [blind, other], by=team, now=NOON)
    scores = dict(zip(call.criteria.order_by("order", "pk").values_list("pk", flat=True), (5, 2, 0), strict=True))
    services.send_review(Review.objects.get(application=hidden, reviewer=sent), scores, comment=f"Très bien, {SCORE}.", by=sent, now=READ)
    link = services.ask_manager(hidden, f"{MANAGER}@ville.example", by=hidden.applicant, now=NOON)
    services.add_note(hidden, f"Note {DECIDED}", by=team, now=NOON)
    return World(call, hidden, link, blind, sent, other, neighbour)


def _hidden(call: Edition) -> Application:
    person = UserFactory(email=f"{WHO}@prefecture-{WHO}.example", first_name=WHO.title(), last_name=f"{WHO.title()}-Exemple")
    said = {
        **ANSWERS,
        "first_name": WHO.title(),
        "last_name": f"{WHO.title()}-Exemple",
        "organisation": f"Préfecture {WHO}",
        "motivation": f"Je suis {WHO.title()}, de la Préfecture {WHO}. Mon envie : {WORDS}.",
        "job": f"agente de {WHO}",
    }
    row = ApplicationFactory(edition=call, applicant=person)
    services.submit(row, said, by=person, now=OPEN)
    Application.objects.filter(pk=row.pk).update(state=State.IN_REVIEW)
    row = Application.objects.with_call().get(pk=row.pk)
    documents.publish(row.steps.deposits().last())
    return row


def decide(world: World) -> None:
    """After the readings: one is selected, the other declined, with reasons, and nobody is told."""
    team = User.objects.get(email="equipe@la27eregion.example")
    services.decide(world.hidden, State.SELECTED, by=team, now=READ, reason=f"Raison {DECIDED}")
    services.decide(world.candidate, State.DECLINED, by=team, now=READ, reason=f"Raison {DECIDED}", shared=True)


# --- What is asked -----------------------------------------------------------------------------------------


def crawl(client: Client, more: Iterable[str] = ()) -> dict[str, str]:
    """Open everything that leads somewhere; of each answer its words, and the headers, which name files."""
    seen: dict[str, str] = {}
    waiting = [*STARTS, "/lectures/", "/espace/lettres/", *more]
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop()
        if address in seen or address.startswith(("/static/", "/programmes/")):
            continue
        answer = client.get(address)
        words = words_of(answer)
        seen[address] = f"{words}\n{answer.headers}"
        waiting += [*links_of(address, words), *([answer.url] if answer.status_code in (301, 302) else [])]
    return seen


def guesses(world: World) -> Iterator[str]:
    """Every address of the URLconf, filled with what one can know or try of the hidden application."""
    row = world.hidden
    step = row.steps.deposits().last()
    keys = dict.fromkeys(
        str(key) for key in (row.pk, world.call.pk, world.link.pk, Review.objects.get(application=row, reviewer=world.sent).pk)
    )
    named = {"programme": row.edition.programme.slug, "edition": row.edition.slug, "reference": str(row.reference)}
    for route in addresses():
        holes = re.findall(r"<(?:(\w+):)?(\w+)>", route)
        numbers = [name for kind, name in holes if name not in named]
        # What the crawl opens by itself, and the sign-in, hold no key of ours.
        if not holes or route.startswith(_ELSEWHERE):
            continue
        for values in product(keys, repeat=min(len(numbers), 2)) if numbers else [()]:
            filled = dict(zip(numbers, values, strict=False)) | {name: named[name] for _, name in holes if name in named}
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found, filled=filled: filled.get(found[1], "1"), route)
    for file in (step.receipt.name, step.employer_letter.name):
        yield from (f"{folder}{file}" for folder in ("/", "/media/", "/files/"))
    yield f"/candidatures/{row.reference}/recepisse.pdf?depot={step.pk}"


def found(client: Client, world: World, more: Iterable[str] = ()) -> dict[str, set[str]]:
    """Which secrets are told, and where: whatever the accents and capitals."""
    told: dict[str, set[str]] = {}
    pages = crawl(client, more) | {address: answer_to(client, address) for address in guesses(world)}
    for address, words in pages.items():
        plain = fold(words.replace(address, ""))
        for secret in SECRETS:
            if fold(secret) in plain or (secret == MARK and "3.05" in words):
                told.setdefault(secret, set()).add(address)
    return told


def answer_to(client: Client, address: str) -> str:
    if address.rstrip("/").endswith(("deconnexion", "logout")):
        return ""
    answer = client.get(address)
    return f"{words_of(answer)}\n{answer.headers}"


def as_(person: User) -> Client:
    return sign_in(Client(), person)


# --- What is told ------------------------------------------------------------------------------------------


def test_a_blind_reviewer_reads_the_words_and_learns_neither_who_nor_what_others_said(world):
    told = found(as_(world.blind), world)
    assert set(told) == {WORDS}
    assert told[WORDS] == {f"/lectures/{world.hidden.reference}/"}


def test_once_sent_a_reviewer_reads_the_other_scores_and_still_not_who(world):
    scores = {criterion.pk: 3 for criterion in world.call.criteria.all()}
    review = Review.objects.get(application=world.hidden, reviewer=world.blind)
    services.send_review(review, scores, by=world.blind, now=READ)
    told = found(as_(world.blind), world)
    assert (set(told) - {MARK}, SCORE in told) == ({WORDS, SCORE}, True)


def test_a_decision_is_hidden_from_the_jury_that_made_it(world):
    decide(world)
    assert set(found(as_(world.blind), world)) <= {WORDS}
    assert set(found(as_(world.sent), world)) <= {WORDS, SCORE, MARK}


def test_a_reviewer_of_other_files_finds_nothing_of_this_one(world):
    decide(world)
    assert found(as_(world.other), world) == {}


def test_another_candidate_finds_nothing_and_reads_in_review_what_is_decided(world):
    decide(world)
    client = as_(world.candidate.applicant)
    assert found(client, world) == {}
    page = client.get(world.candidate.get_absolute_url()).content.decode()
    assert ("En examen" in page, "non retenue" in page.lower(), "désolé" in page) == (True, False, False)


def test_the_person_themselves_learns_no_score_and_no_decision(world):
    decide(world)
    told = found(as_(world.hidden.applicant), world)
    assert set(told) == {WHO, WORDS, MANAGER}


def test_a_manager_with_the_link_reads_who_asks_and_nothing_more(world):
    decide(world)
    address = f"/accords/{agreements.secret_of(world.link)}/"
    told = found(Client(), world, [address])
    assert (set(told), told[WHO]) == ({WHO}, {address, f"{address}accord.pdf"})
    page = Client().get(address).content.decode()
    assert [word for word in ("non retenue", "liste d’attente", str(world.hidden.reference)) if word in page] == []


def test_nobody_finds_anything(world):
    decide(world)
    assert found(Client(), world) == {}


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.TREASURER])
def test_the_rest_of_the_house_finds_nothing(world, role):
    decide(world)
    assert found(as_(UserFactory(roles=[role])), world) == {}


def test_the_team_finds_every_secret_by_the_same_crawl(world):
    decide(world)
    told = found(as_(UserFactory(roles=[Role.STAFF])), world)
    assert set(told) == set(SECRETS)


def test_a_signed_agreement_lies_where_no_address_leads(world):
    kept = services.deposit_agreement(world.hidden, signed_pdf(WHO.encode()), by=world.hidden.applicant, now=READ)
    assert default_storage.exists(kept.file.name)
    addresses_of_file = [f"{folder}{kept.file.name}" for folder in ("/", "/media/", "/files/", "/static/")]
    own = f"/candidatures/{world.hidden.reference}/accord/{kept.pk}.pdf"
    for client in (Client(), as_(world.blind), as_(world.candidate.applicant)):
        assert [client.get(address, follow=True).status_code for address in addresses_of_file] == [404] * 4
        assert client.get(own).status_code in (302, 404)
    assert WHO not in kept.file.name
