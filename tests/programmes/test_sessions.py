"""Training days: their public page in each state, and their one screen in the admin."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
import time_machine

from core.clock import PARIS
from programmes import queries
from programmes.models import Partner, SessionTrainer, TrainingSession, VatMode
from programmes.states import DayStatus
from records.models import Act
from tests.programmes.factories import AgendaItemFactory, EditionFactory, ProgrammeFactory, SessionFactory, TrainerFactory, VenueFactory
from tests.programmes.test_views import queries as cost_of
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db
JANUARY = datetime(2019, 1, 10, 10, tzinfo=PARIS)


def words(client, day, moment=JANUARY):
    with time_machine.travel(moment, tick=False):
        return text_of(client.get(day.get_absolute_url()))


def team(day, *names):
    for order, name in enumerate(names):
        SessionTrainer.objects.create(session=day, trainer=TrainerFactory(name=name), order=order)


# --- What the row says of itself ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "fields", "status"),
    [
        (datetime(2019, 3, 19, 8, 59, 59, tzinfo=PARIS), {}, DayStatus.TO_COME),
        (datetime(2019, 3, 19, 8, 59, 59, tzinfo=PARIS), {"taken": 20}, DayStatus.FULL),
        (datetime(2019, 3, 19, 9, tzinfo=PARIS), {"taken": 20}, DayStatus.RUNNING),
        (datetime(2019, 3, 19, 18, tzinfo=PARIS), {}, DayStatus.OVER),
        (datetime(2019, 3, 19, 18, tzinfo=PARIS), {"cancelled_at": JANUARY}, DayStatus.CANCELLED),
    ],
)
def test_the_status_follows_the_clock_and_the_seats(moment, fields, status):
    assert SessionFactory.build(programme=ProgrammeFactory.build(), venue=None, **fields).status(now=moment) == status


@pytest.mark.parametrize(
    ("price", "mode", "told"),
    [
        ("680.00", VatMode.TAXED_20, ("680\u00a0€ TTC", "soit 566,67\u00a0€ hors taxes et 113,33\u00a0€ de TVA à 20\u00a0%")),
        ("680.00", VatMode.EXEMPT, ("680\u00a0€ TTC", "exonéré de TVA (article 261 du code général des impôts)")),
        ("0", VatMode.TAXED_20, ("gratuit", "")),
    ],
)
def test_the_price_is_said_with_its_tax_in_the_mode_that_was_chosen(price, mode, told):
    day = TrainingSession(price=Decimal(price), vat_mode=mode)
    assert (day.price_label, day.vat_label) == told


@pytest.mark.parametrize(("hours", "told"), [("8.0", "8 heures"), ("1.0", "1 heure"), ("6.5", "6\u00a0h\u00a030")])
def test_the_hours_are_said(hours, told):
    assert TrainingSession(hours=Decimal(hours)).duration == told


def test_several_items_share_one_hour():
    day = SessionFactory()
    for order, (hour, title) in enumerate([(9, "Café"), (10, "Contexte"), (None, "Cas"), (13, "Repas")]):
        AgendaItemFactory(session=day, order=order, starts_at=time(hour) if hour else None, title=title)
    assert [(slot.hour, [item.title for item in slot.items]) for slot in day.slots] == [
        ("9\u00a0h", ["Café"]),
        ("10\u00a0h", ["Contexte", "Cas"]),
        ("13\u00a0h", ["Repas"]),
    ]


# --- The page -----------------------------------------------------------------------------------------


def test_a_day_to_come_says_how_to_book_and_how_many_seats_are_left(client):
    read = words(client, SessionFactory(taken=13, contact_email="journees@la27eregion.example"))
    assert "7 places libres sur 20" in read
    assert "Les réservations se font par courriel : écrivez à journees@la27eregion.example" in read


@pytest.mark.parametrize(
    ("fields", "moment", "told"),
    [
        ({"taken": 20}, JANUARY, "Les 20 places sont prises."),
        ({"cancelled_at": JANUARY, "cancellation_reason": "Grève."}, JANUARY, "Cette journée est annulée. Grève."),
        ({}, datetime(2019, 3, 19, 12, tzinfo=PARIS), "Cette journée a lieu en ce moment."),
        ({}, datetime(2019, 3, 20, tzinfo=PARIS), "Cette journée est passée."),
    ],
)
def test_a_day_nobody_can_book_says_why(client, fields, moment, told):
    read = words(client, SessionFactory(**fields), moment)
    assert (told in read, "Les réservations se font par courriel" in read) == (True, False)


def test_a_day_that_is_over_leads_to_the_next(client):
    day = SessionFactory()
    SessionFactory(programme=day.programme, day=date(2020, 3, 17))
    SessionFactory(programme=day.programme, day=date(2020, 1, 7), published_at=None)
    read = words(client, day, datetime(2019, 4, 1, tzinfo=PARIS))
    assert "Une autre journée du programme est annoncée : mardi 17 mars 2020, 9 h – 18 h" in read


def test_the_place_is_said_with_its_access(client):
    hall = VenueFactory(name="Halle civique", address="27 rue Piat", postcode="75020", city="Paris", access="Métro Pyrénées.")
    read = words(client, SessionFactory(venue=hall))
    assert ("Halle civique, 27 rue Piat, 75020 Paris" in read, "Accès : Métro Pyrénées." in read) == (True, True)


def test_a_bare_day_says_nothing_of_what_it_lacks(client):
    read = words(client, SessionFactory(venue=None, price=0))
    assert [
        block for block in ("Où", "Accès", "Le déroulé", "Pourquoi", "formateurs", "Pour commencer", "Public", "TVA") if block in read
    ] == []


def test_trainers_come_in_order_and_who_has_no_portrait_leaves_no_hole(client):
    day = SessionFactory()
    team(day, "Zoé Exemple", "Ali Exemple")
    with time_machine.travel(JANUARY, tick=False):
        html = client.get(day.get_absolute_url()).content.decode()
    assert html.index("Zoé Exemple") < html.index("Ali Exemple")
    assert (html.count('<div class="face"><svg'), "<img" in html) == (2, False)


def test_a_page_and_its_files_are_a_visitors_answer_that_a_cache_may_keep(client):
    day = SessionFactory()
    with time_machine.travel(JANUARY, tick=False):
        answers = [client.get(day.get_absolute_url() + end) for end in ("", "dates.ics", "carte.png")]
    assert [(answer.status_code, sorted(answer["Cache-Control"].split(", ")), answer.cookies, "ETag" in answer) for answer in answers] == [
        (200, ["max-age=60", "public"], {}, True)
    ] * 3


def test_a_page_costs_few_queries_however_full_the_day(client):
    with time_machine.travel(JANUARY, tick=False):
        day = SessionFactory()
        AgendaItemFactory(session=day)
        team(day, "Un Exemple")
        one = cost_of(client, day.get_absolute_url())
        AgendaItemFactory.create_batch(2, session=day)
        team(day, "Deux Exemple", "Trois Exemple")
        assert (cost_of(client, day.get_absolute_url()), one <= 5) == (one, True)


def test_lists_cost_the_same_with_one_and_three_days(client):
    with time_machine.travel(JANUARY, tick=False):
        day = SessionFactory()
        urls = ["/", "/programmes/", day.programme.get_absolute_url(), "/programmes/appels.json", "/programmes/appels.ics", "/sitemap.xml"]
        one = [cost_of(client, url) for url in urls]
        SessionFactory(programme=day.programme)
        SessionFactory()
        three = [cost_of(client, url) for url in urls]
    assert (one, [count <= 5 for count in three]) == (three, [True] * 6)


def test_days_stand_in_the_list_beside_the_calls_until_their_last_evening(client):
    day = SessionFactory(programme__title="Journées découverte", taken=13)
    seen = []
    for moment in (JANUARY, datetime(2019, 3, 19, 23, 59, tzinfo=PARIS), datetime(2019, 3, 20, tzinfo=PARIS)):
        seen.append([line.session for line in queries.entries(now=moment)])
    assert seen == [[day], [day], [None]]
    with time_machine.travel(JANUARY, tick=False):
        read = text_of(client.get("/programmes/", {"q": "decouverte"}))
    assert [
        part in read for part in ("Places disponibles", "mardi 19 mars 2019, 9 h – 18 h", "20 places · 680 € TTC", "7 places libres")
    ] == [True] * 4


def test_a_day_called_off_leaves_the_list_and_stays_on_its_programme_until_its_date():
    day = SessionFactory(cancelled_at=JANUARY)
    assert [line.session for line in queries.entries(now=JANUARY)] == [None]
    living, archive = queries.content_of(day.programme, now=JANUARY)
    assert ([line.session for line in living], archive) == ([day], [])
    living, archive = queries.content_of(day.programme, now=datetime(2019, 3, 20, tzinfo=PARIS))
    assert (living, [line.session for line in archive]) == ([], [day])


def test_the_session_of_an_edition_named_so_and_the_form_keep_their_addresses(client):
    day = SessionFactory(programme__slug="journees", slug="2019-03-19")
    assert day.get_absolute_url() == "/programmes/journees/sessions/2019-03-19/"
    assert client.get("/programmes/journees/sessions/").status_code == 404


# --- The admin ----------------------------------------------------------------------------------------


def typed(programme, place, **fields):
    """What a browser posts for a day with two items and one trainer."""
    trainer = TrainerFactory()
    counts = {"MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000", "INITIAL_FORMS": "0"}
    rows = {f"{name}-{key}": value for name in ("agenda", "team") for key, value in counts.items()}
    return rows | {
        "agenda-TOTAL_FORMS": "2", "agenda-0-order": "1", "agenda-0-starts_at": "09:00", "agenda-0-title": "Café",
        "agenda-1-order": "2", "agenda-1-title": "Cas", "team-TOTAL_FORMS": "1", "team-0-order": "1", "team-0-trainer": str(trainer.pk),
        "programme": str(programme.pk), "title": "Journée découverte", "slug": "2019-03-19", "lede": "Une journée.", "audience": "Tous.",
        "day": "2019-03-19", "starts_at": "09:00", "ends_at": "18:00", "hours": "8", "venue": str(place.pk), "seats": "20",
        "price": "680", "vat_mode": "TAXED_20", "published_at": "", **fields,
    }  # fmt: skip


@pytest.fixture
def hall():
    return VenueFactory(name="Halle civique", address="27 rue Piat")


@time_machine.travel(JANUARY, tick=False)
def test_a_day_its_hours_and_its_team_are_written_on_one_screen(desk, hall):
    answer = desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall))
    day = TrainingSession.objects.get()
    assert (answer.status_code, day.changed_at, day.published_at) == (302, JANUARY, None)
    assert [(slot.hour, len(slot.items)) for slot in day.slots] == [("9\u00a0h", 2)]
    assert len(day.people) == 1


@time_machine.travel(JANUARY, tick=False)
@pytest.mark.parametrize(("price", "kept"), [("680,00\u00a0€", "680.00"), ("1 680,5", "1680.50"), ("680.00", "680.00"), ("0", "0.00")])
def test_a_price_is_typed_as_on_paper_and_read_so_again(desk, hall, price, kept):
    desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall, price=price))
    day = TrainingSession.objects.get()
    page = desk.get(f"/admin/programmes/trainingsession/{day.pk}/change/").content.decode()
    assert (str(day.price), f'value="{kept.replace(".", ",")}"' in page) == (kept, True)


@time_machine.travel(JANUARY, tick=False)
@pytest.mark.parametrize(("price", "told"), [("-680", "positif"), ("beaucoup", "par exemple 5 000,00")])
def test_a_price_that_is_none_is_refused_beside_its_field(desk, hall, price, told):
    answer = desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall, price=price))
    assert told in answer.context["adminform"].form.errors["price"][0].replace("\u00a0", " ").replace("\u202f", " ")


@time_machine.travel(JANUARY, tick=False)
def test_a_day_published_in_the_form_goes_through_the_verb(desk, hall):
    desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall, published_at="2019-02-01T09:00"))
    assert TrainingSession.objects.get().published_at == datetime(2019, 2, 1, 9, tzinfo=PARIS)
    assert sorted(Act.objects.values_list("verb", flat=True)) == ["ajout", "publication"]


@time_machine.travel(JANUARY, tick=False)
@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"format": "mercredi 19 mars 2019"}, "format", "est un mardi"),
        ({"links": "[le site]()"}, "links", "est vide"),
        ({"venue": ""}, "venue", "Il manque"),
        ({"audience": "  "}, "audience", "Ce texte est vide"),
    ],
)
def test_the_form_tells_each_fault_beside_its_field(desk, hall, fields, field, told):
    answer = desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall, published_at="2019-02-01T09:00", **fields))
    errors = answer.context["adminform"].form.errors
    assert (list(errors), told in errors[field][0], TrainingSession.objects.count()) == ([field], True, 0)


@time_machine.travel(JANUARY, tick=False)
def test_the_form_tells_the_faults_of_the_rows_below_beside_theirs(desk, hall):
    wrong = {"published_at": "2019-02-01T09:00", "agenda-1-description": "lundi 19 mars"}
    answer = desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall, **wrong))
    agenda = answer.context["inline_admin_formsets"][0].formset
    assert ("est un mardi" in agenda.forms[1].errors["description"][0], TrainingSession.objects.count()) == (True, 0)
    empty = {"published_at": "2019-02-01T09:00", "agenda-TOTAL_FORMS": "0"}
    answer = desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall, **empty))
    assert "Le déroulé est vide" in answer.content.decode()


@time_machine.travel(JANUARY, tick=False)
def test_what_is_not_to_be_published_may_be_unfinished(desk, hall):
    desk.post("/admin/programmes/trainingsession/add/", typed(ProgrammeFactory(), hall, links="[le site]()", venue=""))
    assert TrainingSession.objects.get().links == "[le site]()"


def test_the_list_of_days_costs_the_same_with_one_and_three(desk, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(10) as seen:
            assert desk.get("/admin/programmes/trainingsession/").status_code == 200
        return len(seen)

    SessionFactory()
    desk.get("/admin/programmes/trainingsession/")
    one = cost()
    SessionFactory.create_batch(2)
    assert cost() == one


def test_a_row_added_without_rank_comes_last_and_one_with_an_hour_at_its_hour():
    day = SessionFactory()
    first, second = (
        AgendaItemFactory(session=day, title=title, starts_at=hour, order=0) for title, hour in (("A", time(9)), ("B", time(11)))
    )
    beside = AgendaItemFactory(session=day, title="B bis", starts_at=None, order=0)
    early = AgendaItemFactory(session=day, title="Accueil", starts_at=time(8, 30), order=0)
    assert [row.order for row in (first, second, beside, early)] == [1, 2, 3, 4]
    assert [(slot.hour, [item.title for item in slot.items]) for slot in day.slots] == [
        ("8\u00a0h\u00a030", ["Accueil"]), ("9\u00a0h", ["A"]), ("11\u00a0h", ["B", "B bis"]),
    ]  # fmt: skip


def test_a_rank_that_is_given_stays_and_another_row_has_its_own():
    call = EditionFactory()
    partners = [Partner.objects.create(edition=call, name=name, order=order) for name, order in (("A", 7), ("B", 0), ("C", 0))]
    partners[0].save()
    elsewhere = Partner.objects.create(edition=EditionFactory(), name="D")
    assert [row.order for row in (*partners, elsewhere)] == [7, 8, 9, 1]


def test_the_help_of_every_text_says_what_may_be_written(desk):
    html = desk.get("/admin/programmes/trainingsession/add/").content.decode()
    assert (html.count("Mise en forme\u00a0: **gras**"), "Markdown" in html) == (6, False)
