"""What is to come: gathered from every app, narrowed, named for who may; and it comes as it was said."""

import html
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from applications import retention as kept
from applications.models import Application, LateLink
from applications.states import State
from applications.tasks import remind_drafts
from core import registry, retention, timeline
from core.clock import PARIS
from core.registry import Planned
from mailing import batches, outbox
from mailing.letters import KINDS
from mailing.tasks import deliver
from programmes.models import Edition, Interest
from programmes.services import interest
from programmes.tasks import tell_openings
from records.services import label_of
from tests.accounts.factories import UserFactory as Signed
from tests.accounts.factories import sign_in
from tests.applications.factories import ApplicationFactory, UserFactory, deposited, staff
from tests.programmes.factories import EditionFactory, ProgrammeFactory, SessionFactory

pytestmark = pytest.mark.django_db
START = datetime(2017, 9, 1, 10, tzinfo=PARIS)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
ADDRESS = "/admin/echeancier/"
# The rest of the purge is housekeeping: `timeline --night` counts it.
COUNTED = {
    kept.DRAFTS, kept.CHANGES, kept.NOT_CHOSEN, kept.CHOSEN_ONES, kept.LIMITS,
    interest.NEVER_CONFIRMED, interest.NEVER_OPEN, interest.LETTERS,
}  # fmt: skip


@pytest.fixture
def team(client, monkeypatch):
    """A colleague signed in, second factor shown."""
    person = staff()
    monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: START.timestamp())
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def asked(programme, email, *, edition=None, confirmed=True):
    return Interest.objects.create(
        programme=programme,
        edition=edition,
        email=email,
        secret_hash=f"{email}-{edition and edition.pk}",
        asked_at=START,
        confirmed_at=START if confirmed else None,
    )


def busy_portal():
    """Two open calls with files in every state, one to open, a day to be published, a group letter, people who wait."""
    first = EditionFactory(short_title="Les Aventuriers 2017")
    second = EditionFactory(closes_at=datetime(2017, 10, 6, 12, tzinfo=PARIS), ends_on=date(2017, 12, 31))
    ApplicationFactory.create_batch(3, edition=first)
    ApplicationFactory(edition=second)
    for state in (State.SUBMITTED, State.DECLINED, State.WITHDRAWN, State.CONFIRMED, State.SELECTED):
        deposited(edition=first, state=state, at=START - DAY)
    changed = deposited(edition=second, at=START - DAY)
    Application.objects.filter(pk=changed.pk).update(typed={"job": "juriste"})
    LateLink.objects.create(
        edition=first, email="a@ville.example", until=datetime(2017, 9, 12, 18, tzinfo=PARIS), reason="Panne.", created_at=START
    )
    soon = EditionFactory(
        published_at=START - DAY, opens_at=datetime(2017, 9, 16, 9, tzinfo=PARIS), closes_at=datetime(2017, 12, 1, 12, tzinfo=PARIS)
    )
    asked(soon.programme, "un@ville.example", edition=soon)
    asked(soon.programme, "un@ville.example")
    asked(soon.programme, "deux@ville.example")
    asked(soon.programme, "muette@ville.example", edition=soon, confirmed=False)
    day = SessionFactory(published_at=datetime(2017, 9, 20, 14, tzinfo=PARIS))
    asked(day.programme, "trois@ville.example")
    with time_machine.travel(START, tick=False):
        deliver()  # the receipts
        batch = batches.open_batch("Courrier à trois personnes", by=None, now=START, about=first)
        for number in range(3):
            _owe(f"essai:{number}", f"p{number}@ville.example", batch)


def _owe(key, address, batch):
    kind = KINDS["applications.withdrawn"]
    outbox.post(key, kind, to=address, context=kind.sample(), now=START, batch=batch)


def announced(now, until=timeline.FAR):
    """{moment: (letters, {purge: rows})} of what is counted."""
    found = {}
    for line in timeline.gather(timeline.Span(now, now + until)).items:
        letters, erased = found.get(line.at.astimezone(UTC), (0, Counter()))
        if line.act == "envoyé":
            letters += line.count
        if line.erasure:
            erased[line.erasure] += line.count
        if letters or erased:
            found[line.at.astimezone(UTC)] = (letters, erased)
    return found


