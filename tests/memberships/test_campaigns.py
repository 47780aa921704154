"""A campaign in the admin: rates checked, the next year made from it, its state, the two group acts; quotes; what is planned and waits."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from core import clock
from core.clock import PARIS
from mailing import batches
from mailing.models import Batch, Message
from memberships import figures, planned, quotes, renewal_emails, services
from memberships.models import Campaign, Membership, MembershipDocument, Rate
from memberships.services import campaigning
from memberships.states import DocumentKind, LateRule, State
from organisations.services import merge, succeed
from organisations.states import ContactRole
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import CampaignFactory, ContactFactory, MembershipFactory, OrganisationFactory, TaxProfileFactory

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2027, 11, 3, 10, tzinfo=PARIS)
LIST = reverse("admin:memberships_campaign_changelist")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOVEMBER, tick=False):
        yield


@pytest.fixture
def campaign():
    CampaignFactory(year=2027)
    return CampaignFactory(year=2028)


@pytest.fixture
def staff(client):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    return person


def member(name="Ville d’Exemple", **fields):
    row = MembershipFactory(organisation=OrganisationFactory(name=name), **fields)
    ContactFactory(organisation=row.organisation, role=ContactRole.FINANCE, email=f"finances{row.pk}@ville.example")
    return row


def url(name, campaign, *more):
    return reverse(f"admin:memberships_campaign_{name}", args=[campaign.pk, *more])


def text(answer):
    return answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def form_of(campaign, *rates, **fields):
    rows = list(campaign.rates.order_by("pk"))
    data = {"is_open": "on", "tax_profile": campaign.tax_profile_id, "late_rule": campaign.late_rule, **fields}
    data |= {"rates-TOTAL_FORMS": len(rows) + len(rates), "rates-INITIAL_FORMS": len(rows)}
    for n, row in enumerate(rows):
        data |= {
            f"rates-{n}-id": row.pk,
            f"rates-{n}-campaign": campaign.pk,
            f"rates-{n}-category": row.category,
            f"rates-{n}-amount": "5000",
        }
    for n, (low, high) in enumerate(rates, start=len(rows)):
        data |= {f"rates-{n}-campaign": campaign.pk, f"rates-{n}-category": "COLLECTIVITE", f"rates-{n}-amount": "900"}
        data |= {f"rates-{n}-population_from": low, f"rates-{n}-population_below": high}
    return data


# --- Editing ---------------------------------------------------------------------------------------------


def test_bands_that_overlap_are_refused_beside_their_field(client, staff, campaign):
    campaign.rates.all().delete()
    answer = client.post(url("change", campaign), form_of(campaign, ("", 20_000), (10_000, 50_000)))
    assert answer.status_code == 422
    assert "Cette tranche recouvre celle-ci : moins de 20 000 habitants." in text(answer)
    assert client.post(url("change", campaign), form_of(campaign, ("", 20_000), (20_000, 50_000))).status_code == 302
    assert Rate.objects.filter(campaign=campaign).count() == 2


def test_a_rate_is_typed_as_every_amount(client, staff, campaign):
    rate = campaign.rates.order_by("pk").first()
    for typed, code in (("4.500", 302), ("5,000", 422), ("4 600,00 €", 302)):
        assert client.post(url("change", campaign), form_of(campaign) | {"rates-0-amount": typed}).status_code == code
    rate.refresh_from_db()
    assert rate.amount == 4600


def test_the_grace_day_typed_there_moves_the_periods(client, staff, campaign):
    row = member()
    assert client.post(url("change", campaign), form_of(campaign, grace_until="2028-04-30")).status_code == 302
    row.refresh_from_db()
    assert (row.rights_until, Campaign.objects.get(pk=campaign.pk).grace_until) == (date(2028, 4, 30), date(2028, 4, 30))
    answer = client.post(url("change", campaign), form_of(campaign, grace_until="2029-04-30"))
    assert (answer.status_code, "Un jour de 2028" in text(answer)) == (422, True)


def test_a_late_rule_needs_a_day_of_its_year(client, staff, campaign):
    answer = client.post(url("change", campaign), form_of(campaign, late_rule=LateRule.PRO_RATA))
    assert "Dites à partir de quel jour cette règle s’applique." in text(answer)
    answer = client.post(url("change", campaign), form_of(campaign, late_rule=LateRule.PRO_RATA, late_from="2027-07-01"))
    assert "Un jour de 2028." in text(answer)


def test_the_next_year_is_made_from_this_one_and_its_vat_regime_is_asked(client, staff, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(introduction="Adhérer", late_rule=LateRule.PRO_RATA, late_from=date(2028, 2, 29))
    other = TaxProfileFactory(name="Hors champ", category="O", exemption_code="VATEX-EU-O", exemption_text="hors champ de la TVA")
    refused = client.post(url("follow", campaign), {})
    assert (refused.status_code, "Choisissez le régime de TVA" in text(refused)) == (422, True)
    assert client.post(url("follow", campaign), {"tax_profile": other.pk}).status_code == 302
    made = Campaign.objects.get(year=2029)
    assert (made.tax_profile, made.introduction, made.is_open, made.late_from) == (other, "Adhérer", False, date(2029, 2, 28))
    assert list(made.rates.order_by("category").values_list("category", "amount")) == [
        ("COLLECTIVITE", Decimal(5000)), ("ETABLISSEMENT_PUBLIC", Decimal(5000)), ("MINISTERE", Decimal(5000)),
    ]  # fmt: skip
    again = client.post(url("follow", campaign), {"tax_profile": other.pk})
    assert "La campagne 2029 existe déjà." in text(again)


def test_the_next_year_keeps_the_last_day_that_members_of_this_one_have_read(client, staff, campaign):
    """This year's own grace day was early; who joined this year reads « until the 31 March » all the same."""
    Campaign.objects.filter(pk=campaign.pk).update(grace_until=date(2028, 2, 15))
    row = MembershipFactory(campaign=campaign, rights_until=date(2029, 3, 31))
    made = campaigning.follow(campaign, tax_profile=TaxProfileFactory(), by=staff, now=clock.now())
    row.refresh_from_db()
    assert (made.grace_day, row.rights_until) == (date(2029, 3, 31), date(2029, 3, 31))


