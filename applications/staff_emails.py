"""The letters that follow an act of the team on one file: entered for somebody, given a limit of its own, joined to another."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from django.urls import reverse

from accounts.roles import VIEW_APPLICATION
from applications import emails
from applications.emails import EXAMPLES
from applications.models import Application, LateLink, Step
from applications.states import Origin, State
from core import clock
from core.addresses import absolute
from core.typography import moment_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from records.services import label_of

ENTERED = "applications.entered"
LATE_LINK = "applications.late_link"
LATE_LINK_REVOKED = "applications.late_link_revoked"
DUPLICATE = "applications.duplicate"
# On the way to a form that is open to this person only: the page of a closed call asks to sign in first.
OWN_LIMIT = "delai"


def _application(context: Context) -> Application:
    application: Application = context["application"]
    return application


def _late(context: Context) -> str:
    return ", hors délai" if context["step"].is_late else ""


def _short(context: Context) -> str:
    return moment_in_words(context["link"].until, noon=True, zone=False, weekday=False)


CAME = {
    "comment": Placeholder("« par courriel » ou « sur papier »", lambda context: Origin(_application(context).origin).label),
    "arrivee_le": Placeholder("quand elle est arrivée", lambda context: _application(context).arrived),
    "hors_delai": Placeholder("« , hors délai » quand elle est acceptée après la clôture, sinon vide", _late),
    "adresse": Placeholder("l’adresse de la personne, avec laquelle elle se connecte", lambda context: _application(context).address),
}
LIMIT = {
    "salutation": Placeholder("« Bonjour Camille », ou « Bonjour » quand le prénom n’est pas connu", itemgetter("greeting")),
    "appel": Placeholder("le titre de l’appel", lambda context: context["edition"].title),
    "appel_court": Placeholder("le titre court de l’appel", lambda context: context["edition"].short_title),
    "limite": Placeholder("la fin du délai, en toutes lettres", lambda context: moment_in_words(context["link"].until, noon=True)),
    "limite_courte": Placeholder(
        "la fin du délai, sans jour de la semaine",
        lambda context: moment_in_words(context["link"].until, noon=True, zone=False, weekday=False),
    ),
    "adresse": Placeholder("l’adresse de la personne, avec laquelle elle se connecte", lambda context: context["link"].email),
}
FORM = {"lien": Placeholder("l’adresse du formulaire, ouvert à cette personne", itemgetter("form"), button=True)}
CALL = {"lien": Placeholder("l’adresse de la page de l’appel", itemgetter("call"), button=True)}
JOINED = {
    "prenom": emails.ABOUT_IT["prenom"],
    "nom": emails.ABOUT_IT["nom"],
    "appel": emails.ABOUT_IT["appel"],
    "appel_court": emails.ABOUT_IT["appel_court"],
    "reference": emails.FOLLOWED["reference"],
    "reference_gardee": Placeholder("la référence de la candidature qui reste", itemgetter("kept"), essential=True),
    "lien": emails.FOLLOWED["lien"],
}


def register_kinds(enclosures: Callable[[Step], Sequence[Attachment]]) -> None:
    """Make our kinds known; a second copy of these harms nobody, a lost one does."""

    def attach(message: Message) -> Sequence[Attachment]:
        step = emails.step_of(message)
        return enclosures(step) if step else ()

    folder = "applications/emails"
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_APPLICATION, scopes=(emails.EDITION,))
    entered = emails.ABOUT_IT | emails.FOLLOWED | emails.DEPOSITED | CAME
    told: dict[str, Any] = {"attach": attach, "overtaken": emails.overtaken, "placeholders": entered, "examples": _last_entered}
    register(kind(ENTERED, "candidature saisie par l’équipe", f"{folder}/entered.txt", _sample_entered, **told))
    # A limit given or taken back is in force at once, and its letter says so at any hour (ADR 0025).
    limit: dict[str, Any] = {
        "still_due": _is_limit_valid,
        "overtaken": _limit_overtaken,
        "placeholders": LIMIT | FORM,
        "examples": _last_limits,
    }
    register(kind(LATE_LINK, "délai personnel", f"{folder}/late_link.txt", _sample_limit, **limit))
    revoked: dict[str, Any] = {"placeholders": LIMIT | CALL, "examples": _last_limits}
    register(kind(LATE_LINK_REVOKED, "délai personnel repris", f"{folder}/late_link_revoked.txt", _sample_limit, **revoked))
    joined: dict[str, Any] = {"placeholders": JOINED, "in_working_hours": True, "examples": _last_joined}
    register(kind(DUPLICATE, "candidature jointe à une autre", f"{folder}/duplicate.txt", _sample_joined, _is_joined, **joined))


# --- Entered by the team ----------------------------------------------------------------------------


def post_entered(step: Step, *, again: bool, now: datetime) -> None:
    """Owe the receipt of what came by mail or on paper, to the person's address."""
    emails.post(f"step:{step.pk}:entered", ENTERED, step.application, now=now, step=step)


