"""The letters of the results, and of the places after them (domain.md B4 to B8). Their words are in templates/applications/emails/.

Each says one fact, and its key names it: `step:97:selected`, `offer:12`, `offer:12:expired`. Which one leaves when: `applications.telling`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.urls import reverse

from accounts.roles import VIEW_APPLICATION
from applications import deadlines, emails
from applications.deadlines import confirm_limit
from applications.emails import EXAMPLES
from applications.models import Application, Offer, Step
from applications.states import State
from core import clock
from core.addresses import absolute
from core.registry import OPEN, Link
from core.typography import agreeing, moment_in_words
from mailing.letters import Context, Example, LetterKind, Placeholder, listed, register
from mailing.models import Message
from programmes import dates
from programmes.models import Edition

SELECTED = "applications.selected"
WAITLISTED = "applications.waitlisted"
DECLINED = "applications.declined"
OFFER = "applications.offer"
OFFER_EXPIRED = "applications.offer_expired"
OFFER_DECLINED = "applications.offer_declined"
LAPSED = "applications.place_lapsed"
LEFT = "applications.place_left"
WAITLIST_OVER = deadlines.WAITLIST_OVER

# A letter is no programme: what it names, and a page that has the rest.
MOST_OF_EACH = 5
# The letter of each decision; what leaves when somebody else decided late is the same.
OF_STATE = {State.SELECTED: SELECTED, State.WAITLISTED: WAITLISTED, State.DECLINED: DECLINED}


# --- What may stand between braces ----------------------------------------------------------------------


def _short(moment: datetime | None) -> str:
    return moment_in_words(moment, noon=True, zone=False, weekday=False) if moment else ""


def _full(moment: datetime | None) -> str:
    return dates.deadline_text(moment) if moment else ""


def _limit(context: Context) -> datetime | None:
    return confirm_limit(context["application"])


def _rank(context: Context) -> str:
    """Their rank on the day of the letter; of an offer, the one they had then."""
    return str(context["rank"] or "")


def _phases(context: Context) -> str:
    found = context["edition"].timeline if context["edition"].pk else []
    return listed(", ".join(part for part in (phase.title, phase.when, phase.where) if part) for phase in found)


def _reason(context: Context) -> str:
    """The reason, when the team chose to tell it."""
    application: Application = context["application"]
    return f"Ce que le jury souhaite vous en dire\u00a0: {application.reason}" if application.reason_shared and application.reason else ""


def _replaces(context: Context) -> str:
    at = context["replaces"]
    return f"Cette lettre remplace notre réponse du {moment_in_words(at, zone=False, weekday=False)}." if at else ""


def _still_open(context: Context) -> str:
    return listed(f"{link.label}{f', {link.note}' if link.note else ''}\u00a0: {absolute(link.url)}" for link in context["open"])


def _programmes(context: Context) -> str:
    return absolute(reverse("programmes"))


def _costs(context: Context) -> str:
    costs = context["edition"].costs_label
    return f"Qui paie quoi\u00a0: {costs}" if costs else ""


def _places(context: Context) -> str:
    seats = context["edition"].seats
    return f"{seats} {agreeing(seats, 'place', 'places')}"


FILE = {name: emails.ABOUT_IT[name] for name in ("prenom", "nom", "appel", "appel_court")} | {
    "reference": emails.FOLLOWED["reference"],
    "lien": Placeholder("l’adresse de la page de la candidature", lambda context: context["page"], button=True),
}
ANSWER = FILE | {"remplace": Placeholder("« Cette lettre remplace notre réponse du … », après une autre réponse ; sinon vide", _replaces)}
CONFIRM = {"lien": Placeholder("l’adresse de la page où la place se confirme", lambda context: context["confirm"], button=True)}
LIMIT = {
    "a_confirmer_avant": Placeholder("la date de confirmation, en toutes lettres, avec l’heure outre-mer", lambda c: _full(_limit(c))),
    "a_confirmer_avant_court": Placeholder("la date de confirmation, sans jour de la semaine", lambda context: _short(_limit(context))),
}
WHEN = {
    "dates_et_lieux": Placeholder("les étapes, leurs dates et leurs lieux", _phases, lines=True),
    "qui_paie": Placeholder("« Qui paie quoi : … », comme l’appel le dit en bref ; vide s’il ne le dit pas", _costs),
}
RANK = {"rang": Placeholder("le rang dans la liste d’attente, ce jour-là", _rank)}
SEATS = {"places": Placeholder("« 20 places »", _places)}
OPENED = {
    "encore_ouvert": Placeholder("ce qui est ouvert ce jour-là : appels, journées, événements, avec leur adresse", _still_open, lines=True),
    "programmes": Placeholder("l’adresse de la page des programmes", _programmes),
}
OFFERED = {
    "reservee_jusqu_au": Placeholder("la fin des 72 heures, en toutes lettres", lambda context: _full(context["offer"].until)),
    "reservee_jusqu_au_court": Placeholder("la fin des 72 heures, sans jour de la semaine", lambda context: _short(context["offer"].until)),
    "proposee_le": Placeholder("quand la place a été proposée", lambda context: _short(context["offer"].at)),
}


# --- The kinds ------------------------------------------------------------------------------------------


def register_kinds() -> None:
    """Make our kinds known. An uncertain one is settled by a person: a decision told twice is worse than one asked about."""
    folder = "applications/emails"
    base = partial(LetterKind, read_with=VIEW_APPLICATION, scopes=(emails.EDITION,))
    kind = partial(base, still_due=is_last_word, overtaken=overtaken)
    selected = ANSWER | CONFIRM | LIMIT | WHEN
    essential = Placeholder("la date de confirmation", lambda context: _full(_limit(context)), essential=True)
    selected["a_confirmer_avant"] = essential
    register(kind(SELECTED, "retenue", f"{folder}/selected.txt", _sample, placeholders=selected, examples=_last(State.SELECTED)))
    waitlisted = ANSWER | LIMIT | RANK | SEATS
    register(
        kind(WAITLISTED, "liste d’attente", f"{folder}/waitlisted.txt", _sample, placeholders=waitlisted, examples=_last(State.WAITLISTED))
    )
    reason = {"motif": Placeholder("le motif, quand l’équipe a choisi de le dire ; sinon vide", _reason, lines=True)}
    declined = ANSWER | SEATS | OPENED | reason
    register(kind(DECLINED, "non retenue", f"{folder}/declined.txt", _sample, placeholders=declined, examples=_last(State.DECLINED)))
    over = FILE | OPENED
    register(
        kind(
            WAITLIST_OVER,
            "liste d’attente close",
            f"{folder}/waitlist_over.txt",
            _sample,
            placeholders=over,
            examples=_last(State.WAITLISTED),
        )
    )
    _register_places(base, folder)


def _register_places(kind: Callable[..., LetterKind], folder: str) -> None:
    """What is told of a place that is offered, left, or not reserved any more: facts, which stay true."""
    offer = FILE | CONFIRM | RANK | WHEN | OFFERED
    register(
        kind(OFFER, "place proposée", f"{folder}/offer.txt", _sample, placeholders=offer, still_due=is_offer_open, examples=_last_offers)
    )
    ended = FILE | OFFERED | OPENED
    register(
        kind(
            OFFER_EXPIRED, "place proposée, sans réponse", f"{folder}/offer_expired.txt", _sample, placeholders=ended, examples=_last_offers
        )
    )
    register(
        kind(OFFER_DECLINED, "place proposée, refusée", f"{folder}/offer_declined.txt", _sample, placeholders=ended, examples=_last_offers)
    )
    lapsed = FILE | LIMIT | OPENED
    register(kind(LAPSED, "place non confirmée", f"{folder}/place_lapsed.txt", _sample, placeholders=lapsed, examples=_last(State.LAPSED)))
    left = FILE | OPENED
    register(kind(LEFT, "place laissée", f"{folder}/place_left.txt", _sample, placeholders=left, examples=_last(State.WITHDRAWN)))


def context_of(
    application: Application,
    step: Step | None,
    *,
    offer: Offer | None = None,
    still_open: Iterable[Link] = (),
    replaces: datetime | None = None,
) -> dict[str, Any]:
    """What the letters of the results read; `rank` is the one of that day."""
    page = absolute(application.get_absolute_url())
    return {
        "application": application,
        "edition": application.edition,
        "step": step,
        "offer": offer,
        "rank": offer.rank if offer else application.waitlist_rank,
        "replaces": replaces,
        "open": list(still_open),
        "page": page,
        "confirm": absolute(reverse("application_confirm", args=[application.reference])),
    }


def open_to_all(edition: Edition, *, now: datetime) -> list[Link]:
    """What is open to anybody at this moment, gathered from every app, without the call that this is about; the first few of each."""
    mine = edition.get_absolute_url() if edition.pk else ""
    return [link for gather in OPEN for link in islice((link for link in gather(now) if link.url != mine), MOST_OF_EACH)]


# --- Still true? ----------------------------------------------------------------------------------------


def step_of(message: Message) -> Step | None:
    """Find the step that a letter announces: its key names it."""
    return Step.objects.select_related("application__edition").filter(pk=message.key.split(":")[1]).first()


def is_last_word(message: Message) -> bool:
    """Asked again when the letter is about to leave: nothing has happened to the file since, and the call goes on."""
    step = step_of(message)
    if step is None or step.application.erased_at or step.application.edition.cancelled_at:
        return False
    return _later(step) is None


def _later(step: Step) -> Step | None:
    """The last move of the file since, if it moved: a reason written again is no move."""
    moved = Step.objects.filter(application=step.application_id, pk__gt=step.pk).exclude(to_state=step.to_state)
    return moved.order_by("pk").last()


def overtaken(message: Message) -> str:
    """Say what happened to the file after the step this letter announces."""
    step = step_of(message)
    later = _later(step) if step else None
    return f"Depuis, la candidature est « {State(later.to_state).label} »." if later else ""


def is_offer_open(message: Message) -> bool:
    """An offer that was answered, taken back or is past its end is offered no more."""
    offer = Offer.objects.open(now=clock.now()).filter(pk=message.key.split(":")[1])
    return offer.filter(application__erased_at=None, application__edition__cancelled_at=None).exists()


# --- Previews -------------------------------------------------------------------------------------------


def _sample() -> dict[str, Any]:
    """The preview's data: an invented person, an invented rank, dates and offer; what is open today."""
    from applications.samples import sample_offer

    offer = sample_offer()
    application = offer.application
    step = Step(application=application, to_state=application.state, at=offer.at)
    return context_of(application, step, offer=offer, still_open=open_to_all(application.edition, now=clock.now()))


def _last(state: State) -> Callable[[str], Sequence[Example]]:
    """The last files of a call, or of all, to be in this state: real rows for the previews."""

    def examples(scope: str) -> Sequence[Example]:
        rows = Application.objects.filter(state=state, erased_at=None, edition__results_released_at__isnull=False).with_call()
        if scope:
            rows = rows.filter(edition=int(scope.partition(":")[2]))
        return [_example(str(row.pk), row, None) for row in rows.order_by("-edition__closes_at", "pk")[:EXAMPLES]]

    return examples


def _last_offers(scope: str) -> Sequence[Example]:
    """The last offers of a call, or of all."""
    rows = Offer.objects.filter(application__erased_at=None).select_related("application__edition__programme", "application__applicant")
    if scope:
        rows = rows.filter(application__edition=int(scope.partition(":")[2]))
    return [_example(str(row.pk), row.application, row) for row in rows.order_by("-at", "-pk")[:EXAMPLES]]


def _example(key: str, application: Application, offer: Offer | None) -> Example:
    def context() -> dict[str, Any]:
        now = clock.now()
        return context_of(application, None, offer=offer, still_open=open_to_all(application.edition, now=now))

    return Example(key, application.named, context)
