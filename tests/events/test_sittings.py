"""Dates and hours, at the place: what is typed is what is read back, in every zone and on the nights when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from django.core.exceptions import ValidationError

from core.clock import PARIS
from core.logs import masked
from events.models import Event, Season, TimeSlot
from events.proposing import sitting_of, zone_typed
from events.sitting_forms import WhenForm, commune_in_words, commune_of, is_said_twice, moment_there
from events.zones import zone_of
from organisations.regions import department_of, region_of_commune

# Rennes, Saint-Denis (La Réunion), Cayenne, Fort-de-France, Pointe-à-Pitre, Mamoudzou, Saint-Pierre (Miquelon), Nouméa, Papeete.
PLACES = ["35238", "97411", "97302", "97209", "97120", "97611", "97502", "98818", "98735"]


def there(code: str) -> Event:
    return Event(commune=code, region=region_of_commune(code) or "", department=department_of(code))


@pytest.mark.parametrize("code", PLACES)
def test_what_is_typed_is_what_is_read_back(code):
    random, event = Random(f"{code}-2027"), there(code)
    zone, tried = zone_of(event.region, event.department), 0
    while tried < 200:
        day = date(2024, 1, 1) + timedelta(days=random.randrange(1500))
        hour = time(random.randrange(24), random.choice([0, 15, 30, 59]))
        try:
            starts = moment_there(day, hour, zone)
        except ValidationError:
            continue
        ends = starts.astimezone(UTC) + timedelta(minutes=random.randrange(1, 3000))
        read = sitting_of(TimeSlot(starts_at=starts.astimezone(UTC), ends_at=ends), event)
        assert (read["day"], read["from"]) == (day.isoformat(), f"{hour:%H:%M}")
        assert datetime.fromisoformat(f"{read['last'] or read['day']}T{read['to']}").time() == ends.astimezone(zone).time()
        tried += 1


@pytest.mark.parametrize("code", PLACES)
def test_the_zone_is_that_of_the_commune_that_was_typed(code):
    event = there(code)
    assert zone_typed({"commune": commune_in_words(code), "mode": "ONSITE"}) == zone_of(event.region, event.department)
    assert commune_of(commune_in_words(code)) == code
    assert zone_typed({"commune": commune_in_words(code), "mode": "ONLINE"}) == PARIS


def test_the_hour_that_does_not_exist_is_refused_and_the_one_said_twice_is_the_first():
    with pytest.raises(ValidationError, match="n’existe pas dans la nuit du"):
        moment_there(date(2027, 3, 28), time(2, 30), PARIS)
    first = moment_there(date(2027, 10, 31), time(2, 30), PARIS)
    assert first.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert [is_said_twice(moment, PARIS) for moment in (first, first + timedelta(hours=3))] == [True, False]
    assert not is_said_twice(first, zone_of("04"))


@pytest.mark.parametrize(("day", "last", "field"), [
    ("0001-01-01", "", "day_0"), ("1899-12-31", "", "day_0"), ("9999-12-31", "", "day_0"), ("2800-01-02", "", "day_0"),
    ("2027-11-23", "9999-12-31", "last_0"),
])  # fmt: skip
def test_a_year_that_no_calendar_of_ours_holds_is_refused_beside_its_day(day, last, field):
    row = {"day": day, "from": "22:45", "to": "23:00", "last": last, "slot": ""}
    form = WhenForm({"mode": "ONLINE", "sittings": [row]}, event=Event(season=Season(slug="2027")))
    assert [(name, "vérifiez l’année" in str(words)) for name, words in form.errors.items()] == [(field, True)]


@pytest.mark.parametrize(("text", "code"), [
    ("Rennes 35238", "35238"), ("rennes (35238)", "35238"), ("(35238)", "35238"), ("Rennes Métropole (35238)", "35238"),
    ("Saint-Denis (93066), Seine-Saint-Denis", "93066"), ("Ajaccio 2a004", "2A004"), ("Fort de France (97209)", "97209"),
])  # fmt: skip
def test_the_name_may_stand_beside_the_code(text, code):
    assert commune_of(text) == code


@pytest.mark.parametrize(("text", "other"), [
    ("Marseille 13001", "Aix-en-Provence"), ("Marseille (13001)", "Aix-en-Provence"), ("(13001) Marseille", "Aix-en-Provence"),
    ("Nantes (44100)", "Monnières"), ("Lyon 69001", "Affoux"), ("X (93066)", "Saint-Denis"),
])  # fmt: skip
def test_a_postcode_is_never_read_as_the_insee_code_of_another_town(text, other):
    with pytest.raises(ValidationError) as refused:
        commune_of(text)
    (words,) = refused.value.messages
    assert (f"commune «\xa0{other}\xa0»" in words, words.endswith("ce n’est pas le code postal.")) == (True, True)


@pytest.mark.parametrize("text", ["Le Mont-Dore", "Ville", "Villé", "Trifouillis"])
def test_no_town_is_said_not_to_exist(text):
    with pytest.raises(ValidationError, match="Nous ne trouvons pas|Plusieurs communes peuvent"):
        commune_of(text)


def test_who_is_not_among_the_homonyms_is_told_what_to_do():
    with pytest.raises(ValidationError, match="Si elle n’y est pas, donnez son code INSEE"):
        commune_of("Sainte-Marie")


def test_the_29th_of_february_exists_every_fourth_year():
    def errors(year: int) -> list[str]:
        row = {"day": f"{year}-02-29", "from": "10:00", "to": "", "last": "", "slot": ""}
        form = WhenForm({"mode": "ONLINE", "sittings": [row]}, event=Event(season=Season(slug=str(year))))
        return [str(words) for said in form.errors.values() for words in said]

    assert (errors(2028), errors(2027)) == ([], ["Cette date n’existe pas : vérifiez le jour et le mois.".replace(" :", "\xa0:")])


def test_a_sitting_that_lasts_until_the_next_day_says_its_last_day():
    row = {"day": "2027-11-27", "from": "22:00", "to": "02:00", "last": "2027-11-28", "slot": ""}
    form = WhenForm({"mode": "ONLINE", "sittings": [row]}, event=Event(season=Season(slug="2027")))
    assert form.is_valid()
    (sitting,) = form.cleaned_data["sittings"]
    assert sitting.ends_at - sitting.starts_at == timedelta(hours=4)


def test_two_dates_at_the_same_moment_are_refused():
    row = {"day": "2027-11-27", "from": "22:00", "to": "", "last": "", "slot": ""}
    form = WhenForm({"mode": "ONLINE", "sittings": [row, row]}, event=Event(season=Season(slug="2027")))
    assert list(form.errors) == ["day_0"]


def test_no_log_holds_the_link_of_an_organiser():
    assert masked('"GET /evenements/propositions/abc123/ecran/quoi/"') == '"GET /evenements/propositions/[secret]/ecran/quoi/"'
