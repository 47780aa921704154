"""What the team adds to a file: notes, tags, both at once; and what becomes of it."""

from datetime import datetime

import pytest

from applications import retention, services
from applications.models import Note, Review, Tag
from core.clock import PARIS
from core.refusals import Refused
from records.models import Act
from records.services import label_of
from tests.applications.factories import OPEN, ApplicationFactory, deposited, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return deposited()


@pytest.fixture
def ines():
    return staff(first_name="Inès")


def acts():
    return [(act.verb, act.by_name, act.changes) for act in Act.objects.order_by("pk")]


def test_a_note_is_appended_with_its_author_and_the_log_says_that_there_is_one(application, ines):
    note = services.add_note(application, "  À revoir.\r\n\r\nVraiment. ", by=ines, now=OPEN)
    assert (note.text, note.by_name, note.at) == ("À revoir.\n\nVraiment.", "Inès Exemple", OPEN)
    # The log is read by people who may not read notes.
    assert acts() == [("note interne ajoutée", "Inès Exemple", {})]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("  ", "Écrivez votre note avant de l’ajouter."), ("a" * 5001, "Cette note est trop longue : 5 000 caractères au plus.")],
)
def test_an_empty_or_endless_note_is_refused(application, ines, text, refusal):
    with pytest.raises(Refused) as refused:
        services.add_note(application, text, by=ines, now=OPEN)
    assert str(refused.value).replace("\u00a0", " ") == refusal
    assert Note.objects.count() == 0


def test_two_people_who_write_at_once_are_told_and_nothing_of_the_second_is_written(application, ines):
    lou = staff(first_name="Lou")
    services.add_note(application, "La mienne.", by=ines, now=OPEN, revision=0)
    with pytest.raises(services.Overtaken):
        services.add_note(application, "La mienne aussi.", by=lou, now=OPEN, revision=0)
    services.add_note(application, "La mienne aussi.", by=lou, now=OPEN, revision=1)
    assert list(Note.objects.values_list("text", flat=True)) == ["La mienne.", "La mienne aussi."]


def test_a_second_click_is_the_first_one(application, ines):
    first = services.add_note(application, "Une fois.", by=ines, now=OPEN, revision=0)
    assert services.add_note(application, "Une fois.", by=ines, now=OPEN, revision=0) == first
    assert Note.objects.count() == 1


def test_the_author_alone_erases_a_note_and_the_history_keeps_that_there_was_one(application, ines):
    note = services.add_note(application, "À effacer.", by=ines, now=OPEN)
    with pytest.raises(Refused):
        services.remove_note(note, by=staff(), now=OPEN)
    services.remove_note(note, by=ines, now=OPEN)
    services.remove_note(note, by=ines, now=OPEN)
    assert [verb for verb, *_ in acts()] == ["note interne ajoutée", "note interne effacée"]
    assert Note.objects.count() == 0


def test_a_tag_is_made_on_the_fly_and_the_same_word_otherwise_written_is_the_same(application, ines):
    services.add_tag(application, "  À   revoir ", by=ines, now=OPEN)
    services.add_tag(deposited(), "a REVOIR", by=ines, now=OPEN)
    services.add_tag(application, "à revoir", by=ines, now=OPEN)
    assert list(Tag.objects.values_list("name", flat=True)) == ["À revoir"]
    assert [(verb, changes) for verb, _, changes in acts()] == [("étiquette ajoutée", {"étiquettes": ["", "À revoir"]})] * 2


@pytest.mark.parametrize("name", ["", " ?! ", "a" * 41])
def test_a_tag_without_a_word_or_too_long_is_refused(application, ines, name):
    with pytest.raises(Refused):
        services.add_tag(application, name, by=ines, now=OPEN)


def test_a_tag_that_no_file_holds_any_more_goes(application, ines):
    tag = services.add_tag(application, "à revoir", by=ines, now=OPEN)
    services.remove_tag(application, tag, by=ines, now=OPEN)
    services.remove_tag(application, tag, by=ines, now=OPEN)
    assert (Tag.objects.count(), [verb for verb, *_ in acts()]) == (0, ["étiquette ajoutée", "étiquette retirée"])


def test_an_anonymous_file_takes_no_note(application, ines):
    application.erased_at = OPEN
    application.save()
    with pytest.raises(Refused):
        services.add_note(application, "Trop tard.", by=ines, now=OPEN)


def test_what_the_team_wrote_goes_with_the_person(application, ines):
    services.add_note(application, "Secret.", by=ines, now=OPEN)
    services.add_tag(application, "à revoir", by=ines, now=OPEN)
    Review.objects.create(application=application, reviewer=ines, assigned_at=OPEN)
    draft = ApplicationFactory(edition=application.edition)
    services.add_tag(draft, "brouillon étrange", by=ines, now=OPEN)
    list(retention.purge(datetime(2018, 5, 30, 3, tzinfo=PARIS), False))
    application.refresh_from_db()
    assert (application.search, application.email, application.applicant) == ("", "", None)
    assert [model.objects.count() for model in (Note, Tag, Review)] == [0, 0, 0]
    assert {(act.verb, act.by_name, str(act.changes)) for act in Act.objects.filter(about=label_of(application))} == {
        ("note interne ajoutée", "Inès Exemple", "{}"), ("étiquette ajoutée", "Inès Exemple", "{}")
    }  # fmt: skip