def happens(moment, mailoutbox):
    """Run at this moment what the beat runs; return the letters that left and what was erased."""
    before = len(mailoutbox)
    with time_machine.travel(moment, tick=False):
        remind_drafts()
        tell_openings()
        deliver()
        erased = Counter()
        if moment.astimezone(PARIS).time() == retention.PURGED_AT:
            erased.update({each.label: each.count for each in retention.purge(now=moment) if each.count and each.label in COUNTED})
    return len(mailoutbox) - before, erased


def test_what_was_announced_is_what_happens_and_nothing_else(mailoutbox):
    """The clock goes through every planned moment, a second before it and every night: each does what the timeline said."""
    busy_portal()
    mailoutbox.clear()
    first, done, now = announced(START), {}, START
    while coming := announced(now):
        moment = min(coming)
        assert moment == now or happens(moment - SECOND, mailoutbox) == (0, Counter()), moment
        done[moment] = happens(moment, mailoutbox)
        assert done[moment] == coming[moment], moment
        now = moment + SECOND
    of_later = {
        moment: (0, Counter({interest.LETTERS: said[1][interest.LETTERS]})) for moment, said in done.items() if said[1][interest.LETTERS]
    }
    assert {moment: said for moment, said in done.items() if moment not in of_later} == first
    totals = sum((erased for _, erased in done.values()), Counter())
    assert (sum(letters for letters, _ in done.values()), dict(totals)) == (
        3 * 3 + 3 * 1 + 3 + 2 + 1,
        {
            kept.DRAFTS: 4, kept.CHANGES: 1, kept.NOT_CHOSEN: 4, kept.CHOSEN_ONES: 2, kept.LIMITS: 1,
            interest.NEVER_CONFIRMED: 1, interest.LETTERS: 3,
        },
    )  # fmt: skip


def test_a_night_without_anything_announced_erases_nothing():
    busy_portal()
    coming = announced(START, timedelta(days=60))
    nights = [datetime.combine(START.date() + number * DAY, retention.PURGED_AT, PARIS) for number in range(1, 60)]
    for night in nights:
        erased = {each.label: each.count for each in retention.purge(now=night) if each.count and each.label in COUNTED}
        assert erased == dict(coming.get(night.astimezone(UTC), (0, {}))[1]), night


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (datetime(2017, 9, 1, 3, 30, tzinfo=PARIS), datetime(2017, 9, 1, 3, 30, tzinfo=PARIS)),
        (datetime(2017, 9, 1, 3, 30, 1, tzinfo=PARIS), datetime(2017, 9, 2, 3, 30, tzinfo=PARIS)),
        (datetime(2017, 8, 31, 23, tzinfo=UTC), datetime(2017, 9, 1, 3, 30, tzinfo=PARIS)),
    ],
)
def test_the_purge_runs_at_half_past_three_in_paris(moment, night):
    assert retention.night(moment) == night


def test_drafts_that_left_or_a_call_that_is_cancelled_are_not_reminded():
    edition = EditionFactory()
    drafts = ApplicationFactory.create_batch(2, edition=edition)
    drafts[0].applicant.is_active = False
    drafts[0].applicant.save()
    said = [
        (line.at, line.count)
        for line in timeline.gather(timeline.Span(START, START + 8 * DAY)).items
        if line.act == "envoyé" and line.count
    ]
    reminders = [(8 - days, hour) for days, hour in ((7, 10), (2, 10), (0, 9))]
    assert said == [(datetime.combine(date(2017, 9, day), time(hour), PARIS), 1) for day, hour in reminders]
    Edition.objects.update(cancelled_at=START)
    assert [line for line in timeline.gather(timeline.Span(START, START + 8 * DAY)).items if line.count] == []


# --- The page -----------------------------------------------------------------------------------------


