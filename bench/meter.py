"""Measuring a running server from outside: CPU of process trees, memory, requests over a kept connection."""

import http.client
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return the CPU used so far by process trees, children that ended included (these by the ticks of 10 ms that they left)."""
    total = 0.0
    for root in roots:
        for pid in family(root):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += time.clock_gettime(_clock(pid))
            except OSError:
                continue
            total += sum(int(value) for value in fields[13:15]) / TICKS
    return total


def _clock(pid: int) -> int:
    """The kernel's clock of the CPU of a process, exact to the nanosecond (`clock_getcpuclockid(3)`)."""
    return (~pid << 3) | 2


def memory_mb(pid: int) -> float:
    """Return the proportional memory (PSS) of one process, in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass
class Client:
    """A browser's cookies and one kept connection, without a browser's weight."""

    base: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        self.link = http.client.HTTPConnection(parts.hostname or "", parts.port)

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Send one request; return status, headers (lower case) and body, cookies kept."""
        sent = {"Host": urlsplit(self.base).netloc, **self.headers, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if data is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        answer = self._answer(path, data, sent)
        body = answer.read()
        self.requests += 1
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def _answer(self, path: str, data: bytes | None, sent: dict[str, str]) -> http.client.HTTPResponse:
        """A kept connection that the server closed meanwhile is opened anew, as a browser does; what is sent is not sent twice."""
        try:
            self.link.request("GET" if data is None else "POST", path, body=data, headers=sent)
            return self.link.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            self.link.close()
            if data is not None:
                raise
        self.link.request("GET", path, headers=sent)
        return self.link.getresponse()


@dataclass
class Cost:
    """What a piece of work cost: CPU and wall time, in seconds."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def cost(roots: Iterable[int]) -> Iterator[Cost]:
    """Measure the CPU of process trees around a block."""
    roots = list(roots)
    spent = Cost()
    before, start = cpu_seconds(roots), time.perf_counter()
    yield spent
    spent.cpu, spent.wall = cpu_seconds(roots) - before, time.perf_counter() - start
