"""Flyers: a two-page flyer beside a bare WeasyPrint render of the same HTML, drawn as the portal draws it."""

from collections.abc import Callable
from datetime import datetime
from time import perf_counter

TURNS = 7
Say = Callable[[str, str, str, bool], None]


def two_pages(say: Say) -> None:
    """The day of 19 March 2019 and the 2017 call: weight, and time against the bare render of what was kept, by turns."""
    from core import clock
    from core.drawing import drawer
    from programmes import flyers
    from programmes.models import Edition, TrainingSession
    from records.models import Association

    now = datetime(2019, 1, 10, 10, tzinfo=clock.PARIS)
    rows = {
        "journée du 19 mars 2019": TrainingSession.objects.with_places().get(slug="2019-03-19"),
        "appel de 2017": Edition.objects.select_related("programme").get(reference_prefix="AV17"),
    }
    for name, row in rows.items():
        content = flyers.content_of(row, now=now, association=Association.current())
        edited = flyers.Edited(1, now)
        kept = next(layout for layout in flyers.layouts_of(row, content, edited) if _pages(layout.html) <= layout.pages)
        drawn = flyers.draw(row, content, edited, seconds=60)
        bare = ours = 0.0
        for _ in range(TURNS):
            bare += _seconds(lambda html=kept.html: _bare(html))
            ours += _seconds(lambda row=row, content=content, edited=edited: flyers.draw(row, content, edited, seconds=60))
        times = f"{ours / bare:.2f} × nu ({ours / TURNS:.2f} / {bare / TURNS:.2f} s)"
        say(f"dépliant, {name} : temps, du contenu au PDF", times, "≤ 2 ×", ours <= 2 * bare)
        say(f"dépliant, {name} : poids, pages", f"{len(drawn) / 1000:.0f} ko, {_pages(kept.html)}", "≤ 500 ko, 2", len(drawn) <= 500_000)
    drawer.stop()


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _bare(html: str) -> bytes:
    from weasyprint import HTML

    from core import pdf

    drawn: bytes = HTML(string=html, base_url=pdf.SCHEME, url_fetcher=pdf._fetcher()).write_pdf()
    return drawn


def _pages(html: str) -> int:
    from weasyprint import HTML

    from core import pdf

    return len(HTML(string=html, base_url=pdf.SCHEME, url_fetcher=pdf._fetcher()).render().pages)
