"""What waits for the team among employers' words: their questions, the oldest first (`core.registry`)."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from accounts.roles import DECIDE
from applications.agreements import ASKED_WHILE
from applications.models import EmployerAgreement
from applications.states import Agreement
from core.registry import Waiting


def waiting(now: datetime) -> Iterator[Waiting]:
    """Questions that nobody answered, of files whose word is still of use; one leads to the next once it is answered."""
    rows = EmployerAgreement.objects.filter(question_at__isnull=False, replied_at=None, answer=Agreement.AWAITED, revoked_at=None)
    alive = rows.filter(application__state__in=ASKED_WHILE, application__edition__cancelled_at=None, until__gt=now)
    found = list(alive.order_by("question_at", "pk").values_list("application", "question_at"))
    if found:
        application, since = found[0]
        several = "questions d’employeurs à répondre, la plus ancienne d’abord"
        page = reverse("admin:applications_application_agreements", args=[application])
        yield Waiting("question d’un employeur à répondre", len(found), page, DECIDE, since, several)
