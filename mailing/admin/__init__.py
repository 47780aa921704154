"""The admin of the letters: the journal, group acts, the words."""

from mailing.admin import batches, journal

__all__ = ["batches", "journal"]
