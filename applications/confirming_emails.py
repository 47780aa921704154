"""The letters of a place to confirm and of the employer's word (domain.md B8): to the candidate, to the manager, to the team.

One fact, one letter: the word that completes the person's yes is told by « place confirmée » alone.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from django.urls import reverse

from accounts.roles import VIEW_APPLICATION
from applications import agreements, emails
from applications.deadlines import confirm_limit
from applications.emails import EXAMPLES, owe
from applications.models import Application, EmployerAgreement, Step
from applications.states import Agreement, State
from core import clock
from core.addresses import absolute
from core.typography import moment_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, listed, register
from mailing.models import Message
from mailing.states import Settling
from programmes import dates, documents
from records.services import label_of

ASKED = "applications.agreement_asked"
REPLY = "applications.agreement_reply"
RECEIVED = "applications.agreement_received"
REFUSED = "applications.agreement_refused"
NOT_TAKEN = "applications.agreement_not_taken"
QUESTION = "applications.agreement_question"
TO_TEAM = "applications.agreement_to_team"
ACCEPTED = "applications.place_accepted"
CONFIRMED = "applications.place_confirmed"
REMINDER = "applications.confirm_reminder"

NO_DATE = "la date que l’équipe vous dira"


def due(application: Application) -> str:
    """By when a place is confirmed: in full, with its zone and the hour overseas."""
    limit = confirm_limit(application)
    return dates.deadline_text(limit) if limit else ""


def due_short(application: Application) -> str:
    limit = confirm_limit(application)
    return moment_in_words(limit, noon=True, zone=False, weekday=False) if limit else NO_DATE


def missing(application: Application) -> list[str]:
    """Say what a selected person still has to do."""
    yes = [] if application.accepted_at else ["votre oui : « Je confirme », sur la page de votre candidature"]
    word = [] if agreements.word_of(application) == Agreement.RECEIVED else ["l’accord de votre employeur : par un lien ou un PDF signé"]
    return yes + word


def _next(context: Context) -> str:
    """What the word that has come changes, said with what the candidate may know today only (B4)."""
    application: Application = context["application"]
    if application.public_state == State.SELECTED:
        return f"Il ne manque que votre oui : dites « Je confirme » avant le {due(application) or NO_DATE}."
    if application.public_state == State.CONFIRMED:
        return "Votre place est confirmée : vous n’avez rien d’autre à faire."
    return "Vous n’avez rien d’autre à faire. Si votre candidature est retenue, il ne manquera que votre oui."


def _again(context: Context) -> str:
    application: Application = context["application"]
    limit = due(application) if application.public_state == State.SELECTED else ""
    return f"Votre place vous reste réservée jusqu’au {limit}." if limit else ""


CALL = {name: emails.ABOUT_IT[name] for name in ("prenom", "nom", "appel", "appel_court")}
FILE = CALL | {"reference": emails.FOLLOWED["reference"], "lien": emails.FOLLOWED["lien"]}
WORD = {"lien": Placeholder("l’adresse de la page de l’accord de l’employeur", itemgetter("word"), button=True)}
CONFIRM = {"lien": Placeholder("l’adresse de la page où la place se confirme", itemgetter("confirm"), button=True)}
LIMIT = {
    "a_confirmer_avant": Placeholder(
        "la date de confirmation, en toutes lettres, avec l’heure outre-mer", lambda context: due(context["application"])
    ),
    "a_confirmer_avant_court": Placeholder("la date de confirmation, courte", lambda context: due_short(context["application"])),
}
MANAGER = {
    "responsable": Placeholder("le nom et la fonction que le responsable a donnés", lambda context: _manager(context["agreement"])),
    "mots": Placeholder("ce que le responsable a écrit", lambda context: context["agreement"].words, lines=True),
}
ASKED_OF = {
    "candidat": Placeholder("le prénom et le nom de la personne qui candidate", lambda context: _candidate(context["application"])),
    "fonction": Placeholder("sa fonction", lambda context: context["application"].job),
    "structure": Placeholder("sa structure", lambda context: context["application"].organisation),
    "appel": emails.ABOUT_IT["appel"],
    "appel_court": emails.ABOUT_IT["appel_court"],
    "repondez_avant": Placeholder(
        "d’ici quand répondre : la date de la place une fois les résultats dits, sinon « le plus tôt possible »",
        lambda context: agreements.answer_before(context["application"], now=clock.now()),
    ),
    "valable_jusqu_au": Placeholder(
        "jusqu’à quand le lien s’ouvre", lambda context: moment_in_words(context["agreement"].until, noon=True, weekday=False)
    ),
    "lien": Placeholder("l’adresse secrète de la page de l’accord", itemgetter("address"), button=True),
}


def _candidate(application: Application) -> str:
    """As deposited: what is being typed is nobody's yet."""
    return f"{application.first_name} {application.last_name}".strip()


