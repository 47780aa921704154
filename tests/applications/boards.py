"""A call before its jury, made in a few queries: files, readers, marks; all invented."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Grant, User
from accounts.roles import Role
from applications import services
from applications.models import Application, Review, ReviewVersion, Step
from applications.states import Branch, State
from core.clock import PARIS
from organisations.models import Organisation
from organisations.regions import Region
from organisations.states import Kind
from programmes.models import Edition
from tests.programmes.factories import EditionFactory

CLOSED = datetime(2017, 9, 8, 12, tzinfo=PARIS)
READ = datetime(2017, 9, 10, 18, tzinfo=PARIS)
JURY = datetime(2017, 9, 11, 10, tzinfo=PARIS)
FIRST = ("Camille", "Dominique", "Claude", "Sacha", "Alix", "Maxence", "Lou", "Andrea")
JOBS = ("cadre de santé", "bibliothécaire", "juriste marchés publics", "agent d’accueil en mairie", "conseiller emploi")
BODIES = (
    ("Centre hospitalier d’Exemple", Kind.HOSPITAL),
    ("Ville d’Exemple", Kind.COMMUNE),
    ("Préfecture d’Exemple", Kind.STATE),
    ("Métropole d’Exemple", Kind.INTERCOMMUNAL),
    ("Département d’Exemple", Kind.DEPARTMENT),
)
MOTIVATION = "Je reçois chaque jour des habitants qui ne comprennent pas nos courriers.\nJe voudrais voir comment d’autres s’y prennent."


def a_call(seats: int = 20, **fields) -> Edition:
    """A call that is closed, with its criteria."""
    edition = EditionFactory(seats=seats, **fields)
    services.selection_of(edition)
    return edition


def readers(count: int = 3) -> list[User]:
    """People of the jury."""
    found = [
        User.objects.create_user(f"jury{number}@jury.example", first_name=FIRST[number % 8], last_name=f"Lecteur-{number}")
        for number in range(count)
    ]
    Grant.objects.bulk_create(Grant(user=person, role=Role.REVIEWER) for person in found)
    return found


def files(edition: Edition, count: int, *, state: State = State.IN_REVIEW) -> list[Application]:
    """That many files in review, of every branch, region and kind."""
    bodies = [Organisation.objects.get_or_create(name=name, defaults={"kind": kind})[0] for name, kind in BODIES]
    start = edition.last_number
    people = User.objects.bulk_create(User(email=f"c{edition.pk}-{n}@ville.example", password="!") for n in range(start, start + count))
    rows = [_file(edition, person, number, bodies, state) for number, person in enumerate(people, start)]
    Edition.objects.filter(pk=edition.pk).update(last_number=start + count)
    edition.last_number += count
    rows = Application.objects.bulk_create(rows)
    Step.objects.bulk_create(
        Step(application=row, to_state=state, at=CLOSED + timedelta(hours=3), by_name="Équipe Exemple") for row in rows
    )
    return rows


def _file(edition: Edition, person: User, number: int, bodies: list[Organisation], state: State) -> Application:
    body = bodies[number * 3 % 5]
    row = Application(
        edition=edition, applicant=person, state=state, started_at=CLOSED - timedelta(days=5), saved_at=CLOSED - timedelta(days=4),
        first_name=FIRST[number % 8], last_name=f"Exemple-{number + 1:03}", organisation=body.name, body=body, job=JOBS[number % 5],
        branch=Branch.values[number % 3], region=Region.values[number * 7 % 18], motivation=MOTIVATION, costs_covered=True,
        reference=f"{edition.reference_prefix}-{number + 1:04}", submitted_at=CLOSED - timedelta(days=3),
        deposited_at=CLOSED - timedelta(days=3, minutes=number), revision=1,
    )  # fmt: skip
    vars(row).update(row.folded())
    return row


def marked(rows: list[Application], people: list[User], each: int = 2) -> list[Review]:
    """Have each file read by `each` people, with marks from 1 to 5 that fall from the first file to the last."""
    reviews = []
    for place, row in enumerate(rows):
        best = 5 - 4 * place / max(len(rows) - 1, 1)
        for turn in range(each):
            mark = Decimal(str(round(min(5, max(0, best + (0.4 if turn else -0.4))), 2)))
            person = people[(place + turn) % len(people)]
            reviews.append(Review(application=row, reviewer=person, assigned_at=CLOSED, sent_at=READ, mark=mark))
    reviews = Review.objects.bulk_create(reviews)
    ReviewVersion.objects.bulk_create(ReviewVersion(review=each, at=READ, mark=each.mark) for each in reviews)
    services.recount(rows)
    return reviews


def before_the_jury(count: int = 6, seats: int = 20, **fields) -> tuple[Edition, list[Application], list[User]]:
    """A call, its files read twice, its jury."""
    edition, people = a_call(seats, **fields), readers()
    rows = files(edition, count)
    marked(rows, people)
    return edition, list(Application.objects.filter(edition=edition).with_call().order_by("pk")), people
