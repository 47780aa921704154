"""S3: staff sort thirty applications: counters, filters kept in the address, a note, two reviewers for thirty at once, a CSV."""

import csv
import io
import re
from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client
from python_calamine import CalamineWorkbook

from accounts.roles import Role
from applications.models import Application, Note, Review
from organisations.regions import Region
from programmes.models import Edition
from records.models import Act
from records.tasks import do_waiting_work
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import deposited
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]

LIST = "/admin/applications/application/"
NAMES = ["Érable", "Chêne", "Aubépine", "Œillet", "D’Houx"]


def staff_page(open_page, live, person, **options):
    """A page of somebody of the team, signed in, second factor shown."""
    page = open_page(reduced_motion="reduce", **options)
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


@pytest.fixture
def thirty_six(call_of_2017, at):
    """The call of 2017 once closed: thirty files of Bretagne, six of Corse; one organisation that a spreadsheet would run."""
    at(2017, 9, 6, 10)
    call = Edition.objects.get(reference_prefix="AV17")
    for number in range(36):
        application = deposited(edition=call)
        application.last_name, application.region = f"{NAMES[number % 5]}-Exemple", Region.BRETAGNE if number < 30 else Region.CORSE
        application.organisation = "=1+1" if number == 0 else "Château d’Exemple"
        application.save()
    at(2017, 9, 8, 14)
    return call


@pytest.mark.parametrize(
    ("width", "javascript", "keyboard"),
    [(1280, True, False), (1280, False, False), (320, True, True)],
    ids=["JavaScript", "no JavaScript", "320 px, dark, with the keyboard"],
)
def test_s3_triage(open_page, live, thirty_six, look, width, javascript, keyboard):
    colleague = UserFactory(roles=[Role.STAFF], first_name="Inès")
    jury = [UserFactory(roles=[Role.REVIEWER], first_name=name) for name in ("Lou", "Alix")]
    page = staff_page(open_page, live, colleague, width=width, javascript=javascript, dark=keyboard)
    hands = Hands(page, keyboard=keyboard)

    # A list with counters by state, branch, region, filters kept in the address.
    page.goto(LIST)
    page.get_by_role("link", name="Déposée 36").wait_for()
    look(page)
    assert {"Bretagne (30)", "Corse (6)"} <= set(page.get_by_label("Région").locator("option").all_inner_texts())
    hands.choose("Région", "Bretagne (30)")
    hands.press("button", "Filtrer")
    page.wait_for_url("**region=53**")
    page.get_by_role("link", name="Déposée 30").wait_for()
    assert page.locator("#result_list tbody tr").count() == 25
    look(page)

    # One is opened, and the next follows the filter; an internal note is added.
    page.locator("#result_list tbody th a").first.click() if not keyboard else hands.press("link", re.compile("-Exemple Camille$"))
    page.get_by_text("1 sur 30").wait_for()
    look(page)
    hands.fill("Ajouter une note", "Très concret : à retenir.")
    hands.press("button", "Ajouter la note")
    page.get_by_text("Inès Exemple").first.wait_for()
    hands.press("link", "Suivante")
    page.get_by_text("2 sur 30").wait_for()
    hands.press("link", "Retour à la liste")
    page.wait_for_url("**region=53**")
    assert [(note.text, note.by_name, note.application.region) for note in Note.objects.select_related("application")] == [
        ("Très concret : à retenir.", "Inès Exemple", Region.BRETAGNE)
    ]

    # Two reviewers are given to the thirty at once.
    if keyboard:
        hands._reach(page.locator(".on-all summary"))
        page.keyboard.press("Enter")
    else:
        page.locator(".on-all summary").click()
    hands.press("link", "Confier au jury")
    page.get_by_role("heading", name="Confier au jury").wait_for()
    for person in jury:
        hands.tick(re.compile(person.email))
    hands.press("button", "Voir l’aperçu")
    page.get_by_role("heading", name="30 candidatures").wait_for()
    look(page)
    hands.press("button", re.compile("^Confier$"))
    page.wait_for_url("**/admin/mailing/batch/**")
    page.get_by_role("heading", name="Confier au jury").first.wait_for()
    look(page)
    assert Review.objects.count() == 60
    assert set(Application.objects.filter(reviews__isnull=False).values_list("region", flat=True)) == {Region.BRETAGNE}

    # The files open with their accents and without a formula, and hold what is on the screen.
    page.goto(f"{LIST}?region=53&jury=avec")
    page.get_by_role("link", name="Déposée 30").wait_for()
    text = hands.download("button", "CSV")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))
    shown = [
        heading.replace("\n", " ").strip()
        for heading in page.locator("#result_list thead th:not(.action-checkbox-column)").all_inner_texts()
    ]
    assert (text[:3], rows[0], len(rows)) == (b"\xef\xbb\xbf", shown, 31)
    cells = {cell for row in rows for cell in row}
    assert {"Œillet-Exemple Camille", "Château d’Exemple", "'=1+1", "Alix Exemple, Lou Exemple"} <= cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert [name for name, *_ in rows[1:26]] == page.locator("#result_list tbody th").all_inner_texts()
    for kind in ("XLSX", "ODS"):
        page.goto(f"{LIST}?region=53&jury=avec")
        hands.press("button", kind)
        page.wait_for_url("**/admin/records/job/**")
        do_waiting_work()
        page.reload()
        book = CalamineWorkbook.from_filelike(io.BytesIO(hands.download("link", re.compile("^Télécharger"))))
        held = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        # A workbook holds real dates; the screen and the CSV say them.
        assert [[f"{cell:%d/%m/%Y %H:%M}" if isinstance(cell, datetime) else cell for cell in row] for row in held] == rows, kind
    assert Act.objects.filter(verb="export de candidatures", by_name="Inès Exemple").count() == 3
