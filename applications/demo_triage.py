"""What the team of the demonstration did with the files: through the services, at the moments they tell, once for each new file.

The letters that follow from it are in the journal as sent, at those moments: none leaves when the demonstration is loaded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import F

from accounts.demo import DOMAIN
from accounts.models import User
from applications import answers as asked
from applications import emails, services
from applications.demo_content import MOTIVATIONS, NOTES, TAGS
from applications.demo_people import address_of, answers_of, colleague
from applications.models import Application, LateLink, Step
from applications.services import Outcome, acts, assigning
from applications.states import Branch, Origin, State
from core import workdays
from core.clock import PARIS
from mailing import wordings
from mailing.batches import open_batch
from mailing.letters import KINDS
from mailing.models import Batch, Message, Refusal
from mailing.states import State as Letter
from organisations.demo import INVENTED
from programmes.models import Edition
from records.services import label_of, record

# The calls of `programmes.demo`: in triage, just closed, with results, and the one with words of its own.
TRIAGE, CLOSED, RESULTS, WORDED = "DM4", "DM3", "DM5", "DM2"
# Of the call that its jury reads, the journal is left aside: loading stays quick.
UNLETTERED = frozenset({"DM12"})
TEAM, ADMINISTRATOR = f"equipe.exemple@{DOMAIN}", f"administratrice.exemple@{DOMAIN}"
JURY = (f"jury.exemple@{DOMAIN}", f"juree.exemple@{DOMAIN}")
# Ranks of the call in triage: two that look like one person's, one that is joined to another, one whose address does not receive, one
# with changes that are not deposited. A rank that leaves 5 when divided by 6 is not in review yet.
ALIKE, JOINED, UNREACHABLE, CHANGED = (41, 12), (52, 20), 17, 11
EACH = 60
# Drafts of the closed call: three that went on after the deadline, one of somebody who has a limit of their own.
DRAFTS, LIMITED = 4, 3
LIMIT = timedelta(days=3)
REFUSED_BY_SERVER = "550 5.1.1 Boîte inconnue (démonstration)."


@dataclass(frozen=True)
class Came:
    """A file that came otherwise than by the form: what it is drawn from, days before the day of the deadline, why it is taken."""

    drawn: int
    origin: Origin
    email: str
    days: int
    at: time | None = None
    note: str = ""


CAME = (
    Came(290, Origin.PAPER, "courrier.papier@collectivite.example", 3),
    Came(292, Origin.MAIL, "candidature.par.courriel@collectivite.example", 0, time(12, 40), "Panne du réseau de la mairie ce matin-là."),
)


def team() -> User:
    return colleague(TEAM, "Équipe")


def particular(call: Edition, rank: int) -> dict[str, Any]:
    """What is not drawn: late or unreachable, a person is of « Ville d’Exemple »."""
    late = call.reference_prefix == CLOSED and rank < DRAFTS
    if not late and (call.reference_prefix, rank) != (TRIAGE, UNREACHABLE):
        return {}
    local = {"branch": Branch.LOCAL.value, "motivation": MOTIVATIONS[Branch.LOCAL][rank % 2]}
    return {"organisation": INVENTED, "job": "agent d’accueil en mairie", **local}


def is_whole(call: Edition, rank: int) -> bool:
    """One draft of the closed call lacks nothing: it can be accepted late."""
    return call.reference_prefix == CLOSED and rank == 0


def furnish(call: Edition, made: Mapping[int, Application], *, now: datetime) -> None:
    """Do with the new files of a call what the team did; put late drafts and limits back after a closing that follows the clock.

    Their letters are `sent` once all is done.
    """
    if call.reference_prefix not in UNLETTERED:
        _receipts(row for rank, row in made.items() if rank < EACH and call.ends_on >= now.date())
    if call.reference_prefix == TRIAGE and made:
        _review(call, made)
        _sort(call, made)
        _singular(call, made)
    if call.reference_prefix == CLOSED:
        _lateness(call, made, now=now)


# --- The call in triage -------------------------------------------------------------------------------


def _review(call: Edition, made: Mapping[int, Application]) -> None:
    """Five files of six are in review; a half are given to the jury, a quarter to a second person too."""
    by, morning = team(), _worked(call, timedelta(hours=21))
    keys = [row.pk for rank, row in made.items() if rank % 6 != 5]
    batch = open_batch("Mettre en examen", by=by, now=morning, undo=acts.UNDO_REVIEW, about=call)
    _kept(batch, services.start_review(keys, by=by, now=morning, batch=batch), by=by)
    jury = {person.email: person for person in assigning.jury()}
    for every, email in zip((2, 4), JURY, strict=True):
        if reviewer := jury.get(email):
            given = morning + timedelta(minutes=10 * every)
            keys = [row.pk for rank, row in made.items() if rank % every == 0]
            batch = open_batch(f"Confier au jury : {reviewer}", by=by, now=given, undo=assigning.UNDO_ASSIGN, about=call)
            _kept(batch, services.assign(keys, [reviewer], by=by, now=given, batch=batch), by=by)


def _worked(call: Edition, after: timedelta) -> datetime:
    """The team works on working days; the call closed ten days ago, which leaves room."""
    return workdays.next_working_moment(call.closes_at + after)


def _kept(batch: Batch, outcomes: Sequence[Outcome], *, by: User) -> None:
    """Keep what became of each file, as the screen of group acts does."""
    batch.results = [[label_of(each.application), each.why, each.note] for each in outcomes]
    batch.save(update_fields=["results", "undo_data"])
    record("acte groupé", batch, by=by, now=batch.created_at, note=f"{sum(not each.why for each in outcomes)} candidatures")


def _sort(call: Edition, made: Mapping[int, Application]) -> None:
    """Tags, and internal notes."""
    by, day = team(), _worked(call, timedelta(days=2))
    for name, ranks in TAGS.items():
        services.tag([row.pk for rank, row in made.items() if rank % EACH in ranks], name, by=by, now=day)
    hospitals = [row.pk for rank, row in made.items() if row.branch == Branch.HOSPITAL and rank % EACH < 45]
    services.tag(hospitals, "hôpital", by=by, now=day + timedelta(minutes=5))
    authors = [by, colleague(ADMINISTRATOR, "Administratrice")]
    for number, (rank, text) in enumerate(NOTES.items()):
        if rank in made:
            services.add_note(made[rank], text, by=authors[number % 2], now=day + timedelta(hours=number))


def _singular(call: Edition, made: Mapping[int, Application]) -> None:
    """Files to which something happened, each once."""
    if CHANGED in made:
        _change(made[CHANGED], at=call.closes_at - timedelta(hours=1))
    if UNREACHABLE in made:
        _refuse(made[UNREACHABLE])
    if JOINED[0] in made and JOINED[1] in made:
        joined, kept = (made[rank] for rank in JOINED)
        day = _worked(call, timedelta(days=3))
        services.join(joined, kept, by=team(), now=day, tell=True, note="Elle nous l’a dit au téléphone.")
    if 0 in made:
        _enter(call)


def _change(application: Application, *, at: datetime) -> None:
    """Typed again before the deadline, and not deposited."""
    new = {**application.answers, "job": f"{application.job}, à mi-temps"}
    application.typed, application.saved_at, application.revision = asked.as_typed(new), at, application.revision + 1
    application.save(update_fields=["typed", "saved_at", "revision"])


def _refuse(application: Application) -> None:
    """The server refused the receipt, and its address with it."""
    letters = Message.objects.filter(about=label_of(application))
    letters.update(state=Letter.FAILED, attempt=1, failures=1, error=REFUSED_BY_SERVER)
    refused = {"reason": REFUSED_BY_SERVER, "at": application.deposited_at}
    Refusal.objects.get_or_create(address=application.address, defaults=refused)


def _enter(call: Edition) -> None:
    """What came by post and by mail, entered the day after; nobody has an account at these addresses."""
    by, day = team(), _worked(call, timedelta(days=1))
    steps = []
    for number, came in enumerate(CAME):
        received_on = call.closes_at.astimezone(PARIS).date() - timedelta(days=came.days)
        arrival = services.Arrival(came.email, came.origin, received_on, came.note, came.at)
        answers = answers_of(came.drawn) | ({"organisation": INVENTED} if came.note else {})
        steps.append(services.enter(call, answers, arrival, by=by, now=day + timedelta(minutes=7 * number)))
    sent(step.application for step in steps)


# --- The call that has just closed --------------------------------------------------------------------


def _lateness(call: Edition, made: Mapping[int, Application], *, now: datetime) -> None:
    """The closing of this call is always an hour ago: drafts go on after it, and a limit of one's own stays to come."""
    late = Application.objects.filter(edition=call, state=State.DRAFT, saved_at__lt=call.closes_at)
    late = late.filter(applicant__email__in=[address_of(call, rank) for rank in range(LIMITED)])
    late.update(saved_at=call.closes_at + timedelta(minutes=12))
    until, email = (now + LIMIT).replace(hour=18, minute=0, second=0, microsecond=0), address_of(call, LIMITED)
    if LIMITED in made:
        reason, given = "Panne du réseau de la mairie le jour de la clôture.", call.closes_at + timedelta(minutes=25)
        services.give_late_link(call, email, until=until, reason=reason, by=team(), now=given)
    else:
        LateLink.objects.filter(edition=call, email=email, revoked_at=None, until__lte=now).update(until=until)


