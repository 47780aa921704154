"""PDFs: tagged, in French, made of our own files only."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from core import pdf

EDITION = SimpleNamespace(programme=SimpleNamespace(slug="aventuriers", hue="rouge"))


@pytest.fixture
def document() -> PdfReader:
    return PdfReader(BytesIO(pdf.render("pdf/base.html", {"edition": EDITION, "association": None})))


def test_a_pdf_is_tagged_and_says_its_language_and_title(document: PdfReader):
    root = document.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata.title == "Document — La 27e Région"
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_the_cover_is_decoration_that_no_screen_reader_meets():
    made = pdf.render("pdf/base.html", {"edition": None, "association": None})
    assert b"/Figure" not in made


def test_the_page_says_its_number(document: PdfReader):
    assert "page 1 / 1" in document.pages[0].extract_text()


def test_a_demonstration_says_so_on_paper(settings):
    settings.TRIAL = True
    made = PdfReader(BytesIO(pdf.render("pdf/base.html", {"edition": None, "association": None})))
    assert "Données de démonstration" in made.pages[0].extract_text()


@pytest.mark.parametrize(
    "address",
    [
        "https://ailleurs.example/a.png",
        "file:///etc/hostname",
        "static:../config/settings.py",
        "static:rien.css",
        "data:image/png;base64,AAAA",
    ],
)
def test_any_other_file_is_refused(address: str):
    with pytest.raises(ValueError, match="PDF\u00a0: "):
        pdf.static_file(address)


def test_a_cover_is_drawn_from_its_address():
    drawn = pdf.cover_file("cover:vert/journ%C3%A9e").decode()
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "#3fc795" in drawn
