"""Every page the portal has, who opens it and at which address: what `tests/test_gates.py` walks through.

A name of the URLconf is in `PAGES`, or in `NOT_PAGES` with the reason. The admin's pages are found from its registry.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.core.mail import EmailMessage
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import colleagues, services
from accounts.models import User
from accounts.roles import Role
from applications import services as applications
from applications.admin.acts import GROUP_ACTS, WriteAct
from applications.emails import RECEIVED
from applications.models import Application
from applications.services import Arrival
from applications.states import Origin, State
from billing.models import Invoice
from core import clock
from core.registry import DEMOS
from mailing import trial, wordings
from mailing.groupacts import carry_out
from mailing.letters import KINDS
from mailing.models import Message, Refusal
from mailing.rendering import Words
from mailing.tasks import deliver
from organisations.models import Organisation
from programmes import previews
from programmes.models import Edition, Programme, TrainingSession
from programmes.services import flyers as flyer_services
from programmes.services import interest
from records import jobs
from records.models import Job
from records.services import label_of
from records.states import Outcome
from records.tasks import do_waiting_work
from records.work import Work
from tests.accounts.factories import UserFactory, enrol
from tests.applications import board_pages, confirm_pages, jury_pages, results_pages
from tests.applications.factories import ANSWERS, ApplicationFactory, deposited
from tests.billing import bank_pages, invoice_pages, till_pages
from tests.bookings import order_pages, paper_pages, run_pages
from tests.events import attend_pages, host_pages, press_pages, proposal_pages
from tests.events import pages as programme
from tests.memberships import belonging_pages, spaces
from tests.memberships import pages as joining
from tests.programmes.factories import EditionFactory

EVERYBODY, MEMBER, STAFF = "everybody", "member", "staff"
LONG_NAME = "d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées-pour-la-Démonstration"


@dataclass(frozen=True)
class World:
    """The demonstration, and two people who have something on every page of theirs."""

    member: User
    staff: User
    application: Application
    draft: Application

    def person(self, who: str) -> User | None:
        return {MEMBER: self.member, STAFF: self.staff}.get(who)


def furnish() -> World:
    """Load the demonstration, which holds the hard content of gate 4, and give each page something to show."""
    for load in DEMOS:
        load(1)
    member = UserFactory(email="une-adresse-tres-longue.de-la-direction@communaute-d-agglomeration.example", last_name=LONG_NAME)
    staff = UserFactory(roles=[Role.STAFF, Role.ADMINISTRATOR, Role.TREASURER])
    enrol(staff)
    now = clock.now()
    accepting = [edition for edition in Edition.objects.public(now=now).order_by("pk") if edition.is_accepting(now=now)]
    draft = ApplicationFactory(edition=accepting[0], applicant=member, started_at=now, saved_at=now)
    application = deposited(at=now, edition=accepting[1], applicant=member, state=State.SUBMITTED)
    colleagues.invite("collegue@ville.example", ["REVIEWER"], by=staff, now=now)
    Refusal.objects.create(address="parti@ville.example", reason="550 5.1.1 inconnu", at=now)
    Authenticator.objects.create(user=staff, type="webauthn", data={"name": "Téléphone", "credential": {}})
    long_work(staff)
    words = wordings.tidied("Bien reçue : {reference}", "Bonjour {prenom},\n\nMerci. Votre référence : {reference}\n\nSuivre :\n{lien}")
    wordings.save(KINDS[RECEIVED], "", words, base=0, by=staff, now=now)
    write_to(application, staff)
    enter_and_join(accepting[1], staff, member)
    flyer_services.publish(accepting[0], now=now)
    joining.furnish(member)
    spaces.furnish(member)
    belonging_pages.furnish(member)
    board_pages.furnish(staff)
    jury_pages.furnish(staff)
    results_pages.furnish(staff)
    confirm_pages.furnish(member, staff)
    bank_pages.furnish(staff)
    till_pages.furnish(staff)
    invoice_pages.furnish()
    proposal_pages.furnish()
    run_pages.furnish(staff)
    deliver()
    trial.EmailBackend().send_messages([EmailMessage("Essai", "Bonjour,\n\nVoici.", "a@ville.example", ["b@ville.example"])])
    return World(member, staff, application, draft)


def write_to(application: Application, staff: User) -> None:
    """A group act with its letter, waiting."""
    act, rows, now = WriteAct(), Application.objects.filter(pk=application.pk), clock.now()
    answers = {"words": Words("Une date pour {appel}", "La réunion est mardi, {prenom}.")}
    carry_out(act, rows, act.plan(rows, answers, by=staff, now=now), answers, token="pages", by=staff, now=now)


def enter_and_join(edition: Edition, staff: User, limited: User) -> None:
    """What staff entered, joined to another; a limit of one's own to a closed call."""
    now = clock.now()
    came = Arrival("papier@ville.example", Origin.PAPER, now.date())
    entered = applications.enter(edition, ANSWERS, came, by=staff, now=now).application
    kept = deposited(at=now, edition=edition)
    applications.join(entered, kept, by=staff, now=now, tell=True)
    closed = EditionFactory(closes_at=now - timedelta(days=1), opens_at=now - timedelta(days=9), published_at=now - timedelta(days=9))
    until = now + timedelta(days=3)
    applications.give_late_link(closed, limited.email, until=until, reason="Panne de réseau.", by=staff, now=now)


