"""Error pages with a way out. They read neither the database nor the session, so that they hold when these do not."""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from core.registry import Typed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """What an error page says: a title, what happened, what to do."""

    title: str
    happened: str
    advice: str
    hue: str


TROUBLES = {
    400: Trouble(
        "Cette demande n’est pas lisible",
        "L’adresse ou le formulaire reçu contient quelque chose que le portail ne sait pas lire.",
        "Revenez à la page précédente et recommencez. Si l’adresse vient d’un courriel, copiez-la en entier.",
        "jaune",
    ),
    403: Trouble(
        "Cette page ne vous est pas ouverte",
        "Vous êtes bien sur le portail, mais cette page est réservée à d’autres personnes.",
        "Ce que vos rôles vous ouvrent est dans votre espace. Si vous pensez devoir entrer ici, écrivez-nous.",
        "lilas",
    ),
    404: Trouble(
        "Rien à cette adresse",
        "La page a changé de place, n’a jamais existé, ou ne vous est pas destinée.",
        "Vérifiez l’adresse, ou repartez d’une de ces pages.",
        "bleu",
    ),
    405: Trouble(
        "Cette page ne s’ouvre pas ainsi",
        "Elle attend l’envoi d’un formulaire, et non une simple visite, ou l’inverse.",
        "Repartez de la page qui contient le bouton sur lequel vous avez appuyé.",
        "jaune",
    ),
    413: Trouble(
        "C’est trop lourd",
        "Ce que vous avez envoyé dépasse ce que le portail accepte. Rien n’a été enregistré.",
        "Revenez à la page précédente\u00a0: votre saisie y est encore. Raccourcissez le texte ou allégez le fichier.",
        "rouge",
    ),
    415: Trouble(
        "Ce format n’est pas accepté",
        "Le formulaire est arrivé dans un codage de caractères que le portail ne lit pas\u00a0: il attend l’UTF-8.",
        "Renvoyez-le depuis un navigateur à jour, réglé comme à l’ordinaire.",
        "jaune",
    ),
    429: Trouble(
        "Un peu trop vite",
        "Trop de demandes sont arrivées en peu de temps depuis votre connexion. C’est une protection, pas un reproche.",
        "Attendez quelques minutes, puis recommencez\u00a0: rien de ce que vous aviez déposé n’est perdu.",
        "vert",
    ),
    500: Trouble(
        "Le portail a trébuché",
        "La faute est de notre côté, et elle est notée. Ce qui était enregistré l’est toujours.",
        "Réessayez dans un instant. Si cela recommence, écrivez-nous en disant ce que vous faisiez\u00a0: nous répondrons.",
        "rouge",
    ),
    503: Trouble(
        "Ce document n’a pas pu être fait",
        "Le dessin du PDF a échoué, ou le disque est plein. Rien n’est perdu\u00a0: ce que le document dit est enregistré.",
        "Réessayez dans quelques minutes. Si une lettre devait le porter, elle partira d’elle-même dès qu’il sera fait.",
        "rouge",
    ),
}
CSRF = Trouble(
    "Ce formulaire a expiré",
    "Le portail n’a pas reconnu votre navigateur\u00a0: votre session a pris fin, ou les cookies sont refusés. Rien n’a été envoyé.",
    "Revenez à la page précédente, copiez votre texte s’il est long, rechargez la page et envoyez de nouveau."
    " Le portail n’utilise que deux cookies, pour la session et pour protéger les formulaires.",
    "jaune",
)
# If even the template cannot be rendered (static files not collected, disk gone).
_BARE = (
    '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Erreur {status} — La 27e Région</title>'
    '<h1>{title}</h1><p>{happened}</p><p>{advice}</p><p><a href="/">Accueil</a> · <a href="/contact/">Contact</a></p></html>'
)


def body(status: int, trouble: Trouble | None = None, *, typed: Typed | None = None) -> str:
    """Return the page of an error; never fails."""
    said = trouble or TROUBLES[status]
    try:
        return render_to_string("errors/page.html", {"status": status, "trouble": said, "typed": typed, "trial": settings.TRIAL})
    except Exception:
        logger.exception("error page %s could not be rendered", status)
        return _BARE.format(status=status, title=said.title, happened=said.happened, advice=said.advice)


def page(status: int, trouble: Trouble | None = None, *, typed: Typed | None = None) -> HttpResponse:
    """Answer with the page of an error, kept by no cache."""
    return HttpResponse(body(status, trouble, typed=typed), status=status, headers={"Cache-Control": "no-store"})
