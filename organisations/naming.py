"""When two ways of writing name one body: « Région Bretagne », « Conseil régional de Bretagne ».

`words_of` is what is searched, `key_of` what is compared; both are kept in columns by the models.
"""

import unicodedata

from core.folding import fold

_APOSTROPHES = str.maketrans(dict.fromkeys("'`´ʼ‘", "’"))

_LINKS = frozenset({"de", "du", "des", "d", "la", "le", "les", "l"})
# At the beginning of a name, what people write and what we keep. The words of `_LINKS` are gone by then.
_TITLES = {
    "conseil regional": "region",
    "conseil departemental": "departement",
    "conseil general": "departement",
    "mairie": "ville",
    "commune": "ville",
    "communaute communes": "cc",
    "communaute agglomeration": "ca",
    "communaute urbaine": "cu",
    "collectivite territoriale": "collectivite",
}
# What a search by the title in full must find, by the title the registers write.
_IN_FULL = {
    "region": "conseil regional",
    "departement": "conseil departemental",
    "ville": "commune mairie",
    "cc": "communaute de communes",
    "ca": "communaute d agglomeration",
    "cu": "communaute urbaine",
}
# Before the name of a place, in what we compare.
TITLES = ("region", "departement", "ville")
_TOWN = frozenset({"ville", "commune", "mairie"})


def words_of(*texts: object) -> str:
    """Return the texts folded, a hyphen being a blank: « saint denis » finds Saint-Denis."""
    return " ".join(fold(*texts).replace("-", " ").replace(".", " ").split())


def key_of(name: str) -> str:
    """Return what two names of one body have in common."""
    key = " ".join(word for word in words_of(name).split() if word not in _LINKS)
    for written, kept in _TITLES.items():
        if key.startswith(f"{written} "):
            return f"{kept} {key.removeprefix(written).strip()}"
    return key


def place_in(text: str) -> list[str]:
    """Return the words of a text that may name a place: « Mairie du Mans » is « mans »."""
    return [word for word in words_of(text).split() if word not in _LINKS | _TOWN]


def titles_of(name: str) -> str:
    """Return the other titles under which this name is looked for."""
    return next((full for title, full in _IN_FULL.items() if key_of(name).startswith(f"{title} ")), "")


_DE = {0: "de\u00a0", 1: "d’", 2: "du\u00a0", 3: "de la\u00a0", 4: "des\u00a0", 5: "de l’"}
# Names that begin with their article, as INSEE writes those of communes: what « de » and the article become.
_ARTICLES = {"Le ": "du ", "Les ": "des ", "Aux ": "des ", "La ": "de La ", "L’": "de L’", "Las ": "de Las ", "Los ": "de Los "}


def of_place(name: str, link: int) -> str:
    """Return « de Rennes », « d’Ille-et-Vilaine », « du Finistère » (INSEE's « type de liaison »)."""
    return _DE.get(link, "de ").replace("\u00a0", " ") + name


def of_commune(name: str, link: int) -> str:
    """Return « de Rennes », « d’Orléans », « du Mans », « de La Rochelle »."""
    for article, joined in _ARTICLES.items():
        if name.startswith(article):
            return joined + name.removeprefix(article)
    return ("d’" if link == 1 else "de ") + name


def typeset(name: str) -> str:
    """Return a name as we keep it, whoever typed it: one blank between words, our apostrophe, composed letters."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_APOSTROPHES).split())


def is_plainer(name: str, than: str) -> bool:
    """Tell whether a way of writing a name lost accents, ligatures, hyphens or capitals that another has: « VILLE DE NIMES »."""
    return _marks(name) < _marks(than) or (_is_mixed(than) and not _is_mixed(name))


def _marks(name: str) -> int:
    return sum(char in "-œŒæÆ" or bool(unicodedata.combining(char)) for char in unicodedata.normalize("NFD", name))


def _is_mixed(name: str) -> bool:
    return not (name.isupper() or name.islower())
