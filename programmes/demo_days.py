"""The training days of the demonstration: that of 19 March 2019 with every fact of domain.md 2.2, sentences our own."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.text import slugify

from core.clock import PARIS
from programmes.demo_portraits import portrait
from programmes.models import AgendaItem, Programme, SessionTrainer, Trainer, TrainingSession, VatMode, Venue

TUESDAY = 1
AHEAD = timedelta(days=360)

# Six trainers, as on the flyer; two have no portrait.
TRAINERS: list[dict[str, Any]] = [
    {
        "name": "Amina Exemple",
        "job": "Science politique",
        "biography": "Observe comment naissent les politiques publiques, et qui on oublie.",
        # One is written to, so that the trainer's page can be tried from « Formateurs ».
        "email": "amina.exemple@formation.example",
    },
    {
        "name": "Basile Exemple",
        "job": "Design de services",
        "biography": "Dessine, maquette et essaie avec celles et ceux qui s’en serviront.",
    },
    {"name": "Chloé Exemple", "job": "Management", "biography": "Aide les équipes à décider autrement, sans tout bousculer."},
    {"name": "Driss Exemple", "job": "Design graphique", "biography": "Rend lisibles les courriers, les formulaires et les guichets."},
    {"name": "Élise Exemple", "job": "Science politique", "biography": "Enquête sur le terrain, carnet en main."},
    {"name": "Florian Exemple", "job": "Management", "biography": "Accompagne les laboratoires d’innovation des collectivités."},
]
WITHOUT_PORTRAIT = {"Chloé Exemple", "Florian Exemple"}
LONG_NAME = "Anne-Éléonor d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées-de-Paris"

AGENDA: list[dict[str, Any]] = [
    {"starts_at": time(9), "title": "Prenez un café, Émile !", "description": "Introduction, présentation de la journée et brise-glace."},
    {
        "starts_at": time(10),
        "title": "Tu sors d’où, Monique ?",
        "description": "Le contexte et les influences de ces nouvelles ingénieries.",
    },
    {"starts_at": None, "title": "Des cas, Patrick !", "description": "Lecture attentive de cas pratiques."},
    {"starts_at": time(13), "title": "Casse-croûte", "description": ""},
    {"starts_at": time(14), "title": "Chauffe Marcel… !", "description": "Décodage actif des valeurs de l’innovation publique."},
    {"starts_at": None, "title": "Des exercices, Patrick !", "description": "Application à un sujet concret."},
    {
        "starts_at": time(17),
        "title": "En voiture, Simone !",
        "description": "Mise en perspective, et place dans sa pratique professionnelle.",
    },
    {"starts_at": time(18), "title": "Roger, un muscadet !", "description": "Conclusion et apéritif convivial."},
]

_DISCOVERY: dict[str, Any] = {
    "title": "Journée découverte : vers une action publique ingénierieuse",
    "lede": "Une journée pour découvrir et pratiquer de nouvelles ingénieries publiques, nourries de design, de sciences humaines et "
    "sociales, de numérique et de pratiques amateurs.",
    "description": """Refaire les mêmes procédures donne les mêmes résultats : regardons de nouveau, d’un œil neuf. Avec de l’inventivité \
et de l’humilité, le souci de la qualité et du sens, de la sobriété et un peu de ruse, en remettant au centre toutes les personnes \
concernées, de l’agent au citoyen et à l’élu.

C’est une journée de **sensibilisation et de pratique**, et non une formation à la créativité. Elle mêle théorie et critique, \
témoignages, études de cas, mises en situation et exercices.""",
    "questions": """- De quelles ingénieries parle-t-on, et qu’ont-elles de nouveau ?
- Qu’apportent-elles à la conception et à la mise en œuvre des politiques publiques ?
- À quelles conditions les déployer ?
- Qui en sont les acteurs ?""",
    "audience": "Les professionnels de l’action publique, du secteur **public, privé ou associatif**.",
    "format": "Une journée de 9 h à 18 h : les heures comptées vont de 9 h à 13 h et de 14 h à 18 h, le verre de 18 h est en plus. "
    "Animée par l’équipe de l’association, qui vient de la science politique, du management et du design.",
    "pitch": """- Répandre une culture de l’action publique plus agile, centrée sur les usages, ouverte à l’essai et à l’erreur.
