"""Who may do what: the one readable place. A role is a row (`Grant`); what it opens is the table below."""

from django.db import models


class Role(models.TextChoices):
    ADMINISTRATOR = "ADMINISTRATOR", "administration"
    STAFF = "STAFF", "équipe"
    REVIEWER = "REVIEWER", "jury"
    COORDINATOR = "COORDINATOR", "coordination régionale"
    TREASURER = "TREASURER", "trésorerie"


# What a role opens, and what there is to do with it, as its holder reads it in their space.
OPENS: dict[Role, str] = {
    Role.ADMINISTRATOR: "Inviter, donner et retirer les rôles, aider qui a perdu son second facteur : dans l’administration.",
    Role.STAFF: "Préparer les appels, lire les candidatures, suivre les lettres : dans l’administration.",
    Role.REVIEWER: "Lire et noter les candidatures qui vous sont confiées : dans « À lire », sur votre espace.",
    Role.COORDINATOR: "Lire et répondre aux propositions d’événements de vos régions : dans « Coordination », sur votre espace.",
    Role.TREASURER: "Tenir les coordonnées bancaires de l’association, lire le journal des actes : dans l’administration.",
}

_READ_AND_WRITE = ("view", "add", "change")

# The roles that enter the admin; each of their holders needs a second factor (TOTP or passkey).
OPENS_ADMIN = frozenset({Role.ADMINISTRATOR, Role.STAFF, Role.TREASURER})


def _all(acts: tuple[str, ...], *models_: str) -> frozenset[str]:
    """`_all(("view",), "applications.step")` is {"applications.view_step"}."""
    return frozenset(f"{app}.{act}_{name}" for act in acts for app, name in (m.split(".") for m in models_))


# What a letter of the journal may say: it is read with these.
VIEW_USER = "accounts.view_user"
VIEW_APPLICATION = "applications.view_application"

# Acts on people that are more than writing a row. Each asks the second factor again when it is older than 15 minutes.
INVITE = "accounts.invite"
CHANGE_ROLES = "accounts.change_roles"
RESET_FACTOR = "accounts.reset_factor"
CLOSE_ACCOUNT = "accounts.close_account"
# For a person without role; for a colleague, CHANGE_ROLES is needed too (an address opens the account).
CHANGE_ADDRESS = "accounts.change_address"
ACCEPT_LATE = "applications.accept_late_application"  # a draft, after the deadline, with a reason (A2)
TRIAGE = "applications.triage_application"  # notes, tags, reviewers: read and write
EXPORT_APPLICATIONS = "applications.export_application"
ENTER_APPLICATION = "applications.enter_application"  # what came by mail or on paper
JOIN_APPLICATIONS = "applications.join_application"  # two files of one person, one answer
WRITE_TO_APPLICANTS = "applications.write_to_application"  # a letter to a selection, in one's own words
DECIDE = "applications.decide_application"  # the selection: jury, board, decisions, offers, results, agreements

MODERATE_EVENTS = "events.moderate_event"  # any region: answer, reassign, cancel; a coordinator answers those of their regions

MERGE_ORGANISATIONS = "organisations.merge_organisation"  # two rows that are one body; one body that takes over from another
RUN_BOOKINGS = "bookings.run_booking"  # the orders of a day: firm, cancel, move, offer, presences, certificates

IMPORT_ORGANISATIONS = "organisations.import_organisation"

