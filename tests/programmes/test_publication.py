"""One verb publishes: at once or at a date, once, and never what is not ready."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from threading import Barrier, BrokenBarrierError

import pytest
import time_machine

from core.clock import PARIS
from core.refusals import Refused
from programmes.models import Edition
from programmes.services import publication
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.patience import PATIENCE
from tests.programmes.factories import AgendaItemFactory, EditionFactory, SessionFactory, VenueFactory
from tests.racing import race

NOW = datetime(2017, 7, 1, 10, tzinfo=PARIS)
LATER = datetime(2017, 7, 3, 9, tzinfo=PARIS)


def acts():
    return [(act.verb, act.changes) for act in Act.objects.order_by("pk")]


def ready_day(**fields):
    day = SessionFactory(audience="Tout le monde.", venue=VenueFactory(address="27 rue Piat"), published_at=None, **fields)
    AgendaItemFactory(session=day)
    return day


@pytest.mark.django_db
def test_a_call_is_published_at_once():
    edition, person = EditionFactory(published_at=None), UserFactory()
    assert publication.publish(edition, by=person, now=NOW)
    edition.refresh_from_db()
    assert (edition.published_at, edition.is_public(now=NOW)) == (NOW, True)
    assert acts() == [("publication", {"publiée à partir de": ["", "1er\u00a0juillet 2017 à 10\u00a0h"]})]


@pytest.mark.django_db
def test_a_day_is_published_at_a_date_and_not_a_second_before():
    day = ready_day()
    publication.publish(day, by=UserFactory(), now=NOW, at=LATER)
    assert (day.is_public(now=LATER - timedelta(seconds=1)), day.is_public(now=LATER)) == (False, True)


@pytest.mark.django_db
def test_done_twice_it_is_one_act():
    edition, person = EditionFactory(published_at=None), UserFactory()
    done = [publication.publish(edition, by=person, now=NOW + timedelta(seconds=gap)) for gap in (0, 1)]
    done += [publication.publish(edition, by=person, now=NOW, at=NOW)]
    assert (done, len(acts())) == ([True, False, False], 1)


@pytest.mark.django_db
def test_a_date_can_be_changed_brought_forward_and_taken_back():
    edition, person = EditionFactory(published_at=LATER), UserFactory()
    publication.publish(edition, by=person, now=NOW, at=LATER + timedelta(days=1))
    publication.publish(edition, by=person, now=NOW)
    assert edition.published_at == NOW
    assert [publication.unpublish(edition, by=person, now=NOW) for _ in range(2)] == [True, False]
    edition.refresh_from_db()
    assert (edition.published_at, [verb for verb, _ in acts()]) == (None, ["publication", "publication", "retrait de la publication"])


@pytest.mark.django_db
def test_what_is_public_is_not_published_at_a_later_date():
    edition = EditionFactory(published_at=NOW)
    with pytest.raises(Refused, match="Retirez-le d’abord"):
        publication.publish(edition, by=UserFactory(), now=NOW, at=LATER)
    edition.refresh_from_db()
    assert (edition.published_at, acts()) == (NOW, [])


@pytest.mark.django_db
def test_a_publication_is_to_the_second_as_forms_give_it_back():
    edition, person = EditionFactory(published_at=None, lede="Un appel."), UserFactory()
    publication.publish(edition, by=person, now=NOW + timedelta(microseconds=345678))
    assert edition.published_at == NOW
    Edition.objects.filter(pk=edition.pk).update(published_at=NOW + timedelta(microseconds=9), lede="[ici]()")
    done = publication.publish(edition, by=person, now=LATER, at=NOW)
    assert (done, len(acts())) == (False, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "words"), [("2017-07-01T10:00:12", ""), ("2017-07-20T10:00", publication.WOULD_HIDE)])
def test_a_save_that_changes_nothing_is_no_publication_and_one_that_would_hide_is_refused(desk, typed, words):
    since = NOW + timedelta(seconds=12)
    edition = EditionFactory(published_at=since)
    Edition.objects.filter(pk=edition.pk).update(published_at=since + timedelta(microseconds=345678))
    address = f"/admin/programmes/edition/{edition.pk}/change/"
    with time_machine.travel(LATER, tick=False):
        data = as_shown(desk.get(address)) | {"published_at": typed}
        answer = desk.post(address, data)
    shown = answer.context["adminform"].form.errors.get("published_at", [""])[0] if answer.status_code == 422 else ""
    assert (answer.status_code, shown) == (422 if words else 302, words)
    assert [verb for verb, _ in acts() if "publi" in verb] == []


def as_shown(page):
    """What a browser posts of the form of a call, untouched."""
    data = {}
    for bound in page.context["adminform"].form:
        widget, value = bound.field.widget, bound.value()
        value = widget.format_value(value) if hasattr(widget, "format_value") else value
        data[bound.html_name] = (value[0] if value else "") if isinstance(value, list) else "" if value is None else value
    for inline in page.context["inline_admin_formsets"]:
        sizes = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
        data |= {f"{inline.formset.prefix}-{name}": size for name, size in sizes.items()}
    return data


@pytest.mark.django_db
def test_what_is_not_ready_is_refused_with_each_fault_and_nothing_is_written():
    edition = EditionFactory(published_at=None, lede="[ici]()", description="mardi 20 mars 2019")
    with pytest.raises(publication.Unpublishable) as refusal:
        publication.publish(edition, by=UserFactory(), now=NOW)
    edition.refresh_from_db()
    assert [fault.field for fault in refusal.value.faults] == ["lede", "description"]
    assert "À corriger avant de publier" in str(refusal.value)
    assert (edition.published_at, acts()) == (None, [])


@pytest.mark.django_db
def test_a_day_whose_text_kept_the_weekday_of_another_year_is_refused():
    day = ready_day(day=date(2020, 3, 19), format="Rendez-vous le mardi 19 mars.")
    with pytest.raises(publication.Unpublishable) as refusal:
        publication.publish(day, by=UserFactory(), now=NOW)
    assert "le 19\u00a0mars 2020 est un jeudi" in str(refusal.value)


def _publish_twice():
    edition, person = EditionFactory(published_at=None), UserFactory()
    outcomes = race(*(lambda: publication.publish(Edition.objects.get(pk=edition.pk), by=person, now=NOW) for _ in range(2)))
    return sorted(outcomes), len(acts())


@pytest.mark.postgres
@pytest.mark.parametrize("attempt", range(4))
@pytest.mark.django_db(transaction=True)
def test_two_publications_at_once_are_one_act(attempt, monkeypatch):
    meet(monkeypatch, 0.3)
    assert _publish_twice() == ([False, True], 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_they_would_be_two(monkeypatch):
    meet(monkeypatch, PATIENCE)
    monkeypatch.setattr(publication, "lock", lambda row: type(row).objects.get(pk=row.pk))
    assert _publish_twice() == ([True, True], 2)


def meet(monkeypatch, seconds):
    """Between looking and writing, each waits for the other: what has no lock always meets it, what has one goes on alone."""
    both, plain = Barrier(2, timeout=seconds), publication.checks.faults_of

    def wait(row):
        with suppress(BrokenBarrierError):
            both.wait()
        return plain(row)

    monkeypatch.setattr(publication.checks, "faults_of", wait)
