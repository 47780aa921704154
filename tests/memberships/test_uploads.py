"""Signed bulletins: the content decides, never the name; nothing that acts is kept."""

import io
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from memberships import uploads

HEAD, TAIL = b"%PDF-1.7\n", b"\nstartxref\n9\n%%EOF\n"


def pdf(*objects):
    return HEAD + b"\n".join(b"%d 0 obj\n%s\nendobj" % (number, content) for number, content in enumerate(objects, 1)) + TAIL


def stream(data, more=b""):
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def packed(content):
    return stream(zlib.compress(content), b"/Type /ObjStm /Filter /FlateDecode")


def picture(size=(400, 300), form="JPEG", **options):
    kept = io.BytesIO()
    Image.new("RGB", size, "red").save(kept, form, **options)
    return kept.getvalue()


def checked(content):
    return uploads.checked(SimpleUploadedFile("bulletin.pdf", content))


def refusal(content):
    with pytest.raises(ValidationError) as told:
        checked(content)
    return told.value.message


@pytest.mark.parametrize(
    "content", [pdf(b"<< /Type /Catalog >>"), pdf(stream(b"/JavaScript is drawn here")), pdf(packed(b"<< /Type /Page >>"))]
)
def test_an_honest_pdf_is_kept_byte_for_byte(content):
    assert checked(content) == (content, "pdf")


def test_the_bulletin_we_print_is_accepted_once_signed():
    from core import pdf as drawing

    content = drawing.draw([drawing.Layout("<html lang=fr><title>Essai</title><p>Bulletin</p>")])
    assert checked(content) == (content, "pdf")


@pytest.mark.parametrize(
    "hidden",
    [
        b"<< /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
        b"<< /S /J#61vaScript >>",
        b"<< /A << /S /Launch /F (cmd.exe) >> >>",
        b"<< /Names << /EmbeddedFiles 3 0 R >> >>",
        b"<< /AcroForm << /XFA 3 0 R >> >>",
        b"<< /A << /S /SubmitForm >> >>",
    ],
)
def test_a_pdf_that_acts_is_refused_wherever_it_hides_it(hidden):
    assert refusal(pdf(hidden)) == refusal(pdf(packed(hidden))) == uploads.ACTIVE


def test_a_pdf_that_cannot_be_looked_at_is_refused_in_words():
    bomb = packed(b"0" * (uploads.INFLATED + 10))
    assert [
        refusal(pdf(b"<< /Encrypt 3 0 R >>")),
        refusal(pdf(b"<< >>")[:-8]),
        refusal(pdf(stream(b"not deflated", b"/Type /ObjStm"))),
        refusal(pdf(bomb)),
        refusal(HEAD + b"x" * uploads.LARGEST + TAIL),
    ] == [uploads.LOCKED, uploads.BROKEN, uploads.BROKEN, uploads.TOO_HEAVY, uploads.TOO_HEAVY]


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00", b"<html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"PK\x03\x04", b"GIF89a" + b"0" * 50, b"\xff" * 2000],
)
def test_what_is_neither_a_pdf_nor_a_picture_is_refused(content):
    assert refusal(content) == uploads.NOT_READABLE


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_is_drawn_again_without_a_byte_of_what_was_sent(form):
    content, extension = checked(picture(form=form) + b"<script>hidden</script>")
    read = Image.open(io.BytesIO(content))
    assert (extension, read.format, read.size, b"script" in content) == ("jpg", "JPEG", (400, 300), False)


def test_a_truncated_or_giant_picture_is_refused_before_it_is_decoded():
    assert refusal(picture((1200, 900))[:2000]) == uploads.BROKEN
    assert refusal(picture((6000, 4000), "PNG")) == uploads.TOO_MANY_PIXELS
