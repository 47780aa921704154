"""The browser fixtures see what they promise to see."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

HEAD = '<!doctype html><html lang="fr"><head><title>Essai</title><link rel="icon" href="data:,"></head>'
PAGE = HEAD + "<body><main><h1>Essai</h1>{}</main></body></html>"


@login_not_required
def good(request):
    return HttpResponse(PAGE.format("<p>Bonjour</p>"))


@login_not_required
def bad(request):
    return HttpResponse(PAGE.format('<img src="http://ailleurs.example/i.png">'))


urlpatterns = [path("bonne/", good), path("mauvaise/", bad)]
pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]


def test_a_good_page_passes_every_check(page, axe, vnu):
    page.goto("/bonne/")
    assert page.text_content("h1") == "Essai"
    axe(page)
    vnu(page.content())


def test_a_violation_of_the_policy_is_noted_and_axe_bites(page, axe):
    page.goto("/mauvaise/")
    assert any("Content Security Policy" in fault for fault in page.watch.faults)
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
    page.watch.faults.clear()


def test_axe_says_that_it_needs_scripts_rather_than_wait_for_ever(open_page, axe):
    page = open_page(javascript=False)
    page.goto("/bonne/")
    with pytest.raises(AssertionError, match="sans JavaScript"):
        axe(page)


def test_nu_finds_what_is_not_html(vnu):
    with pytest.raises(AssertionError, match="Stray end tag"):
        vnu(PAGE.format("</section>"))