# --- The call, on its screen -----------------------------------------------------------------------------


def shown(page):
    return {"token": page.context["token"], "shown": page.context["shown"]}


def test_the_call_is_shown_with_a_real_letter_and_its_pdf_then_launched(client, staff, campaign):
    row = member()
    MembershipFactory(organisation=OrganisationFactory(name="Sans finances"))
    page = client.get(url("appeler", campaign))
    said = text(page)
    assert "1 organisme, 1 lettre" in said
    assert "Pas de contact « finances » avec une adresse" in said
    assert "À confirmer : adhésion 2028 de Ville d’Exemple, 5 000 €" in said
    assert "En tout : 5 000 € appelés." in said
    paper = client.get(url("appel", campaign, row.organisation_id))
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    tried = client.post(url("appeler", campaign), {**shown(page), "_try": "1"}, follow=True)
    assert f"Un essai part à {staff.email}" in text(tried)
    trial = Message.objects.get(to=staff.email, kind=renewal_emails.CALL)
    assert (trial.due_at, trial.letter.still_due(trial)) == (NOVEMBER, True)
    assert Membership.objects.filter(campaign=campaign).count() == 0
    done = client.post(url("appeler", campaign), {**shown(page), "_confirm": "1"})
    assert done.status_code == 302
    assert Membership.objects.get(campaign=campaign).state == State.TO_CONFIRM
    letter = Message.objects.get(kind=renewal_emails.CALL, batch__isnull=False)
    (attached,) = letter.letter.attach(letter)
    called = Membership.objects.get(campaign=campaign)
    assert (attached.name, attached.content[:5]) == (f"appel-de-cotisation-AC2028-{called.pk:04}.pdf", b"%PDF-")


