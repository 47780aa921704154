"""Tables as people save them; the rest is refused in words."""

import csv

import pytest

from core.refusals import Refused
from core.spreadsheets import harmless
from organisations import sheets

KNOWN = {"Nom": "name", "SIRET": "siret", "Contact : adresse électronique": "email"}
TABLE = "Nom;SIRET\nRégion Bretagne;23350001600040\nL’Haÿ « œuvre »;\n"


def rows(content, **options):
    return [cells for _, cells, _ in sheets.read(content, known=KNOWN, **options).rows()]


def refusal(content, **options):
    with pytest.raises(Refused) as refused:
        rows(content, **options)
    return str(refused.value).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TABLE.encode(), "utf-8-sig"),
        (("\ufeff" + TABLE).encode(), "utf-8-sig"),
        (TABLE.encode("cp1252"), "cp1252"),
        (TABLE.encode("utf-16"), "utf-16"),
    ],
)
def test_the_usual_encodings_are_read(content, encoding):
    sheet = sheets.read(content, known=KNOWN)
    assert (sheet.encoding, [cells["name"] for _, cells, _ in sheet.rows()]) == (encoding, ["Région Bretagne", "L’Haÿ « œuvre »"])


def test_latin_1_is_read():
    assert rows("Nom;SIRET\nRégion à élire;\n".encode("latin-1")) == [{"name": "Région à élire", "siret": ""}]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_usual_separators_are_read(separator):
    content = f'nom{separator}siret\n"Un{separator}deux"{separator}1\n'.encode()
    assert rows(content) == [{"name": f"Un{separator}deux", "siret": "1"}]


def test_headings_are_taken_in_any_order_and_case_and_empty_lines_do_not_count():
    assert rows(b"siret ; NOM;contact adresse electronique;\n\n1;Un;a@b.example;\n;;\n") == [
        {"siret": "1", "name": "Un", "email": "a@b.example"}
    ]


def test_rows_keep_the_number_a_spreadsheet_gives_them():
    assert [number for number, _, _ in sheets.read(b"Nom\n\nUn\nDeux\n", known=KNOWN).rows()] == [3, 4]


def test_cells_beyond_the_last_column_are_given_apart():
    assert [beyond for _, _, beyond in sheets.read(b"Nom;SIRET\nUn;1;trop;\n", known=KNOWN).rows()] == [["trop"]]


def test_an_unknown_column_is_named_with_the_one_it_may_be():
    assert refusal(b"Nom;SIRETT;Couleur\nUn;1;rouge\n") == (
        "Colonne inconnue : « SIRETT » (vouliez-vous dire « SIRET » ?), « Couleur ». Colonnes : Nom, SIRET, Contact : adresse électronique."
    )


def test_a_column_twice_and_a_missing_one_are_said():
    assert refusal(b"Nom;nom\nUn;Deux\n") == "La colonne « Nom » est là deux fois."
    assert refusal(b"SIRET\n1\n", needed=["Nom"]) == "Il manque la colonne « Nom »."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Ce fichier est vide."),
        (b"  \n ", "Ce fichier est vide."),
        (b"Nom;SIRET\n", "Ce fichier n’a que ses titres de colonnes, aucune ligne."),
        (b"MZ\x90\x00\x03", "Ce fichier n’est pas un tableau CSV : c’est un programme."),
        (b"\x7fELF\x02\x01", "Ce fichier n’est pas un tableau CSV : c’est un programme."),
        (b"#!/bin/sh\nrm", "Ce fichier n’est pas un tableau CSV : c’est un programme."),
        (b"%PDF-1.7", "Ce fichier n’est pas un tableau CSV : c’est un PDF."),
        (b"\x89PNG\r\n", "Ce fichier n’est pas un tableau CSV : c’est une image."),
        (b"Nom\x00;SIRET\n", "Ce fichier n’est pas un tableau CSV : il contient autre chose que du texte."),
        (b"Nom\nUn\x07\n", "Ce fichier n’est pas un tableau CSV : il contient autre chose que du texte."),
    ],
)
def test_what_is_no_table_is_refused_in_words(content, words):
    assert refusal(content) == words


def test_a_workbook_is_told_how_to_become_a_table():
    assert "« Enregistrer sous », puis « CSV »" in refusal(b"PK\x03\x04classeur")


def test_too_big_too_long_and_a_cell_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    assert refusal(b"Nom\n1\n2\n3\n") == "Ce fichier a 3 lignes : 2 au plus. Coupez-le en plusieurs."
    monkeypatch.setattr(sheets, "LARGEST", 4)
    assert refusal(b"Nom\n1\n") == "Ce fichier est trop lourd : 0 Mo au plus."
    monkeypatch.undo()
    assert (
        refusal(b"Nom\nUn\n" + b"x" * 6000 + b"\n")
        == "Ligne 3 : cette ligne ne se lit pas (un guillemet en trop, ou une cellule sans fin)."
    )


def test_what_we_give_back_is_run_by_no_spreadsheet_and_reads_again():
    for cell in ("=1+1", "+33 1", "-2", "@SUM(A1)", "＝1"):
        assert harmless(cell) == f"'{cell}"
        assert sheets.bare(harmless(cell)) == cell
    assert (harmless("Ville"), sheets.bare("'quote'")) == ("Ville", "'quote'")


def test_blanks_before_a_formula_hide_nothing():
    for cell in (" =1+1", "\u00a0@somme", "\n+33"):
        assert harmless(cell) == f"'{cell}"
        assert sheets.bare(harmless(cell)) == cell.strip()


def test_a_cell_without_end_is_refused_and_other_readers_keep_their_limit():
    before = csv.field_size_limit()
    with pytest.raises(Refused, match="Ligne 2"):
        rows(f"Nom\n{'a' * 5_001}\n".encode())
    assert (csv.field_size_limit(), len(rows(f"Nom\n{'a' * 5_000}\n".encode()))) == (before, 1)