# --- Letters ------------------------------------------------------------------------------------------


def _receipts(applications: Iterable[Application]) -> None:
    """Of deposits and withdrawals, in the words of their moment; of a demonstration by thousands, the first files have them."""
    steps = Step.objects.by_the_candidate().filter(application__in=[application.pk for application in applications])
    for step in steps.select_related("application__edition__programme", "application__applicant").order_by("at", "pk"):
        if step.to_state == State.WITHDRAWN:
            emails.post_withdrawn(step, now=step.at)
        else:
            emails.post_received(step, again=False, now=step.at)


def sent(rows: Iterable[Application | Edition]) -> None:
    """The letters about these files, and to their jury, left when they were written."""
    about = [label_of(row) for row in rows]
    Message.objects.filter(about__in=about, state=Letter.DUE).update(state=Letter.SENT, attempt=1, sent_at=F("created_at"))


def word(call: Edition, *, now: datetime) -> None:
    """One call thanks in its own words."""
    kind, scope = KINDS[emails.RECEIVED], label_of(call)
    if not wordings.versions(kind, scope).exists():
        shipped = wordings.current(kind, scope=scope)
        greeting, rest = shipped.body.split("\n\n", 1)
        words = wordings.tidied(shipped.subject, f"{greeting}\n\n{_THANKS}\n\n{rest}")
        wordings.save(kind, scope, words, base=0, by=team(), now=now)


_THANKS = "Merci d’avoir pris le temps de nous écrire : chaque candidature est lue par deux personnes."