def _manager(agreement: EmployerAgreement) -> str:
    return ", ".join(part for part in (agreement.name, agreement.job) if part) or "votre responsable"


def register_kinds() -> None:
    """Make our kinds known: a second copy harms nobody, a lost one does."""
    folder = "applications/emails"
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_APPLICATION, scopes=(emails.EDITION,))
    asked = partial(kind, secret=True, still_due=_is_link_alive)
    register(asked(ASKED, "accord demandé à l’employeur", f"{folder}/agreement_asked.txt", _sample_link, placeholders=ASKED_OF))
    reply = ASKED_OF | {
        "question": Placeholder("la question posée", lambda context: context["agreement"].question, lines=True),
        "reponse": Placeholder("la réponse de l’équipe", lambda context: context["agreement"].reply, lines=True, essential=True),
    }
    register(asked(REPLY, "réponse à l’employeur", f"{folder}/agreement_reply.txt", _sample_link, placeholders=reply))
    _register_words(partial(kind, examples=_last_agreements), folder)
    _register_places(kind, folder)


def _register_words(kind: Callable[..., LetterKind], folder: str) -> None:
    """What the candidate, and the team, are told of the employer's word."""
    received = FILE | MANAGER | {"la_suite": Placeholder("ce qu’il reste à faire, selon l’état de la candidature", _next)}
    register(kind(RECEIVED, "accord de l’employeur reçu", f"{folder}/agreement_received.txt", _sample, placeholders=received))
    again = FILE | MANAGER | {"place_gardee": Placeholder("jusqu’à quand la place reste réservée ; vide sans place", _again)}
    register(kind(REFUSED, "accord refusé par l’employeur", f"{folder}/agreement_refused.txt", _sample, placeholders=again))
    reason = Placeholder("le motif de l’équipe", lambda context: context["agreement"].refusal, lines=True, essential=True)
    not_taken = FILE | WORD | {"place_gardee": again["place_gardee"], "motif": reason}
    register(kind(NOT_TAKEN, "accord refusé par l’équipe", f"{folder}/agreement_not_taken.txt", _sample, placeholders=not_taken))
    words = Placeholder("la question", lambda context: context["agreement"].question, lines=True, essential=True)
    asks = FILE | {"responsable": MANAGER["responsable"], "question": words}
    register(kind(QUESTION, "question de l’employeur", f"{folder}/agreement_question.txt", _sample, placeholders=asks))
    desk = Placeholder("l’adresse où l’équipe répond", itemgetter("desk"), button=True)
    to_team = asks | {"candidat": ASKED_OF["candidat"], "lien": desk}
    register(kind(TO_TEAM, "question de l’employeur, à l’équipe", f"{folder}/agreement_to_team.txt", _sample, placeholders=to_team))