- Répondre aux demandes de sensibilisation que des personnes nous adressent une à une.
- Comprendre comment marchent ces méthodes, leur intérêt et leurs effets, d’après des cas rencontrés sur le terrain.""",
    "links": """- Le site de l’association : [la27eregion.example](https://la27eregion.example/)
- Sur les réseaux sociaux : @la27eregion
- *Chantiers ouverts au public*, La 27e Région, La Documentation française, 2015""",
    "starts_at": time(9),
    "ends_at": time(18),
    "hours": Decimal("8.0"),
    "seats": 20,
    "price": Decimal("680.00"),
    "vat_mode": VatMode.TAXED_20,
    "contact_email": "journees@la27eregion.example",
}

DAY_2019: dict[str, Any] = _DISCOVERY | {
    "slug": "2019-03-19",
    "day": date(2019, 3, 19),
    "published_at": datetime(2018, 12, 3, 9, tzinfo=PARIS),
    "changed_at": datetime(2018, 12, 3, 9, tzinfo=PARIS),
}


def load(discovery: Programme, states: Programme, venues: dict[str, Venue], *, now: datetime) -> None:
    """The day of 2019 as archive, the same a year ahead, and a day in each state; those that are there stay as they are."""
    people = [_trainer(fields) for fields in TRAINERS]
    _day(discovery, DAY_2019 | {"venue": venues["Halle civique"]}, people)
    _day(discovery, _ahead(now) | {"venue": venues["Halle civique"]}, people)
    hard = [_trainer({"name": LONG_NAME, "job": "Sans portrait", "biography": ""})]
    for fields in _states(now, venues["Superpublic"]):
        _day(states, fields, hard if fields["slug"] == "journee-longue" else None)


def _ahead(now: datetime) -> dict[str, Any]:
    """A Tuesday, about a year ahead of now."""
    first = (now + AHEAD).date()
    day = first + timedelta(days=(TUESDAY - first.weekday()) % 7)
    published_at = (now - timedelta(days=20)).replace(hour=9, minute=0, second=0, microsecond=0)
    return _DISCOVERY | {"slug": "prochaine", "day": day, "taken": 13, "published_at": published_at, "changed_at": published_at}


def _states(now: datetime, venue: Venue) -> list[dict[str, Any]]:
    """Full, called off, not published, and one whose words are long and whose rest is missing."""
    told = (now - timedelta(days=20)).replace(hour=9, minute=0, second=0, microsecond=0)
    bare: dict[str, Any] = {
        "lede": "Journée de démonstration : sa date se compte depuis le jour du chargement et elle n’engage personne.",
        "starts_at": time(9, 30), "ends_at": time(17), "hours": Decimal("6.5"), "seats": 12, "price": Decimal("680.00"),
        "vat_mode": VatMode.EXEMPT, "venue": venue, "published_at": told, "changed_at": told,
    }  # fmt: skip
    soon = (now + timedelta(days=45)).date()
    reason = "Trop peu de personnes inscrites (démonstration)."
    return [
        bare | {"slug": "complete", "title": "Journée complète", "day": soon, "taken": 12},
        bare | {"slug": "annulee", "title": "Journée annulée", "day": soon, "cancelled_at": told, "cancellation_reason": reason},
        bare | {"slug": "non-publiee", "title": "Journée pas encore publiée", "day": soon, "published_at": None},
        bare | {"slug": "journee-longue", "title": LONG_TITLE, "day": soon, "venue": None, "price": Decimal(0), "seats": 1},
    ]


LONG_TITLE = (
    "Démonstration d’un titre de cent quarante signes : la 27ᵉ journée, sa 4ᵉ saison e"
    "t sa 1ʳᵉ étape, de l’hôpital à la mairie d’Exempleville-Mer"
)


def _day(programme: Programme, fields: dict[str, Any], people: list[Trainer] | None = None) -> None:
    """A day; with its team, its hours as well."""
    day, is_new = TrainingSession.objects.get_or_create(programme=programme, slug=fields["slug"], defaults=fields)
    if is_new and people is not None:
        for item in AGENDA:
            AgendaItem.objects.create(session=day, **item)
        for trainer in people:
            SessionTrainer.objects.create(session=day, trainer=trainer)


def _trainer(fields: dict[str, Any]) -> Trainer:
    """A trainer, with a drawn portrait under a name that does not change from one loading to the next."""
    name = fields["name"]
    photo = "" if name in WITHOUT_PORTRAIT or name == LONG_NAME else f"formateurs/demonstration-{slugify(name.split()[0])}.jpg"
    if photo and not default_storage.exists(photo):
        default_storage.save(photo, ContentFile(portrait(name)))
    return Trainer.objects.get_or_create(name=name, defaults=fields | {"photo": photo})[0]