def page(team, **query):
    with time_machine.travel(START, tick=False):
        answer = team.get(ADDRESS, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_each_day_what_happens_and_to_how_many(team):
    edition = EditionFactory(short_title="Les Aventuriers 2017")
    ApplicationFactory.create_batch(2, edition=edition)
    shown = page(team, jours="demain")
    assert ("Rappel aux brouillons" in shown, "Rien n’est prévu" in shown) == (False, True)
    shown = page(team)
    for said in ("Aujourd’hui", "Rappel aux brouillons", "Les Aventuriers 2017", "2 brouillons non déposés", "Voir les noms"):
        assert said in shown
    assert "personne0@" not in shown


def test_the_names_are_shown_when_asked_to_whom_may_read_them(team):
    ApplicationFactory(applicant__first_name="Dominique", typed={"first_name": "Dominique", "last_name": "Exemple"})
    line = next(line for line in timeline.gather(timeline.Span(START, START + 8 * DAY)).items if line.names)
    key = timeline.key_of(line)
    assert "Dominique Exemple" in page(team, noms=key)
    assert timeline.names_of(line, UserFactory()) is None


def test_the_page_can_be_narrowed_to_a_call(team):
    mine, other = EditionFactory(short_title="Le mien"), EditionFactory(short_title="L’autre")
    for edition in (mine, other):
        ApplicationFactory(edition=edition)
    shown = page(team, jours="tout", objet=label_of(mine))
    listed = shown.split("found-count", 1)[1]
    assert ("Le mien" in listed, "L’autre" in listed) == (True, False)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"jours": "zzz"}, ["quand « zzz ». ?"]),
        ({"objet": "programmes.edition:999"}, ["appel ou journée « programmes.edition:999 ». ?"]),
        ({"jours": "tout", "objet": "'\"<"}, ["appel ou journée « '\"< ». ?jours=tout"]),
        ({"jours": "zzz", "objet": "bidon"}, ["quand « zzz ». ?objet=bidon", "appel ou journée « bidon ». ?jours=zzz"]),
    ],
)
def test_what_it_does_not_know_is_said_and_shows_nothing(team, query, told):
    EditionFactory(short_title="Le mien")
    shown = page(team, **query)
    said = re.findall(r'n’existe pas, ou plus : ([^<]*)<a href="([^"]*)">Le retirer', shown.replace("\u00a0", " "))
    assert [html.unescape(f"{words}{url}") for words, url in said] == told
    assert ("Rien n’est montré." in shown, 'class="coming"' in shown) == (True, False)


def test_names_asked_for_of_no_line_narrow_nothing(team):
    EditionFactory(short_title="Le mien")
    assert "Le mien" in page(team, jours="tout", noms="zzz").split("found-count", 1)[1]


def test_a_call_leads_to_its_part_of_the_timeline(team):
    edition = EditionFactory()
    with time_machine.travel(START, tick=False):
        shown = team.get(f"/admin/programmes/edition/{edition.pk}/change/").content.decode()
    assert f'href="{ADDRESS}?jours=tout&amp;objet=programmes.edition%3A{edition.pk}"' in shown


def test_the_admin_alone_reads_it(client):
    assert client.get(ADDRESS).status_code == 302


@pytest.mark.parametrize("role", [Role.TREASURER, Role.ADMINISTRATOR])
def test_each_reads_what_their_roles_open_and_narrows_to_what_they_may_see(client, role):
    hidden = EditionFactory(short_title="Secret 2018", published_at=START + DAY, opens_at=START + 2 * DAY)
    EditionFactory(short_title="Public 2018")
    SessionFactory(title="Journée secrète", published_at=START + DAY)
    ApplicationFactory(edition=hidden)
    batches.open_batch("Refus à Camille", by=None, now=START, about=hidden)
    with time_machine.travel(START, tick=False):
        sign_in(client, Signed(roles=[role]))
    shown = page(client, jours="tout")
    said = [word in shown for word in ("Public 2018", "Secret 2018", "Journée secrète", "Brouillons", "Lettre")]
    assert said == [True, False, False, False, False]
    assert "Journée secrète" not in page(client, jours="tout", objet=label_of(hidden))


def test_every_line_says_who_may_read_it(team):
    for load in registry.DEMOS:
        load(1)
    lines = timeline.gather(timeline.Span(START, START + timeline.FAR)).items
    assert {line.what for line in lines if not line.permission} <= {"Récapitulatif de ce qui attend"}
    assert {line.permission.partition(".")[0] for line in lines} >= {"applications", "programmes"}


