"""The letters about an application: gather the context, name the fact. Their words are in templates/applications/emails/.

What may stand between braces in them is below, `ABOUT_IT` and what each kind adds (the convention: `mailing/letters.py`).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from django.urls import reverse

from accounts.roles import VIEW_APPLICATION
from applications import answers as asked
from applications.models import Application, Step
from applications.models.step import StepQuerySet
from applications.states import State
from core import clock
from core.addresses import absolute
from core.typography import moment_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, register
from mailing.models import Batch, Message
from mailing.states import Settling
from records.services import label_of

RECEIVED = "applications.received"
RECEIVED_LATE = "applications.received_late"
RECEIVED_AGAIN = "applications.received_again"
WITHDRAWN = "applications.withdrawn"
REMINDER = "applications.draft_reminder"


EDITION = "programmes.edition"
EXAMPLES = 5


def _short(moment: datetime) -> str:
    return moment_in_words(moment, noon=True, zone=False, weekday=False)


def _changeable_until(context: Context) -> str:
    """Until when the candidate may still edit, at the moment the letter is about; empty once the call is closed."""
    step = context["step"]
    return moment_in_words(context["edition"].closes_at, noon=True) if step.can_still_change else ""


def _greeting(context: Context) -> str:
    person = context["application"].applicant
    return f"Bonjour {person.first_name if person else ''}".strip()


def _answers(context: Context) -> str:
    return "\n\n".join(f"{label}\u00a0: {text}" for label, text in context["copy"])


ABOUT_IT = {
    "prenom": Placeholder("le prénom donné dans la candidature", lambda context: context["application"].first_name),
    "nom": Placeholder("le nom donné dans la candidature", lambda context: context["application"].last_name),
    "appel": Placeholder("le titre de l’appel", lambda context: context["edition"].title),
    "appel_court": Placeholder("le titre court de l’appel", lambda context: context["edition"].short_title),
    "cloture": Placeholder("la clôture de l’appel, en toutes lettres, avec l’heure outre-mer", lambda context: context["edition"].deadline),
    "cloture_courte": Placeholder("la clôture de l’appel, sans jour de la semaine", lambda context: _short(context["edition"].closes_at)),
}
FOLLOWED = {
    "reference": Placeholder("la référence de la candidature", lambda context: context["application"].reference, essential=True),
    "lien": Placeholder("l’adresse de la page de la candidature", itemgetter("page"), button=True),
    "modifiable_jusqu_au": Placeholder("la clôture, tant que la candidature peut changer ; vide une fois l’appel clos", _changeable_until),
}
DEPOSITED = {
    "recue_le": Placeholder("la date et l’heure du dépôt, à la seconde", lambda context: moment_in_words(context["step"].at, seconds=True)),
    "appel_clos": Placeholder(
        "« l’appel est clos » ; vide tant que la candidature peut changer",
        lambda context: "" if _changeable_until(context) else "l’appel est clos",
    ),
    "quand_la_reponse": Placeholder(
        "quand viendra la réponse, comme l’appel le dit ; sinon « après l’examen des candidatures »",
        lambda context: context["edition"].results_label or "après l’examen des candidatures",
    ),
    "copie_des_reponses": Placeholder("tout ce que la personne a déposé, réponse par réponse", _answers, lines=True),
}
WITHDRAWAL = {
    "retiree_le": Placeholder("la date et l’heure du retrait", lambda context: moment_in_words(context["step"].at, seconds=True)),
}
DRAFT = {
    "salutation": Placeholder("« Bonjour Camille », ou « Bonjour » quand le prénom n’est pas connu", _greeting),
    "lien": Placeholder("l’adresse du formulaire, avec le brouillon", itemgetter("form"), button=True),
}


def register_kinds(enclosures: Callable[[Step], Sequence[Attachment]]) -> None:
    """Make our kinds of letters known; `enclosures` makes the files of a deposit's receipt.

    An answer to the person's own act stays due until the application is erased, which forgets its letters.
    """

    def attach(message: Message) -> Sequence[Attachment]:
        step = step_of(message)
        return enclosures(step) if step else ()

    folder = "applications/emails"
    # A second copy of these harms nobody, a lost one does.
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_APPLICATION, scopes=(EDITION,))
    about = partial(kind, overtaken=overtaken, examples=_last_deposits)
    receipt = partial(about, attach=attach, placeholders=ABOUT_IT | FOLLOWED | DEPOSITED)
    register(receipt(RECEIVED, "candidature déposée", f"{folder}/received.txt", _sample))
    register(receipt(RECEIVED_LATE, "candidature acceptée hors délai", f"{folder}/received_late.txt", _sample_late))
    register(receipt(RECEIVED_AGAIN, "candidature modifiée", f"{folder}/received_again.txt", _sample))
    withdrawn = ABOUT_IT | FOLLOWED | WITHDRAWAL
    register(about(WITHDRAWN, "candidature retirée", f"{folder}/withdrawn.txt", _sample, placeholders=withdrawn))
    draft = ABOUT_IT | DRAFT
    draft_of = partial(kind, still_due=_is_reminder_due, placeholders=draft, examples=_last_drafts)
    register(draft_of(REMINDER, "brouillon à déposer", f"{folder}/draft_reminder.txt", _sample))


def post_received(step: Step, *, again: bool, now: datetime) -> None:
    """Owe the receipt of a deposit: reference, full copy, what happens next."""
    first = RECEIVED_LATE if step.is_late else RECEIVED
    post(f"step:{step.pk}:received", RECEIVED_AGAIN if again else first, step.application, now=now, step=step)


def post_withdrawn(step: Step, *, now: datetime) -> None:
    post(f"step:{step.pk}:withdrawn", WITHDRAWN, step.application, now=now, step=step)


def post_reminder(application: Application, moment: datetime, *, now: datetime) -> None:
    """Owe the reminder of one moment of A7 for one deadline."""
    post(reminder_key(application, moment), REMINDER, application, now=now)


def reminder_key(application: Application, moment: datetime) -> str:
    """Name the fact: this draft, this deadline, this moment. A deadline that moves arms the reminders again."""
    return f"application:{application.pk}:reminder:{stamp(application.edition.closes_at)}:{stamp(moment)}"


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def post(key: str, kind: str, application: Application, *, now: datetime, step: Step | None = None, **said: str) -> None:
    """Owe a letter about what the candidate or the team did of a file; with its step, it is written in the same breath."""
    owe(key, kind, application, {**context_of(application, step), **said}, now=now, is_new=step is not None)


def owe(
    key: str, kind: str, application: Application, context: Context, *, now: datetime, batch: Batch | None = None, is_new: bool = False
) -> None:
    """Owe a letter about an application to its address, today's or the one staff entered; an anonymised one has none."""
    if not application.address:
        return
    outbox.post(
        key,
        KINDS[kind],
        to=application.address,
        reader=application.applicant,
        context=context,
        now=now,
        about=label_of(application),
        reply_to=application.edition.programme.contact_email,
        batch=batch,
        is_new=is_new,
        scope=label_of(application.edition),
    )


