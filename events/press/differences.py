"""What changed between two states of a communiqué, in a few words, for « Mis à jour le … »."""

from events.press.reading import Told

_NAMED = {
    "surtitle": "le surtitre", "title": "le titre", "place": "le lieu", "dated_on": "la date", "lede": "le chapô",
    "parts": "le texte", "ways": "les liens", "boilerplate_title": "la présentation", "boilerplate": "la présentation",
    "people": "les contacts presse",
}  # fmt: skip


def said_changes(before: Told, after: Told) -> str:
    """Return « Corrigés : le titre, les contacts presse. »; each thing once."""
    found = list(dict.fromkeys(words for name, words in _names(before, after)))
    head = "Corrigé" if len(found) == 1 else "Corrigés"
    return f"{head} : {', '.join(found)}."


def _names(before: Told, after: Told) -> list[tuple[str, str]]:
    changed = [(name, words) for name, words in _NAMED.items() if getattr(before, name) != getattr(after, name)]
    if [(part.title, part.text) for part in before.parts] == [(part.title, part.text) for part in after.parts]:
        # Only the links of the parts.
        changed = [("ways", _NAMED["ways"]) if name == "parts" else (name, words) for name, words in changed]
    return changed