def test_an_app_that_fails_leaves_the_rest_and_is_told_of(team, monkeypatch):
    def broken(since, until):
        raise ZeroDivisionError

    items = [*registry.TIMELINE._items, (99, broken)]
    monkeypatch.setattr(registry.TIMELINE, "_items", items)
    ApplicationFactory()
    shown = page(team)
    assert ("cette page est incomplète" in shown, "Rappel aux brouillons" in shown) == (True, True)
    with time_machine.travel(START, tick=False), pytest.raises(CommandError, match="incomplète"):
        call_command("timeline", stdout=StringIO())


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_call_and_for_three(team, rows):
    for number in range(rows):
        edition = EditionFactory(published_at=START + MINUTE, opens_at=START + 2 * MINUTE)
        for state in (State.DRAFT, State.DECLINED, State.CONFIRMED):
            ApplicationFactory(edition=edition, state=state, reference=None if state == State.DRAFT else f"{state}-{number}")
        LateLink.objects.create(edition=edition, email="a@ville.example", until=START + 10 * DAY, reason="Panne.", created_at=START)
        asked(edition.programme, f"{number}@ville.example", edition=edition)
        asked(ProgrammeFactory(), f"{number}@ville.example", confirmed=False)
        SessionFactory(published_at=START + MINUTE)
    page(team, jours="tout")
    with CaptureQueriesContext(connection) as seen:
        page(team, jours="tout")
    assert len(seen) == QUERIES
    # Two questions a part, on the whole, with those of the page itself: an app that joins pays for its own part, and no more.
    assert len(seen) <= 2 * len(list(registry.TIMELINE)) + 1


QUERIES = 39


# --- The command --------------------------------------------------------------------------------------


def said(**options):
    out = StringIO()
    with time_machine.travel(START, tick=False):
        call_command("timeline", stdout=out, **options)
    return out.getvalue().replace("\u00a0", " ")


def test_the_command_says_tomorrow_a_date_or_a_call():
    first = EditionFactory(slug="2017", programme__slug="aventuriers", short_title="Les Aventuriers 2017")
    ApplicationFactory(edition=first, typed={"first_name": "Dominique", "last_name": "Exemple"})
    assert "Rien n’est prévu." in said(tomorrow=True)
    assert "clos" not in said(until=date(2017, 9, 7))
    assert (
        "vendredi 8 septembre 2017\n       9 h  envoyé     Rappel aux brouillons : Les Aventuriers 2017 — 1 brouillon non déposé\n"
        in said(until=date(2017, 9, 8))
    )
    for name in ("2017", "aventuriers/2017"):
        assert "effacé     Brouillons : Les Aventuriers 2017 — 1 candidature" in said(edition=name)
    assert "Dominique Exemple" in said(edition="2017", names=True)


def test_the_command_refuses_a_name_that_is_nothing_or_several():
    for slug in ("a", "b"):
        EditionFactory(slug="2017", programme__slug=slug)
    with pytest.raises(CommandError, match="plusieurs à ce nom. Au choix\u00a0: a/2017, b/2017"):
        said(edition="2017")
    with pytest.raises(CommandError, match="rien à ce nom"):
        said(edition="2038")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"until": "32/13/2027"}, "« 32/13/2027 » n’est pas un jour"),
        ({"until": "bientot"}, "écrivez 2027-10-01 ou 01/10/2027"),
        ({"until": "2017-09-08", "tomorrow": True}, "l’un des deux"),
    ],
)
def test_a_day_that_is_none_is_refused_in_words(options, words):
    with pytest.raises(CommandError) as refusal:
        said(**options)
    assert words in str(refusal.value).replace("\u00a0", " ")


def test_a_day_is_written_as_people_write_it():
    EditionFactory(slug="2017", programme__slug="aventuriers", short_title="Les Aventuriers 2017")
    assert said(until="08/09/2017") == said(until="2017-09-08")


def test_the_command_counts_what_the_next_night_erases_and_touches_nothing():
    ApplicationFactory(edition__closes_at=START - 30 * DAY, edition__ends_on=date(2017, 11, 30))
    assert "     1  brouillons de candidature effacés" in said(night=True)
    assert Application.objects.count() == 1


def test_what_comes_back_each_day_is_said_once_over_a_month(monkeypatch):
    daily = [Planned(START + number * DAY, "envoyé", "Récapitulatif") for number in range(20)]
    counted = [Planned(START + number * DAY, "envoyé", "Rappel", count=1) for number in range(2)]
    monkeypatch.setattr(registry.TIMELINE, "_items", [(0, lambda _since, until: [line for line in daily + counted if line.at < until])])
    for span, number in ((7 * DAY, 9), (31 * DAY, 3)):
        assert len(timeline.gather(timeline.Span(START, START + span)).items) == number
