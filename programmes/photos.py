"""Portraits of trainers: what is uploaded is looked at, drawn again by us and kept under a name nobody can guess.

The content decides, never the name: an executable, an SVG, a picture of 40 megapixels or a broken file is refused in words.
"""

import secrets
import warnings
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageFile, ImageOps

from core.covers import PAPER
from programmes.models import Trainer

CONTENT_TYPE = "image/jpeg"
FORMATS = ("JPEG", "PNG", "WEBP")
# Of the upload, in bytes; of its picture, in pixels, read from its header before anything is decoded. A plain JPEG is decoded small, a few
# lines at a time; a progressive one, and the other formats, stand whole in the memory of the web worker (6 to 16 bytes a pixel).
LARGEST = 10 * 1024 * 1024
PIXELS, PROGRESSIVE_PIXELS, WHOLE_PIXELS = 24_000_000, 8_000_000, 4_000_000
SMALLEST_SIDE = 120
# What is kept: sharp at 3 cm on paper, light on a page; JPEG goes as it is into a PDF.
SIDE, QUALITY = 400, 82

TOO_HEAVY = "Cette photo dépasse 10\u00a0Mo\u00a0: enregistrez-la en plus petit."
NOT_A_PHOTO = "Ce fichier n’est pas une photo que le portail sait lire\u00a0: il attend du JPEG, du PNG ou du WebP."
_MOST = "24\u00a0millions de points au plus en JPEG (8\u00a0s’il est progressif), 4\u00a0millions en PNG ou WebP."
TOO_MANY_PIXELS = f"Cette photo est trop grande ({{width}}\u00a0×\u00a0{{height}} points)\u00a0: {_MOST}"
FAR_TOO_MANY = f"Cette photo est trop grande\u00a0: {_MOST}"
TOO_SMALL = "Cette photo est trop petite ({width}\u00a0×\u00a0{height} points)\u00a0: 120 points de côté au moins."
BROKEN = "Cette photo est abîmée ou incomplète\u00a0: ouvrez-la, enregistrez-la de nouveau, puis réessayez."


def redrawn(upload: "UploadedFile[bytes]") -> "ContentFile[bytes]":
    """Return the square portrait to keep, without a byte of what was sent (metadata, hidden content); refuse what is no photo."""
    picture = opened(upload)
    return ContentFile(jpeg(decoded(picture, (2 * SIDE, 2 * SIDE), 4 * SIDE)), name=f"{secrets.token_hex(16)}.jpg")


def opened(upload: "UploadedFile[bytes]") -> Image.Image:
    """Return what is sent as a picture, its header read and nothing decoded yet; refuse in words what is none, or too large."""
    if (upload.size or 0) > LARGEST:
        raise ValidationError(TOO_HEAVY)
    picture = _opened(upload.read())
    width, height = picture.size
    if width * height > _most_pixels(picture):
        raise ValidationError(TOO_MANY_PIXELS.format(width=width, height=height))
    if min(width, height) < SMALLEST_SIDE:
        raise ValidationError(TOO_SMALL.format(width=width, height=height))
    return picture


def _most_pixels(picture: Image.Image) -> int:
    if picture.format != "JPEG":
        return WHOLE_PIXELS
    return PROGRESSIVE_PIXELS if picture.info.get("progressive") else PIXELS


def jpeg(picture: Image.Image) -> bytes:
    """Return a portrait as it is kept: squared on its middle, a little above, where faces are."""
    square = ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.LANCZOS, centering=(0.5, 0.35))
    kept = BytesIO()
    square.save(kept, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return kept.getvalue()


def read(trainer: Trainer) -> bytes | None:
    """Return the portrait of a trainer; None without one, or when the storage lost it."""
    if not trainer.photo:
        return None
    try:
        with trainer.photo.open("rb") as file:
            content: bytes = file.read()
    except OSError:
        return None
    return content


def _opened(content: bytes) -> Image.Image:
    """Read the header only; the name and the announced type of the file are not asked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower, and said in words
            return Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ValidationError(FAR_TOO_MANY) from error
    except Exception as error:  # Pillow's readers raise what they like on hostile headers
        raise ValidationError(NOT_A_PHOTO) from error


def decoded(picture: Image.Image, least: tuple[int, int], most: int) -> Image.Image:
    """Decode it upright, on paper where it is transparent: a JPEG at `least` so large if it was, and no side over `most`."""
    try:
        # WeasyPrint, once imported, has every picture of the process accepted as it is. Never put back: threads share it.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        picture.draft("RGB", least)  # a JPEG is decoded small at once
        picture.load()
        picture.thumbnail((most, most))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except Exception as error:  # a truncated or forged file fails anywhere in its decoder
        raise ValidationError(BROKEN) from error
    ground = Image.new("RGBA", upright.size, PAPER)
    return Image.alpha_composite(ground, upright).convert("RGB")
