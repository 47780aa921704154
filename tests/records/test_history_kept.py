"""A history that cannot be edited: by the model everywhere, by PostgreSQL itself; the purge blanks words and removes no row (ADR 0015)."""

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from accounts.roles import Role
from applications import documents
from applications.models import Step
from applications.states import State
from core import clock
from records.models import Act
from records.services import forget, forget_person, record
from tests.accounts.factories import UserFactory
from tests.applications.factories import ApplicationFactory, deposited

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 9, 6, 10, 0, tzinfo=clock.PARIS)
CHANGES = {"ville": ["", "Lille"]}


@pytest.fixture
def act() -> Act:
    return record("essai", UserFactory(), by=UserFactory(), now=NOW, note="motif", changes=CHANGES)


@pytest.fixture
def step() -> Step:
    return deposited().steps.get()


def rewrite(row: Act | Step) -> None:
    row.note = "autre"
    row.save()


ROADS = {
    "save": rewrite,
    "save of some fields": lambda row: type(row).objects.get(pk=row.pk).save(update_fields=["note"]),
    "delete": lambda row: row.delete(),
    "update": lambda row: type(row).objects.filter(pk=row.pk).update(note="autre"),
    "update to nothing": lambda row: type(row).objects.update(note=""),
    "bulk_update": lambda row: type(row).objects.bulk_update([row], ["note"]),
    "bulk delete": lambda row: type(row).objects.filter(pk=row.pk).delete(),
    "update_or_create": lambda row: type(row).objects.update_or_create(pk=row.pk, defaults={"note": "autre"}),
    "conflict": lambda row: type(row).objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["note"]),
    "blank of a fact": lambda row: type(row).objects.blank("note", "at"),
    "fill of a word": lambda row: type(row).objects.fill(note="autre"),
}


@pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)
@pytest.mark.parametrize("kind", ["act", "step"])
def test_the_model_refuses_every_road(kind: str, road, request):
    row = request.getfixturevalue(kind)
    before = type(row).objects.values().get(pk=row.pk)
    with pytest.raises(ValidationError, match="ne se modifie pas"):
        road(row)
    assert type(row).objects.values().get(pk=row.pk) == before


def test_a_row_whose_key_is_guessed_is_not_written_over(act: Act):
    with pytest.raises(IntegrityError), transaction.atomic():
        Act(pk=act.pk, at=NOW, verb="autre", about="a.b:1").save()
    assert Act.objects.get(pk=act.pk).verb == "essai"


def test_what_was_deposited_is_not_deleted_and_a_draft_is(step: Step):
    with pytest.raises(ProtectedError):
        step.application.delete()
    draft = ApplicationFactory()
    assert draft.steps.count() == 0
    draft.delete()


def test_the_purge_blanks_words_and_keeps_who_when_and_what(act: Act):
    person = UserFactory(roles=[Role.STAFF])
    own = record("essai", person, by=person, now=NOW, note="n")
    forget_person(person)
    forget(UserFactory._meta.model.objects.get(pk=act.about.partition(":")[2]))
    kept = [(row.verb, row.by_name, row.about_name, row.note, row.changes, row.at) for row in Act.objects.order_by("pk")]
    assert kept == [("essai", "Camille Exemple", "", "", {}, NOW), ("essai", "", "", "", {}, NOW)]
    assert Act.objects.get(pk=own.pk).by_id == str(person.pk)


def test_an_account_may_go_from_the_steps_it_wrote(step: Step):
    colleague = UserFactory()
    other = Step.objects.create(application=step.application, to_state=State.IN_REVIEW, at=NOW, by=colleague, by_name="Camille Exemple")
    colleague.delete()
    other.refresh_from_db()
    assert (other.by, other.by_name) == (None, "Camille Exemple")


def test_the_two_documents_of_a_deposit_are_filled_in_once(step: Step):
    assert Step.objects.filter(pk=step.pk).fill(receipt="a.pdf", employer_letter="b.pdf") == 1
    assert Step.objects.filter(pk=step.pk).fill(receipt="c.pdf", employer_letter="d.pdf") == 0
    step.refresh_from_db()
    assert (step.receipt.name, step.employer_letter.name) == ("a.pdf", "b.pdf")


