"""The mailbox of the trial mode: every mail sent is a file, read at `/courrier/`."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from mailing.envelope import unflowed
from mailing.html import Block, blocks
from mailing.letters import Attachment

NAME = re.compile(r"\d+-[0-9a-f]+")


class EmailBackend(BaseEmailBackend):
    """Keeps mails as .eml files, written whole or not at all."""

    def send_messages(self, email_messages: Sequence[DjangoMessage]) -> int:
        for message in email_messages:
            _keep(bytes(message.message().as_bytes()))
        return len(email_messages)


def _folder() -> Path:
    return Path(settings.MAIL_FILES)


def _keep(content: bytes) -> None:
    _folder().mkdir(parents=True, exist_ok=True)
    # Machines' time, so that the newest stays first when the portal's clock is moved.
    name = f"{time.time_ns()}-{secrets.token_hex(4)}"
    draft = _folder() / f".{name}"
    draft.write_bytes(content)
    draft.rename(_folder() / f"{name}.eml")


def names() -> list[str]:
    """Return the names of the mails, newest first."""
    return sorted((path.stem for path in _folder().glob("*.eml")), key=lambda name: int(name.split("-")[0]), reverse=True)


def read(name: str) -> "Mail | None":
    """Return a mail; None when there is none of that name."""
    path = _folder() / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        return None
    return Mail(name, message_from_bytes(path.read_bytes(), policy=policy.default))


@dataclass(frozen=True)
class Mail:
    """A mail as it left, read back from its file."""

    name: str
    mime: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.mime["Subject"] or "(sans sujet)")

    @property
    def to(self) -> str:
        return ", ".join(str(self.mime[field]) for field in ("To", "Cc") if self.mime[field])

    @property
    def headers(self) -> list[tuple[str, str]]:
        wanted = {"From": "De", "To": "À", "Cc": "Copie", "Reply-To": "Répondre à", "Message-ID": "Message-ID"}
        return [(label, str(self.mime[field])) for field, label in wanted.items() if self.mime[field]]

    @property
    def sent_at(self) -> datetime | None:
        moment = getattr(self.mime["Date"], "datetime", None)
        return moment if moment is None or timezone.is_aware(moment) else timezone.make_aware(moment)

    @cached_property
    def text(self) -> str:
        part = self.mime.get_body(("plain",))
        if part is None:
            return ""
        text = str(part.get_content()).replace("\r\n", "\n")
        return unflowed(text) if part.get_param("format") == "flowed" else text

    @property
    def blocks(self) -> list[Block]:
        return blocks(self.text)

    @property
    def html(self) -> str:
        part = self.mime.get_body(("html",))
        return str(part.get_content()) if part is not None else ""

    @cached_property
    def files(self) -> list[Attachment]:
        named = ((part, part.get_filename()) for part in self.mime.iter_attachments())
        return [Attachment(name, bytes(part.get_payload(decode=True)), part.get_content_type()) for part, name in named if name]
