"""Covers of 27 tiles drawn from the hash of a slug: the same on the page, in a mail, in a PDF (interface.md)."""

import hashlib
from collections import defaultdict
from functools import lru_cache
from itertools import count, islice

INK = "#1b1533"
PAPER = "#fff7e8"
ROUGE, JAUNE, LILAS, VERT, BLEU = "#ff6847", "#ffd84a", "#bfa8ff", "#3fc795", "#8fb8ff"
# Ground, then the two colours that play on it beside ink.
HUES = {
    "rouge": (ROUGE, JAUNE, PAPER),
    "jaune": (JAUNE, PAPER, ROUGE),
    "lilas": (LILAS, PAPER, JAUNE),
    "vert": (VERT, JAUNE, PAPER),
    "bleu": (BLEU, PAPER, ROUGE),
}
TILES = 27
# Each shape of a 10 × 10 tile: where the pen starts, then relative strokes.
_SHAPES = (
    (0, 0, "h10a10 10 0 0 1-10 10z"),
    (10, 0, "v10h-10a10 10 0 0 1 10-10z"),
    (0, 0, "h10v10z"),
    (0, 10, "a5 5 0 0 1 10 0z"),
    (5, 0, "a5 5 0 0 1 0 10a5 5 0 0 1 0-10z"),
    (0, 0, "a5 5 0 0 0 10 0z"),
    (0, 0, "h10v5h-10z"),
    (5, 0, "h5v10h-5z"),
    (0, 10, "v-10l10 10z"),
    (3, 3, "h4v4h-4z"),
)


def _draws(slug: str, size: int) -> bytes:
    """Return `size` bytes that only the slug decides."""
    seeds = (hashlib.sha256(f"{slug}:{turn}".encode() if turn else slug.encode()).digest() for turn in count())
    return bytes(islice((byte for seed in seeds for byte in seed), size))


def palette(hue: str) -> tuple[str, str, str]:
    """Return ground and two colours; an unknown hue is red."""
    return HUES.get(hue, HUES["rouge"])


@lru_cache(maxsize=512)
def svg(slug: str, hue: str, cols: int = 9, rows: int = 3) -> str:
    """Return the decorative SVG of a slug: one path for each colour, so that it stays light."""
    ground, one, two = palette(hue)
    paths: dict[str, list[str]] = defaultdict(list)
    for place, byte in enumerate(_draws(slug, cols * rows)):
        x, y, strokes = _SHAPES[byte % len(_SHAPES)]
        fill = (INK, INK, one, two)[byte // 16 % 4]
        paths[fill].append(f"M{place % cols * 10 + x} {place // cols * 10 + y}{strokes}")
    width, height = cols * 10, rows * 10
    body = "".join(f'<path fill="{fill}" d="{"".join(strokes)}"/>' for fill, strokes in sorted(paths.items()))
    return (
        f'<svg class="cover-svg" viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false"'
        f' preserveAspectRatio="xMidYMid slice"><path fill="{ground}" d="M0 0h{width}v{height}h-{width}z"/>{body}</svg>'
    )


def cells(slug: str, hue: str, size: int = TILES) -> list[str]:
    """Return the colours of a row of cells: the cover where SVG is not shown (mail). Paper would leave holes in it."""
    colours = [colour for colour in (INK, *palette(hue)) if colour != PAPER]
    return [colours[byte % len(colours)] for byte in _draws(slug, size)]
