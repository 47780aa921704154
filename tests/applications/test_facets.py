"""The counters of the list: each choice under the others, in a number of queries that no row changes."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import PERMISSIONS, TRIAGE, Role
from applications import services
from applications.models import Application, Review, Tag
from applications.states import Branch, State
from mailing.models import Refusal
from organisations.regions import Region
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import NOON, OPEN, TYPED, ApplicationFactory, deposited
from tests.organisations.factories import OrganisationFactory
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/application/"


@pytest.fixture(autouse=True)
def _in_september_2017():
    with time_machine.travel(OPEN):
        yield


@pytest.fixture
def colleague(client):
    colleague = UserFactory(roles=[Role.STAFF])
    sign_in(client, colleague)
    return colleague


def listed(client, **query):
    return client.get(LIST, query, follow=True).context["cl"]


def names(client, **query):
    return [str(row) for row in listed(client, **query).result_list]


def file(edition, state=State.SUBMITTED, **columns) -> Application:
    """A file with these columns; the number is its reference."""
    application = ApplicationFactory(edition=edition, typed={})
    number = Application.objects.filter(edition=edition).count()
    for name, value in {"reference": f"{edition.reference_prefix}-{number:04}", "deposited_at": OPEN, "state": state, **columns}.items():
        setattr(application, name, value)
    application.save()
    return application


def options(changelist, facet):
    narrowing = next(narrowing for narrowing in changelist.narrowings if narrowing["name"] == facet)
    return {option["label"]: option["number"] for option in narrowing["options"]}


@pytest.fixture
def two_calls():
    first, second = EditionFactory(short_title="Premier", reference_prefix="P"), EditionFactory(short_title="Second", reference_prefix="S")
    file(first, branch=Branch.LOCAL, region=Region.BRETAGNE)
    file(first, branch=Branch.LOCAL, region=Region.CORSE)
    file(first, branch=Branch.STATE, region=Region.BRETAGNE, state=State.WITHDRAWN)
    file(second, branch=Branch.HOSPITAL, region=Region.BRETAGNE)
    return first, second


def test_each_choice_says_how_many_it_would_leave_under_the_other_choices(client, colleague, two_calls):
    everything = listed(client)
    assert {link["label"]: link["number"] for link in everything.states} == {"toutes": 4, "déposée": 3, "désistement": 1}
    assert options(everything, "edition") == {"Premier": 3, "Second": 1}
    narrowed = listed(client, region=Region.BRETAGNE.value, edition=two_calls[0].pk)
    assert narrowed.result_count == 2
    assert {link["label"]: link["number"] for link in narrowed.states} == {"toutes": 2, "déposée": 1, "désistement": 1}
    # The region itself counts as if it were not chosen; the call too.
    assert options(narrowed, "region") == {"Bretagne": 2, "Corse": 1}
    assert options(narrowed, "edition") == {"Premier": 2, "Second": 1}
    assert options(narrowed, "branch") == {"État": 1, "Territoriale": 1}


def test_the_number_of_a_choice_is_the_number_of_lines_it_gives(client, colleague, two_calls):
    first, _ = two_calls
    one = Application.objects.get(reference="P-0001")
    Review.objects.create(application=one, reviewer=colleague, assigned_at=OPEN)
    services.add_tag(one, "à revoir", by=colleague, now=OPEN)
    for narrowing in listed(client).narrowings:
        for option in narrowing["options"]:
            assert len(listed(client, **{narrowing["name"]: option["value"]}).result_list) == option["number"], option
    assert names(client, jury="sans", edition=first.pk) == ["P-0003", "P-0002"]
    assert options(listed(client, edition=first.pk), "jury") == {"confiée au jury": 1, "sans jury": 2}
    assert options(listed(client, edition=first.pk), "tag") == {"à revoir": 1}


def test_once_the_list_is_that_of_the_files_given_each_of_the_jury_is_named_with_their_number(client, colleague, two_calls):
    lou, alix = UserFactory(first_name="Lou", roles=[Role.REVIEWER]), UserFactory(first_name="Alix", roles=[Role.REVIEWER])
    one, other = Application.objects.filter(reference__in=["P-0001", "P-0002"]).order_by("pk")
    for row, person in ((one, lou), (one, alix), (other, lou)):
        Review.objects.create(application=row, reviewer=person, assigned_at=OPEN)
    assert "juror" not in {narrowing["name"] for narrowing in listed(client).narrowings}
    given = listed(client, jury="avec")
    assert options(given, "juror") == {str(alix): 1, str(lou): 2}
    of_alix = listed(client, juror=alix.pk)
    assert [str(row) for row in of_alix.result_list] == ["P-0001"]
    assert [(chip["label"], chip["value"]) for chip in of_alix.narrowed_by] == [("confiée à", str(alix))]
    assert options(of_alix, "juror") == {str(alix): 1, str(lou): 2}
    assert names(client, juror=colleague.pk) == []
    assert names(client, juror="zz") == []


def test_naming_the_jury_keeps_the_queries_of_the_list_at_ten_at_most(client, colleague, two_calls):
    people = [UserFactory(roles=[Role.REVIEWER]) for _ in range(3)]
    costs = []
    for count in (1, 3):
        for row in Application.objects.all():
            for person in people[len(row.reviews.all()) : count]:
                Review.objects.create(application=row, reviewer=person, assigned_at=OPEN)
        costs.append(asked(client, jury="avec"))
    assert costs == [costs[0]] * 2
    assert costs[0] <= 10


def test_a_file_leads_to_all_those_of_its_organisation(client, colleague, two_calls):
    body = OrganisationFactory(name="Ville d’Exemple")
    Application.objects.filter(reference="P-0002").update(body=body)
    page = client.get(f"{LIST}{Application.objects.get(reference='P-0002').pk}/change/").content.decode()
    assert f'href="{LIST}?body={body.pk}"' in page
    found = listed(client, body=body.pk)
    assert ([str(row) for row in found.result_list], found.kept) == (["P-0002"], {"body": str(body.pk)})
    assert [(chip["label"], chip["value"]) for chip in found.narrowed_by] == [("organisme", "Ville d’Exemple")]


@pytest.mark.parametrize("words", ["chateau", "Château", "CHÂTEAU d'eau", "d’eau chate", "oeuvre", "Œuvre", "p-0001", "zoe.durand@"])
def test_search_ignores_accents_capitals_apostrophes_and_the_order_of_words(client, colleague, two_calls, words):
    wanted = Application.objects.get(reference="P-0001")
    wanted.applicant.email = "zoe.durand@ville.example"
    wanted.applicant.save()
    wanted.last_name, wanted.organisation = "Exemple", "Œuvre du Château d’eau"
    wanted.save()
    assert names(client, q=words) == ["P-0001"]


@pytest.mark.parametrize("words", ["😀", "%", "_", "'''''", "-"])
def test_signs_alone_find_no_file_in_the_list_nor_for_an_act(client, colleague, two_calls, words):
    assert names(client, q=words) == []
    assert "Donnez au moins deux lettres ou chiffres" in client.get(LIST, {"q": words}).content.decode()
    for act in ("ecrire", "etiqueter"):
        assert "Ce filtre ne trouve rien" in client.get(f"{LIST}actes/{act}/", {"q": words}).content.decode()


def test_search_finds_the_address_of_today_and_nothing_of_who_was_erased(client, colleague, two_calls):
    wanted = Application.objects.get(reference="P-0001")
    wanted.applicant.email = "nouvelle@ville.example"
    wanted.applicant.save(update_fields=["email"])
    assert names(client, q="nouvelle@ville") == ["P-0001"]
    wanted.erased_at = OPEN
    wanted.save()
    assert wanted.search == ""


def test_search_follows_what_is_typed_and_what_is_given_up(client, colleague):
    person = UserFactory()
    application = ApplicationFactory(applicant=person, typed=TYPED | {"last_name": "Érable"})
    assert [row.pk for row in listed(client, q="erable").result_list] == [application.pk]
    application = deposited(edition=EditionFactory(reference_prefix="AV17"))
    services.save_typing(
        application.edition, services.Typing(TYPED | {"last_name": "Saule"}, application.revision, "t"), by=application.applicant, now=OPEN
    )
    assert names(client, q="saule") == ["AV17-0001"]
    services.discard_changes(application, by=application.applicant, now=OPEN)
    assert (names(client, q="saule"), names(client, q="exemple av17")) == ([], ["AV17-0001"])


def test_what_narrows_the_list_is_told_and_each_part_can_be_taken_away(client, colleague, two_calls):
    narrowed = listed(client, q="exemple", state="SUBMITTED", region="53", edition=two_calls[0].pk)
    told = {chip["label"]: (chip["value"], chip["url"]) for chip in narrowed.narrowed_by}
    assert told["région"] == ("Bretagne", f"?edition={two_calls[0].pk}&q=exemple&state=SUBMITTED")
    assert list(told) == ["recherche", "état", "appel", "région"]


def test_an_empty_choice_leaves_the_address(client, colleague, two_calls):
    answer = client.get(LIST, {"q": "", "region": "53", "branch": ""})
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?region=53")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("state=NOPE", "état «\u00a0NOPE\u00a0»"),
        ("edition=abc", "appel «\u00a0abc\u00a0»"),
        ("edition=99999999999999999999", "appel «\u00a099999999999999999999\u00a0»"),
        ("edition=987654", "appel «\u00a0n° 987654\u00a0»"),
        ("jury=peut-etre", "jury «\u00a0peut-etre\u00a0»"),
        ("tag=-1", "étiquette «\u00a0-1\u00a0»"),
        ("tag=987654", "étiquette «\u00a0n° 987654\u00a0»"),
        ("juror=987654", "confiée à «\u00a0n° 987654\u00a0»"),
        ("body=987654", "organisme «\u00a0n° 987654\u00a0»"),
        ("waiting=hier", "à regarder «\u00a0hier\u00a0»"),
        ("foo=1", "filtre «\u00a0foo\u00a0»"),
        ("motivation__contains=a", "filtre «\u00a0motivation__contains\u00a0»"),
    ],
)
def test_a_choice_that_does_not_exist_is_said_and_finds_no_row_in_the_list_nor_for_an_act(client, colleague, two_calls, query, told):
    answer = client.get(f"{LIST}?{query}&o=1")
    page = answer.content.decode()
    assert (answer.status_code, answer.context["cl"].result_count, f"Ce filtre n’existe plus\u00a0: {told}" in page) == (200, 0, True)
    assert [each["url"] for each in answer.context["cl"].lost] == ["?o=1"]
    assert "Ce filtre ne trouve rien" in client.get(f"{LIST}actes/etiqueter/?{query}").content.decode()
    assert "Étiquette" in client.get(f"{LIST}actes/etiqueter/?{query}&choix=tous").content.decode()
    typed = {"name": "perdue", "_preview": "1"}
    assert "Il n’y a rien à faire" in client.post(f"{LIST}actes/etiqueter/?{query}&choix=tous", typed).content.decode()
    assert client.post(f"{LIST}exporter/?{query}", {"kind": "csv"}).status_code == 302


@pytest.mark.parametrize("number", ["-1", "0", "99", "99999999999999999999"])
def test_a_page_that_does_not_exist_keeps_the_filter(client, colleague, two_calls, number, monkeypatch):
    monkeypatch.setattr("applications.admin.list.ApplicationAdmin.list_per_page", 1)
    answer = client.get(f"{LIST}?region=53&p={number}")
    assert (answer.status_code, answer.context["cl"].page_num) == (200, 1)
    assert (answer.context["cl"].result_count > 1, "Cette page de la liste n’existe pas" in answer.content.decode()) == (True, True)
    assert answer.context["cl"].chosen == {"region": "53"}


def test_who_may_not_sort_sees_neither_tags_nor_jury_and_cannot_narrow_by_them(client, colleague, two_calls, monkeypatch):
    tag = Tag.objects.create(name="à revoir")
    assert {"tags_shown", "jury_shown"} <= set(listed(client).list_display)
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {TRIAGE})
    shown = listed(client)
    assert {"tags_shown", "jury_shown"} & set(shown.list_display) == set()
    assert {narrowing["name"] for narrowing in shown.narrowings} & {"tag", "jury"} == set()
    assert listed(client, tag=tag.pk).result_count == 0


def test_drafts_come_last_whatever_the_database(client, colleague, two_calls):
    draft = ApplicationFactory(edition=two_calls[0])
    assert names(client)[-1] == str(draft)
    column = listed(client).list_display.index("deposited")
    assert [names(client, o=f"-{column}")[-1], names(client, o=str(column))[0]] == [str(draft)] * 2


def asked(client, **query) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(LIST, query).status_code == 200
    return len(counted)


def test_the_list_asks_at_most_ten_queries_the_same_for_1_3_and_5000_rows(client, colleague):
    edition, tag = EditionFactory(), Tag.objects.create(name="à revoir")
    counts = []
    for number in (1, 3, 5000):
        already = Application.objects.count()
        people = [UserFactory._meta.model(email=f"p{n}@ville.example", password="!") for n in range(already, number)]
        people = UserFactory._meta.model.objects.bulk_create(people)
        rows = Application.objects.bulk_create(
            Application(
                edition=edition,
                applicant=person,
                state=State.SUBMITTED,
                reference=f"N-{already + n:05}",
                last_name="Exemple",
                branch=list(Branch)[n % 3],
                region=Region.values[n % 18],
                deposited_at=OPEN,
                started_at=OPEN,
                search="exemple|",
            )  # fmt: skip
            for n, person in enumerate(people)
        )
        Review.objects.bulk_create(Review(application=row, reviewer=colleague, assigned_at=OPEN) for row in rows)
        Application.tags.through.objects.bulk_create(Application.tags.through(application=row, tag=tag) for row in rows)
        counts.append((asked(client), asked(client, region=Region.values[0], q="exemple", tag=tag.pk, jury="avec")))
    assert len(set(counts)) == 1, counts
    assert max(counts[0]) <= 10


# --- What waits --------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_to_what_waits(client, colleague, two_calls):
    first, _ = two_calls
    late = ApplicationFactory(edition=first, saved_at=NOON + timedelta(minutes=1))
    ApplicationFactory(edition=first, saved_at=NOON - timedelta(minutes=1))
    assert names(client, waiting="hors-delai") == [str(late)]
    Refusal.objects.create(address=Application.objects.get(reference="P-0002").applicant.email, reason="550", at=OPEN)
    assert names(client, waiting="adresse") == ["P-0002"]
    assert names(client, waiting="homonymes") == []
    for reference, last_name in (("P-0001", "Érable"), ("P-0002", "Erable"), ("S-0001", "Erable")):
        row = Application.objects.get(reference=reference)
        row.last_name, row.first_name = last_name, "Camille"
        row.save()
    assert names(client, waiting="homonymes") == ["P-0002", "P-0001"]
    services.add_tag(Application.objects.get(reference="P-0001"), "homonyme", by=colleague, now=OPEN)
    assert names(client, waiting="homonymes") == []
