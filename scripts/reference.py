"""Make organisations/data/ again from the npm package @etalab/decoupage-administratif.

    npm pack @etalab/decoupage-administratif@6.0.0 && tar xzf etalab-decoupage-administratif-6.0.0.tgz
    python -m scripts.reference package

Keeps codes, names, départements and SIREN; drops the rest. Communes come by population, the largest first: a search that
stops at ten has found the ten people most often mean.
"""

import gzip
import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "organisations" / "data"
TOWN = 2000  # inhabitants: from there on INSEE speaks of a town
Rows = list[dict[str, Any]]


def main(package: Path) -> None:
    """Read the package, write the four files."""
    source = _source(package)
    communes = [row for row in _read(package, "communes") if row["type"] == "commune-actuelle"]
    by_code = {row["code"]: row for row in communes}
    regions = [[r["code"], r["nom"], r["typeLiaison"]] for r in _read(package, "regions") if r["zone"] != "com"]
    departments = [[d["code"], d["nom"], d["typeLiaison"], d["region"]] for d in _read(package, "departements") if d["zone"] != "com"]
    epci = [[e["code"], e["nom"], e["type"], _department(e, by_code)] for e in _read(package, "epci")]
    _write("regions.json", source, ["code", "nom", "liaison"], regions)
    _write("departements.json", source, ["code", "nom", "liaison", "region"], departments)
    _write("epci.json", source, ["siren", "nom", "type", "departement"], epci)
    _write_communes(source, communes)


def _source(package: Path) -> dict[str, str]:
    """Say where it comes from and when, as the licence asks."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    packed = datetime.fromtimestamp((package / "package.json").stat().st_mtime, tz=UTC)
    return {
        "source": f"{about['name']} {about['version']} (INSEE, code officiel géographique 2026 ; DGCL, intercommunalités 2026)",
        "adresse": "https://www.npmjs.com/package/@etalab/decoupage-administratif",
        "mise_a_jour": f"{packed:%Y-%m-%d}",
        "licence": "Licence Ouverte 2.0 (Etalab)",
    }


def _read(package: Path, name: str) -> Rows:
    rows: Rows = json.loads((package / "data" / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def _department(epci: dict[str, Any], communes: dict[str, Any]) -> str:
    """Where most of its inhabitants live: some lie over two départements."""
    people: Counter[str] = Counter()
    for member in epci["membres"]:
        people[communes[member["code"]]["departement"]] += member["populationMunicipale"]
    return max(sorted(people), key=lambda code: people[code])


def _write(name: str, source: dict[str, str], columns: list[str], rows: list[list[Any]]) -> None:
    """One row a line: a new vintage can be compared with the last."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    head = json.dumps({**source, "colonnes": columns}, ensure_ascii=False)[:-1]
    (DATA / name).write_text(f'{head}, "lignes": [\n{lines}\n]}}\n', encoding="utf-8")


def _write_communes(source: dict[str, str], communes: Rows) -> None:
    ordered = sorted(communes, key=lambda row: (-row.get("population", 0), row["code"]))
    towns = sum(1 for row in ordered if row.get("population", 0) >= TOWN)
    # One text a commune: 35,000 lists would take a worker 30 MB to read.
    rows = [f"{r['code']}|{r['nom']}|{r.get('typeLiaison', 0)}|{r['departement']}|{r.get('siren', '')}" for r in ordered]
    content = {**source, "villes": towns, "colonnes": ["code", "nom", "liaison", "departement", "siren"], "lignes": rows}
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    (DATA / "communes.json.gz").write_bytes(gzip.compress(packed, 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
