"""« Who may see what » (domain.md section 4), for what exists: the table below against what each person really opens."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from applications import services
from mailing import batches
from mailing.models import Message
from programmes.demo_portraits import portrait
from programmes.previews import token_of
from records.models import Association
from records.services import record
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import OPEN, ApplicationFactory, deposited
from tests.organisations.factories import ContactFactory
from tests.programmes.factories import EditionFactory, SessionFactory, TrainerFactory

pytestmark = pytest.mark.django_db

EVERYBODY = {"public", "candidate", "neighbour", "reviewer", "coordinator", "staff", "treasurer", "administrator"}
AUTHOR, TEAM = {"candidate"}, {"staff"}
THE_HOUSE = {"staff", "treasurer", "administrator"}

# What each person opens. Everything else is a way to the sign-in, « réservée » or « rien à cette adresse ».
MATRIX = {
    "home": EVERYBODY,
    "call": EVERYBODY,
    "call not published": TEAM,
    "day": EVERYBODY,
    "day not published": TEAM,
    "day by its preview": EVERYBODY,
    "admin: days": TEAM,
    "admin: day": TEAM,
    "admin: publication of a day": TEAM,
    "admin: publication of a call": TEAM,
    "admin: trainers": TEAM,
    "admin: portrait": TEAM,
    # own application / others': the candidate own; reviewer assigned only (none yet); staff all.
    "application": AUTHOR | TEAM,
    "received": AUTHOR | TEAM,
    "receipt": AUTHOR | TEAM,
    "employer's letter": AUTHOR | TEAM,
    "dates": AUTHOR | TEAM,
    "withdraw": AUTHOR,
    "delete the draft": AUTHOR,
    "text of the draft": AUTHOR,
    "letter": AUTHOR,
    "space": EVERYBODY - {"public"},
    "admin": THE_HOUSE,
    "admin: applications": TEAM,
    "admin: application": TEAM,
    "admin: draft": TEAM,
    "admin: calls": TEAM,
    # A receipt holds the whole application: the journal of letters is the team's.
    "admin: letters": TEAM,
    "admin: letter": TEAM,
    "admin: formatted letter": TEAM,
    "admin: previews": TEAM,
    "admin: words of letters": TEAM,
    "admin: words of a letter": TEAM,
    "admin: refused addresses": TEAM,
    "admin: acts": THE_HOUSE,
    # An act is read by whoever may read what it is about.
    "admin: act on an application": TEAM,
    "admin: act on a body": {"staff", "treasurer"},
    "admin: act on a person": {"staff", "administrator"},
    "admin: act on the association": THE_HOUSE,
    "admin: timeline": THE_HOUSE,
    "admin: search": THE_HOUSE,
    "admin: association": THE_HOUSE,
    "admin: people": {"staff", "administrator"},
    "admin: person": {"staff", "administrator"},
    "admin: invitations": {"administrator"},
    "admin: invite": {"administrator"},
    "admin: roles": {"administrator"},
    "admin: close": {"administrator"},
    "admin: replace the address": {"staff", "administrator"},
    "names of bodies": EVERYBODY,
    "admin: organisations": {"staff", "treasurer"},
    "admin: organisation": {"staff", "treasurer"},
    "admin: contacts": {"staff", "treasurer"},
    "admin: contact": {"staff", "treasurer"},
    "admin: names of bodies": {"staff", "treasurer"},
    "admin: merge": TEAM,
    "admin: succession": TEAM,
    "admin: import": TEAM,
    "admin: body of an application": TEAM,
}


@pytest.fixture
def people():
    roles = {
        "candidate": [], "neighbour": [], "reviewer": [Role.REVIEWER], "coordinator": [Role.COORDINATOR], "staff": [Role.STAFF],
        "treasurer": [Role.TREASURER], "administrator": [Role.ADMINISTRATOR],
    }  # fmt: skip
    return {name: UserFactory(roles=held) for name, held in roles.items()}


@pytest.fixture
def places(people):
    """The address of each thing of the table; the neighbour has an application and a draft too."""
    call = EditionFactory()
    application, draft = deposited(edition=call, applicant=people["candidate"]), ApplicationFactory(applicant=people["candidate"])
    deposited(edition=call, applicant=people["neighbour"])
    contact = ContactFactory()
    rows = [application, contact.organisation, people["candidate"], Association.current()]
    acts = [record("essai", row, by=None, now=OPEN) for row in rows]
    letter, hidden = Message.objects.get(reader=f"accounts.user:{people['candidate'].pk}"), EditionFactory(published_at=None)
    day, hidden_day, trainer = SessionFactory(published_at=OPEN), SessionFactory(published_at=None), TrainerFactory()
    trainer.photo.save("visage.jpg", ContentFile(portrait("Camille Exemple")))
    mine, person = [application.reference], people["candidate"].pk
    draft_at = [draft.edition.programme.slug, draft.edition.slug]
    return {
        "home": "/",
        "call": call.get_absolute_url(),
        "call not published": hidden.get_absolute_url(),
        "day": day.get_absolute_url(),
        "day not published": hidden_day.get_absolute_url(),
        "day by its preview": reverse("preview", args=[token_of(hidden_day, until=OPEN + timedelta(days=7))]),
        "admin: days": reverse("admin:programmes_trainingsession_changelist"),
        "admin: day": reverse("admin:programmes_trainingsession_change", args=[hidden_day.pk]),
        "admin: publication of a day": reverse("admin:programmes_trainingsession_publication", args=[hidden_day.pk]),
        "admin: publication of a call": reverse("admin:programmes_edition_publication", args=[hidden.pk]),
        "admin: trainers": reverse("admin:programmes_trainer_changelist"),
        "admin: portrait": reverse("admin:programmes_trainer_portrait", args=[trainer.pk]),
        "application": reverse("application", args=mine),
        "received": reverse("application_received", args=mine),
        "receipt": reverse("application_receipt", args=mine),
        "employer's letter": reverse("application_employer_letter", args=mine),
        "dates": reverse("application_dates", args=mine),
        "withdraw": reverse("application_withdraw", args=mine),
        "delete the draft": reverse("apply_delete", args=draft_at),
        "text of the draft": reverse("apply_text", args=draft_at),
        "letter": letter.get_absolute_url(),
        "space": "/espace/",
        "admin": "/admin/",
        "admin: applications": reverse("admin:applications_application_changelist"),
        "admin: application": reverse("admin:applications_application_change", args=[application.pk]),
        "admin: draft": reverse("admin:applications_application_change", args=[draft.pk]),
        "admin: calls": reverse("admin:programmes_edition_changelist"),
        "admin: letters": reverse("admin:mailing_message_changelist"),
        "admin: letter": reverse("admin:mailing_message_change", args=[letter.pk]),
        "admin: formatted letter": reverse("admin:mailing_message_html", args=[letter.pk]),
        "admin: previews": reverse("admin:mailing_message_previews"),
        "admin: words of letters": reverse("admin:mailing_wording_changelist"),
        "admin: words of a letter": reverse("admin:mailing_wording_kind", args=[letter.kind]),
        "admin: refused addresses": reverse("admin:mailing_refusal_changelist"),
        "admin: acts": reverse("admin:records_act_changelist"),
        "admin: act on an application": reverse("admin:records_act_change", args=[acts[0].pk]),
        "admin: act on a body": reverse("admin:records_act_change", args=[acts[1].pk]),
        "admin: act on a person": reverse("admin:records_act_change", args=[acts[2].pk]),
        "admin: act on the association": reverse("admin:records_act_change", args=[acts[3].pk]),
        "admin: timeline": reverse("admin:timeline"),
        "admin: search": reverse("admin:search"),
        "admin: association": reverse("admin:records_association_change", args=[1]),
        "admin: people": reverse("admin:accounts_user_changelist"),
        "admin: person": reverse("admin:accounts_user_change", args=[person]),
        "admin: invitations": reverse("admin:accounts_invitation_changelist"),
        "admin: invite": reverse("admin:accounts_user_invite"),
        "admin: roles": reverse("admin:accounts_user_act", args=[person, "roles"]),
        "admin: close": reverse("admin:accounts_user_act", args=[person, "fermer"]),
        "names of bodies": reverse("organisation_proposals"),
        "admin: organisations": reverse("admin:organisations_organisation_changelist"),
        "admin: organisation": contact.organisation.get_absolute_url(),
        "admin: contacts": reverse("admin:organisations_contact_changelist"),
        "admin: contact": reverse("admin:organisations_contact_change", args=[contact.pk]),
        "admin: names of bodies": reverse("admin:organisations_organisation_proposals"),
        "admin: merge": f"{reverse('admin:organisations_organisation_merge')}?garder={contact.organisation_id}",
        "admin: succession": reverse("admin:organisations_organisation_succession", args=[contact.organisation_id]),
        "admin: import": reverse("admin:organisations_organisation_import"),
        "admin: body of an application": reverse("admin:applications_application_body", args=[application.pk]),
        "admin: replace the address": reverse("admin:accounts_user_act", args=[person, "adresse"]),
    }


@time_machine.travel(OPEN)
def test_everybody_opens_what_the_table_says_and_nothing_else(people, places):
    browsers = {"public": Client()} | {name: sign_in(Client(), person) for name, person in people.items()}
    answers = {(place, name): browser.get(path).status_code for place, path in places.items() for name, browser in browsers.items()}
    opened = {place: {name for name in browsers if answers[place, name] == 200} for place in places}
    assert opened == MATRIX
    assert {status for status in answers.values() if status != 200} <= {302, 403, 404}


SECRET, JUROR = "introuvable27", "Jury27-Exemple"
# What the pages that gather say of what each role does not open: nothing.
GATHERED = {
    "dashboard": TEAM,
    "timeline": TEAM,
    "search": TEAM,
    "acts": TEAM,
}


def gathered(client: Client, page: str) -> str:
    """What a gathering page says, as far as it goes."""
    if page == "search":
        return client.post(reverse("admin:search"), {"mots": SECRET[:-2]}).content.decode()
    address = {
        "dashboard": "/admin/",
        "timeline": f"{reverse('admin:timeline')}?jours=tout",
        "acts": reverse("admin:records_act_changelist"),
    }
    return client.get(address[page]).content.decode()


@time_machine.travel(OPEN)
def test_what_gathers_says_nothing_of_what_one_may_not_read(people):
    """What is not published, tags, reviewers, reasons and group letters, on the dashboard, the timeline, the search and the log."""
    call = EditionFactory(
        short_title=f"Appel {SECRET}", title=f"Appel {SECRET}", published_at=OPEN + timedelta(days=1), opens_at=OPEN + timedelta(days=2)
    )
    SessionFactory(title=f"Journée {SECRET}", published_at=OPEN + timedelta(days=1))
    file = deposited()
    services.add_tag(file, SECRET, by=people["staff"], now=OPEN)
    services.assign([file.pk], [UserFactory(roles=[Role.REVIEWER], last_name=JUROR)], by=people["staff"], now=OPEN)
    record("publication", call, by=people["staff"], now=OPEN)
    record(
        "envoi groupé annulé", batches.open_batch(f"Refus {SECRET}", by=people["staff"], now=OPEN, about=call), by=people["staff"], now=OPEN
    )
    browsers = {name: sign_in(Client(), person) for name, person in people.items()}
    told = {
        page: {name for name, browser in browsers.items() if re.search(f"{SECRET}|{JUROR}", gathered(browser, page))} for page in GATHERED
    }
    assert told == GATHERED
