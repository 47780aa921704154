"""Whether an address still answers: asked once a night, of the addresses that published communiqués give.

The one place that asks other hosts something. Only public addresses are asked: the name is resolved by us, every answer must be of the
open Internet, and the connection goes to the very address that was looked at; each redirection is looked at again. Nothing is read of
a page. When nobody at all answers, we are the ones offline, and nothing is said dead.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

from events.press.checks import refused_address

TIMEOUT = 6.0  # seconds for each step of an exchange
AT_MOST = 20.0  # seconds for an address, its redirections included
REDIRECTIONS = 5
AGENT = "portail-presse/1.0 (verification des liens)"
# Refused to programs, asked too often, or asked otherwise: there is somebody.
_SOMEBODY = frozenset({401, 403, 405, 406, 429})
_ASKED_OTHERWISE = frozenset({400, 403, 404, 405, 501})
# A host was there, whatever it said.
_SOMEBODY_THERE = (ssl.SSLError, http.client.HTTPException, ConnectionRefusedError, ConnectionResetError)
_MOVED = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Answer:
    """What became of an address: `fault` in words, nothing when somebody answers; `was_reached` False when no host was."""

    fault: str = ""
    was_reached: bool = True


class Refused(Exception):  # noqa: N818 - read as a sentence
    """An address that is not of the open Internet."""


Resolve = Callable[[str, int], Iterable[str]]
Check = Callable[[str], Answer]


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, each of the open Internet; one that is not refuses them all."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(ip_address(each.partition("%")[0]).is_global for each in found):
        raise Refused
    return found


class Checker:
    """Asks an address; `resolving` and `ports` are those of the open Internet, but in tests."""

    def __init__(self, resolving: Resolve = resolve, refusing: Callable[[str], str] = refused_address) -> None:
        self._resolve, self._refused = resolving, refusing

    def __call__(self, url: str) -> Answer:
        ends = monotonic() + AT_MOST
        try:
            return self._followed(url, ends)
        except Refused:
            return Answer("cette adresse ne s’ouvre pas de l’extérieur")
        except (TimeoutError, socket.gaierror, ConnectionError, http.client.HTTPException, ssl.SSLError, OSError, ValueError) as error:
            return Answer(_said(error), was_reached=isinstance(error, _SOMEBODY_THERE))

    def _followed(self, url: str, ends: float) -> Answer:
        for _ in range(REDIRECTIONS + 1):
            if self._refused(url):
                raise Refused
            status, onward = self._asked(url, ends)
            if status not in _MOVED or not onward:
                return _answer(status)
            url = urljoin(url, onward)
        return Answer("cette adresse renvoie sans fin vers une autre")

    def _asked(self, url: str, ends: float) -> tuple[int, str]:
        status, onward = self._one(url, "HEAD", ends)
        return self._one(url, "GET", ends) if status in _ASKED_OTHERWISE else (status, onward)

    def _one(self, url: str, method: str, ends: float) -> tuple[int, str]:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        left = min(TIMEOUT, ends - monotonic())
        if left <= 0:
            raise TimeoutError
        connection = _Pinned(host, port, next(iter(self._resolve(host, port))), secure=parts.scheme == "https", timeout=left)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        try:
            connection.request(method, path, headers={"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()


class _Pinned(http.client.HTTPConnection):
    """Speaks to the address that was looked at, under the name that was asked: no second resolution, no proxy."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._secure = address, secure

    def connect(self) -> None:
        joined: Any = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(joined, server_hostname=self.host) if self._secure else joined


def _answer(status: int) -> Answer:
    if status < HTTPStatus.BAD_REQUEST or status in _SOMEBODY:
        return Answer()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Answer(f"le site répond par une erreur ({status})")
    return Answer(f"la page n’existe plus ({status})" if status in (404, 410) else f"la page est refusée ({status})")


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "le site ne répond pas à temps"
    if isinstance(error, socket.gaierror):
        return "ce nom de domaine n’existe pas, ou ne répond pas"
    if isinstance(error, ssl.SSLError):
        return "le certificat du site n’est pas valable"
    return "le site ne répond pas"


checker: Check = Checker()