def long_work(by: User) -> Job:
    """A piece of work that is done, with rows of each outcome and a file."""

    def function(job: Job, work: Work) -> str:
        work.expect(3)
        for label, outcome in (("Ville d’Exemple", Outcome.DONE), ("Région d’Exemple", Outcome.SKIPPED), (LONG_NAME * 2, Outcome.REFUSED)):
            work.tell(label, outcome, "Le SIRET n’est pas valide." if outcome == Outcome.REFUSED else "")
        work.keep("organisations-rejetées.csv", b"nom;siret")
        return "Une organisation importée, une inchangée, une refusée."

    jobs.register("tests.work", label="essai")(function)
    job = jobs.start("tests.work", label="Import de organisations.csv", by=by, now=clock.now())
    do_waiting_work()
    return job


def _waiting(_: World) -> list[str]:
    """« Prévenez-moi » on a call that is not open yet, and what its mailed link opens."""
    edition = next(row for row in Edition.objects.public(now=clock.now()).order_by("pk") if row.opens_at > clock.now())
    return [_at("interest", edition.programme.slug, edition.slug)]


def _asked(_: World) -> list[str]:
    """A link that works, and one that does not."""
    edition = next(row for row in Edition.objects.public(now=clock.now()).order_by("pk") if row.opens_at > clock.now())
    interest.ask(edition.programme, "agente@ville.example", edition=edition, now=clock.now())
    secret = interest.secret_of(edition.programme, edition, "agente@ville.example")
    return [_at("interest_confirm", text) for text in (secret, "inconnu")]


def _idle(_: World) -> list[str]:
    """« Prévenez-moi » on a programme where nothing is open."""
    found = Programme.objects.public()
    return [_at("interest_programme", row.slug) for row in found if interest.is_useful(row, None, now=clock.now())]


def _of_call(name: str) -> Callable[[World], list[str]]:
    """An act on an open call; once it is closed for « Rouvrir »."""
    return lambda _: [_at(name, row.pk) for row in Edition.objects.open(now=clock.now()).order_by("pk")[:1]]


def _of_day(name: str) -> Callable[[World], list[str]]:
    return lambda _: [_at(name, row.pk) for row in TrainingSession.objects.to_come(now=clock.now()).order_by("pk")[:1]]


def _at(name: str, *arguments: Any, then: str = "") -> str:
    return reverse(name, args=arguments) + then


def _calls(_: World) -> Iterator[str]:
    for edition in Edition.objects.public(now=clock.now()).select_related("programme"):
        yield _at("edition", edition.programme.slug, edition.slug)


def _days(_: World) -> Iterator[str]:
    """Each training day in its status, the one with hard content included."""
    for day in TrainingSession.objects.public(now=clock.now()).with_places():
        yield _at("session", day.programme.slug, day.slug)


def _hidden(model: type[Edition] | type[TrainingSession]) -> Any:
    return model.objects.filter(published_at=None).order_by("pk")[0]


def _previews(name: str, *models: Any) -> Callable[[World], list[str]]:
    """A call and a day that are not published, by their signed links."""
    return lambda _: [_at(name, previews.token_of(_hidden(model), until=clock.now() + timedelta(days=7))) for model in models]


def _publications(model: Any) -> Callable[[World], list[str]]:
    """One that is published, and one that is not."""
    name = f"admin:programmes_{model._meta.model_name}_publication"
    return lambda _: [_at(name, row.pk) for row in (_hidden(model), model.objects.public(now=clock.now()).order_by("pk")[0])]


