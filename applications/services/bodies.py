"""The organisation of the register an application comes from: recognised at the deposit, or said by staff. The typed words stay."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications.models import Application
from applications.services.conflicts import recheck_open
from applications.services.triage import touch
from core.refusals import Refused
from organisations.models import Organisation
from organisations.services import recognise
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


def body_of(application: Application, answers: dict[str, Any], *, now: datetime) -> int | None:
    """Return the key of what is deposited: what was said of these very words, else the one body they mean."""
    words = str(answers["organisation"])
    if application.body_id and words == application.organisation:
        return application.body_id
    body = recognise(words, now=now)
    return body.pk if body else None


@transaction.atomic
def set_body(application: Application, body: Organisation | None, *, by: "User", now: datetime, revision: int | None = None) -> None:
    """Tie an application to a body, or untie it: what the person typed does not change. Of two colleagues, the second is told."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.erased_at or not locked.reference:
        raise Refused("Seule une candidature déposée, et pas encore anonymisée, se rattache à un organisme.")
    if body is not None and body.merged_into:
        body = body.merged_into
    if locked.body_id == (body.pk if body else None):
        return
    touch(locked, revision)
    before = str(locked.body or "")
    Application.objects.filter(pk=locked.pk).update(body=body)
    application.body = body
    verb = "rattachée à un organisme" if body else "détachée de son organisme"
    record(verb, locked, by=by, now=now, changes={"organisme": [before, str(body or "")]})
    recheck_open(application=locked, now=now)