def _sample_entered() -> dict[str, Any]:
    from applications.samples import sample_step

    step = sample_step()
    step.application.origin, step.application.received_on = Origin.PAPER, step.at.date()
    return emails.context_of(step.application, step)


def _last_entered(scope: str) -> Sequence[Example]:
    """The last deposits that the team entered."""
    return emails.deposits_shown(Step.objects.deposits().exclude(application__origin=Origin.ONLINE), scope)


# --- A limit of one's own ---------------------------------------------------------------------------


def post_late_link(link: LateLink, *, now: datetime) -> None:
    _post_limit(f"late_link:{link.pk}:given", LATE_LINK, link, now=now)


def post_late_link_revoked(link: LateLink, *, now: datetime) -> None:
    _post_limit(f"late_link:{link.pk}:revoked", LATE_LINK_REVOKED, link, now=now)


def _post_limit(key: str, kind: str, link: LateLink, *, now: datetime) -> None:
    application = _file_of(link)
    outbox.post(
        key,
        KINDS[kind],
        to=link.email,
        reader=application.applicant if application else None,
        context=_limit_context(link, _first_name(application)),
        now=now,
        about=label_of(application or link),
        reply_to=link.edition.programme.contact_email,
        is_new=True,  # written with its link
        scope=label_of(link.edition),
    )


def _file_of(link: LateLink) -> Application | None:
    return Application.objects.of_address(link.email).filter(edition=link.edition).select_related("applicant").first()


def _first_name(application: Application | None) -> str:
    return str(application.draft["first_name"]) if application else ""


def _context_of(link: LateLink) -> dict[str, Any]:
    return _limit_context(link, _first_name(_file_of(link)))


def _limit_context(link: LateLink, first_name: str) -> dict[str, Any]:
    edition = link.edition
    form = reverse("apply", args=[edition.programme.slug, edition.slug])
    return {
        "link": link,
        "edition": edition,
        "greeting": f"Bonjour {first_name}".strip(),
        "form": f"{absolute(form)}?{OWN_LIMIT}",
        "call": absolute(edition.get_absolute_url()),
    }


def _link_of(message: Message) -> LateLink | None:
    return LateLink.objects.filter(pk=message.key.split(":")[1]).first()


def _is_limit_valid(message: Message) -> bool:
    return not _limit_overtaken(message)


def _limit_overtaken(message: Message) -> str:
    link = _link_of(message)
    if link is None or link.revoked_at:
        return "Ce délai personnel a été repris depuis."
    return "" if clock.now() < link.until else "Ce délai personnel est passé."


def _sample_limit() -> dict[str, Any]:
    from applications.samples import sample_step

    application = sample_step().application
    until = application.edition.closes_at + timedelta(days=4)
    return _limit_context(LateLink(edition=application.edition, email=application.address, until=until), application.first_name)


def _last_limits(scope: str) -> Sequence[Example]:
    """The last limits that were given."""
    links = LateLink.objects.select_related("edition__programme")
    if scope:
        links = links.filter(edition=int(scope.partition(":")[2]))
    found = links.order_by("-pk")[:EXAMPLES]
    return [Example(str(link.pk), f"{link.edition.short_title}, {link.email}", partial(_context_of, link)) for link in found]


# --- Joined to another ------------------------------------------------------------------------------


def post_joined(step: Step, *, now: datetime) -> None:
    """Tell the person of the file that is closed, once: one answer will come, for the other."""
    application = step.application
    extra = {"kept": str(application.duplicate_of)}
    emails.post(f"step:{step.pk}:duplicate", DUPLICATE, application, now=now, step=step, **extra)


def _is_joined(message: Message) -> bool:
    return Application.objects.filter(pk=message.about.rpartition(":")[2], state=State.DUPLICATE).exists()


def _sample_joined() -> dict[str, Any]:
    from applications.samples import sample_step

    application = sample_step().application
    return {**emails.context_of(application, None), "kept": f"{application.edition.reference_prefix}-0002"}


def _last_joined(scope: str) -> Sequence[Example]:
    """The last files that were joined to another."""
    files = Application.objects.with_call().filter(state=State.DUPLICATE, duplicate_of__isnull=False, erased_at=None)
    if scope:
        files = files.filter(edition=int(scope.partition(":")[2]))
    found = files.select_related("duplicate_of").order_by("-pk")[:EXAMPLES]
    return [Example(str(one.pk), f"{one.reference}, {one.full_name}", partial(_joined, one)) for one in found]


def _joined(application: Application) -> dict[str, Any]:
    return {**emails.context_of(application, None), "kept": str(application.duplicate_of)}