def _forms(world: World) -> Iterator[str]:
    """The form of each call in its status: empty, with a draft, not yet open, closed; elsewhere it leads to the file."""
    decided = world.member.applications.exclude(state__in=[State.DRAFT, State.SUBMITTED])
    for edition in Edition.objects.public(now=clock.now()).exclude(applications__in=decided).select_related("programme"):
        yield _at("apply", edition.programme.slug, edition.slug)


def _of_draft(name: str) -> Callable[[World], list[str]]:
    return lambda world: [_at(name, world.draft.edition.programme.slug, world.draft.edition.slug)]


def _of_application(name: str) -> Callable[[World], list[str]]:
    return lambda world: [_at(name, world.application.reference)]


def _links(world: World) -> list[str]:
    """A link that works, and one that does not."""
    return [_at("accounts_link", secret) for secret in (services.make_proof(world.member.email, now=clock.now()).secret, "inconnu")]


def _acts(world: World) -> list[str]:
    return [_at("admin:accounts_user_act", world.member.pk, slug) for slug in ("roles", "adresse", "fermer")]


def _merges(_: World) -> list[str]:
    """Naming the other row, then what will pass."""
    kept, gone = Organisation.objects.standing().filter(siret="").order_by("-pk")[:2]
    page = _at("admin:organisations_organisation_merge")
    return [f"{page}?garder={kept.pk}", f"{page}?garder={kept.pk}&retirer={gone.pk}"]


def _successions(_: World) -> list[str]:
    """To be said of one that stands, and taken back of one that is replaced."""
    rows = [Organisation.objects.filter(replaced_by__isnull=not replaced).order_by("-pk")[0] for replaced in (False, True)]
    return [_at("admin:organisations_organisation_succession", row.pk) for row in rows]


def _of_key(name: str) -> Callable[[World], list[str]]:
    return lambda world: [_at(name, Authenticator.objects.get(user=world.staff, type="webauthn").pk)]


def _plain(who: str, *names: str) -> "dict[str, tuple[str, Addresses]]":
    """Pages whose address takes nothing."""
    return {name: (who, lambda _, name=name: [_at(name)]) for name in names}


def _group_acts(world: World) -> Iterator[str]:
    """Each act on the rows of a list, with nobody chosen and with one row."""
    for act in GROUP_ACTS:
        for then in ("", f"?choix={world.application.pk}"):
            yield _at("admin:applications_application_group_act", act.slug, then=then)


def _letters(world: World) -> list[str]:
    """The member's letters that are due; one of a group act waits."""
    return [_at("letter", row.pk) for row in Message.objects.readable_by(world.member, now=clock.now()).order_by("pk")]


def _by_hand(world: World) -> list[str]:
    """Entering: which call, then its form; the form refused is looked at in tests/applications."""
    return [_at("admin:applications_application_enter"), _at("admin:applications_application_enter_call", world.draft.edition_id)]


def _joined(world: World) -> list[str]:
    """Choosing the other file, the two side by side, separating."""
    call = world.application.edition
    kept = Application.objects.filter(edition=call, duplicates__isnull=False).order_by("pk")[:1].get()
    name, pk = "admin:applications_application_join", world.application.pk
    return [_at(name, pk), _at(name, pk, then=f"?avec={kept.reference}")]


def _separate(_: World) -> list[str]:
    joined = Application.objects.filter(state=State.DUPLICATE).order_by("pk")[:1].get()
    return [_at("admin:applications_application_separate", joined.pk)]


def _batch_letters(_: World) -> list[str]:
    return [_at("admin:mailing_batch_letter", row.batch_id, row.pk) for row in Message.objects.exclude(batch=None).order_by("pk")]


def _wordings(world: World) -> list[str]:
    """Words of our own, for all and for a call that has none; and the shipped ones of a secret letter."""
    received = [_at("admin:mailing_wording_kind", RECEIVED, then=then) for then in ("", f"?pour={label_of(world.application.edition)}")]
    return [*received, _at("admin:mailing_wording_kind", "accounts.sign_in")]


