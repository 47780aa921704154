"""What an event must be to be listed (domain.md E2), as rules that say why. Pure: no model, no clock, no query.

Each rule answers nothing, or how much it weighs: what blocks must be corrected, what needs an exception is granted by a coordinator,
the rest is advice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.typography import NBSP, agreeing, day_in_words
from events.states import Access, Carrier, Mode
from organisations.regions import Region
from programmes.dates import span_text


class Weight(Enum):
    BLOCKS = "à corriger"
    EXCEPTION = "exception à demander"
    ADVICE = "conseil"


@dataclass(frozen=True)
class Said:
    """What the rules read of a proposal."""

    days: tuple[date, ...]
    season: tuple[date, date]
    today: date
    # « la Semaine », « le Mois ».
    of: str = "la Semaine"
    carrier_kind: str = Carrier.PUBLIC
    partners: int = 0
    is_free: bool = True
    is_open_to_public: bool = True
    access: str = Access.OPEN
    mode: str = Mode.ONSITE
    has_online_url: bool = False
    has_access_contact: bool = True
    has_publics: bool = True
    # Of its commune; and of its postcode, as far as a postcode tells.
    region: str = ""
    postcode_regions: frozenset[str] = frozenset()
    # Those whose hours summer time, when it ends, says twice.
    double_hours: tuple[date, ...] = ()
    # The sittings that say when they end.
    with_end: int = 0
    seats: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a rule says: how much it weighs, why, and the screen where it is corrected."""

    rule: str
    weight: Weight
    words: str
    screen: str

    @property
    def blocks(self) -> bool:
        return self.weight == Weight.BLOCKS


Rule = Callable[[Said], Answer | None]


def examine(said: Said) -> list[Answer]:
    """Ask every rule; what blocks comes first, then what needs an exception."""
    found = [answer for rule in RULES if (answer := rule(said))]
    return sorted(found, key=lambda answer: list(Weight).index(answer.weight))


def blocking(answers: Iterable[Answer]) -> Iterator[Answer]:
    return (answer for answer in answers if answer.weight == Weight.BLOCKS)


def needs_exception(answers: Iterable[Answer]) -> bool:
    return any(answer.weight == Weight.EXCEPTION for answer in answers)


def _carried(said: Said) -> Answer | None:
    if said.carrier_kind == Carrier.OTHER:
        words = "Un événement du programme est porté par une administration, un organisme public ou leur partenaire. "
        return Answer("porteur", Weight.BLOCKS, f"{words}Trouvez-en un près de chez vous, et proposez-le ensemble.", "acces")
    if said.carrier_kind == Carrier.PARTNER and not said.partners:
        words = "Vous êtes le partenaire d’un organisme public : dites lequel, dans les partenaires."
        return Answer("partenaire", Weight.BLOCKS, words, "acces")
    return None


def _free(said: Said) -> Answer | None:
    if said.is_free:
        return None
    words = "Tout ce qui est au programme est gratuit pour qui vient : un événement payant ne peut pas y être."
    return Answer("gratuit", Weight.BLOCKS, words, "acces")


def _open(said: Said) -> Answer | None:
    if said.access == Access.INVITATION:
        words = "Il sera au programme avec la mention « Sur invitation uniquement », sans formulaire : vous invitez vous-même."
        return Answer("invitation", Weight.ADVICE, words, "acces")
    if said.is_open_to_public:
        return None
    words = (
        "Un événement du programme est ouvert au public, au moins en partie. S’il se tient entre invités, choisissez « sur invitation »."
    )
    return Answer("ouvert", Weight.BLOCKS, words, "acces")


def _of(season: str) -> str:
    """« de la Semaine », « du Mois »."""
    return f"du {season.removeprefix('le ')}" if season.startswith("le ") else f"de {season}"


def _dated(said: Said) -> Answer | None:
    if said.days and max(said.days) < said.today:
        return Answer("passé", Weight.BLOCKS, "Toutes les dates sont passées.", "quand")
    first, last = said.season
    beside = [day for day in said.days if not first <= day <= last]
    if not beside:
        return None
    number = f"{len(beside)}{NBSP}{agreeing(len(beside), 'date est', 'dates sont')} hors {_of(said.of)} ({span_text(first, last)})"
    words = f"{number}. Il faut une exception : la coordination peut l’accorder, sous « {said.of[0].upper()}{said.of[1:]}, c’est aussi… »."
    return Answer("dates", Weight.EXCEPTION, words, "quand")


def _near(said: Said) -> Answer | None:
    """More than a year away is rather a slip than a wish; were it one, a coordinator may grant it."""
    first, last = said.season
    far = next((day for day in said.days if abs(day.year - first.year) > 1), None)
    if far is None:
        return None
    words = f"Le {day_in_words(far)} est loin {_of(said.of)} ({span_text(first, last)}) : vérifiez l’année."
    return Answer("année", Weight.ADVICE, words, "quand")


def _said_once(said: Said) -> Answer | None:
    if not said.double_hours:
        return None
    day = day_in_words(said.double_hours[0])
    words = f"Le {day}, on passe à l’heure d’hiver : l’heure donnée a lieu deux fois cette nuit-là. Le portail compte la première."
    return Answer("heure", Weight.ADVICE, words, "quand")


def _in_one_region(said: Said) -> Answer | None:
    if not said.region or not said.postcode_regions or said.region in said.postcode_regions:
        return None
    here, there = Region(said.region).label, " ou ".join(sorted(Region(code).label for code in said.postcode_regions))
    words = f"La commune est dans une région ({here}), le code postal semble d’une autre ({there}). "
    return Answer("région", Weight.ADVICE, f"{words}Le programme suit la commune : vérifiez-la.", "quand")


def _connected(said: Said) -> Answer | None:
    if said.mode not in (Mode.ONLINE, Mode.HYBRID) or said.has_online_url:
        return None
    words = "L’adresse de connexion n’est pas encore donnée. Elle peut l’être plus tard : elle n’est envoyée qu’aux personnes inscrites."
    return Answer("connexion", Weight.ADVICE, words, "quand")


def _ends(said: Said) -> Answer | None:
    if not said.days or said.with_end >= len(said.days):
        return None
    words = "Sans heure de fin, la page dit « à partir de », et l’agenda compte deux heures. Donnez-la si vous la connaissez."
    return Answer("fin", Weight.ADVICE, words, "quand")


def _seated(said: Said) -> Answer | None:
    if said.access != Access.REGISTRATION or said.seats:
        return None
    words = "Sans nombre de places, tout le monde peut s’inscrire : donnez-le si la salle est petite."
    return Answer("places", Weight.ADVICE, words, "acces")


def _reachable(said: Said) -> Answer | None:
    if said.has_access_contact or said.mode not in (Mode.ONSITE, Mode.HYBRID):
        return None
    words = "Donnez un contact pour l’accessibilité : qui a un besoin particulier saura à qui le dire."
    return Answer("accessibilité", Weight.ADVICE, words, "acces")


def _for_whom(said: Said) -> Answer | None:
    if said.has_publics:
        return None
    return Answer("publics", Weight.ADVICE, "Dites pour qui c’est : agents, citoyens, élus. On cherche aussi par là.", "quoi")


RULES: tuple[Rule, ...] = (
    _carried,
    _free,
    _open,
    _dated,
    _near,
    _said_once,
    _in_one_region,
    _connected,
    _ends,
    _seated,
    _reachable,
    _for_whom,
)
