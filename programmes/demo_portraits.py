"""Portraits of people who do not exist, drawn with a few flat shapes: the demonstration shows nobody's face."""

import hashlib

from PIL import Image, ImageDraw

from core.covers import BLEU, INK, JAUNE, LILAS, PAPER, ROUGE, VERT
from programmes.photos import jpeg

_GROUNDS = (JAUNE, LILAS, VERT, BLEU, ROUGE)
_SKINS = ("#f3c9a5", "#d99e73", "#a86b45", "#7a4a2f", "#ffdcc2")
_SIZE = 1200
Box = tuple[int, int, int, int]


def portrait(name: str) -> bytes:
    """Return the portrait of a name, always the same."""
    ground, clothes, skin, hair, style, glasses = hashlib.sha256(name.encode()).digest()[:6]
    picture = Image.new("RGB", (_SIZE, _SIZE), _GROUNDS[ground % 5])
    pen = ImageDraw.Draw(picture)
    colour, locks = _SKINS[skin % 5], (INK, "#5b3a21", "#8a8398", "#a63a1e")[hair % 4]
    _hair_behind(pen, style % 3, locks)
    pen.ellipse((150, 840, 1050, 1700), fill=(INK, PAPER)[clothes % 2])
    pen.rounded_rectangle((515, 700, 685, 960), 80, fill=colour)
    pen.ellipse((390, 270, 810, 800), fill=colour)
    _hair_before(pen, style % 3, locks)
    _face(pen, glasses=glasses % 2 == 0)
    return jpeg(picture)


def _hair_behind(pen: ImageDraw.ImageDraw, style: int, colour: str) -> None:
    shapes: dict[int, Box] = {0: (330, 230, 870, 950), 1: (300, 180, 900, 700), 2: (490, 90, 710, 330)}
    pen.ellipse(shapes[style], fill=colour)


def _hair_before(pen: ImageDraw.ImageDraw, style: int, colour: str) -> None:
    shapes: dict[int, Box] = {0: (380, 240, 820, 560), 1: (375, 235, 825, 600), 2: (385, 245, 815, 580)}
    pen.chord(shapes[style], 180, 360, fill=colour)


def _face(pen: ImageDraw.ImageDraw, *, glasses: bool) -> None:
    for left in (475, 665):
        pen.ellipse((left, 520, left + 50, 570), fill=INK)
        if glasses:
            pen.ellipse((left - 45, 475, left + 95, 615), outline=INK, width=16)
    if glasses:
        pen.line((570, 540, 620, 540), fill=INK, width=16)
    pen.arc((520, 590, 680, 710), 20, 160, fill=INK, width=20)
