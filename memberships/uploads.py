"""Signed bulletins and deliberations: what is uploaded is looked at before it is kept. The content decides, never the name.

A PDF is kept byte for byte, for a signature in it to stay good, when it holds nothing that acts (script, launch, file within); a picture
is drawn again by us. Nothing is run to look: no reader opens the file, its bytes are read (`memberships/uploads.py`, docs/adr/0035).
"""

import re
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageFile, ImageOps

LARGEST = 5 * 1024 * 1024
PICTURES = ("JPEG", "PNG")
# Of a picture, read from its header before anything is decoded: two pages of 300 dots an inch.
PIXELS = 20_000_000
SIDE, QUALITY = 3_600, 85
# What the object streams of an honest bulletin never come to, once inflated.
INFLATED = 30 * 1024 * 1024

TOO_HEAVY = "Ce fichier dépasse 5 Mo : enregistrez-le en plus petit, ou numérisez-le en moins fin."
NOT_READABLE = "Ce fichier n’est ni un PDF, ni une image JPEG ou PNG : enregistrez votre document dans l’un de ces formats."
ACTIVE = "Ce PDF contient un programme ou un autre fichier : imprimez-le en PDF, puis déposez ce nouveau fichier."
LOCKED = "Ce PDF est protégé par un mot de passe : enregistrez-le sans protection, puis déposez-le."
BROKEN = "Ce fichier est abîmé ou incomplet : ouvrez-le, enregistrez-le de nouveau, puis réessayez."
TOO_MANY_PIXELS = "Cette image est trop grande : 20 millions de points au plus. Numérisez-la en moins fin."

_HEADER, _END = 1024, 2048
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTING = (
    b"JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|Movie|Sound|Rendition"  # nothing a bulletin needs
)
_ACTS = re.compile(rb"/(?:" + _ACTING + rb")(?![A-Za-z0-9])")


def checked(upload: "UploadedFile[bytes]") -> tuple[bytes, str]:
    """Return what to keep and its extension; refuse in words what is no document."""
    if (upload.size or 0) > LARGEST:
        raise ValidationError(TOO_HEAVY)
    content = upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValidationError(TOO_HEAVY)
    if b"%PDF-" in content[:_HEADER]:
        _refuse_odd_pdf(content)
        return content, "pdf"
    return _redrawn(content), "jpg"


# --- PDF ------------------------------------------------------------------------------------------------------


def _refuse_odd_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-_END:] or b"startxref" not in content[-_END:] or b"obj" not in content:
        raise ValidationError(BROKEN)
    for part in plain(content):
        named = _HEX.sub(lambda found: bytes([int(found[1], 16)]), part)
        if re.search(rb"/Encrypt(?![A-Za-z])", named):
            raise ValidationError(LOCKED)
        if _ACTS.search(named):
            raise ValidationError(ACTIVE)


def plain(content: bytes) -> Iterator[bytes]:
    """Give the parts of a PDF where objects are named: what stands outside streams, and object streams, inflated."""
    left, before = INFLATED, b""
    for number, part in enumerate(_STREAM.split(content)):
        data, end, rest = part.partition(b"endstream") if number else (b"", b"endstream", part)
        if not end:
            raise ValidationError(BROKEN)
        if re.search(rb"/ObjStm(?![A-Za-z])", before.rpartition(b"obj")[2]):
            inflated = _inflated(data, left)
            left -= len(inflated)
            yield inflated
        before = rest
        yield rest


def _inflated(data: bytes, most: int) -> bytes:
    """Inflate an object stream; one written otherwise than everybody does cannot be looked at, and is refused."""
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(data, most)
    except zlib.error as error:
        raise ValidationError(BROKEN) from error
    if inflater.unconsumed_tail:
        raise ValidationError(TOO_HEAVY)
    return inflated


# --- Pictures ----------------------------------------------------------------------------------------------------


def _redrawn(content: bytes) -> bytes:
    """Return the picture drawn again on white, upright: not a byte of what was sent (metadata, hidden content)."""
    picture = _opened(content)
    if picture.width * picture.height > PIXELS:
        raise ValidationError(TOO_MANY_PIXELS)
    try:
        # WeasyPrint, once imported, has every picture of the process accepted as it is. Never put back: threads share it.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        picture.load()
        picture.thumbnail((SIDE, SIDE))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except Exception as error:  # a truncated or forged file fails anywhere in its decoder
        raise ValidationError(BROKEN) from error
    kept = BytesIO()
    ground = Image.new("RGBA", upright.size, "white")
    Image.alpha_composite(ground, upright).convert("RGB").save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()


def _opened(content: bytes) -> Image.Image:
    """Read the header only; the name and the announced type of the file are not asked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower, and said in words
            return Image.open(BytesIO(content), formats=PICTURES)
    except Image.DecompressionBombError as error:
        raise ValidationError(TOO_MANY_PIXELS) from error
    except Exception as error:  # Pillow's readers raise what they like on hostile headers
        raise ValidationError(NOT_READABLE) from error
