"""Portraits: the content decides, what is no photo is refused in words, what is kept was drawn by us."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageFile

from programmes import photos

SECRET = "48.8712, 2.3866"


def sent(content, name="portrait.jpg", kind="image/jpeg"):
    return SimpleUploadedFile(name, content, content_type=kind)


def picture(form="JPEG", size=(640, 800), mode="RGB", **options):
    file = BytesIO()
    Image.new(mode, size, "red").save(file, form, **options)
    return file.getvalue()


def declared(width, height):
    """A PNG of a few bytes whose header announces a huge picture: a bomb."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NOT_PHOTOS = {
    "executable": b"MZ\x90\x00\x03" + b"\0" * 2000,
    "program": b"\x7fELF\x02\x01\x01" + b"\0" * 2000,
    "svg with script": SVG,
    "page": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n%\xe2\xe3",
    "gif": b"GIF89a" + b"\0" * 100,
    "tiff": picture("TIFF"),
    "nothing much": b"\xff\xd8",
}


@pytest.mark.parametrize("content", NOT_PHOTOS.values(), ids=NOT_PHOTOS.keys())
def test_what_is_no_photo_is_refused_whatever_its_name_says(content):
    with pytest.raises(ValidationError) as refusal:
        photos.redrawn(sent(content))
    assert refusal.value.message == photos.NOT_A_PHOTO


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            picture("PNG", (8000, 5000)),
            photos.TOO_MANY_PIXELS.format(width=8000, height=5000),
        ),
        (declared(60_000, 60_000), photos.FAR_TOO_MANY),
        (declared(10_000, 9_000), photos.TOO_MANY_PIXELS.format(width=10_000, height=9_000)),
        (declared(2001, 2000), photos.TOO_MANY_PIXELS.format(width=2001, height=2000)),
        (picture(size=(3000, 2700), progressive=True), photos.TOO_MANY_PIXELS.format(width=3000, height=2700)),
        (picture(size=(100, 300)), "Cette photo est trop petite (100\u00a0×\u00a0300 points)\u00a0: 120 points de côté au moins."),
        (declared(1000, 1000), photos.BROKEN),
        (picture()[:2000], photos.BROKEN),
        (picture("PNG", mode="RGBA")[:-600], photos.BROKEN),
        (b"\0" * (photos.LARGEST + 1), photos.TOO_HEAVY),
    ],
    ids=[
        "40 megapixels",
        "bomb",
        "big bomb",
        "4 megapixels held whole",
        "8 megapixels progressive",
        "small",
        "empty bomb",
        "truncated",
        "truncated png",
        "heavy",
    ],
)
def test_a_photo_that_cannot_serve_is_refused_in_words(content, words):
    with pytest.raises(ValidationError) as refusal:
        photos.redrawn(sent(content))
    assert refusal.value.message == words


@pytest.mark.parametrize("form", photos.FORMATS)
def test_a_photo_becomes_a_square_jpeg_under_a_name_nobody_can_guess(form):
    kept = [photos.redrawn(sent(picture(form), f"../../secret.{form}.php")) for _ in range(2)]
    drawn = Image.open(kept[0])
    assert (drawn.format, drawn.size, drawn.mode) == ("JPEG", (photos.SIDE, photos.SIDE), "RGB")
    assert kept[0].name != kept[1].name
    assert (len(kept[0].name), kept[0].name.endswith(".jpg")) == (36, True)


def test_nothing_of_what_was_sent_stays_but_the_picture():
    exif = Image.Exif()
    exif[0x010E] = SECRET
    content = picture(exif=exif, comment=SECRET.encode()) + b"<script>alert(1)</script>"
    kept = photos.redrawn(sent(content)).read()
    assert (SECRET.encode() in content, SECRET.encode() in kept, b"script" in kept, dict(Image.open(BytesIO(kept)).getexif())) == (
        True,
        False,
        False,
        {},
    )


def test_a_photo_taken_sideways_is_put_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: its left side is the top
    file = BytesIO()
    sideways = Image.new("RGB", (800, 400), "blue")
    sideways.paste((255, 0, 0), (0, 0, 400, 400))
    sideways.save(file, "JPEG", exif=exif)
    drawn = Image.open(photos.redrawn(sent(file.getvalue())))
    top, bottom = (drawn.getpixel((200, at)) for at in (20, 380))
    assert (top[0] > top[2], bottom[0] > bottom[2]) == (True, False)


def test_what_is_transparent_is_put_on_paper():
    drawn = Image.open(photos.redrawn(sent(b"".join([_clear()]), "a.png")))
    assert all(abs(one - other) < 6 for one, other in zip(drawn.getpixel((200, 200)), (0xFF, 0xF7, 0xE8), strict=True))


def _clear():
    file = BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(file, "PNG")
    return file.getvalue()


def test_a_truncated_photo_is_refused_after_a_pdf_was_made_too(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # what importing WeasyPrint does
    with pytest.raises(ValidationError):
        photos.redrawn(sent(picture()[:2000]))


def test_a_large_photo_is_decoded_small_and_others_within_a_few_megabytes():
    large = Image.open(BytesIO(picture(size=(6000, 4000))))
    assert (photos._most_pixels(large), photos.decoded(large, (800, 800), 1600).size) == (24_000_000, (1500, 1000))
    held = Image.open(BytesIO(picture("PNG", (2000, 2000), "RGBA")))
    assert (photos._most_pixels(held), photos.decoded(held, (800, 800), 1600).size) == (4_000_000, (1600, 1600))