ISSUE_INVOICES = "billing.issue_invoice"  # issue, credit, replace; hold a reminder; what Chorus Pro answers
RECONCILE = "billing.reconcile_payment"  # statements, matches undone or split, cheques, refunds
EXPORT_ACCOUNTS = "billing.export_accounts"
ACCEPT_MEMBERSHIPS = "memberships.accept_membership"  # bulletins, suspensions, resignations
CALL_DUES = "memberships.call_dues"  # the November call, quotes
IMPORT_MEMBERSHIPS = "memberships.import_membership"

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.ADMINISTRATOR: _all(("view", "change"), "accounts.user")
    | _all(("view",), "accounts.invitation")
    | {INVITE, CHANGE_ROLES, RESET_FACTOR, CLOSE_ACCOUNT, CHANGE_ADDRESS}
    | _all(_READ_AND_WRITE, "records.association")
    | _all(("view",), "records.act", "records.job"),
    # The journal of letters is the team's: a letter may say what an application says.
    Role.STAFF: _all(("view",), "accounts.user")
    | {CHANGE_ADDRESS, ACCEPT_LATE, TRIAGE, EXPORT_APPLICATIONS, WRITE_TO_APPLICANTS, ENTER_APPLICATION, JOIN_APPLICATIONS, DECIDE}
    | _all(("view",), "applications.review", "applications.selection", "applications.offer", "applications.employeragreement")
    | _all((*_READ_AND_WRITE, "delete"), "programmes.programme", "programmes.edition", "programmes.phase", "programmes.venue")
    | _all((*_READ_AND_WRITE, "delete"), "programmes.partner", "programmes.trainingsession", "programmes.agendaitem")
    | _all((*_READ_AND_WRITE, "delete"), "programmes.trainer", "programmes.sessiontrainer")
    | _all(("view", "change"), "mailing.message", "mailing.batch", "mailing.wording", "records.association")
    | _all(_READ_AND_WRITE, "organisations.organisation", "organisations.contact")
    | _all((*_READ_AND_WRITE, "delete"), "organisations.alias", "organisations.servicecode")
    | {MERGE_ORGANISATIONS, IMPORT_ORGANISATIONS}
    | _all(("view",), "applications.application", "applications.step", "applications.latelink", "records.act")
    | _all(("view",), "programmes.flyer")
    | _all(("view",), "billing.invoice", "billing.payment")
    | _all(_READ_AND_WRITE, "memberships.membership", "memberships.campaign", "memberships.right", "memberships.benefituse")
    | _all((*_READ_AND_WRITE, "delete"), "memberships.rate")
    | _all(("view",), "memberships.membershipdocument", "memberships.financelink", "memberships.suspension")
    | _all(("view",), "memberships.maildomain", "memberships.bookinglink", "memberships.belonging")
    | {ACCEPT_MEMBERSHIPS, CALL_DUES, IMPORT_MEMBERSHIPS}
    | _all((*_READ_AND_WRITE, "delete"), "events.season", "events.regioncoordinator", "events.pressrelease", "events.presscontact")
    | _all((*_READ_AND_WRITE, "delete"), "events.presssection", "events.presslink", "events.pressfile")
    | _all(("view",), "events.pressversion")
    | _all(("view", "change"), "events.event")
    | _all(("view",), "events.registration", "events.invitation", "events.communicationkit")
    | _all(("view", "add", "change"), "events.partnerlink")
    | _all(("view", "change"), "bookings.booking")
    | _all(_READ_AND_WRITE, "bookings.sessionterms", "bookings.saleconditions")
    | _all(("view",), "bookings.seat", "bookings.bookingpaper", "bookings.certificate", "bookings.attendance")
    | {MODERATE_EVENTS, RUN_BOOKINGS},
    Role.REVIEWER: frozenset(),
    Role.COORDINATOR: frozenset(),
    # Whom to invoice and to write to about it.
    Role.TREASURER: _all(
        ("view",), "organisations.organisation", "organisations.contact", "organisations.alias", "organisations.servicecode"
    )
    | _all(("view",), "records.act")
    | _all(("view", "change"), "records.association")
    | _all(("view",), "billing.invoice", "billing.payment", "billing.refund", "billing.statement", "billing.statemententry")
    | _all(("view",), "billing.transmission", "billing.checkout", "billing.gatewayevent", "billing.counter")
    | _all(_READ_AND_WRITE, "billing.taxprofile", "billing.terms", "billing.bankmapping")
    | _all((*_READ_AND_WRITE, "delete"), "billing.supplierfile")
    | _all(("view",), "memberships.membership", "memberships.campaign", "memberships.rate", "memberships.membershipdocument")
    | _all(("view",), "memberships.maildomain", "memberships.bookinglink")
    | _all(("view",), "bookings.booking", "bookings.seat", "bookings.bookingpaper")
    | {ISSUE_INVOICES, RECONCILE, EXPORT_ACCOUNTS, CALL_DUES},
}
