"""No letter lost, none doubled, and fast (reliability.md section 4). Anyone can run it:

    python -m bench.letters            10,000 letters, 12 kill -9 of the worker group, 2 beats, 3 brokers lost with their data
    python -m bench.letters --fast     10,000 letters, one worker of 2 processes, nobody killed: 90 seconds at most
    python -m bench.letters --gentle   10,000 letters, 12 SIGTERM of the worker (alone, then its whole group): nothing uncertain

Starts its own PostgreSQL, Redis and SMTP server, with production's settings; stops them. Exit code 1 when a promise is broken.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts import servers

ROOT = Path(__file__).parent.parent
CHUNK, PROCESSES, BEATS = 200, 2, 2
KILLS, BROKER_LOSSES = 12, 3
FAST_LIMIT, RECOVERY_LIMIT, PATIENCE = 90, 120, 1200
CELERY = [sys.executable, "-m", "celery", "-A", "config"]


@dataclass
class Stage:
    """What runs: the folder, the processes, and what was done to them."""

    folder: Path
    broker_port: int
    sink_log: Path
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    brokers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    others: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, name: str, command: list[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, cwd=Path.cwd(), stdout=log, stderr=log, start_new_session=True)

    def start_worker(self) -> None:
        options = ["-c", str(PROCESSES), "--without-mingle", "--without-gossip", "-l", "INFO"]
        self.workers.append(self.start("worker", [*CELERY, "worker", *options]))

    def start_broker(self) -> None:
        """Start Redis without a memory."""
        data = self.folder / "redis"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        options = ["--port", str(self.broker_port), "--bind", "127.0.0.1", "--dir", str(data), "--save", "", "--appendonly", "no"]
        self.brokers.append(self.start("redis", ["redis-server", *options]))

    def kill_workers(self) -> None:
        """The whole group at once, main process and children, without a word."""
        _kill(self.workers[-1])
        self.start_worker()

    def stop_workers(self, *, group: bool) -> None:
        """A deployment: the main process is asked to stop, or everybody at once."""
        process = self.workers[-1]
        (os.killpg if group else os.kill)(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
        self.start_worker()

    def lose_broker(self) -> None:
        _kill(self.brokers[-1])
        self.start_broker()

    def stop(self) -> None:
        for process in (*self.workers[-1:], *self.others, *self.brokers[-1:]):
            if process.poll() is None:
                _kill(process)

    def arrived(self) -> Counter[str]:
        return Counter(self.sink_log.read_text(encoding="ascii").split())


def _kill(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def staged() -> Iterator[Stage]:
    """Start the servers and prepare the database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portail-letters-", ignore_cleanup_errors=True)))
        folder.chmod(0o711)
        (folder / "pg").mkdir()
        database = stack.enter_context(servers.postgres(folder / "pg"))
        broker_port, sink_port = servers.free_port(), servers.free_port()
        os.environ.pop("TRIAL", None)
        os.environ.update(_environment(folder, database, broker_port, sink_port))
        stage = Stage(folder, broker_port, folder / "arrived")
        stage.sink_log.touch()
        stack.callback(stage.stop)
        stage.start_broker()
        stage.others.append(stage.start("sink", [sys.executable, "-m", "bench.letters_sink", str(sink_port), str(stage.sink_log)]))
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        yield stage


def _environment(folder: Path, database: str, broker: int, sink: int) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "bench.letters_settings",
        "SECRET_KEY": "bench-" * 10,
        "PORTAL_URL": "https://portail.example",
        "DATABASE_URL": database,
        "REDIS_URL": f"redis://127.0.0.1:{broker}/0",
        "EMAIL_URL": f"smtp://127.0.0.1:{sink}",
        "DEFAULT_FROM_EMAIL": "portail@la27eregion.example",
        "DATA_DIR": str(folder / "data"),
        "LOG_LEVEL": "INFO",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
    }


def post(total: int) -> None:
    """Owe the letters, as a page would: in transactions, each nudging once."""
    from django.db import transaction

    from core import clock
    from mailing.letters import KINDS
    from mailing.outbox import post as owe

    for start in range(0, total, CHUNK):
        with transaction.atomic():
            for number in range(start, min(start + CHUNK, total)):
                context = {"number": f"{number:05}"}
                owe(f"bench:{number}", KINDS["bench.letter"], to=f"agent{number}@ville.example", context=context, now=clock.now())


def left() -> int:
    """How many letters have left."""
    from mailing.models import Message
    from mailing.states import State

    return Message.objects.filter(state=State.SENT).count()


def pending() -> int:
    from mailing.models import Message
    from mailing.states import PENDING

    return Message.objects.filter(state__in=PENDING).count()


def wait_until_nothing_is_due(since: float) -> float:
    """Return how long it took."""
    while pending():
        if time.monotonic() - since > PATIENCE:
            raise SystemExit(f"Toujours {pending()} lettres après {PATIENCE} s.")
        time.sleep(0.2)
    return time.monotonic() - since


