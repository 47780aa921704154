"""Cuts the two font families to what the portal prints, for the web and for PDFs (interface.md, Decisions).

The packages `fontpkg-*` carry the full families under the OFL, without reserved names; what is cut here is never committed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from fontTools.varLib import instancer

BRICOLAGE, ATKINSON = "fontpkg_bricolage_grotesque", "fontpkg_atkinson_hyperlegible"
_VARIABLE = "BricolageGrotesque[opsz,wdth,wght].ttf"
# Latin of French and its neighbours, no-break spaces, quotes, dashes, bullets, arrows, euro, №, minus.
LATIN = (
    *range(0x20, 0x7F), *range(0xA0, 0x180), 0x218, 0x219, 0x21A, 0x21B, 0x2B3, 0x1D48, 0x1D49,
    *range(0x2010, 0x2016), 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2020, 0x2022, 0x2026, 0x202F, 0x2032, 0x2033, 0x2039,
    0x203A, 0x20AC, 0x2116, 0x2122, *range(0x2190, 0x2194), 0x2212, 0x2248, 0x2260, 0x2264, 0x2265,
)  # fmt: skip
FEATURES = ["kern", "liga", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum", "pnum", "sups", "ordn", "case"]
# Raised letters of ordinals (27ᵉ, 1ᵉʳ, 2ᵈ) that neither family draws: the plain letter, smaller and higher.
_RAISED = {0x1D49: "e", 0x2B3: "r", 0x1D48: "d"}
_FIGURES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SMALLER, _HIGHER = 0.62, 0.3


@dataclass(frozen=True)
class Cut:
    """A file to make: its name in `static/fonts/`, where it comes from, the axes it keeps or pins, the weight of the figures it borrows."""

    name: str
    package: str
    source: str
    axes: dict[str, float | tuple[float, float] | None] | None = None
    figures: int = 0


CUTS = (
    Cut("bricolage.woff2", BRICOLAGE, _VARIABLE, {"opsz": 48, "wght": (600, 800)}),
    Cut("bricolage-print.ttf", BRICOLAGE, _VARIABLE, {"opsz": 48, "wght": 800, "wdth": 75}),
    Cut("bricolage-figures.ttf", BRICOLAGE, _VARIABLE, {"opsz": 14, "wght": 600, "wdth": 100}),
    Cut("atkinson-400.woff2", ATKINSON, "AtkinsonHyperlegible-Regular.ttf", figures=400),
    Cut("atkinson-700.woff2", ATKINSON, "AtkinsonHyperlegible-Bold.ttf", figures=700),
)
LICENSES = {"OFL-bricolage.txt": BRICOLAGE, "OFL-atkinson.txt": ATKINSON}
_STAMP = ".empreinte"


def cut_all(folder: Path) -> list[str]:
    """Make the files that are missing or out of date in `folder`; return the names made, none when all was there."""
    stamp = _fingerprint()
    due = [cut for cut in CUTS if not (folder / cut.name).is_file()] if _stamp(folder) == stamp else list(CUTS)
    if not due:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    for cut in due:
        _save(cut, folder / cut.name)
    for name, package in LICENSES.items():
        (folder / name).write_bytes((_root(package) / "LICENSE").read_bytes())
    (folder / _STAMP).write_text(stamp, encoding="ascii")
    return [cut.name for cut in due]


def _stamp(folder: Path) -> str:
    kept = folder / _STAMP
    return kept.read_text(encoding="ascii") if kept.is_file() else ""


def _fingerprint() -> str:
    """Return what decides the result: this file and the versions of the packages."""
    versions = (metadata.version(name) for name in ("fontpkg-bricolage-grotesque", "fontpkg-atkinson-hyperlegible", "fonttools"))
    return hashlib.sha256(Path(__file__).read_bytes() + "|".join(versions).encode()).hexdigest()


def _root(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{package} n’est pas installé.")
    return Path(spec.origin).parent


def _save(cut: Cut, path: Path) -> None:
    font = TTFont(_root(cut.package) / "files" / cut.source)
    if cut.axes:
        font = instancer.instantiateVariableFont(font, cut.axes)
    if "HVAR" in font:
        del font["HVAR"]  # said again by gvar, and silent about the glyphs we add
    font.ensureDecompiled()  # before the list of glyphs grows
    if cut.figures:
        _borrow_figures(font, cut.figures)
    _add_thin_space(font)
    _add_raised_letters(font)
    _subset(font)
    font.flavor = "woff2" if path.suffix == ".woff2" else None
    font.save(path)


def _borrow_figures(font: TTFont, weight: int) -> None:
    """Put Bricolage's figures, as wide as each other, where Atkinson's slashed zero looks technical (interface.md, Identity)."""
    source = TTFont(_root(BRICOLAGE) / "files" / _VARIABLE)
    donor = instancer.instantiateVariableFont(source, {"opsz": 14, "wght": weight, "wdth": 100})
    scale = font["OS/2"].sCapHeight / donor["OS/2"].sCapHeight
    drawn = donor.getGlyphSet()
    for name in _FIGURES:
        for own in {name, f"{name}.tf"} & set(font.getGlyphOrder()):
            pen = TTGlyphPen(None)
            drawn[f"{name}.tf"].draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
            font["glyf"][own] = pen.glyph()
            font["glyf"][own].recalcBounds(font["glyf"])
            font["hmtx"][own] = (round(drawn[f"{name}.tf"].width * scale), font["glyf"][own].xMin)


def _subset(font: TTFont) -> None:
    if "gvar" in font:
        for name in font.getGlyphOrder():
            font["gvar"].variations.setdefault(name, [])  # the instancer forgets the glyphs that do not vary
    options = Options(layout_features=FEATURES, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True, hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=LATIN)
    subsetter.subset(font)


def _cmaps(font: TTFont) -> Iterator[dict[int, str]]:
    return (table.cmap for table in font["cmap"].tables if table.isUnicode())


def _add_thin_space(font: TTFont) -> None:
    """Give U+202F, which Atkinson lacks, half the width of a space."""
    if 0x202F not in font.getBestCmap():
        width = font["hmtx"]["space"][0] // 2
        _add_glyph(font, 0x202F, "thinnobreak", TTGlyphPen(None), width)


def _add_raised_letters(font: TTFont) -> None:
    """Add the raised letters as components of the plain ones, so that they follow weight and width."""
    height = round(font["OS/2"].sCapHeight * _HIGHER)
    for code, letter in _RAISED.items():
        if code not in font.getBestCmap():
            pen = TTGlyphPen({letter: None})
            pen.addComponent(letter, (_SMALLER, 0, 0, _SMALLER, 0, height))
            _add_glyph(font, code, f"raised_{letter}", pen, round(font["hmtx"][letter][0] * _SMALLER))
            _vary_width(font, f"raised_{letter}", letter)


def _add_glyph(font: TTFont, code: int, name: str, pen: TTGlyphPen, width: int) -> None:
    """Append a glyph and let `code` lead to it."""
    glyph = pen.glyph(dropImpliedOnCurves=False)
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"].glyphs[name] = glyph
    font["glyf"].glyphOrder = font.getGlyphOrder()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (width, getattr(glyph, "xMin", 0))
    for cmap in _cmaps(font):
        cmap[code] = name


def _vary_width(font: TTFont, name: str, letter: str) -> None:
    """Let the width of a raised letter vary with the plain one's, in proportion (its one component, then four phantom points)."""
    if "gvar" not in font:
        return
    font["gvar"].variations[name] = [
        TupleVariation(varied.axes, [(0, 0), *(_scaled(delta) for delta in varied.coordinates[-4:])])
        for varied in font["gvar"].variations[letter]
    ]


def _scaled(delta: tuple[float, float] | None) -> tuple[int, int]:
    return (round(delta[0] * _SMALLER), round(delta[1] * _SMALLER)) if delta else (0, 0)
