"""Logs without personal data nor secrets: plain lines, or JSON (LOG_JSON=1).

Django names the address of each refused request, and a trace may quote what a database or a mail server said: the
secrets of mailed links and e-mail addresses are masked in whatever is written.
"""

import json
import logging
import re
from http import HTTPStatus

# The paths that hold a secret, whichever app keeps it: whoever reads a log must not be able to use them.
_SECRET = re.compile(
    r"(/(?:compte/(?:lien|invitation)|prevenez-moi|lettres|apercu|dossiers|paiement|accords|inscriptions|invitations|partenaires|adherents"
    r"|rattachements|commandes|facturation|certificats|formateurs|evenements/(?:propositions|organiser))/)[^/\s?\"']+"
)
# What people looked for, in the address of a list.
_SOUGHT = re.compile(r"([?&]q=)[^&\s\"']+")
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


def without_secrets(text: str) -> str:
    """Return a text whose links of one person no longer open anything; addresses and names stay."""
    return _SECRET.sub(r"\1lien-personnel-masque", text)


def masked(text: str) -> str:
    """Return a line without the secrets of links, e-mail addresses, nor what was looked for."""
    return _ADDRESS.sub("[adresse]", _SOUGHT.sub(r"\1[mots]", _SECRET.sub(r"\1[secret]", text)))


def without_trace(record: logging.LogRecord) -> bool:
    """A page refused to somebody is no error of ours: one line says it, without a trace."""
    if getattr(record, "status_code", None) == HTTPStatus.FORBIDDEN:
        record.exc_info = record.exc_text = None
    return True


class PlainFormatter(logging.Formatter):
    """A line: time, level, logger, message; the trace of an error below."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JSONFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"at": self.formatTime(record), "level": record.levelname, "logger": record.name, "message": masked(record.getMessage())}
        if record.exc_info:
            entry["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)
