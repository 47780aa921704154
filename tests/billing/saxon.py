"""Asks Saxon for the faults of structured invoices: `python saxon.py folder rules.xslt…`, in a process of its own."""

import sys
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def main(folder: str, rules: list[str]) -> None:
    with PySaxonProcessor(license=False) as saxon:
        for rule in rules:
            compiled = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=rule)
            for file in sorted(Path(folder).glob("*.xml")):
                report = etree.fromstring(compiled.transform_to_string(source_file=str(file)).encode())
                for fault in (*report.iter(f"{SVRL}failed-assert"), *report.iter(f"{SVRL}successful-report")):
                    words = " ".join("".join(fault.itertext()).split())
                    print(f"{file.stem}\t{Path(rule).stem}: {fault.get('id')} {fault.get('flag')} {words}")


main(sys.argv[1], sys.argv[2:])