Addresses = Callable[[World], Iterable[str]]
PAGES: dict[str, tuple[str, Addresses]] = {
    **_plain(EVERYBODY, "home", "sitemap", "contact", "accessibility", "legal", "privacy", "ecodesign", "mailbox"),
    **_plain(EVERYBODY, "account_login", "account_inactive"),
    "programmes": (EVERYBODY, lambda _: [_at("programmes", then=then) for then in ("", "?q=zzz", "?type=formation")]),
    "programme": (EVERYBODY, lambda _: [_at("programme", row.slug) for row in Programme.objects.public()]),
    "edition": (EVERYBODY, _calls),
    "session": (EVERYBODY, _days),
    "preview": (EVERYBODY, _previews("preview", Edition, TrainingSession)),
    "preview_form": (EVERYBODY, _previews("preview_form", Edition)),
    "interest": (EVERYBODY, _waiting),
    "interest_programme": (EVERYBODY, _idle),
    "interest_asked": (EVERYBODY, lambda _: [_at("interest_asked")]),
    "interest_confirm": (EVERYBODY, _asked),
    "unsubscribe": (EVERYBODY, lambda _: [_at("unsubscribe", "inconnu")]),
    "accounts_link": (EVERYBODY, _links),
    "mail": (EVERYBODY, lambda _: [_at("mail", trial.names()[0])]),
    **_plain(MEMBER, "space", "account_email", "account_logout", "mfa_activate_totp", "mfa_add_webauthn"),
    "letter": (MEMBER, _letters),
    "apply": (MEMBER, _forms),
    "apply_delete": (MEMBER, _of_draft("apply_delete")),
    "invoice": (STAFF, lambda _: [_at("invoice", row.number) for row in Invoice.objects.order_by("pk")]),
    **{name: (MEMBER, _of_application(name)) for name in ("application_received", "application_withdraw")},
    "application": (MEMBER, lambda world: [*_of_application("application")(world), *confirm_pages.statuses(world)]),
    **_plain(STAFF, "mfa_index", "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_reauthenticate"),
    **{name: (STAFF, _of_key(name)) for name in ("mfa_edit_webauthn", "mfa_remove_webauthn")},
    **_plain(STAFF, "admin:index", "admin:search", "admin:timeline", "admin:accounts_user_invite", "admin:mailing_message_previews"),
    "admin:accounts_user_act": (STAFF, _acts),
    "admin:programmes_edition_publication": (STAFF, _publications(Edition)),
    "admin:programmes_trainingsession_publication": (STAFF, _publications(TrainingSession)),
    **_plain(STAFF, "admin:organisations_organisation_import"),
    "admin:organisations_organisation_merge": (STAFF, _merges),
    "admin:organisations_organisation_succession": (STAFF, _successions),
    "admin:applications_application_body": (STAFF, lambda world: [_at("admin:applications_application_body", world.application.pk)]),
    **{
        name: (STAFF, _of_call(name))
        for name in (f"admin:programmes_edition_{slug}" for slug in ("clone", "reporter", "annuler", "rouvrir"))
    },
    **{name: (STAFF, _of_day(name)) for name in (f"admin:programmes_trainingsession_{slug}" for slug in ("clone", "reporter", "annuler"))},
    "admin:mailing_wording_kind": (STAFF, _wordings),
    "admin:mailing_batch_letter": (STAFF, _batch_letters),
    "admin:applications_application_enter": (STAFF, lambda world: _by_hand(world)[:1]),
    "admin:applications_application_enter_call": (STAFF, lambda world: _by_hand(world)[1:]),
    "admin:applications_application_join": (STAFF, _joined),
    "admin:applications_application_separate": (STAFF, _separate),
    "admin:applications_application_group_act": (STAFF, _group_acts),
    **board_pages.PAGES,
    **jury_pages.PAGES,
    **results_pages.PAGES,
    **confirm_pages.PAGES,
    **joining.PAGES,
    **spaces.PAGES,
    **belonging_pages.PAGES,
    **bank_pages.PAGES,
    **invoice_pages.PAGES,
    **till_pages.PAGES,
    **press_pages.PAGES,
    **programme.PAGES,
    **proposal_pages.PAGES,
    **attend_pages.PAGES,
    **host_pages.PAGES,
    **order_pages.PAGES,
    **run_pages.PAGES,
    **paper_pages.PAGES,
}
NOT_PAGES = {
    name: reason
    for reason, names in {
        "a file": "organisation_proposals admin:organisations_organisation_proposals admin:organisations_organisation_import_template"
        " sitemap_xml robots health ready edition_dates application_dates apply_text mail_file mfa_download_recovery_codes",
        "a picture or a file, looked at in tests/programmes": "session_dates portrait programme_card edition_card session_card calls_json"
        " calls_atom calls_ics preview_portrait admin:programmes_trainer_portrait",
        "a PDF, looked at in tests/billing": "invoice_file",
        "a PDF, looked at in tests/applications": "application_receipt application_employer_letter",
        "a PDF, looked at in tests/programmes": "edition_flyer session_flyer preview_flyer admin:programmes_flyer_file",
        "a mail, in a sandbox that no script enters": "mail_html admin:mailing_message_preview admin:mailing_message_html"
        " admin:mailing_wording_html",
        "an act, by POST": "admin:organisations_organisation_import_confirm"
        " apply_save apply_deposit application_edit accounts_resend accounts_link_resend accounts_invitation_resend"
        " accounts_address_primary accounts_address_remove mfa_login_webauthn admin:mailing_batch_act admin:applications_latelink_revoke"
        " admin:applications_application_note admin:applications_application_note_remove admin:applications_application_tag"
        " admin:applications_application_tag_remove admin:applications_application_export",
        "leads to a page of the list": "account_signup account_request_login_code account_email_verification_sent account_reauthenticate"
        " mfa_list_webauthn accounts_go_on accounts_resume admin:login admin:logout admin:password_change admin:password_change_done"
        " admin:records_association_changelist",
        "a step of the sign-in, looked at in tests/accounts": "account_confirm_login_code mfa_authenticate accounts_invitation"
        " mfa_view_recovery_codes mfa_reauthenticate_webauthn",
        "looked at in tests/applications": "admin:applications_application_accept_late",
        "a file, acts by POST and a moving part, looked at in tests/records": "admin:records_job_file admin:records_job_cancel"
        " admin:records_job_restart admin:records_job_state",
        **board_pages.NOT_PAGES,
        **jury_pages.NOT_PAGES,
        **confirm_pages.NOT_PAGES,
        **joining.NOT_PAGES,
        **spaces.NOT_PAGES,
        **belonging_pages.NOT_PAGES,
        **bank_pages.NOT_PAGES,
        **invoice_pages.NOT_PAGES,
        **till_pages.NOT_PAGES,
        **press_pages.NOT_PAGES,
        **programme.NOT_PAGES,
        **proposal_pages.NOT_PAGES,
        **attend_pages.NOT_PAGES,
        **host_pages.NOT_PAGES,
        **order_pages.NOT_PAGES,
        **run_pages.NOT_PAGES,
        **paper_pages.NOT_PAGES,
        "a service of the admin": "admin:autocomplete admin:jsi18n admin:view_on_site admin:app_list",
    }.items()
    for name in names.split()
}
ACTIONS = ("changelist", "add", "change", "history", "delete")


