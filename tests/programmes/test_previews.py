"""« Aperçu » by a link: without account, for a time, of one row, kept by no cache; the team makes it in the admin."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.clock import PARIS
from programmes import previews
from programmes.models import SessionTrainer, TrainingSession
from records.models import Act
from tests.bookings import factories as booked
from tests.programmes.factories import (
    AgendaItemFactory,
    EditionFactory,
    PhaseFactory,
    ProgrammeFactory,
    SessionFactory,
    TrainerFactory,
    VenueFactory,
)
from tests.programmes.test_photos import picture, sent
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 6, 1, 10, tzinfo=PARIS)
UNTIL = NOW + timedelta(days=7)


@pytest.fixture(autouse=True)
def _first_of_june():
    with time_machine.travel(NOW, tick=False):
        yield


def address(row, until=UNTIL):
    return reverse("preview", args=[previews.token_of(row, until=until)])


@pytest.fixture
def edition():
    edition = EditionFactory(published_at=None, title="Appel secret")
    PhaseFactory(edition=edition)
    return edition


def test_a_link_shows_what_nobody_sees_yet_and_says_so(client, edition):
    assert client.get(edition.get_absolute_url()).status_code == 404
    answer = client.get(address(edition))
    words = text_of(answer)
    assert ("Appel secret" in words, "Aperçu, pas encore publié." in words, "jusqu’au 8 juin 2017 à 10 h" in words) == (True, True, True)
    assert "Voir le formulaire, en aperçu" in words


def test_no_cache_keeps_it_no_engine_reads_it_and_no_cookie_comes(client, edition):
    answer = client.get(address(edition))
    assert [answer[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")] == [
        "private, no-store",
        "noindex, nofollow",
        "no-referrer",
    ]
    html = answer.content.decode()
    assert ('<meta name="robots" content="noindex">' in html, "og:image" in html, "ld+json" in html, answer.cookies) == (
        True,
        False,
        False,
        {},
    )


def test_a_link_of_a_day_shows_its_portraits_too(client, desk):
    desk.post("/admin/programmes/trainer/add/", {"name": "Camille Exemple", "photo": sent(picture())})
    day = SessionFactory(published_at=None)
    trainer = TrainerFactory._meta.model.objects.get()
    SessionTrainer.objects.create(session=day, trainer=trainer)
    html = client.get(address(day)).content.decode()
    [source] = re.findall(r'<img src="([^"]+)"', html)
    shown = client.get(source)
    assert (source.startswith("/apercu/"), shown.status_code, shown["Content-Type"], shown["Cache-Control"]) == (
        True,
        200,
        "image/jpeg",
        "private, no-store",
    )
    assert client.get(reverse("portrait", args=[day.programme.slug, day.slug, trainer.pk])).status_code == 404


@pytest.mark.parametrize("forged", ["{0}é", "x{0}", "{0}x", ".{0}", "a.b", "x", "{1}", "{1}.", "{1}:{2}", ".{2}"])
def test_a_link_that_is_none_of_ours_opens_nothing(client, edition, forged):
    token = previews.token_of(edition, until=UNTIL)
    token = forged.format(token, *token.split("."))
    assert [client.get(f"/apercu/{token}/{end}").status_code for end in ("", "candidater/", "portraits/1.jpg")] == [404] * 3


def test_a_link_ends_at_its_moment(client, edition):
    answers = []
    for moment in (UNTIL - timedelta(seconds=1), UNTIL):
        with time_machine.travel(moment, tick=False):
            answers.append(client.get(address(edition)).status_code)
    assert answers == [200, 404]


def test_a_link_opens_one_row_and_no_other(client, edition):
    other = EditionFactory(published_at=None, title="Autre appel secret")
    assert "Autre appel secret" not in client.get(address(edition)).content.decode()
    assert client.get(other.get_absolute_url()).status_code == 404
    day = SessionFactory(published_at=None, pk=edition.pk)
    assert client.get(address(day)).context["session"] == day


def test_once_published_the_link_leads_to_the_page(client, edition):
    link = address(edition)
    edition.published_at = NOW
    edition.save()
    form = link + "candidater/"
    assert [(answer.status_code, answer.url) for answer in (client.get(link), client.get(form))] == [(302, edition.get_absolute_url())] * 2


def test_a_link_is_dead_with_its_row(client, edition):
    link = address(edition)
    edition.phases.all().delete()
    edition.delete()
    assert client.get(link).status_code == 404


# --- The team makes it ----------------------------------------------------------------------------------


def screen(row):
    return f"/admin/programmes/{row._meta.model_name}/{row.pk}/publication/"


def test_the_team_makes_a_link_and_the_journal_knows_it(desk, client, edition):
    page = desk.post(screen(edition), {"act": "preview", "days": "2"}).content.decode()
    [link] = re.findall(r'href="https://testserver(/apercu/[^"]+)"', page)
    assert client.get(link).status_code == 200
    act = Act.objects.get(verb="lien d’aperçu")
    assert (act.note, link.split("/")[2] in str(act.__dict__)) == (
        "ouvert jusqu’au samedi 3\u00a0juin 2017 à 10\u00a0h",
        False,
    )


@pytest.mark.parametrize("factory", [EditionFactory, SessionFactory], ids=["call", "day"])
def test_links_are_taken_back_by_a_button_and_by_a_withdrawal(desk, client, factory):
    row, other = factory(published_at=None), factory(published_at=None)
    links = []
    for act, published_at in (("take_back", None), ("unpublish", NOW)):
        links.append(address(row))
        assert client.get(links[-1]).status_code == 200
        type(row).objects.filter(pk=row.pk).update(published_at=published_at)
        desk.post(screen(row), {"act": act})
        row.refresh_from_db()
        assert [client.get(link).status_code for link in links] == [404] * len(links)
    assert [client.get(link).status_code for link in (address(row), address(other))] == [200, 200]
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == ["liens d’aperçu repris", "retrait de la publication"]


def test_the_screen_lists_what_is_to_be_corrected_and_publishes_nothing_until_it_is(desk):
    day = SessionFactory(published_at=None, venue=None)
    page = text_of(desk.get(screen(day)))
    assert ("À corriger avant de publier" in page, "Lieu : il manque" in page, "Le déroulé est vide" in page) == (True, True, True)
    answer = desk.post(screen(day), {"act": "publish", "at": ""})
    day.refresh_from_db()
    assert (answer.status_code, answer.content.decode().count("<title>Erreur"), day.published_at) == (422, 1, None)
    day.venue, day.audience = VenueFactory(address="27 rue Piat"), "Tous."
    day.save()
    AgendaItemFactory(session=day)
    desk.post(screen(day), {"act": "publish", "at": ""})
    day.refresh_from_db()
    assert day.published_at == NOW


def test_the_screen_publishes_at_a_date_and_takes_back(desk, edition):
    desk.post(screen(edition), {"act": "publish", "at": "2017-07-03T09:00"})
    edition.refresh_from_db()
    assert edition.published_at == datetime(2017, 7, 3, 9, tzinfo=PARIS)
    assert "Sera publié le lundi 3 juillet 2017 à 9 h" in text_of(desk.get(screen(edition)))
    desk.post(screen(edition), {"act": "unpublish"})
    edition.refresh_from_db()
    assert edition.published_at is None


def test_the_screen_refuses_a_later_date_for_what_is_public(desk):
    edition = EditionFactory(published_at=NOW - timedelta(days=1))
    answer = desk.post(screen(edition), {"act": "publish", "at": "2017-07-03T09:00"}, follow=True)
    edition.refresh_from_db()
    assert ("Retirez-le d’abord" in text_of(answer), edition.published_at) == (True, NOW - timedelta(days=1))


def test_the_screen_refuses_a_date_it_cannot_read_and_a_row_that_is_not_there(desk, edition):
    assert desk.post(screen(edition), {"act": "publish", "at": "demain"}).status_code == 422
    assert desk.post(screen(edition), {"act": "preview", "days": "400"}).status_code == 422
    assert desk.post(screen(edition), {"act": "inconnu"}).status_code == 200
    assert desk.get("/admin/programmes/edition/999/publication/").status_code == 404


@pytest.mark.parametrize(
    ("factory", "slug"), [(EditionFactory, "sessions"), (EditionFactory, "prevenez-moi"), (SessionFactory, "candidater")]
)
def test_an_address_that_leads_elsewhere_is_refused(factory, slug):
    with pytest.raises(ValidationError) as refusal:
        factory(slug=slug, published_at=None).full_clean()
    assert list(refusal.value.message_dict) == ["slug"]


def test_a_public_programme_tells_its_faults_beside_their_fields(desk):
    programme = ProgrammeFactory(is_public=False)
    typed = {
        "title": "Un",
        "slug": "un",
        "kind": "TRAINING",
        "lede": "mardi 20 mars 2019",
        "description": "[ici]()",
        "contact_email": "a@b.example",
    }
    typed |= {"hue": "jaune", "order": "2", "is_public": "on"}
    errors = desk.post(f"/admin/programmes/programme/{programme.pk}/change/", typed).context["adminform"].form.errors
    assert sorted(errors) == ["description", "lede"]
    typed.pop("is_public")
    assert desk.post(f"/admin/programmes/programme/{programme.pk}/change/", typed).status_code == 302


def test_a_link_that_opens_no_more_says_so_kindly_whatever_the_reason(client):
    edition = EditionFactory(published_at=None)
    over, kept = (previews.token_of(edition, until=NOW + timedelta(days=days)) for days in (-1, 3))
    answers = [client.get(reverse("preview", args=[token])) for token in (over, kept[:-1] + "x", "rien")]
    pages = {answer.content for answer in answers}
    assert ([answer.status_code for answer in answers], len(pages)) == ([404] * 3, 1)
    assert "Ce lien d’aperçu ne s’ouvre plus" in pages.pop().decode()
    assert [answer.headers["Cache-Control"] for answer in answers] == ["private, no-store"] * 3


def test_of_a_day_that_somebody_waits_for_it_says_full_as_the_page_of_everybody_does(client):
    with time_machine.travel(booked.NOW, tick=False):
        day = booked.session(seats=3)
        booked.firm(day, places=2)
        booked.ordered(day, places=2)
        shown = [client.get(day.get_absolute_url())]
        TrainingSession.objects.update(published_at=None)
        shown.append(client.get(address(day, booked.NOW + timedelta(days=7))))
    assert [(page.context["session"].seats_left, "Complet" in text_of(page)) for page in shown] == [(0, True)] * 2
