"""A real SMTP server for tests, that answers as it is told."""

import socket
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.patience import PATIENCE

Answer = Callable[[str], str]


class Sink:
    """Keeps what it accepts; `recipient`, `sender` and `body` say what to answer."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.connections = 0
        self.recipient: Answer = lambda _: "250 OK"
        self.sender: Answer = lambda _: "250 OK"
        self.body: Callable[[EmailMessage], str] = lambda _: "250 OK"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        answer = self.sender(address)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = self.recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        answer = self.body(mail)
        if answer.startswith("250"):
            self.mails.append(mail)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return answer


class OwnPort(Controller):
    """Serves on a port that was never given back: between « free » and « taken », another test could have it."""

    def __init__(self, sink: Sink) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        super().__init__(sink, hostname="127.0.0.1", port=self.listening.getsockname()[1], ready_timeout=PATIENCE)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


def start(sink: Sink) -> Controller:
    """Serve on a free port of this machine."""
    controller = OwnPort(sink)
    controller.start()
    return controller
