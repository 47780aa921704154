"""The papers of a membership: the same data is the same file, other data a new version, and the old one stays."""

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from memberships import papers
from memberships.models import Membership, MembershipDocument
from memberships.states import DocumentKind, Signature
from tests.memberships.factories import NOW, MembershipFactory
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def membership():
    body = OrganisationFactory(name="Ville d’Exemple-sur-Mer")
    return MembershipFactory(organisation=body, signatory_name="Dominique Exemple", signature=Signature.ONLINE, signed_at=NOW)


def words(document):
    read = PdfReader(BytesIO(papers.read(document)))
    return " ".join(" ".join(page.extract_text() for page in read.pages).replace("\u00a0", " ").replace("\u202f", " ").split())


def test_asked_again_the_paper_is_the_same_file_however_late(membership):
    first = papers.publish(membership, DocumentKind.DUES_CALL, NOW)
    again = papers.publish(membership, DocumentKind.DUES_CALL, NOW + timedelta(days=40))
    assert (again, again.number, MembershipDocument.objects.count()) == (first, f"AC2027-{membership.pk:04}", 1)
    assert first.sha256 == hashlib.sha256(papers.read(first)).hexdigest()


def test_other_data_is_a_new_version_with_its_number_and_the_old_one_stays(membership):
    first = papers.publish(membership, DocumentKind.DUES_CALL, NOW)
    before = papers.read(first)
    membership.commitment_number = "E-42"
    second = papers.publish(membership, DocumentKind.DUES_CALL, NOW + timedelta(days=1))
    assert (second.number, "E-42" in words(second)) == (f"AC2027-{membership.pk:04}-2", True)
    assert (papers.read(first), papers.latest(membership, DocumentKind.DUES_CALL)) == (before, second)


def test_a_file_that_the_storage_lost_is_made_again_under_its_number(membership):
    first = papers.publish(membership, DocumentKind.BULLETIN, NOW)
    first.file.storage.delete(first.file.name)
    again = papers.publish(Membership.objects.get(pk=membership.pk), DocumentKind.BULLETIN, NOW + timedelta(days=2))
    assert (again.pk, again.number, "Confirmé en ligne" in words(again)) == (first.pk, first.number, True)


def test_the_call_says_that_it_is_no_invoice_and_the_bulletin_who_commits_the_body(membership):
    call, bulletin = (papers.publish(membership, kind, NOW) for kind in (DocumentKind.DUES_CALL, DocumentKind.BULLETIN))
    wanted = ["Cet appel n’est pas une facture.", "Ne payez pas sur cet appel.", "5 000 €", "Ville d’Exemple-sur-Mer"]
    assert [each for each in wanted if each not in words(call)] == []
    assert [each for each in ("Dominique Exemple", "5 000 €", "Bulletin d’adhésion 2027") if each not in words(bulletin)] == []


def test_what_is_given_to_us_is_never_made(membership):
    with pytest.raises(ValueError, match="SIGNED is given to us"):
        papers.publish(membership, DocumentKind.SIGNED, NOW)