def context_of(application: Application, step: Step | None) -> dict[str, Any]:
    return {
        "application": application,
        "edition": application.edition,
        "step": step,
        "copy": asked.read_out(step.answers) if step and step.answers else [],
        "page": absolute(application.get_absolute_url()),
        "form": absolute(reverse("apply", args=[application.edition.programme.slug, application.edition.slug])),
    }


def step_of(message: Message) -> Step | None:
    """Find the deposit a receipt is about: its key names it."""
    pk = message.key.split(":")[1]
    return Step.objects.deposits().select_related("application__edition__programme").filter(pk=pk).first()


def overtaken(message: Message) -> str:
    """Say what the candidate did after the step this letter announces: deposited again, or withdrew."""
    pk = int(message.key.split(":")[1])
    acts = Step.objects.by_the_candidate().filter(application__steps=pk, pk__gt=pk)
    last = acts.order_by("pk").last()
    if last is None:
        return ""
    return "La candidature a été retirée depuis." if last.to_state == State.WITHDRAWN else "La candidature a été déposée de nouveau depuis."


def _is_reminder_due(message: Message) -> bool:
    """Still a draft, of the same deadline, and in time: asked again when the letter is about to leave."""
    pk = message.about.rpartition(":")[2]
    application = Application.objects.drafts_open(now=clock.now()).select_related("edition").filter(pk=pk).first()
    return application is not None and message.key.split(":")[3] == stamp(application.edition.closes_at)


def _sample() -> dict[str, Any]:
    """The preview's data: an invented person and the last call, or an invented one."""
    from applications.samples import sample_step

    step = sample_step()
    return context_of(step.application, step)


def _sample_late() -> dict[str, Any]:
    """The same, deposited by the team a week after the deadline."""
    from applications.samples import sample_step

    step = sample_step()
    step.at, step.note = step.application.edition.closes_at + timedelta(days=7), "Panne du serveur de la collectivité."
    return context_of(step.application, step)


def _last_deposits(scope: str) -> Sequence[Example]:
    """The last deposits of a call, or of all: real rows for the previews."""
    return deposits_shown(Step.objects.deposits(), scope)


def deposits_shown(steps: StepQuerySet, scope: str) -> list[Example]:
    """The last of these deposits, of a call or of all."""
    steps = steps.select_related("application__edition__programme", "application__applicant")
    if scope:
        steps = steps.filter(application__edition=int(scope.partition(":")[2]))
    return [
        Example(str(step.pk), f"{step.application.reference}, {step.application.full_name}", partial(context_of, step.application, step))
        for step in steps.order_by("-at", "-pk")[:EXAMPLES]
    ]


def _last_drafts(scope: str) -> Sequence[Example]:
    """The last drafts of a call, or of all."""
    drafts = Application.objects.filter(state=State.DRAFT, applicant__isnull=False).with_call()
    if scope:
        drafts = drafts.filter(edition=int(scope.partition(":")[2]))
    return [
        Example(str(draft.pk), f"{draft}, {draft.full_name or draft.address}", partial(context_of, draft, None))
        for draft in drafts.order_by("-saved_at", "-pk")[:EXAMPLES]
    ]