def test_above_fifty_letters_their_number_is_typed(client, staff, campaign):
    for n in range(51):
        member(f"Ville {n:02}")
    page = client.get(url("appeler", campaign))
    refused = client.post(url("appeler", campaign), {**shown(page), "_confirm": "1"})
    assert (refused.status_code, "tapez le nombre de lettres" in text(refused)) == (422, True)
    assert Membership.objects.filter(campaign=campaign).count() == 0


def test_who_may_not_call_does_not(client, campaign):
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    assert client.get(url("appeler", campaign)).status_code == 200
    sign_in(client, UserFactory(roles=[Role.REVIEWER]))
    assert client.get(url("appeler", campaign)).status_code == 302


# --- Quotes ----------------------------------------------------------------------------------------------


def test_a_quote_is_made_once_and_is_no_invoice(client, staff, campaign):
    row = member()
    preview = client.get(url("devis", campaign, row.organisation_id))
    assert (preview.content[:5], MembershipDocument.objects.count()) == (b"%PDF-", 0)
    one = client.post(url("devis", campaign, row.organisation_id))
    two = client.post(url("devis", campaign, row.organisation_id))
    kept = MembershipDocument.objects.get()
    assert (kept.kind, kept.number, kept.membership) == (DocumentKind.QUOTE, f"D2028-{row.organisation_id:04}", row)
    assert one.content == two.content


def test_quotes_go_to_every_member_by_letter_and_once(client, staff, campaign):
    row = member()
    page = client.get(url("donner-les-devis", campaign))
    assert "Devis d’adhésion 2028 pour Ville d’Exemple : 5 000 €" in text(page)
    assert client.post(url("donner-les-devis", campaign), {**shown(page), "_confirm": "1"}).status_code == 302
    letter = Message.objects.get(kind=renewal_emails.QUOTE)
    (attached,) = letter.letter.attach(letter)
    assert attached.name == f"devis-adhesion-D2028-{row.organisation_id:04}.pdf"
    assert quotes.kept(row.organisation, campaign).sha256 != ""
    again = client.get(url("donner-les-devis", campaign))
    assert "Devis déjà remis" in text(again)


def test_quotes_can_be_undone_for_ten_minutes(client, staff, campaign):
    member()
    page = client.get(url("donner-les-devis", campaign))
    client.post(url("donner-les-devis", campaign), {**shown(page), "_confirm": "1"})
    batch = Batch.objects.get()
    assert batches.undo(batch, by=staff, now=NOVEMBER + timedelta(minutes=5)).letters == 1
    assert MembershipDocument.objects.count() == 0


# --- Where it stands ---------------------------------------------------------------------------------------


def launched(client, campaign):
    page = client.get(url("appeler", campaign))
    client.post(url("appeler", campaign), {**shown(page), "_confirm": "1"})
    return {row.organisation.name: row for row in Membership.objects.filter(campaign=campaign).order_by("pk")}


def test_the_state_of_a_campaign_counts_answers_and_money(client, staff, campaign):
    for name in ("Oui", "Non", "Silence", "Encore"):
        member(name)
    rows = launched(client, campaign)
    services.confirm(rows["Oui"], by=None, now=clock.now())
    services.decline(rows["Non"], by=None, now=clock.now())
    member("Reprise", campaign=campaign, past_invoice="2028-001", past_paid_on=date(2028, 1, 5))
    found = figures.of(campaign, on=date(2027, 11, 3))
    assert (found.called, found.confirmed, found.declined, found.silent, found.joined) == (4, 1, 1, 2, 1)
    assert (found.expected, found.to_confirm, found.invoiced, found.received) == (10_000, 10_000, 5000, 5000)
    page = client.get(url("state", campaign))
    assert "5 000 €" in text(page)
    assert "15 décembre 2027" in text(page)


