"""Invoices: one page beside a bare WeasyPrint render of the same HTML; five hundred dues issued, drawn, stored and mailed by one worker."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from billing.models import Invoice

TURNS = 15
DUES, PROCESSES, LIMIT, PATIENCE = 500, 2, 90, 400
Say = Callable[[str, str, str, bool], None]
CELERY = [sys.executable, "-m", "celery", "-A", "config"]
ABOUT = "bench.dues"


def one_page(say: Say) -> None:
    """From the frozen rows to the archive with its structured file, as the portal draws it, beside the bare render, by turns."""
    from billing import documents
    from core.drawing import drawer

    _ready()
    invoice = _issued(0)
    html = documents._layout(invoice).html
    styles = [Path("static", name).read_text(encoding="utf-8") for name in documents.STYLES]
    content = documents.drawn(invoice)
    bare = ours = 0.0
    for _ in range(TURNS):
        bare += _seconds(lambda: _bare(html, styles))
        ours += _seconds(lambda: documents.drawn(invoice))
    times = f"{ours / bare:.2f} × nu ({ours / TURNS * 1000:.0f} / {bare / TURNS * 1000:.0f} ms)"
    say("facture d’une page : temps, des lignes au fichier", times, "≤ 1,2 ×", ours <= 1.2 * bare)
    say("facture d’une page : poids", f"{len(content) / 1000:.0f} ko", "≤ 60 ko", len(content) <= 60_000)
    drawer.stop()


def five_hundred(say: Say) -> None:
    """A call of dues accepted at once: from the first issue to the last letter that left."""
    from billing.models import InvoiceFile

    _ready()
    with _worker() as worker:
        already, start = InvoiceFile.objects.count(), time.monotonic()
        for number in range(1, DUES + 1):
            _issued(number)
        issued = time.monotonic() - start
        memory = [_memory_at(worker, already + DUES * part // 4) for part in (1, 2, 3, 4)]
        drawn = time.monotonic() - start
        _wait(lambda: _letters_left() >= DUES, "lettres", _letters_left)
        seconds = time.monotonic() - start
    told = f"{seconds:.0f} s (émises en {issued:.0f} s, dessinées en {drawn:.0f} s)"
    say(f"{DUES} cotisations émises, dessinées, gardées, envoyées", told, f"≤ {LIMIT} s", seconds <= LIMIT)
    say(
        "mémoire du travailleur et de ses processus, par quart",
        " → ".join(f"{mb:.0f}" for mb in memory) + " Mo",
        "stable",
        _is_flat(memory),
    )


def _is_flat(memory: list[float]) -> bool:
    return memory[-1] <= 1.1 * memory[1]


def _memory_at(worker: int, files: int) -> float:
    from bench.meter import family, memory_mb
    from billing.models import InvoiceFile

    _wait(lambda: InvoiceFile.objects.count() >= files, "fichiers", InvoiceFile.objects.count)
    total = 0.0
    for pid in family(worker):
        try:
            total += memory_mb(pid)
        except OSError:  # it has just left
            continue
    return total


def _letters_left() -> int:
    from mailing.models import Message
    from mailing.states import State

    return Message.objects.filter(kind="billing.issued", state=State.SENT, to__endswith="@dues.example").count()


def _wait(is_done: Callable[[], bool], what: str, count: Callable[[], int]) -> None:
    ends = time.monotonic() + PATIENCE
    while not is_done():
        if time.monotonic() > ends:
            raise SystemExit(f"Bloqué : {count()} {what} après {PATIENCE} s.")
        time.sleep(0.2)


@contextmanager
def _worker() -> Iterator[int]:
    """One worker of two processes, with production's settings, and no beat: what is called at once must be enough."""
    with tempfile.NamedTemporaryFile(prefix="portail-worker-") as log:
        command = [*CELERY, "worker", "-c", str(PROCESSES), "--without-mingle", "--without-gossip", "-l", "INFO"]
        with Path(log.name).open("wb") as written:
            process = subprocess.Popen(command, stdout=written, stderr=written, env=dict(os.environ), start_new_session=True)
        try:
            ends = time.monotonic() + 60
            while b" ready" not in Path(log.name).read_bytes():
                if process.poll() is not None or time.monotonic() > ends:
                    raise SystemExit(Path(log.name).read_text(errors="replace")[-3000:])
                time.sleep(0.1)
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _ready() -> None:
    """The association has what an invoice prints, and somebody answers for what the bench sells."""
    from billing.sale import SOLD, Sold
    from records.models import Association

    said = {"address": "1, rue de l’Exemple", "postcode": "75010", "city": "Paris", "siret": "73282932000074"}
    Association.objects.update_or_create(pk=1, defaults=said | {"iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"})
    Association.forget_shown()

    def sold(invoice: "Invoice") -> Sold | None:
        number = invoice.about.rpartition(":")[2]
        return Sold("Adhésion", "https://localhost/", to=f"finances{number}@dues.example") if invoice.about.startswith(ABOUT) else None

    SOLD.add(sold)


def _issued(number: int) -> "Invoice":
    from billing import services
    from billing.models import TaxProfile
    from billing.sale import Buyer, Item, Sale
    from core import clock

    exempt, _ = TaxProfile.objects.get_or_create(
        name="Cotisations (banc)",
        defaults={"exemption_code": "VATEX-FR-CGI261-7", "exemption_text": "Exonération de TVA, article 261, 7-1° du CGI"},
    )
    year = {"period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31)}
    buyer = Buyer(f"Ville d’Exemple {number}", siret="73282932000074", address="Hôtel de ville", postcode="35000", city="Exempleville")
    item = Item("Adhésion 2027 à La 27e Région", exempt, gross=Decimal(5000), **year)
    sale = Sale(f"{ABOUT}:{number}:1", f"{ABOUT}:{number}", "Adhésion 2027", buyer, [item], **year)
    return services.issue(sale, by=None, now=clock.now())


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _bare(html: str, styles: list[str]) -> bytes:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from core import pdf

    fonts = FontConfiguration()
    sheets = [CSS(string=style, url_fetcher=pdf._fetcher(), font_config=fonts) for style in styles]
    page = HTML(string=html, base_url=pdf.SCHEME, url_fetcher=pdf._fetcher())
    drawn: bytes = page.write_pdf(stylesheets=sheets, font_config=fonts)
    return drawn
