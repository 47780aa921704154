"""Calls whose results are told, for the tests of what follows: a place to confirm, a waiting list, an employer's word."""

from datetime import datetime
from io import BytesIO

from applications.models import Application, Selection
from applications.states import State
from core.clock import PARIS
from programmes.models import Edition
from tests.applications.factories import deposited
from tests.programmes.factories import EditionFactory

RELEASED = datetime(2017, 9, 12, 10, tzinfo=PARIS)
# « À confirmer avant le 20 septembre à midi ».
CONFIRM_BY = datetime(2017, 9, 20, 12, tzinfo=PARIS)
AFTER = datetime(2017, 9, 13, 10, tzinfo=PARIS)


def told_call(**fields) -> Edition:
    edition = EditionFactory(**{"results_released_at": RELEASED, "seats": 2, **fields})
    Selection.objects.create(edition=edition, confirm_by=CONFIRM_BY)
    return edition


def chosen(edition: Edition, state: State = State.SELECTED, **fields) -> Application:
    """A deposited file in a state that was decided before the release."""
    application = deposited(edition=edition, state=State.SUBMITTED, **{key: fields.pop(key) for key in ("applicant",) if key in fields})
    values = {"waitlist_rank": 1} if state == State.WAITLISTED else {}
    Application.objects.filter(pk=application.pk).update(state=state, **(values | fields))
    application.steps.create(to_state=state, at=datetime(2017, 9, 11, 10, tzinfo=PARIS), by_name="Équipe")
    return Application.objects.with_call().get(pk=application.pk)


def signed_pdf(mark: bytes = b"") -> bytes:
    """A small real PDF with one page, as a scanner writes."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    page = b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n" + (b"% " + mark + b"\n" if mark else b"")
    start = len(body + page)
    return body + page + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Size 4 >>\nstartxref\n%d\n%%%%EOF\n" % start


def upload(content: bytes, name: str = "accord.pdf") -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file