def test_documents_lost_by_the_storage_are_made_again(step: Step, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("applications.documents.pdf.render", lambda *_: b"%PDF")
    documents.publish(step)
    step.receipt.storage.delete(step.receipt.name)
    documents.publish(step)
    step.refresh_from_db()
    assert [file.storage.exists(file.name) for file in (step.receipt, step.employer_letter)] == [True, True]
    assert ContentFile(b"%PDF").size == step.receipt.size


# --- PostgreSQL itself -----------------------------------------------------------------------------

FORBIDDEN = {
    "records_act": [
        "verb = 'autre'", "note = 'autre'", "by_name = 'autre'", "at = now()", "changes = '{\"a\": 1}'", "by_id = ''", "id = 9",
    ],
    "applications_step": [
        "to_state = 'SELECTED'", "note = 'autre'", "by_name = 'autre'", "at = now()", "answers = '{\"a\": 1}'",
        "application_id = application_id + 1", "by_id = by_id + 1", "receipt = 'autre.pdf'", "note = '', at = now()",
    ],
}  # fmt: skip
ALLOWED = {
    "records_act": ["note = ''", "by_name = '', about_name = ''", "changes = '{}'", "verb = verb", "note = '', changes = changes"],
    "applications_step": [
        "note = ''", "answers = NULL", "by_id = NULL", "by_name = ''", "receipt = '', employer_letter = ''",
        "receipt = '', answers = NULL, by_id = NULL, by_name = '', note = ''", "employer_letter = 'plus-tard.pdf'",
    ],
}  # fmt: skip


@pytest.fixture
def both(act: Act, step: Step) -> None:
    """A row of each, every word filled, one file of the two made."""
    Step.objects.fill(receipt="fait.pdf")
    Step.objects.create(
        application=step.application, to_state=State.IN_REVIEW, at=NOW, by=UserFactory(), by_name="X", note="mot", answers={"a": 2}
    )


def sql(statement: str, **names: str) -> int:
    """Run a statement in its own savepoint, as it is written: the names are ours."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(**names))
        return int(cursor.rowcount)


@pytest.mark.postgres
@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(("table", "change"), [(table, change) for table, changes in FORBIDDEN.items() for change in changes])
def test_postgresql_refuses_what_says_something_else(table: str, change: str):
    with pytest.raises(IntegrityError, match="ne se modifie pas"):
        sql("UPDATE {table} SET {change}", table=table, change=change)


@pytest.mark.postgres
@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(("table", "change"), [(table, change) for table, changes in ALLOWED.items() for change in changes])
def test_postgresql_lets_words_be_blanked_and_a_file_come_later(table: str, change: str):
    assert sql("UPDATE {table} SET {change}", table=table, change=change) > 0


@pytest.mark.postgres
@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("table", ["records_act", "applications_step"])
def test_postgresql_refuses_to_remove_rows(table: str):
    with pytest.raises(IntegrityError, match="ne s'efface pas"):
        sql("DELETE FROM {table}", table=table)
    assert sql("DELETE FROM {table} WHERE id < 0", table=table) == 0
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE {table} ENABLE TRIGGER {table}_never_emptied", table=table)
    with pytest.raises(IntegrityError, match="ne s'efface pas"):
        sql("TRUNCATE {table} CASCADE", table=table)


@pytest.mark.postgres
@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("table", ["records_act", "applications_step"])
def test_without_its_trigger_a_row_would_change(table: str):
    """The twin: what refuses is the trigger, not something else."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE {table} DISABLE TRIGGER {table}_never_changes", table=table)
    assert sql("UPDATE {table} SET note = 'autre'", table=table) > 0


@pytest.mark.postgres
def test_the_triggers_come_and_go_with_their_migrations():
    forward = "SELECT count(*) FROM pg_trigger WHERE tgname ~ '^(records_act|applications_step)_never_'"
    with connection.cursor() as cursor:
        cursor.execute(forward)
        assert cursor.fetchone() == (4,)
