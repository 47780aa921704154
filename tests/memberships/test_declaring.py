"""What a member declares of its own people: mail domains that are its own, one booking link at a time; each act in the journal."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from core.clock import PARIS
from core.refusals import Refused
from memberships import belonging, services
from memberships.models import BookingLink, MailDomain
from memberships.models.belonging import SHARED_DOMAINS
from organisations.services import succeed
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.memberships.factories import OrganisationFactory, a_member

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def acts():
    return list(Act.objects.order_by("pk").values_list("verb", "by_name", "about_name", "note"))


def declare(body, typed):
    return services.declare_domain(body, typed, by=None, now=NOW)


def test_a_domain_is_cleaned_kept_with_who_declared_it_and_told_to_the_journal():
    body, camille = OrganisationFactory(name="Ville d’Exemple"), UserFactory(first_name="Camille", last_name="Exemple")
    row = services.declare_domain(body, " Camille@VILLE.example ", by=camille, now=NOW)
    assert (row.domain, row.organisation, row.declared_at, row.by_name) == ("ville.example", body, NOW, str(camille))
    assert acts() == [("domaine de messagerie déclaré", str(camille), "Ville d’Exemple", "ville.example")]


@pytest.mark.parametrize("typed", ["gmail.com", "camille@orange.fr", "WWW.LaPoste.net", "@free.fr", "yopmail.com"])
def test_a_domain_that_everybody_shares_is_refused_in_words(typed):
    with pytest.raises(Refused, match="est ouvert à tout le monde"):
        declare(OrganisationFactory(), typed)
    assert MailDomain.objects.count() == 0


def test_every_shared_domain_is_written_as_it_is_compared():
    from memberships.domains import cleaned

    assert [domain for domain in SHARED_DOMAINS if cleaned(domain) != domain] == []


@pytest.mark.parametrize(
    "typed", ["", "ville", "ville d’exemple", "a..b", "-ville.example", "ville.example/../", "x" * 200 + ".example", "*.example"]
)
def test_what_is_no_domain_is_refused_in_words(typed):
    if typed == "ville.example/../":
        assert declare(OrganisationFactory(), typed).domain == "ville.example"
        return
    with pytest.raises(Refused, match="s’écrit comme"):
        declare(OrganisationFactory(), typed)


def test_declared_twice_a_domain_is_declared_once():
    body = OrganisationFactory()
    assert declare(body, "ville.example") == declare(body, "VILLE.example")
    assert len(acts()) == 1


def test_two_members_may_declare_the_same_domain_a_town_and_its_metropolis():
    for body in (a_member("Ville"), a_member("Métropole")):
        declare(body, "commun.example")
    assert MailDomain.objects.filter(domain="commun.example").count() == 2


def test_an_accented_domain_is_kept_as_mail_servers_write_it():
    assert declare(OrganisationFactory(), "mairie-évry.example").domain == "xn--mairie-vry-h7a.example"


def test_a_body_declares_twenty_domains_and_no_more():
    body = OrganisationFactory()
    for number in range(20):
        declare(body, f"ville{number}.example")
    with pytest.raises(Refused, match="20 domaines au plus"):
        declare(body, "un-de-trop.example")


def test_a_domain_taken_back_says_nothing_any_more_and_twice_is_once():
    row = declare(a_member(), "ville.example")
    for _ in range(2):
        services.remove_domain(MailDomain(pk=row.pk, domain=row.domain, organisation=row.organisation), by=None, now=NOW)
    assert belonging.member_of(["sacha@ville.example"], NOW.date()) is None
    assert [verb for verb, *_ in acts()] == ["domaine de messagerie déclaré", "domaine de messagerie retiré"]


def test_a_body_has_one_living_link_the_one_before_is_closed_when_it_is_replaced():
    body = OrganisationFactory()
    first = services.make_link(body, by=None, now=NOW)
    second = services.make_link(body, by=None, now=LATER)
    first.refresh_from_db()
    assert (first.revoked_at, second.revoked_at, first.digest != second.digest) == (LATER, None, True)
    assert [verb for verb, *_ in acts()] == ["lien de réservation créé", "lien de réservation remplacé"]


def test_the_secret_of_a_link_is_not_in_the_database():
    link = services.make_link(OrganisationFactory(), by=None, now=NOW)
    secret = belonging.secret_of(link)
    assert (secret in str(BookingLink.objects.values().get()), len(secret)) == (False, 64)


def test_a_link_withdrawn_opens_nothing_and_twice_is_once():
    body = OrganisationFactory()
    link = services.make_link(body, by=None, now=NOW)
    for _ in range(2):
        services.revoke_link(body, by=None, now=LATER)
        services.revoke_one(link, by=None, now=LATER)
    assert belonging.link_of(belonging.secret_of(link)) is None
    assert [verb for verb, *_ in acts()] == ["lien de réservation créé", "lien de réservation retiré"]


def test_who_takes_over_from_a_body_replaces_and_withdraws_its_link():
    old, new = OrganisationFactory(), OrganisationFactory()
    link = services.make_link(old, by=None, now=NOW)
    succeed(old, new, on=date(2027, 2, 1), by=None, now=NOW)
    services.make_link(new, by=None, now=LATER)
    link.refresh_from_db()
    assert (link.revoked_at, new.booking_links.alive().count()) == (LATER, 1)


def test_what_is_declared_for_a_body_that_was_replaced_is_declared_for_its_successor():
    old, new = OrganisationFactory(), OrganisationFactory()
    succeed(old, new, on=date(2027, 2, 1), by=None, now=NOW)
    old.refresh_from_db()
    assert (declare(old, "ville.example").organisation, services.make_link(old, by=None, now=NOW).organisation) == (new, new)
