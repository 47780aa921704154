"""From a row to the mail that leaves: two parts, files, headers."""

import hashlib
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from mailing.html import html_part, text_part
from mailing.letters import Attachment
from mailing.models import Message
from records.models import Association

WIDTH = 76


class Letter(EmailMultiAlternatives):
    """A mail whose text part is « format=flowed »: 76 columns where lines are shown as they come, one paragraph elsewhere."""

    def message(self, *args: Any, **options: Any) -> Any:
        mime = super().message(*args, **options)
        for part in mime.walk():
            if part.get_content_type() == "text/plain" and not part.get_filename():
                del part["Content-Transfer-Encoding"]
                part.set_payload(flowed(str(self.body)), "utf-8")
                part.set_param("format", "flowed")
                break
        return mime

    def wire(self) -> bytes:
        """The mail as it is kept or sent: ends of line are CRLF."""
        return re.sub(rb"\r?\n", b"\r\n", bytes(self.message().as_bytes()))


@dataclass(frozen=True)
class Ready:
    """A letter made, before anything is handed over: what leaves, and the trace of its files."""

    message: Message
    mail: Letter
    files: list[dict[str, str]]


def flowed(text: str) -> str:
    """Wrap paragraphs with soft ends of line (RFC 3676); addresses and no-break spaces are never cut."""
    return "\n".join(_flow(line) for line in text.split("\n"))


def _flow(line: str) -> str:
    if line == "-- ":
        return line
    wrapped = textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False, drop_whitespace=True) or [""]
    # A line that starts with a blank, « > » or « From » is stuffed with one, taken out by whoever reads.
    stuffed = [f" {part}" if part.startswith((" ", ">", "From ")) else part for part in wrapped]
    return " \n".join(stuffed)


def unflowed(text: str) -> str:
    """Undo `flowed`: paragraphs on one line, as they were typed."""
    lines = [line[1:] if line.startswith(" ") else line for line in text.split("\n")]
    return "".join(line if line.endswith(" ") and line != "-- " else f"{line}\n" for line in lines)


def compose(message: Message, *, association: Association, now: datetime) -> Ready:
    """Make the mail, its files included."""
    joined = list(message.letter.attach(message))
    mail = Letter(
        subject=message.subject,
        body=text_part(message.full_text, association=association),
        from_email=formataddr((association.name, _sender())),
        to=[message.to],
        cc=message.copies,
        reply_to=[message.reply_to or association.contact_email],
        headers=_headers(message, now=now),
    )
    mail.attach_alternative(html_part(message.subject, message.full_text, association=association), "text/html")
    for attachment in joined:
        mail.attach(attachment.name, attachment.content, attachment.mimetype)
    return Ready(message, mail, _trace(joined))


def _sender() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _headers(message: Message, *, now: datetime) -> dict[str, str]:
    headers = {"Message-ID": message.message_id, "Date": format_datetime(now)}
    if message.unsubscribe:  # RFC 8058: one click of the mailbox, without a page
        headers |= {"List-Unsubscribe": f"<{message.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers if message.letter.personal else {**headers, "Auto-Submitted": "auto-generated"}


def _trace(joined: Sequence[Attachment]) -> list[dict[str, str]]:
    return [{"name": file.name, "sha256": hashlib.sha256(file.content).hexdigest()} for file in joined]