def names() -> set[str]:
    """Every name of the URLconf, with its namespace."""
    return set(_names(get_resolver().url_patterns, ""))


def _names(patterns: Iterable[Any], space: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield space + pattern.name


def of_admin() -> set[str]:
    """The names each registered model has; a page that stands for a whole list (« Comptes ») has no other."""
    return names() & {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{action}" for model in admin.site._registry for action in ACTIONS
    }


def admin_addresses(world: World) -> Iterator[str]:
    """The pages of the admin that this person may open, with a row of each model."""
    request = RequestFactory().get("/")
    request.user, named_pages = world.staff, of_admin()
    for model, pages in admin.site._registry.items():
        named = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if not pages.has_view_or_change_permission(request):
            continue
        if f"{named}changelist" not in NOT_PAGES:
            yield _at(f"{named}changelist")
        if field := pages.date_hierarchy:
            yield _at(f"{named}changelist", then=f"?{field}__year={clock.now():%Y}")
        if pages.has_add_permission(request):
            yield _at(f"{named}add")
        if f"{named}change" not in named_pages:
            continue
        row = pages.get_queryset(request).order_by("-pk").first()
        assert row is not None, f"{model} : aucune ligne à montrer"
        yield from (_at(named + action, row.pk) for action in ("change", "history"))
        if pages.has_delete_permission(request, row):
            yield _at(f"{named}delete", row.pk)


def addresses(world: World, who: str) -> list[str]:
    """Every page this person opens."""
    found = ["/nulle/part/"] if who == EVERYBODY else []
    found += [address for asker, find in PAGES.values() if asker == who for address in find(world)]
    return [*found, *admin_addresses(world)] if who == STAFF else found