def _register_places(kind: Callable[..., LetterKind], folder: str) -> None:
    """What a selected person is told of their place."""
    left = Placeholder("ce qu’il manque pour confirmer la place", lambda context: listed(context["missing"]), lines=True, essential=True)
    to_do = FILE | LIMIT | {"il_manque": left}
    register(
        kind(
            ACCEPTED,
            "oui enregistré",
            f"{folder}/place_accepted.txt",
            _sample_accepted,
            placeholders=to_do | WORD,
            examples=_last_to_confirm,
        )  # fmt: skip,
    )
    register(
        kind(
            CONFIRMED,
            "place confirmée",
            f"{folder}/place_confirmed.txt",
            _sample,
            placeholders=FILE | WHEN,
            examples=_last_confirmed,
            attach=_dates,
        )  # fmt: skip
    )
    reminder: dict[str, Any] = {"placeholders": to_do | CONFIRM, "examples": _last_to_confirm, "still_due": _is_reminder_due}
    register(kind(REMINDER, "place à confirmer", f"{folder}/confirm_reminder.txt", _sample, **reminder))


def _phases(context: Context) -> str:
    phases = context["edition"].phases.with_places() if context["edition"].pk else []
    return listed(", ".join(part for part in (phase.title, phase.when, phase.where) if part) for phase in phases)


WHEN = {"dates_et_lieux": Placeholder("les étapes, leurs dates et leurs lieux", _phases, lines=True)}


# --- To the manager -------------------------------------------------------------------------------------


def post_asked(link: EmployerAgreement, *, now: datetime) -> None:
    _to_manager(f"agreement:{link.pk}:asked", ASKED, link, link.email, now=now)


def post_reply(link: EmployerAgreement, *, now: datetime) -> None:
    _to_manager(f"agreement:{link.pk}:reply", REPLY, link, link.question_email, now=now)


def _to_manager(key: str, kind: str, link: EmployerAgreement, to: str, *, now: datetime) -> None:
    """To whoever has the address: the manager has no account. Of the application only what the page says."""
    application = link.application
    outbox.post(
        key,
        KINDS[kind],
        to=to,
        context=link_context(link),
        now=now,
        about=label_of(application),
        reply_to=application.edition.programme.contact_email,
        scope=label_of(application.edition),
    )


def link_context(link: EmployerAgreement) -> dict[str, Any]:
    return {"application": link.application, "edition": link.application.edition, "agreement": link, "address": agreements.address_of(link)}


def _is_link_alive(message: Message) -> bool:
    """A link revoked, or a file withdrawn, before the letter left: nothing is asked of anybody any more."""
    now = clock.now()
    link = EmployerAgreement.objects.alive(now=now).filter(pk=message.key.split(":")[1]).select_related("application__edition")
    found = link.first()
    return found is not None and agreements.is_asked(found.application, now=now)


# --- To the candidate and to the team --------------------------------------------------------------------


def post_word(agreement: EmployerAgreement, *, now: datetime) -> None:
    """Owe the letter of an answer: received, or refused."""
    kind = RECEIVED if agreement.answer == Agreement.RECEIVED else REFUSED
    _to_candidate(f"agreement:{agreement.pk}:answered", kind, agreement, now=now)


def post_refused_by_team(agreement: EmployerAgreement, *, now: datetime) -> None:
    _to_candidate(f"agreement:{agreement.pk}:not-taken", NOT_TAKEN, agreement, now=now)


def post_question(agreement: EmployerAgreement, *, now: datetime) -> None:
    """The candidate and the team are told what the manager asks."""
    _to_candidate(f"agreement:{agreement.pk}:question", QUESTION, agreement, now=now)
    application = agreement.application
    outbox.post(
        f"agreement:{agreement.pk}:team",
        KINDS[TO_TEAM],
        to=application.edition.programme.contact_email,
        context=context_of(application, agreement),
        now=now,
        about=label_of(application),
        reply_to=agreement.question_email,
        scope=label_of(application.edition),
    )


def _to_candidate(key: str, kind: str, agreement: EmployerAgreement, *, now: datetime) -> None:
    owe(key, kind, agreement.application, context_of(agreement.application, agreement), now=now)


