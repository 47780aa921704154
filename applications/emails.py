"""The letters about an application: gather the context, name the fact. Their words are in templates/applications/emails/."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.urls import reverse

from accounts.roles import VIEW_APPLICATION
from applications import answers as asked
from applications.models import Application, Step
from applications.states import State
from core import clock
from core.addresses import absolute
from mailing import outbox
from mailing.letters import KINDS, Attachment, LetterKind, register
from mailing.models import Message
from mailing.states import Settling
from records.services import label_of

RECEIVED = "applications.received"
RECEIVED_AGAIN = "applications.received_again"
WITHDRAWN = "applications.withdrawn"
REMINDER = "applications.draft_reminder"


def register_kinds(enclosures: Callable[[Step], Sequence[Attachment]]) -> None:
    """Make our kinds of letters known; `enclosures` makes the files of a deposit's receipt.

    An answer to the person's own act stays due until the application is erased, which forgets its letters.
    """

    def attach(message: Message) -> Sequence[Attachment]:
        step = _step_of(message)
        return enclosures(step) if step else ()

    folder = "applications/emails"
    # A second copy of these harms nobody, a lost one does.
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_APPLICATION)
    register(kind(RECEIVED, "candidature déposée", f"{folder}/received.txt", _sample, attach=attach, overtaken=_overtaken))
    register(kind(RECEIVED_AGAIN, "candidature modifiée", f"{folder}/received_again.txt", _sample, attach=attach, overtaken=_overtaken))
    register(kind(WITHDRAWN, "candidature retirée", f"{folder}/withdrawn.txt", _sample, overtaken=_overtaken))
    register(kind(REMINDER, "brouillon à déposer", f"{folder}/draft_reminder.txt", _sample, _is_reminder_due))


def post_received(step: Step, *, again: bool, now: datetime) -> None:
    """Owe the receipt of a deposit: reference, full copy, what happens next."""
    _post(f"step:{step.pk}:received", RECEIVED_AGAIN if again else RECEIVED, step.application, now=now, step=step)


def post_withdrawn(step: Step, *, now: datetime) -> None:
    _post(f"step:{step.pk}:withdrawn", WITHDRAWN, step.application, now=now, step=step)


def post_reminder(application: Application, moment: datetime, *, now: datetime) -> None:
    """Owe the reminder of one moment of A7 for one deadline."""
    _post(reminder_key(application, moment), REMINDER, application, now=now)


def reminder_key(application: Application, moment: datetime) -> str:
    """Name the fact: this draft, this deadline, this moment. A deadline that moves arms the reminders again."""
    return f"application:{application.pk}:reminder:{_stamp(application.edition.closes_at)}:{_stamp(moment)}"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _post(key: str, kind: str, application: Application, *, now: datetime, step: Step | None = None) -> None:
    if not application.applicant:
        return
    outbox.post(
        key,
        KINDS[kind],
        to=application.applicant.email,
        reader=application.applicant,
        context=_context(application, step),
        now=now,
        about=label_of(application),
        reply_to=application.edition.programme.contact_email,
        is_new=step is not None,  # written with its step
    )


def _context(application: Application, step: Step | None) -> dict[str, Any]:
    return {
        "application": application,
        "edition": application.edition,
        "step": step,
        "copy": asked.read_out(step.answers) if step and step.answers else [],
        "page": absolute(application.get_absolute_url()),
        "form": absolute(reverse("apply", args=[application.edition.programme.slug, application.edition.slug])),
    }


def _step_of(message: Message) -> Step | None:
    """Find the deposit a receipt is about: its key names it."""
    pk = message.key.split(":")[1]
    return Step.objects.deposits().select_related("application__edition__programme").filter(pk=pk).first()


def _overtaken(message: Message) -> str:
    """Say what the candidate did after the step this letter announces: deposited again, or withdrew."""
    pk = int(message.key.split(":")[1])
    acts = Step.objects.filter(to_state__in=[State.SUBMITTED, State.WITHDRAWN], application__steps=pk, pk__gt=pk)
    last = acts.order_by("pk").last()
    if last is None:
        return ""
    return "La candidature a été retirée depuis." if last.to_state == State.WITHDRAWN else "La candidature a été déposée de nouveau depuis."


def _is_reminder_due(message: Message) -> bool:
    """Still a draft, of the same deadline, and in time: asked again when the letter is about to leave."""
    pk = message.about.rpartition(":")[2]
    application = Application.objects.drafts_open(now=clock.now()).select_related("edition").filter(pk=pk).first()
    return application is not None and message.key.split(":")[3] == _stamp(application.edition.closes_at)


def _sample() -> dict[str, Any]:
    """The preview's data: an invented person and the last call, or an invented one."""
    from applications.samples import sample_step

    step = sample_step()
    return _context(step.application, step)
