"""« d’Ana Exemple », « de Zoé Exemple »: what comes before a name."""

from core.folding import fold

_MUTE = frozenset("aeiouh")


def of(name: str) -> str:
    """Return the name after « de »: elided before a vowel, before h, and before the y of Yves, not of Yasmine."""
    plain = fold(name)
    is_soft = plain[:1] in _MUTE or (plain[:1] == "y" and plain[1:2] not in _MUTE)
    return f"d’{name}" if plain and is_soft else f"de {name}"
