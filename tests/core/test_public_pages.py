"""Public pages: no session, no cookie, an ETag, few queries (design.md section 5)."""

import gzip
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from core import registry
from core.addresses import path_of
from core.registry import Link, Registry, Section

PAGES = ["home", "contact", "accessibility", "legal", "privacy", "ecodesign", "sitemap", "sitemap_xml", "robots"]


@pytest.fixture
def person(client: Client) -> User:
    person = User.objects.create_user("camille@ville.example")
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return person


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_a_visitor_gets_a_page_that_a_cache_may_keep(client: Client, name: str, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        response = client.get(reverse(name))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.cookies == {}


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_a_second_visit_is_answered_304(client: Client, name: str):
    etag = client.get(reverse(name)).headers["ETag"]
    response = client.get(reverse(name), headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.django_db
def test_a_visitors_page_travels_compressed_and_a_persons_does_not(client: Client, person: User):
    plain, packed = (Client().get(reverse("contact"), headers={"Accept-Encoding": offer}) for offer in ("", "gzip, br"))
    assert (gzip.decompress(packed.content), packed.headers["Content-Encoding"], packed.headers["Vary"]) == (
        plain.content,
        "gzip",
        "Accept-Encoding",
    )
    again = Client().get(reverse("contact"), headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "Content-Encoding" not in client.get(reverse("contact"), headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.django_db
def test_a_page_read_with_a_session_cookie_is_private(client: Client, person: User):
    assert client.get(reverse("contact")).headers["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
def test_every_page_leads_to_the_pages_of_the_law_and_to_contact(client: Client):
    page = client.get(reverse("home")).content.decode()
    for name in ["contact", "sitemap", "legal", "privacy", "accessibility", "ecodesign"]:
        assert f'href="{reverse(name)}"' in page
    assert "Accessibilité\u00a0: non conforme" in page


@pytest.mark.django_db
def test_the_home_gathers_sections_in_their_order_and_leaves_out_the_empty(client: Client, monkeypatch: pytest.MonkeyPatch):
    sections: Registry[Section] = Registry()
    sections.add(Section("core/_footer.html", lambda _request, _now: {"association": None}), order=20)
    sections.add(Section("core/_error_summary.html", lambda _request, _now: None), order=10)
    monkeypatch.setattr("core.views.HOME", sections)
    assert len(client.get(reverse("home")).context["sections"]) == 1


@pytest.mark.django_db
def test_an_empty_home_says_whom_to_write_to(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.views.HOME", Registry())
    assert "Aucun appel n’est ouvert" in client.get(reverse("home")).content.decode()


@pytest.mark.django_db
def test_my_space_asks_who_i_am(client: Client):
    response = client.get(reverse("space"))
    assert (response.status_code, response.url) == (302, f"{reverse('account_login')}?next={reverse('space')}")


@pytest.mark.django_db
def test_an_empty_space_says_what_to_do_next(client: Client, person: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.views.SPACE", Registry())
    page = client.get(reverse("space")).content.decode()
    assert "Rien ici pour l’instant" in page
    assert person.email in page


@pytest.mark.django_db
def test_the_sitemaps_name_what_apps_give(client: Client, monkeypatch: pytest.MonkeyPatch, settings):
    links: Registry = Registry()
    links.add(lambda _now: [Link("Un appel : ouvert", "/programmes/essai/", changed_on=date(2027, 5, 1))])
    monkeypatch.setattr("core.views.SITEMAP", links)
    assert "Un appel\u00a0: ouvert" in client.get(reverse("sitemap")).content.decode()
    tree = ET.fromstring(client.get(reverse("sitemap_xml")).content)  # noqa: S314 - our own
    found = {url[0].text: [child.text for child in url[1:]] for url in tree}
    assert found[f"{settings.PORTAL_URL}/programmes/essai/"] == ["2027-05-01"]
    assert f"{settings.PORTAL_URL}/espace/" not in found


@pytest.mark.django_db
def test_a_demonstration_is_not_indexed(client: Client, settings):
    settings.TRIAL, settings.PORTAL_URL = True, "https://essai.example"
    assert "Disallow: /\n" in client.get(reverse("robots")).content.decode()
    settings.PORTAL_URL = "http://localhost:8000"
    assert "Disallow: /\n" not in client.get(reverse("robots")).content.decode()
    settings.TRIAL = False
    assert "Disallow: /admin/\n" in client.get(reverse("robots")).content.decode()


@pytest.mark.django_db
def test_the_trial_mode_says_so_on_every_page(client: Client, settings):
    settings.TRIAL = True
    assert "données inventées" in client.get(reverse("legal")).content.decode()
    assert "données inventées" in client.get("/nulle-part/").content.decode()


@pytest.mark.django_db
def test_the_menu_says_where_we_are(client: Client):
    page = client.get(reverse("contact")).content.decode()
    assert page.count('aria-current="page"') == 1


def test_the_registries_of_pages_exist():
    assert isinstance(registry.CONTACTS, Registry)


def test_an_address_remembered_is_that_of_the_pages_in_use(settings):
    assert path_of("contact") == reverse("contact")
    assert path_of("edition", "aventuriers", "2017") == reverse("edition", args=["aventuriers", "2017"])
    settings.ROOT_URLCONF = "organisations.urls"
    with pytest.raises(NoReverseMatch):
        path_of("contact")