def context_of(application: Application, agreement: EmployerAgreement | None = None) -> dict[str, Any]:
    return {
        **emails.context_of(application, None),
        "agreement": agreement,
        "missing": missing(application) if application.pk else _sample_missing(application),
        "word": absolute(reverse("application_agreement", args=[application.reference])),
        "confirm": absolute(reverse("application_confirm", args=[application.reference])),
        "desk": absolute(reverse("admin:applications_application_agreements", args=[application.pk or 0])),
    }


# --- The place ---------------------------------------------------------------------------------------------


def post_accepted(application: Application, *, now: datetime) -> None:
    """Owe what answers « Je confirme » while the employer's word is awaited: once a yes."""
    key = f"application:{application.pk}:accepted:{emails.stamp(now)}"
    owe(key, ACCEPTED, application, context_of(application), now=now)


def post_confirmed(step: Step, *, now: datetime) -> None:
    owe(f"step:{step.pk}:confirmed", CONFIRMED, step.application, context_of(step.application), now=now)


def _dates(message: Message) -> Sequence[Attachment]:
    step = Step.objects.select_related("application__edition__programme").filter(pk=message.key.split(":")[1]).first()
    return (documents.calendar_file(step.application.edition),) if step else ()


def reminder_key(application: Application, moment: datetime) -> str:
    """Name the fact: this person, this date, this moment: another date arms the reminders again."""
    limit = confirm_limit(application)
    return f"application:{application.pk}:confirm:{emails.stamp(limit) if limit else 'none'}:{emails.stamp(moment)}"


def post_reminder(application: Application, moment: datetime, *, now: datetime) -> None:
    owe(reminder_key(application, moment), REMINDER, application, context_of(application), now=now)


def _is_reminder_due(message: Message) -> bool:
    """Still to confirm, by the same date, and in time: asked again when the letter is about to leave."""
    now, pk = clock.now(), message.about.rpartition(":")[2]
    rows = Application.objects.filter(pk=pk, state=State.SELECTED, edition__cancelled_at=None, edition__results_released_at__lte=now)
    application = rows.with_call().first()
    limit = confirm_limit(application) if application else None
    return limit is not None and now < limit and message.key.split(":")[3] == emails.stamp(limit)


# --- Previews ------------------------------------------------------------------------------------------------


def _sample() -> dict[str, Any]:
    from applications.samples import sample_agreement

    agreement = sample_agreement()
    return context_of(agreement.application, agreement)


def _sample_accepted() -> dict[str, Any]:
    from applications.samples import sample_agreement

    application = sample_agreement().application
    application.accepted_at = application.saved_at
    return context_of(application)


def _sample_missing(application: Application) -> list[str]:
    yes = [] if application.accepted_at else ["votre oui : « Je confirme », sur la page de votre candidature"]
    return [*yes, "l’accord de votre employeur : par un lien ou un PDF signé"]


def _sample_link() -> dict[str, Any]:
    from applications.samples import sample_agreement

    return link_context(sample_agreement())


def _last_agreements(scope: str) -> Sequence[Example]:
    """The last requests, of a call or of all: what their letters would say."""
    rows = EmployerAgreement.objects.select_related("application__edition__programme", "application__applicant")
    if scope:
        rows = rows.filter(application__edition=int(scope.partition(":")[2]))
    return [
        Example(str(row.pk), f"{row.application.named}", partial(context_of, row.application, row))
        for row in rows.order_by("-asked_at", "-pk")[:EXAMPLES]
    ]


def _last_to_confirm(scope: str) -> Sequence[Example]:
    return _last_in(scope, State.SELECTED, State.CONFIRMED)


def _last_confirmed(scope: str) -> Sequence[Example]:
    return _last_in(scope, State.CONFIRMED)


def _last_in(scope: str, *states: State) -> list[Example]:
    rows = Application.objects.filter(state__in=states).with_call()
    if scope:
        rows = rows.filter(edition=int(scope.partition(":")[2]))
    return [Example(str(row.pk), row.named, partial(context_of, row)) for row in rows.order_by("-pk")[:EXAMPLES]]
