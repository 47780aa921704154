"""« Adhérer », the blank bulletin, the directory: every fact of domain.md 2.3, and nobody's name."""

import re
import subprocess
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from core import clock
from core.clock import PARIS
from memberships import demo
from memberships.models import Campaign, Rate
from memberships.states import Category, LateRule, State
from organisations.states import Kind
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import CampaignFactory, MembershipFactory
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

# domain.md 2.3, fact by fact.
FACTS = [
    "espaces ouverts", "citoyens", "agents", "élus", "politiques publiques", "pour quoi faire", "avec qui", "pour qui", "quels outils",
    "Chantiers ouverts au public", "La Documentation française, 2015",
    "ni un cabinet de conseil", "ni un laboratoire universitaire", "ni une agence publique", "ni une entreprise sociale",
    "orientations", "outil commun", "financements pluriels", "premier pas vers des projets",
    "collectivités territoriales", "ministères", "établissements publics", "5 000 €", "par an", "tarif unique",
    "Compagnonnage", "échange régulier avec l’équipe", "recherche-action", "y prendre part",
    "Centre de ressources", "veille", "sensibilisation", "orientation", "mise en réseau",
    "Gouvernance", "assemblée générale", "Accès prioritaire", "webconférences", "voyages d’étude", "rencontres internationales",
    "ateliers", "Semaine et Mois de l’innovation publique",
]  # fmt: skip
SEQUENCE = ["bulletin", "acceptation", "appel de cotisation", "numéro de commande", "facture", "virement"]
IN_2021 = datetime(2021, 3, 1, 10, tzinfo=PARIS)


@pytest.fixture
def of_2021():
    """The real content of 2021, as the demonstration loads it."""
    with time_machine.travel(IN_2021, tick=False):
        demo.rights()
        yield demo.campaign(2021, is_open=True)


def plain(text):
    """The words alone: tags away, each blank one blank, entities read."""
    import html

    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).replace(" ,", ",").lower()


def missing(text, facts):
    return [fact for fact in facts if fact.lower() not in plain(text)]


def test_every_fact_of_2021_is_on_the_page(client, of_2021):
    page = client.get("/adhesion/").content.decode()
    assert missing(page, [*FACTS, "Adhésions 2021", "année civile 2021", *SEQUENCE]) == []


def test_the_six_steps_come_in_their_order(client, of_2021):
    steps = client.get("/adhesion/").content.decode().partition("Comment ça se passe")[2].partition("</ol>")[0]
    titles = [plain(title) for title in re.findall(r"<strong>(.*?)</strong>", steps)]
    assert [step for step, title in zip(SEQUENCE, titles, strict=True) if step not in title] == []


def test_every_fact_of_2021_is_on_the_blank_bulletin_for_two_readers(client, of_2021, tmp_path):
    answer = client.get("/adhesion/bulletin.pdf")
    content = answer.getvalue() if answer.streaming else answer.content
    read = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    file = tmp_path / "bulletin.pdf"
    file.write_bytes(content)
    printed = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode()  # noqa: S603, S607
    wanted = [*FACTS, "Bulletin d’adhésion 2021", "SIRET", "Référent général", "Finances", "Vote", "Signature"]
    assert (answer["Content-Type"], missing(read, wanted), missing(printed, wanted)) == ("application/pdf", [], [])


def test_a_visitor_gets_no_cookie_and_a_page_that_a_cache_keeps(client, of_2021):
    for address in ("/adhesion/", "/adhesion/adherents/", "/adhesion/bulletin.pdf"):
        answer = client.get(address)
        again = client.get(address, headers={"If-None-Match": answer["ETag"]})
        told = (
            answer.status_code,
            dict(answer.cookies),
            "max-age=60" in answer["Cache-Control"],
            "Cookie" in answer["Vary"],
            again.status_code,
        )
        assert told == (200, {}, True, False, 304), address


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("address", ["/adhesion/", "/adhesion/adherents/"])
def test_public_pages_ask_at_most_five_queries_however_many_members(client, of_2021, members, address):
    for _ in range(members):
        MembershipFactory(campaign=of_2021)
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    assert len(queries) <= 5


