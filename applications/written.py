"""The letter that staff write in their own words to a selection of applications (« Écrire »), and what may stand between its braces."""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from operator import itemgetter
from typing import Any

from accounts.roles import VIEW_APPLICATION
from applications.emails import EXAMPLES
from applications.models import Application
from applications.states import State
from core.addresses import absolute
from mailing import rendering
from mailing.letters import KINDS, Context, Example, LetterKind, Placeholder, register
from mailing.rendering import Words
from mailing.states import Settling

WRITTEN = "applications.written"
_TEMPLATE = "applications/emails/written.txt"


_INVENTED = Words(
    "Une précision sur {appel}", "Merci pour votre candidature {reference}. Pouvez-vous nous dire si le mardi vous convient\u202f?"
)


def _link(context: Context) -> str:
    return absolute(context["application"].get_absolute_url())


def _reference(context: Context) -> str:
    return context["application"].reference or ""


def _link_below(context: Context) -> str:
    return "" if context["has_link"] else _link(context)


# What staff may put in their text; the closed list that the screen explains.
TYPED = LetterKind(
    "applications.typed",
    "texte écrit par l’équipe",
    _TEMPLATE,
    dict,
    placeholders={
        "prenom": Placeholder("le prénom de la personne", lambda context: context["application"].draft["first_name"]),
        "nom": Placeholder("son nom", lambda context: context["application"].draft["last_name"]),
        "reference": Placeholder(
            "la référence de sa candidature ; vide pour un brouillon", lambda context: context["application"].reference or ""
        ),
        "appel": Placeholder("le titre court de l’appel", lambda context: context["application"].edition.short_title),
        "lien": Placeholder("l’adresse de sa candidature ; sans ce repère, un bouton y mène en fin de lettre", _link),
    },
)
# What surrounds the text: greeting and button.
AROUND = {
    "objet": Placeholder("le sujet écrit par l’équipe", itemgetter("subject")),
    "salutation": Placeholder("« Bonjour Camille Exemple »", lambda context: f"Bonjour {context['application'].full_name}".strip()),
    "texte": Placeholder("le texte écrit par l’équipe", itemgetter("text"), essential=True, lines=True),
    "lien": Placeholder(
        "l’adresse de la candidature ; vide quand le texte la donne déjà",
        lambda context: "" if context["has_link"] else _link(context),
        button=True,
    ),
}


def register_kind() -> None:
    """Make the kind known. A second copy harms nobody."""
    register(
        LetterKind(
            WRITTEN,
            "lettre de l’équipe",
            _TEMPLATE,
            _sample,
            settling=Settling.RESEND,
            read_with=VIEW_APPLICATION,
            personal=True,
            placeholders=AROUND,
            examples=_last_deposited,
        )
    )


def kind() -> LetterKind:
    return KINDS[WRITTEN]


def context(application: Application, words: Words) -> dict[str, Any]:
    """What the letter of this application says: the team's words with this person's facts in them."""
    subject, text = rendering.render(TYPED, words, {"application": application})
    return {"application": application, "subject": subject, "text": text, "has_link": "{lien}" in words.body}


def key(application: Application, words: Words) -> str:
    """Name the fact: these words, to the person of this file. The same words sent again are the same letter."""
    return f"application:{application.pk}:written:{digest(words)}"


def trial_key(application: Application) -> str:
    """Begin the name of a letter that a colleague tries on themselves."""
    return f"application:{application.pk}:essai:"


def digest(words: Words) -> str:
    return sha256(f"{words.subject}\n\n{words.body}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _sample() -> dict[str, Any]:
    from applications.samples import sample_step

    return context(sample_step().application, _INVENTED)


def _last_deposited(scope: str) -> Sequence[Example]:
    """The last files that were deposited, with invented words."""
    files = Application.objects.with_call().exclude(state=State.DRAFT).filter(erased_at=None).order_by("-deposited_at", "-pk")
    return [Example(str(one.pk), f"{one.reference}, {one.full_name}", partial(context, one, _INVENTED)) for one in files[:EXAMPLES]]