def test_what_is_planned_is_what_the_sweeps_will_send(client, staff, campaign):
    member("Une"), member("Deux")
    assert [line.what for line in planned.of(campaign, now=NOVEMBER)] == ["Appel de cotisation 2028"]
    rows = launched(client, campaign)
    services.decline(rows["Deux"], by=None, now=clock.now())
    campaign.refresh_from_db()
    lines = [(line.at.astimezone(PARIS).date(), line.count, list(line.names())) for line in planned.of(campaign, now=NOVEMBER)]
    assert lines == [
        (date(2027, 12, 15), 1, ["Une"]), (date(2028, 1, 17), 1, ["Une"]),
        (date(2028, 2, 15), 1, ["Une"]), (date(2028, 4, 3), 1, ["Une"]),
    ]  # fmt: skip


def test_what_waits_is_the_call_and_those_it_does_not_reach(client, staff, campaign):
    member("Une")
    MembershipFactory(organisation=OrganisationFactory(name="Sans finances"))
    before = [(line.label, line.count) for line in planned.counted(NOVEMBER) if line.count]
    assert before == [("adhérents à qui l’appel 2028 est à lancer", 1)]
    launched(client, campaign)
    assert [(line.label, line.count) for line in planned.counted(NOVEMBER) if line.count] == [
        ("adhérents que l’appel 2028 n’atteint pas", 1)
    ]


def test_the_list_and_the_state_ask_the_same_whatever_their_rows(client, staff, campaign):
    def asked(page):
        with CaptureQueriesContext(connection) as found:
            assert client.get(page).status_code == 200
        return len(found)

    member("Une")
    counts = [(asked(LIST), asked(url("state", campaign)), asked(url("appeler", campaign)))]
    member("Deux"), member("Trois"), CampaignFactory(year=2029), CampaignFactory(year=2030)
    counts.append((asked(LIST), asked(url("state", campaign)), asked(url("appeler", campaign))))
    assert counts[0] == counts[1]


# --- Two bodies --------------------------------------------------------------------------------------------


def test_a_merge_of_two_members_of_one_year_is_refused_in_words_and_another_unites(staff, campaign):
    one, two = member("Une").organisation, member("Deux").organisation
    with pytest.raises(Exception, match="Deux, 2027.* \\(adhésion\\) existe des deux côtés"):
        merge(one, two, by=staff, now=NOVEMBER, sure=True)
    third = OrganisationFactory(name="Trois")
    MembershipFactory(organisation=third, campaign=campaign)
    merge(one, third, by=staff, now=NOVEMBER, sure=True)
    assert sorted(row.year for row in Membership.objects.filter(organisation=one)) == [2027, 2028]


def test_the_page_of_that_merge_leads_to_both_memberships(staff, campaign, client):
    one, two = member("Une"), member("Deux")
    address = f"/admin/organisations/organisation/reunir/?garder={one.organisation_id}&retirer={two.organisation_id}"
    page = client.get(address).content.decode()
    pages = [reverse("admin:memberships_membership_change", args=[row.pk]) for row in (two, one)]
    assert [(page.count(f'href="{each}"'), client.get(each).status_code) for each in pages] == [(1, 200), (1, 200)]
    assert page.index(pages[0]) < page.index(pages[1])


def test_papers_of_a_body_that_was_replaced_stay_as_they_are(staff, campaign, client):
    row = member()
    client.post(url("devis", campaign, row.organisation_id))
    before = MembershipDocument.objects.values().get()
    heir = OrganisationFactory(name="Métropole d’Exemple")
    succeed(row.organisation, heir, on=date(2027, 11, 4), by=staff, now=NOVEMBER)
    assert MembershipDocument.objects.values().get() == before
