"""An archive PDF that carries a structured file: PDF/A-3a, PDF/UA-1 and Factur-X in one (billing.md section 2, docs/adr/0031).

WeasyPrint writes PDF/A-3a and embeds the file; two things are corrected: what the metadata says of the file stands in their one
`rdf:RDF` (a second one is read by nobody), and the list of associated files holds each of them once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from lxml import etree

VARIANT = "pdf/a-3a"
_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}
Node = Any


class Enclosed(NamedTuple):
    """The structured file: its name, its text, what it is, its moment (ISO 8601, in UTC), and its profile of Factur-X."""

    name: str
    content: str
    description: str
    made_at: str
    level: str


class _Property(NamedTuple):
    name: str
    type: str
    category: str
    description: str


_FACTUR_X = (
    _Property("DocumentFileName", "Text", "external", "Name of the embedded structured file"),
    _Property("DocumentType", "Text", "external", "Kind of the structured document"),
    _Property("Version", "Text", "external", "Version of the schema of the structured file"),
    _Property("ConformanceLevel", "Text", "external", "Profile of the structured file"),
)
_ACCESSIBLE = (_Property("part", "Integer", "internal", "Part of ISO 14289 that this file follows"),)


def write(document: Any, enclosed: Enclosed) -> bytes:
    """Return the PDF of a document that WeasyPrint has laid out, with the structured file inside; the same input, the same bytes."""
    from weasyprint import Attachment

    generate = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *asked: described(generate(*asked), enclosed)
    moment = datetime.fromisoformat(enclosed.made_at)
    file = Attachment(
        string=enclosed.content.encode(), name=enclosed.name, description=enclosed.description, created=moment, modified=moment,
        relationship="Data",
    )  # fmt: skip
    drawn: bytes = document.write_pdf(pdf_variant=VARIANT, attachments=[file], finisher=_name_files_once)
    return drawn


def _name_files_once(document: Any, pdf: Any) -> None:
    """WeasyPrint 70 names each associated file twice (its issue 2917); where it does not, this changes nothing."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def described(rdf: bytes, enclosed: Enclosed) -> bytes:
    """Add to the metadata what the file is, what the words for it mean, and that the document is PDF/UA-1."""
    root = etree.fromstring(rdf)
    values = {"DocumentType": "INVOICE", "DocumentFileName": enclosed.name, "Version": "1.0", "ConformanceLevel": enclosed.level}
    file = _description(root)
    for name, value in values.items():
        _add(file, "fx", name, value)
    _add(_description(root), "pdfuaid", "part", "1")
    schemas = _add(_add(_description(root), "pdfaExtension", "schemas"), "rdf", "Bag")
    _schema(schemas, "Factur-X PDFA Extension Schema", "fx", _FACTUR_X)
    _schema(schemas, "PDF/UA identification schema", "pdfuaid", _ACCESSIBLE)
    written: bytes = etree.tostring(root, encoding="utf-8")
    return written


def _schema(schemas: Node, title: str, prefix: str, properties: Sequence[_Property]) -> None:
    schema = _item(schemas)
    _add(schema, "pdfaSchema", "schema", title)
    _add(schema, "pdfaSchema", "namespaceURI", _NAMESPACES[prefix])
    _add(schema, "pdfaSchema", "prefix", prefix)
    listed = _add(_add(schema, "pdfaSchema", "property"), "rdf", "Seq")
    for each in properties:
        item = _item(listed)
        for name, value in (("name", each.name), ("valueType", each.type), ("category", each.category), ("description", each.description)):
            _add(item, "pdfaProperty", name, value)


def _description(root: Node) -> Node:
    return etree.SubElement(root, _named("rdf", "Description"), {_named("rdf", "about"): ""}, nsmap=_NAMESPACES)


def _item(parent: Node) -> Node:
    return etree.SubElement(parent, _named("rdf", "li"), {_named("rdf", "parseType"): "Resource"})


def _add(parent: Node, space: str, name: str, text: str | None = None) -> Node:
    node = etree.SubElement(parent, _named(space, name), nsmap=_NAMESPACES)
    node.text = text
    return node


def _named(space: str, name: str) -> str:
    return f"{{{_NAMESPACES[space]}}}{name}"