def accidents(already: int, total: int) -> list[tuple[int, str]]:
    """When each accident happens, in letters left: spread over what is still to send."""
    rest = total - already
    kills = [(already + rest * rank // (KILLS + 1), "worker") for rank in range(1, KILLS + 1)]
    losses = [(already + rest * rank // (BROKER_LOSSES + 1) + rest // 40, "broker") for rank in range(1, BROKER_LOSSES + 1)]
    return sorted(kills + losses)


def with_kills(stage: Stage, total: int) -> bool:
    """The main promise: kills, two beats, lost brokers."""
    for rank in range(BEATS):
        stage.others.append(stage.start(f"beat{rank}", [*CELERY, "beat", "-s", str(stage.folder / f"beat{rank}"), "--pidfile="]))
    stage.start_worker()
    start = time.monotonic()
    post(total)
    print(f"{total} lettres écrites en {time.monotonic() - start:.0f} s", flush=True)
    for threshold, victim in accidents(left(), total):
        _wait_until_left(threshold, start)
        print(f"  {time.monotonic() - start:6.1f} s  {left():6} parties : kill -9 ({victim})", flush=True)
        stage.kill_workers() if victim == "worker" else stage.lose_broker()
    recovery = wait_until_nothing_is_due(time.monotonic())
    print(f"plus rien à envoyer {recovery:.0f} s après le dernier accident ({time.monotonic() - start:.0f} s en tout)")
    return report(stage, total) and recovery <= RECOVERY_LIMIT


def gentle(stage: Stage, total: int) -> bool:
    """The third promise: who is asked to stop leaves nothing uncertain."""
    from mailing.models import Message
    from mailing.states import State

    stage.others.append(stage.start("beat", [*CELERY, "beat", "-s", str(stage.folder / "beat"), "--pidfile="]))
    stage.start_worker()
    post(total)
    start, already = time.monotonic(), left()
    for rank in range(1, KILLS + 1):
        _wait_until_left(already + (total - already) * rank // (KILLS + 1), start)
        asked = time.monotonic()
        stage.stop_workers(group=rank % 2 == 0)
        whom = "groupe" if rank % 2 == 0 else "processus principal"
        print(f"  {left():6} parties : SIGTERM ({whom}), arrêt en {time.monotonic() - asked:.1f} s", flush=True)
    wait_until_nothing_is_due(time.monotonic())
    return report(stage, total) and not Message.objects.filter(state=State.UNCERTAIN).exists()


def _wait_until_left(threshold: int, start: float) -> None:
    while left() < threshold:
        if time.monotonic() - start > PATIENCE:
            raise SystemExit(f"Bloqué à {left()} lettres.")
        time.sleep(0.02)


def fast(stage: Stage, total: int) -> bool:
    """The second promise: without kills, in time."""
    stage.start_worker()
    _wait_for_worker(stage)
    post_all_at_once(total)
    start = time.monotonic()
    seconds = wait_until_nothing_is_due(start)
    print(f"{total} lettres en {seconds:.1f} s, {total / seconds:.0f} par seconde, un travailleur de {PROCESSES} processus")
    return report(stage, total) and seconds <= FAST_LIMIT


def post_all_at_once(total: int) -> None:
    """One transaction, one nudge: a release of results."""
    from django.db import transaction

    with transaction.atomic():
        post(total)


def _wait_for_worker(stage: Stage) -> None:
    log = stage.folder / "worker.log"
    while " ready" not in log.read_text(encoding="utf-8", errors="replace"):
        if stage.workers[-1].poll() is not None:
            raise SystemExit(log.read_text(encoding="utf-8", errors="replace")[-3000:])
        time.sleep(0.1)


def report(stage: Stage, total: int) -> bool:
    """Compare what the table says with what the server received."""
    from mailing.models import Message
    from mailing.states import State

    arrived = stage.arrived()
    states = Counter(Message.objects.values_list("state", flat=True))
    uncertain = list(Message.objects.filter(state=State.UNCERTAIN))
    known = set(Message.objects.exclude(state=State.UNCERTAIN).values_list("message_id", flat=True))
    lost = len(known - set(arrived)) + total - sum(states.values())
    doubled = sum(count - 1 for count in arrived.values())
    print(f"états : {dict(states)}")
    print(f"arrivées {len(arrived)}, perdues {lost}, doublées {doubled}, incertaines {len(uncertain)} (au plus {KILLS * PROCESSES})")
    for letter in uncertain:
        print(f"  incertaine : {letter.key} {letter.message_id} {'arrivée' if arrived[letter.message_id] else 'pas arrivée'}")
    return lost == 0 and doubled == 0 and len(uncertain) <= KILLS * PROCESSES


def main() -> int:
    parser = argparse.ArgumentParser(description="Ni lettre perdue, ni lettre doublée.")
    parser.add_argument("--fast", action="store_true", help="sans accident, contre la montre")
    parser.add_argument("--gentle", action="store_true", help="arrêts demandés, aucun kill -9")
    parser.add_argument("--letters", type=int, default=10_000)
    asked = parser.parse_args()
    with staged() as stage:
        import django

        django.setup()
        kept = (fast if asked.fast else gentle if asked.gentle else with_kills)(stage, asked.letters)
    print("promesse tenue" if kept else "PROMESSE ROMPUE")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
