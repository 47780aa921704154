"""The one way a service says no: a French sentence for the person."""


class Refused(Exception):
    """A rule refused the act; `str()` is the sentence to show."""
