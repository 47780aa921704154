"""Answering proposals: who sees which, what may be answered, what follows a change after listing, who is told."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from core.clock import PARIS
from core.refusals import Refused
from events import answering, organisers
from events import proposal_reminders as reminders
from events.models import Event, RegionCoordinator, Season
from events.services import changing, moderating, proposing, teaming, writing
from events.services.changing import TOLD, Change
from events.states import State
from mailing.models import Message
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory, sign_in
from tests.events.factories import EventFactory, SeasonFactory
from tests.events.proposals import LISTING, answered, proposed, screen, typed

pytestmark = pytest.mark.django_db
OPENED = datetime(2026, 9, 1, 9, tzinfo=PARIS)
LILLE = {"commune": "59350", "postcode": "59000"}
ONLINE = {"mode": "ONLINE", "commune": "", "place": "", "address": "", "postcode": "", "online_url": "https://visio.example/1"}


@pytest.fixture(autouse=True)
def _listing() -> Any:
    with time_machine.travel(LISTING, tick=False):
        SeasonFactory()
        yield


def coordinator(*regions: str, **fields: Any) -> Any:
    person = UserFactory(roles=[Role.COORDINATOR], **fields)
    for region in regions:
        RegionCoordinator.objects.create(person=person, region=region)
    return person


@pytest.fixture
def breton() -> Any:
    return coordinator("53")


@pytest.fixture
def told() -> Any:
    """What those who registered would be told."""
    heard: list[Any] = []

    def hear(event: Event, changes: frozenset[Change], words: str, now: datetime, moved: frozenset[int]) -> None:
        heard.append((event.pk, {change.name for change in changes}))

    TOLD.add(hear)
    yield heard
    TOLD._items = [item for item in TOLD._items if item[1] is not hear]


def page(client: Any, person: Any, event: Event) -> int:
    client.force_login(person)
    return int(client.get(reverse("coordination_event", args=[event.pk])).status_code)


def listed(**changes: Any) -> Any:
    organiser = proposed(**changes)
    organiser.event = moderating.list_event(organiser.event, by=UserFactory(roles=[Role.STAFF]), now=LISTING)
    return organiser


def change(organiser: Any, **answers: Any) -> Event:
    event = proposing.save(organiser.event, typed(**{**_slots(organiser.event), **answers}), now=LISTING)
    organiser.event = changing.send(organiser, revision=event.revision, now=LISTING)
    return Event.objects.get(pk=event.pk)


def _slots(event: Event) -> dict[str, str]:
    return {f"slot_{number}": str(slot.pk) for number, slot in enumerate(event.slots.all())}


def test_a_coordinator_reads_their_regions_and_no_other(client, breton):
    here, there, online = proposed().event, proposed(**LILLE).event, proposed(**ONLINE).event
    assert [page(client, breton, event) for event in (here, there, online)] == [200, 404, 404]
    assert [page(client, coordinator("32"), event) for event in (here, there, online)] == [404, 200, 404]
    staff = UserFactory(roles=[Role.STAFF])
    assert list(Event.objects.moderated_by(staff).order_by("pk")) == [here, there, online]


def test_nobody_else_reads_anything(client, breton):
    event, draft = proposed().event, answered().event
    for person in (UserFactory(), UserFactory(roles=[Role.REVIEWER]), UserFactory(roles=[Role.COORDINATOR])):
        client.force_login(person)
        assert client.get(reverse("coordination")).status_code == 404
        assert page(client, person, event) == 404
    assert page(client, breton, draft) == 404
    client.logout()
    assert client.get(reverse("coordination")).status_code == 302


@pytest.mark.parametrize("loses", ["role", "account", "row"])
def test_a_region_that_nobody_active_coordinates_falls_to_the_national_queue(client, breton, loses):
    national, event = coordinator(""), proposed().event
    assert (page(client, national, event), answering.coordinators_of(event)) == (404, [breton])
    if loses == "role":
        breton.grants.all().delete()
    elif loses == "account":
        type(breton).objects.filter(pk=breton.pk).update(is_active=False)
    else:
        RegionCoordinator.objects.filter(person=breton).delete()
    assert (page(client, national, event), answering.coordinators_of(event)) == (200, [national])


def test_what_is_online_is_the_national_queue_s(client):
    event, national = proposed(**ONLINE).event, coordinator("")
    assert (event.region, page(client, national, event)) == ("", 200)


def test_a_proposal_is_given_to_another_queue_in_one_act(client, breton, mailoutbox):
    lillois, event = coordinator("32"), proposed(**ONLINE).event
    client.force_login(coordinator(""))
    answer = client.post(reverse("coordination_event", args=[event.pk]), {"act": "confier", "queue": "32"})
    deliver()
    assert (answer["Location"], page(client, lillois, event), page(client, breton, event)) == (reverse("coordination"), 200, 404)
    assert [message.to for message in mailoutbox if "confiée" in message.subject] == [[lillois.email]]


def test_what_was_given_to_others_waits_for_them_and_is_read_still(client, breton):
    lillois, event = coordinator("32"), proposed().event
    moderating.reassign(event, "32", by=breton, now=LISTING)
    assert [page(client, person, event) for person in (breton, lillois)] == [200, 200]
    waits = {}
    for person in (breton, lillois):
        client.force_login(person)
        waits[person] = list(client.get(reverse("coordination")).context["page"])
    assert waits == {breton: [], lillois: [event]}
    northerner = coordinator("32", "44")
    client.force_login(northerner)
    found = [list(client.get(reverse("coordination") + f"?region={code}").context["page"]) for code in ("32", "44")]
    assert found == [[event], []]
    assert moderating.reassign(event, "53", by=northerner, now=LISTING).queue == ""


def test_the_list_is_narrowed_to_a_region_or_to_the_national_queue(breton):
    mine, far, online = proposed().event, proposed(**LILLE).event, proposed(**ONLINE).event
    found = []
    for person in (UserFactory(roles=[Role.STAFF]), coordinator("53", ""), coordinator("53", "32")):
        theirs = sign_in(Client(), person)
        pages = [theirs.get(reverse("coordination") + asked) for asked in ("?region=53", "?region=FR", "?region=<b>")]
        found.append(([set(page.context["page"]) for page in pages], "File nationale</option>" in pages[0].content.decode()))
    staff, both, regional = found
    assert staff == ([{mine}, {online}, {mine, far, online}], True)
    assert both == ([{mine}, {online}, {mine, online}], True)
    assert regional == ([{mine}, set(), {mine, far}], False)


def test_it_is_listed_and_the_organiser_told(client, breton, mailoutbox):
    event = proposed().event
    client.force_login(breton)
    answer = client.post(reverse("coordination_event", args=[event.pk]), {"act": "referencer", "words": "Bravo"})
    deliver()
    event.refresh_from_db()
    assert (answer.status_code, event.state, event.listed_at, event.is_beside) == (302, State.LISTED, LISTING, False)
    assert ("Bravo" in mailoutbox[-1].body, event.get_absolute_url() in mailoutbox[-1].body) == (True, True)
    client.logout()
    assert client.get(event.get_absolute_url()).status_code == 200


def test_out_of_season_it_is_listed_by_exception_only(client, breton):
    event = proposed(day_0="2027-12-02", exception_asked="La salle.").event
    with pytest.raises(Refused, match="cochez l’exception"):
        moderating.list_event(event, by=breton, now=LISTING)
    client.force_login(breton)
    pages = [client.get(reverse("coordination_event", args=[each.pk])).content.decode() for each in (event, proposed().event)]
    assert ["J’accorde l’exception" in read for read in pages] == [True, False]
    inside, act = proposed().event, {"act": "referencer", "seen": "0"}
    refused = [client.post(reverse("coordination_event", args=[each.pk]), act) for each in (event, inside)]
    told = [(answer.status_code, "J’accorde l’exception" in answer.content.decode()) for answer in refused]
    assert told == [(409, True), (409, False)]
    assert moderating.list_event(event, by=breton, now=LISTING, exception=True).is_beside is True


def test_a_change_is_asked_answered_and_listed(client, breton, mailoutbox):
    organiser = proposed()
    moderating.ask_changes(organiser.event, "Quelle salle ?", by=breton, now=LISTING)
    deliver()
    assert "Quelle salle" in mailoutbox[-1].body
    screen(client, organiser, "quand", place="Salle 3", **_slots(organiser.event))
    organiser.event.refresh_from_db()
    organiser.event = proposing.propose(organiser, revision=organiser.event.revision, now=LISTING)
    last = organiser.event.steps.last()
    assert last is not None
    assert (organiser.event.state, organiser.event.place) == (State.PROPOSED, "Salle 3")
    assert last.changes == {"Lieu": ["Médiathèque d’Exemple", "Salle 3"]}


def test_a_refusal_says_why_and_may_be_proposed_again(client, breton):
    organiser = proposed()
    client.force_login(breton)
    url = reverse("coordination_event", args=[organiser.event.pk])
    assert client.post(url, {"act": "refuser"}).status_code == 422
    client.post(url, {"act": "refuser", "reasons": ["il n’est pas gratuit"], "words": "Dommage."})
    organiser.event.refresh_from_db()
    assert organiser.event.state == State.REFUSED
    assert organiser.event.steps.last().words == "- il n’est pas gratuit\n\nDommage."
    proposing.propose(organiser, revision=organiser.event.revision, now=LISTING)
    assert Event.objects.get(pk=organiser.event.pk).state == State.PROPOSED


def test_an_answer_to_what_changed_meanwhile_is_refused(client, breton):
    organiser = proposed()
    client.force_login(breton)
    seen = moderating.last_step(organiser.event)
    moderating.write_to_coordination(organiser, "Attendez !", now=LISTING)
    answer = client.post(reverse("coordination_event", args=[organiser.event.pk]), {"act": "referencer", "seen": seen})
    assert (answer.status_code, Event.objects.get(pk=organiser.event.pk).state) == (409, State.PROPOSED)


def test_messages_go_both_ways_by_mail(client, breton, mailoutbox):
    organiser = proposed()
    client.post(organisers.path_of(organiser), {"words": "La salle change <b>peut-être</b>."})
    moderating.write_to_organiser(organiser.event, "Dites-nous.", by=breton, now=LISTING)
    moderating.note(organiser.event, "Entre nous seulement.", by=breton, now=LISTING)
    deliver()
    assert [(message.to, message.subject.split(":")[0].strip()) for message in mailoutbox[-2:]] == [
        ([breton.email], "Message d’un organisateur"),
        ([organiser.email], "Message à propos de votre événement"),
    ]
    words = client.get(organisers.path_of(organiser)).content.decode()
    assert ("Dites-nous." in words, "Entre nous" in words, "<b>peut" in words) == (True, False, False)


def test_light_changes_show_at_once_and_the_place_waits(client, breton, told):
    organiser = listed()
    event = change(organiser, title="Récrire des courriers", place="Salle 3")
    assert (event.title, event.place, event.pending["typed"]) == ("Récrire des courriers", "Médiathèque d’Exemple", {"place": "Salle 3"})
    public = client.get(event.get_absolute_url()).content.decode()
    assert ("Récrire des courriers" in public, "Salle 3" in public, told) == (True, False, [])
    assert list(Event.objects.to_answer()) == [event]
    client.force_login(breton)
    read = client.get(reverse("coordination_event", args=[event.pk])).content.decode()
    assert ("Salle 3" in read, "Accepter le changement" in read) == (True, True)
    client.post(reverse("coordination_event", args=[event.pk]), {"act": "accepter"})
    event.refresh_from_db()
    assert (event.place, event.pending, event.waits_since) == ("Salle 3", {}, None)
    assert told == [(event.pk, {"PLACE"})]
    assert {slot.sequence for slot in event.slots.all()} == {2}


def test_a_date_that_moves_keeps_its_calendar_entry_with_a_higher_version(breton, told):
    organiser = listed()
    before = {str(slot.uid): slot.sequence for slot in organiser.event.slots.all()}
    event = change(organiser, day_0="2027-11-25")
    changing.accept(event, by=breton, now=LISTING)
    after = {str(slot.uid): slot.sequence for slot in event.slots.all()}
    assert (set(before) == set(after), sorted(after.values())) == (True, [0, 1])
    assert told == [(event.pk, {"DATE"})]


def test_a_refused_change_leaves_the_public_version(breton, mailoutbox):
    event = change(listed(), access="OPEN")
    changing.refuse(event, "Gardez l’inscription.", by=breton, now=LISTING)
    deliver()
    event.refresh_from_db()
    assert (event.access, event.pending, "Gardez l’inscription" in mailoutbox[-1].body) == ("REGISTRATION", {}, True)


def test_a_change_taken_back_waits_no_more():
    organiser = listed()
    change(organiser, place="Salle 3")
    event = change(organiser)
    assert (event.pending, event.waits_since, Event.objects.to_answer().exists()) == ({}, None, False)


def test_the_same_place_typed_otherwise_is_no_change():
    event = change(listed(), commune="35238", day_0="23/11/2027")
    assert (event.pending, event.state) == ({}, State.LISTED)


def test_a_change_out_of_season_needs_the_exception_too(breton):
    event = change(listed(), day_0="2027-12-02", exception_asked="La salle.")
    with pytest.raises(Refused, match="accordez l’exception"):
        changing.accept(event, by=breton, now=LISTING)
    assert changing.accept(event, by=breton, now=LISTING, exception=True).is_beside is True


def test_cancelling_tells_everybody_and_raises_the_calendar(client, told, mailoutbox):
    organiser = listed()
    token = organisers.secret_of(organiser)
    assert client.post(reverse("proposal_cancel", args=[token]), {"words": "Grève."}).status_code == 422
    client.post(reverse("proposal_cancel", args=[token]), {"words": "Grève.", "sure": "on"})
    deliver()
    event = Event.objects.get(pk=organiser.event.pk)
    assert (event.state, told, {slot.sequence for slot in event.slots.all()}) == (State.CANCELLED, [(event.pk, {"CANCELLED"})], {1})
    assert ("Grève." in mailoutbox[-1].body, client.get(event.get_absolute_url()).status_code) == (True, 200)


def test_a_date_people_registered_for_is_not_taken_away(breton):
    from tests.events.attending_rows import registered  # noqa: PLC0415 - of this test alone

    organiser = listed()
    registered(organiser.event.slots.first(), at=LISTING)
    event = change(organiser, day_0="", from_0="", to_0="", slot_0="")
    with pytest.raises(Refused, match="Des personnes sont inscrites"):
        changing.accept(event, by=breton, now=LISTING)


def test_fewer_seats_than_people_is_refused():
    organiser = listed()
    organiser.event.slots.update(taken_onsite=15)
    with pytest.raises(Refused, match="15 personnes"):
        change(organiser, seats_onsite="10")


def test_after_three_working_days_it_is_late_and_one_letter_says_so(breton, mailoutbox):
    event = proposed().event
    friday = datetime(2027, 10, 8, 9, tzinfo=PARIS)
    assert [answering.is_late(event, now=LISTING + timedelta(days=days)) for days in (3, 4)] == [False, True]
    assert answering.late_before(friday) == datetime(2027, 10, 5, tzinfo=PARIS)
    for _ in range(2):
        reminders.tell_late(now=friday)
    with time_machine.travel(friday, tick=False):
        deliver()
    assert [(m.to, m.subject.replace("\xa0", " ")) for m in mailoutbox if "Sans réponse" in m.subject] == [
        ([breton.email], "Sans réponse depuis trois jours ouvrés : Récrire un courrier")
    ]


def test_each_working_morning_a_coordinator_has_what_waits(breton, mailoutbox):
    proposed()
    coordinator("32")
    for moment in (datetime(2027, 10, 5, 8, 29, tzinfo=PARIS), *[datetime(2027, 10, 5, 8, 30, tzinfo=PARIS)] * 2):
        with time_machine.travel(moment, tick=False):
            reminders.tell_morning(now=moment)
            deliver()
    assert [message.to for message in mailoutbox if "Propositions à répondre" in message.subject] == [[breton.email]]


def test_the_unfinished_are_reminded_seven_days_and_one_day_before(mailoutbox):
    organiser = answered()
    for day in (21, 22, 23, 28, 28):
        moment = datetime(2027, 10, day, 10, tzinfo=PARIS)
        with time_machine.travel(moment, tick=False):
            reminders.remind(now=moment)
            deliver()
    keys = list(Message.objects.filter(kind="events.proposal_reminder").order_by("pk").values_list("key", flat=True))
    assert [key.rpartition(":")[2] for key in keys] == ["20271022", "20271028"]
    assert [message.to for message in mailoutbox] == [[organiser.email]] * 2


def test_time_to_answer_is_measured_in_working_days(breton):
    first, second = proposed().event, proposed().event
    moderating.list_event(first, by=breton, now=LISTING + timedelta(days=1))
    moderating.refuse(second, "Non.", by=breton, now=LISTING + timedelta(days=7))
    assert answering.delay_of(Season.objects.get()) == answering.Delay(2, 3, 1)
    assert answering.delay_of(regions=["32"]) is None


def test_a_colleague_has_their_own_link_and_handing_over_closes_mine(client, mailoutbox):
    organiser = proposed()
    url = reverse("proposal_team", args=[organisers.secret_of(organiser)])
    client.post(url, {"email": "lou@ville.example", "name": "Lou Exemple"})
    client.post(url, {"email": "alix@ville.example", "hands_over": "on"})
    deliver()
    event = Event.objects.get(pk=organiser.event.pk)
    team = [(row.email, row.is_lead) for row in event.organisers.order_by("pk")]
    assert team == [("lou@ville.example", False), ("alix@ville.example", True)]
    assert client.get(url).status_code == 404
    assert [client.get(organisers.path_of(row)).status_code for row in event.organisers.all()] == [200, 200]
    to_them = {message.to[0] for message in mailoutbox} - {organiser.email}
    assert to_them == {"alix@ville.example", "lou@ville.example"}


def test_the_last_organiser_stays():
    with pytest.raises(Refused, match="Vous êtes seul"):
        teaming.leave(proposed(), now=LISTING)


def test_an_event_whose_organisers_are_gone_is_still_answered(breton):
    organiser = proposed()
    organiser.event.organisers.all().delete()
    assert moderating.list_event(organiser.event, by=breton, now=LISTING).state == State.LISTED


def test_last_years_event_is_proposed_again_on_the_same_weekdays(client):
    organiser = listed()
    following = SeasonFactory(slug="2028", title="Semaine 2028", starts_on=date(2028, 11, 20), ends_on=date(2028, 11, 26))
    client.post(reverse("proposal_copy", args=[organisers.secret_of(organiser)]), {"season": following.slug})
    made = Event.objects.get(season=following)
    assert (made.state, made.typed["title"], made.copied_from) == (State.DRAFT, "Récrire un courrier", organiser.event)
    assert [row["day"] for row in made.typed["sittings"]] == ["2028-11-21", "2028-11-22"]
    assert {row["slot"] for row in made.typed["sittings"]} == {""}


def test_a_draft_is_erased_by_hand_or_thirty_days_after_the_end(client):
    first, second, sent = answered(), answered("lou@ville.example"), proposed("alix@ville.example")
    client.post(reverse("proposal_erase", args=[organisers.secret_of(first)]))
    assert Event.objects.filter(pk=first.event.pk).exists() is False
    from core.registry import PURGES  # noqa: PLC0415

    for purge in PURGES:
        list(purge(datetime(2027, 11, 29, tzinfo=PARIS), False))
    assert list(Event.objects.values_list("pk", flat=True)) == [sent.event.pk]
    assert second.event.pk != sent.event.pk


def test_a_coordinator_sees_the_queue_with_as_many_queries_for_one_and_for_three(client, breton):
    client.force_login(breton)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            proposed()
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("coordination"))
        counts.append((page.content.decode().count("<h3>"), len(asked)))
    assert counts == [(1, counts[0][1]), (3, counts[0][1])]


def test_figures_and_the_programme_are_of_the_season_and_the_archive_is_one_choice_away(client, breton):
    listed()
    old = SeasonFactory(slug="2017", title="Semaine 2017", starts_on=date(2017, 11, 20), ends_on=date(2017, 11, 26), listing_opens_at=None)
    for number in range(2):
        EventFactory(season=old, title=f"Ancien {number}", at=["2017-11-22T10:00"])
    client.force_login(breton)
    pages = [client.get(reverse("coordination") + asked) for asked in ("", "?etat=programme", "?etat=programme&saison=2017")]
    assert [page.context["counts"]["LISTED"] for page in pages] == [1, 1, 1]
    assert [page.content.decode().count("<h3>") for page in pages] == [0, 1, 2]
    assert "Au programme, Semaine 2017\u00a0: 2" in pages[2].content.decode()


@pytest.mark.parametrize(
    ("seasons", "shown"),
    [
        # (year, whether it is public, when it took proposals)
        ([("2026", True, OPENED), ("2027", True, OPENED), ("2028", True, None)], "2027"),
        ([("2017", True, None), ("2028", True, None), ("2029", True, None)], "2028"),
        ([("2028", True, datetime(2028, 9, 1, tzinfo=PARIS)), ("2014", True, None)], "2028"),
        ([("2017", True, None), ("2014", True, None), ("2028", False, None)], "2017"),
        ([("2017", False, None), ("2014", False, None)], "2017"),
        ([], None),
    ],
)
def test_who_coordinates_sees_one_season_the_last_that_listed_the_next_or_the_last_of_the_archive(client, breton, seasons, shown):
    Season.objects.all().delete()
    for slug, is_public, opened in seasons:
        days = {"starts_on": date(int(slug), 11, 20), "ends_on": date(int(slug), 11, 26)}
        season = SeasonFactory(
            slug=slug, **days, listing_opens_at=opened, listing_closes_at=None, published_at=LISTING if is_public else None
        )
        EventFactory(season=season, title=f"Celui de {slug}", at=[f"{slug}-11-22T10:00"])
    client.force_login(breton)
    page = client.get(reverse("coordination") + "?etat=programme")
    assert (page.context["season"] and page.context["season"].slug, page.context["counts"]["LISTED"]) == (shown, int(bool(seasons)))
    assert [row.title for row in page.context["page"]] == ([f"Celui de {shown}"] if shown else [])


def test_an_event_checked_again_is_written_the_same():
    event = proposed().event
    before = writing.proposing.typed_of(event)
    checked = writing.check(event, before, now=LISTING)
    writing.write(event, checked.said, now=LISTING)
    assert writing.proposing.typed_of(Event.objects.get(pk=event.pk)) == before


@pytest.mark.parametrize("act", [{"act": "accepter"}, {"act": "refuser-changement", "words": "Gardez la salle."}])
def test_a_change_that_was_changed_again_meanwhile_is_neither_accepted_nor_refused(act, client, breton, told):
    organiser = listed()
    event = change(organiser, place="Salle 3")
    client.force_login(breton)
    seen = moderating.last_step(event)
    change(organiser, place="Salle 4")
    answer = client.post(reverse("coordination_event", args=[event.pk]), act | {"seen": seen})
    event.refresh_from_db()
    assert (answer.status_code, event.place, event.pending["typed"], told) == (409, "Médiathèque d’Exemple", {"place": "Salle 4"}, [])
    client.post(reverse("coordination_event", args=[event.pk]), act | {"seen": moderating.last_step(event)})
    event.refresh_from_db()
    assert event.pending == {}


def test_an_address_to_connect_to_that_changes_raises_the_calendar():
    """Strict calendars leave aside an entry of the same version, which would keep the former address."""
    organiser = listed(mode="HYBRID", online_url="https://visio.example/1")
    before = {slot.sequence for slot in organiser.event.slots.all()}
    event = change(organiser, mode="HYBRID", online_url="https://visio.example/2")
    assert ({slot.sequence for slot in event.slots.all()}, before, event.online_url) == ({1}, {0}, "https://visio.example/2")
