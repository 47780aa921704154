"""The one way a service says no: a French sentence for the person."""

from django.core.exceptions import ValidationError


class Refused(Exception):
    """A rule refused the act; `str()` is the sentence to show."""


def sentences(refused: ValidationError) -> list[str]:
    """Return what a row that does not hold says of its fields, each sentence once."""
    return list(dict.fromkeys(sentence for said in refused.message_dict.values() for sentence in said))
