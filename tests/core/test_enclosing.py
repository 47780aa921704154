"""An archive that carries a structured file: the two corrections of what WeasyPrint writes (see tests/billing/test_documents.py)."""

from types import SimpleNamespace

from lxml import etree

from core import enclosing
from core.enclosing import Enclosed

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
PLAIN = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""/></rdf:RDF>'
FILE = Enclosed("factur-x.xml", "<x/>", "Facture", "2027-03-01T09:00:00+00:00", "EN 16931")


def test_what_is_said_of_the_file_joins_the_metadata_and_its_words_stand_in_one_bag():
    root = etree.fromstring(enclosing.described(PLAIN, FILE))
    assert (root.tag, len(root), len(root.findall(f".//{RDF}Bag"))) == (f"{RDF}RDF", 4, 1)
    assert [schema.text for schema in root.iter("{http://www.aiim.org/pdfa/ns/schema#}prefix")] == ["fx", "pdfuaid"]
    assert [root.findtext(f".//{FX}{name}") for name in ("DocumentType", "DocumentFileName", "Version", "ConformanceLevel")] == [
        "INVOICE", "factur-x.xml", "1.0", "EN 16931",
    ]  # fmt: skip


def test_an_associated_file_is_named_once_and_one_that_is_named_once_already_stays():
    twice, once, none = ({"AF": ["1 0 R", "1 0 R"]}, {"AF": ["1 0 R"]}, {})
    for catalog in (twice, once, none):
        enclosing._name_files_once(None, SimpleNamespace(catalog=catalog))
    assert (twice, once, none) == ({"AF": ["1 0 R"]}, {"AF": ["1 0 R"]}, {})