def test_a_grid_is_told_line_by_line_when_rates_differ(client, of_2021):
    Rate.objects.filter(campaign=of_2021, category=Category.COLLECTIVITE).delete()
    Rate.objects.create(campaign=of_2021, category=Category.COLLECTIVITE, amount=Decimal(500), population_below=10_000)
    Rate.objects.create(campaign=of_2021, category=Category.COLLECTIVITE, amount=Decimal(8000), population_from=10_000)
    page = client.get("/adhesion/").content.decode()
    assert missing(page, ["à partir de 500 €", "moins de 10 000 habitants", "10 000 habitants et plus", "8 000 €", "ministère"]) == []
    assert "tarif unique" not in page


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (LateRule.FULL, "année civile entière"),
        (LateRule.PRO_RATA, "juillet 2021, la cotisation est comptée au prorata"),
        (LateRule.NEXT_YEAR, "le reste de l’année est offert"),
    ],
)
def test_who_joins_late_reads_what_is_owed(client, of_2021, rule, words):
    Campaign.objects.update(late_rule=rule, late_from=date(2021, 7, 1))
    assert missing(client.get("/adhesion/").content.decode(), [words]) == []


def test_without_any_campaign_the_page_says_so_and_gives_an_address(client, db):
    answer = client.get("/adhesion/")
    assert (answer.status_code, missing(answer.content.decode(), ["Aucune année d’adhésion n’est ouverte"])) == (200, [])
    assert client.get("/adhesion/bulletin.pdf").status_code == 404


@time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=PARIS), tick=False)
def test_an_archive_says_that_it_is_one_and_a_year_to_come_is_not_shown(client):
    demo.campaign(2021, is_open=True)
    demo.campaign(2027, is_open=True)
    demo.campaign(2029, is_open=True)
    page = client.get("/adhesion/2021/").content.decode()
    assert missing(page, ["Adhésions 2021", "pour mémoire"]) == []
    assert "Adhérer en ligne" not in page
    assert client.get("/adhesion/2029/").status_code == 404
    assert missing(client.get("/adhesion/").content.decode(), ["Adhésions 2027"]) == []


@time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=PARIS), tick=False)
def test_the_directory_names_the_members_of_the_day_and_nobody_else(client):
    campaign = CampaignFactory()
    MembershipFactory(campaign=campaign, organisation=OrganisationFactory(name="Ville d’Exemple-sur-Mer", region="53", kind=Kind.COMMUNE))
    MembershipFactory(campaign=campaign, organisation=OrganisationFactory(name="Hôpital d’Exemple", region="84", kind=Kind.HOSPITAL))
    for state in (State.PROPOSED, State.ASKED, State.TO_CONFIRM, State.REFUSED):
        MembershipFactory(campaign=campaign, state=state, organisation=OrganisationFactory(name=f"Pas encore {state}"))
    page = client.get("/adhesion/adherents/").content.decode()
    assert missing(page, ["2 organismes adhèrent", "Ville d’Exemple-sur-Mer", "Hôpital d’Exemple"]) == []
    assert "Pas encore" not in page
    for query, found in (("?region=53", "Ville"), ("?type=hospital", "Hôpital"), ("?q=hopital", "Hôpital")):
        listed = re.findall(r"<h3>(\w+)", client.get(f"/adhesion/adherents/{query}").content.decode())
        assert listed == [found], query
    assert client.get("/adhesion/adherents/?region=<script>&type=%00&q=%27").status_code in (200, 400)


def test_adhering_is_in_the_menu_the_home_page_and_the_site_map(client, of_2021):
    home, plan = client.get("/").content.decode(), client.get("/plan-du-site/").content.decode()
    assert ('<a href="/adhesion/"' in home, missing(home, ["Prendre soin d’un outil commun", "5 000 €"])) == (True, [])
    assert ("/adhesion/adherents/" in plan, client.get("/sitemap.xml").content.decode().count("/adhesion/")) == (True, 2)


def test_in_autumn_the_page_leads_to_joining_for_the_next_year(client):
    year = clock.now().year
    CampaignFactory(year=year)
    assert "Pour l’année prochaine" not in client.get("/adhesion/").content.decode()
    CampaignFactory(year=year + 1)
    assert f'<a href="/adhesion/{year + 1}/">' in client.get("/adhesion/").content.decode()
    ahead = client.get(f"/adhesion/{year + 1}/").content.decode()
    assert (f"/adhesion/rejoindre/?annee={year + 1}" in ahead, "Pour l’année prochaine" in ahead) == (True, False)
    assert f"annee%3D{year + 1}" in client.get(f"/adhesion/rejoindre/?annee={year + 1}").url
    sign_in(client, UserFactory())
    assert client.get(f"/adhesion/rejoindre/?annee={year + 1}").context["form"].initial["year"] == year + 1
    assert client.get("/adhesion/rejoindre/?annee=1999").context["form"].initial["year"] == year
