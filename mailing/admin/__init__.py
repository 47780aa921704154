"""The admin of the letters: the journal, the words."""

from mailing.admin import batches, journal, wordings

__all__ = ["batches", "journal", "wordings"]
