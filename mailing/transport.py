"""The port to the mail server.

SMTP is spoken step by step, because the point of no return is the body: Django's own backend does it all in one call.
`hand_over` is called by us when the server has accepted sender, recipients and DATA; it commits « handing over » and says
whether the letter is still ours. Other backends (files in trial mode, memory in tests) have no such step.
"""

import re
import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from types import TracebackType
from typing import Protocol, cast

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.core.mail.message import sanitize_address

from mailing.envelope import Letter

HandOver = Callable[[], bool]
OK, GO_AHEAD, CLOSING, PERMANENT = 250, 354, 421, 500
ACCEPTED_RECIPIENT = (250, 251)


class Unreachable(Exception):
    """The server does not answer, or does not want us: nothing was handed over, every letter waits."""


class HungUp(Unreachable):
    """The server was there, and left during this letter's dialogue, before the body."""


@dataclass
class NotTaken(Exception):
    """The server said no to this letter, which certainly did not leave."""

    code: int
    answer: str
    refused: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code} {self.answer}"

    @property
    def is_permanent(self) -> bool:
        return self.code >= PERMANENT


class Unknown(Exception):
    """The body was handed over and no answer came: nobody knows whether the letter left."""


class NotOurs(Exception):
    """The lease was lost just before the body: somebody else sends this letter."""


class Transport(Protocol):
    def send(self, mail: Letter, hand_over: HandOver) -> dict[str, str]:
        """Send; return the copies refused for good, with the server's answer."""

    def is_open(self) -> bool:
        """Say whether the next letter may use it."""

    def close(self) -> None: ...

    def abort(self) -> None:
        """Hang up without a word: in the middle of a body, QUIT would be read as text."""


class Session:
    """One connection for a batch, opened at the first letter and again when it broke."""

    def __init__(self) -> None:
        self.transport: Transport | None = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.drop()

    def drop(self, *, politely: bool = True) -> None:
        if self.transport:
            self.transport.close() if politely else self.transport.abort()
        self.transport = None

    def send(self, mail: Letter, hand_over: HandOver) -> dict[str, str]:
        """Send; a connection that the server closed since the last letter is opened again, once."""
        if self.transport:
            try:
                return self._send(self.transport, mail, hand_over)
            except HungUp:
                pass  # dropped already
        self.transport = connect()
        return self._send(self.transport, mail, hand_over)

    def _send(self, transport: Transport, mail: Letter, hand_over: HandOver) -> dict[str, str]:
        try:
            return transport.send(mail, hand_over)
        except (Unreachable, Unknown, NotOurs):
            self.drop(politely=False)
            raise
        finally:
            if not transport.is_open():
                self.drop(politely=False)


def connect() -> Transport:
    """Open the transport the settings name."""
    backend = get_connection()
    return SMTPTransport(backend) if isinstance(backend, SMTPBackend) else BackendTransport(backend)


class BackendTransport:
    """Any other Django backend: one step."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend

    def send(self, mail: Letter, hand_over: HandOver) -> dict[str, str]:
        if not hand_over():
            raise NotOurs
        try:
            self.backend.send_messages([mail])
        except Exception as error:
            raise Unknown(_words(error)) from error
        return {}

    def is_open(self) -> bool:
        return True

    def close(self) -> None:
        self.backend.close()

    def abort(self) -> None:
        self.backend.close()


class SMTPTransport:
    """SMTP by the steps, over the connection that Django opens with its EMAIL_* settings."""

    def __init__(self, backend: SMTPBackend) -> None:
        self.backend = backend
        try:
            backend.open()
            self.smtp = cast(smtplib.SMTP, backend.connection)
            self.smtp.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            backend.close()
            raise Unreachable(_words(error)) from error

    def send(self, mail: Letter, hand_over: HandOver) -> dict[str, str]:
        body = _body(mail)
        try:
            refused = self._announce(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise HungUp(_words(error)) from error
        if not hand_over():
            raise NotOurs  # the connection is dropped: without its final dot, the server forgets the letter
        self._hand(body)
        return refused

    def _announce(self, mail: Letter) -> dict[str, str]:
        """Sender, recipients, DATA: everything before the body."""
        self._sender(parseaddr(mail.from_email)[1])
        refused = self._recipients(mail)
        code, answer = self.smtp.docmd("DATA")
        if code != GO_AHEAD:
            raise self._no(code, answer)
        return refused

    def _sender(self, address: str) -> None:
        code, answer = self.smtp.mail(address, ["BODY=8BITMIME"] if self.smtp.has_extn("8bitmime") else [])
        if code != OK:  # it is us the server does not want, not one letter
            raise HungUp(f"{code} {_decoded(answer)}") if code in (CLOSING, -1) else Unreachable(f"{code} {_decoded(answer)}")

    def _recipients(self, mail: Letter) -> dict[str, str]:
        """Announce everybody; only a copy may be refused for good without stopping the letter."""
        refused: dict[str, str] = {}
        for address in mail.recipients():
            code, answer = self.smtp.rcpt(sanitize_address(address, "utf-8"))  # accents of a domain in punycode
            if code in ACCEPTED_RECIPIENT:
                continue
            if code < PERMANENT or address in mail.to:
                raise self._no(code, answer, address)
            refused[address] = f"{code} {_decoded(answer)}"
        return refused

    def _hand(self, body: bytes) -> None:
        try:
            self.smtp.send(body)
            code, answer = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Unknown(_words(error)) from error
        if code != OK:
            raise NotTaken(code, _decoded(answer))

    def _no(self, code: int, answer: bytes, *refused: str) -> Exception:
        """The server said no before the body: free it for the next letter."""
        if code in (CLOSING, -1):
            return HungUp(f"{code} {_decoded(answer)}")
        with suppress(OSError, smtplib.SMTPException):  # it may hang up after its no: `is_open` sees it
            self.smtp.rset()
        return NotTaken(code, _decoded(answer), refused)

    def is_open(self) -> bool:
        return getattr(self.smtp, "sock", None) is not None

    def close(self) -> None:
        self.backend.close()

    def abort(self) -> None:
        self.smtp.close()
        self.backend.connection = None


def _body(mail: Letter) -> bytes:
    """The mail as it crosses the wire: CRLF, dots doubled at line starts, the final dot."""
    stuffed = re.sub(rb"(?m)^\.", b"..", mail.wire())
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _decoded(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return text.replace("\x00", "")[:500]


def _words(error: BaseException) -> str:
    return f"{type(error).__name__} : {_decoded(str(error))}"
