"""The admin of the letters: the journal, the words."""

from mailing.admin import journal

__all__ = ["journal"]
