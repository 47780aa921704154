"""One house: its settings are documented, its words are the glossary's, its French is typeset, its rooms are small."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests import prose, strictness

ROOT = Path(settings.BASE_DIR)
OURS = (
    "accounts", "applications", "billing", "bookings", "core", "events", "mailing", "memberships", "organisations", "programmes", "records",
)  # fmt: skip
# The one template whose styles are inline: mail programs read no stylesheet.
LETTER = "mailing/letter.html"


def _tracked(*patterns: str) -> list[Path]:
    """Our files, those not yet committed included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in sorted(set(told.split("\0"))) if name and (path := ROOT / name).is_file()]


def _source() -> list[Path]:
    """Our Python, without tests and migrations."""
    return [path for path in _tracked("*.py") if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)]


def _templates() -> list[Path]:
    return [path for path in _tracked("templates/*") if path.suffix in (".html", ".txt", ".xml")]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- Settings --------------------------------------------------------------------------------------


def _documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "reglages.md").read_text(encoding="utf-8"), re.MULTILINE))


def _read_from_environment() -> set[str]:
    """What the settings, the servers and the tools read."""
    rules = {
        r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"': [ROOT / "config" / "settings.py"],
        r'os\.environ(?:\.get|\.setdefault)?[\[(]"([A-Z_]+)"': [
            *_tracked("config/gunicorn*.py", "scripts/*.py"),
            ROOT / "tests" / "conftest.py",
        ],
        r"\$\{([A-Z_]+)": [ROOT / "docker-compose.yml", ROOT / "scripts" / "system"],
    }
    found = {name for rule, files in rules.items() for path in files for name in re.findall(rule, path.read_text(encoding="utf-8"))}
    return found - {"DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"}


def test_every_setting_read_is_documented_and_every_documented_setting_is_read():
    assert _documented() == _read_from_environment()


# --- Words -----------------------------------------------------------------------------------------


def test_no_gettext_is_left():
    used = re.compile(r"\bgettext|\{% (?:blocktrans|trans|translate|load i18n)")
    assert [_name(path) for path in [*_source(), *_templates()] if used.search(path.read_text(encoding="utf-8"))] == []


def _glossary() -> dict[str, str]:
    """French term by code name, as docs/glossaire.md gives them."""
    rows = re.findall(r"^\| ([^|]+?) \| `([a-z]+\.\w+)`", (ROOT / "docs" / "glossaire.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {code: french for french, code in rows}


def _own_models():
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def test_every_model_is_in_the_glossary_under_its_own_name():
    assert _glossary() == {f"{model._meta.app_label}.{model.__name__}": str(model._meta.verbose_name) for model in _own_models()}


def test_names_shown_to_people_are_in_lower_case():
    names = [str(model._meta.verbose_name) for model in _own_models()]
    names += [str(field.verbose_name) for model in _own_models() for field in model._meta.get_fields() if hasattr(field, "verbose_name")]
    # SIRET, IBAN, Message-ID: a capital further in the word says that it is a name.
    assert {name for name in names if name[0].isupper() and name.split()[0][1:].islower()} == set()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("L'appel", 1),
        ("Quoi ?", 1),
        ("« mot »", 2),
        ("«mot»", 2),
        ("Réservé: oui", 1),
        ("les agent·es", 1),
        ("Bientôt...", 1),
        ("L’appel\u00a0: «\u00a0mot\u00a0», quoi\u202f?", 0),
        ("https://portail.example/?a=b", 0),
        ("application:41:received", 0),
        ("purge: %s: %d", 0),
    ],
)
def test_the_typography_check_sees_what_it_should(text, count):
    assert len(prose.faults(text)) == count


def _told(path: Path, pieces: list[tuple[int, str]]) -> list[str]:
    return [f"{_name(path)}:{line} {fault}" for line, text in pieces for fault in prose.faults(text)]


def test_literals_of_the_code_are_typeset():
    files = [path for path in _source() if path.relative_to(ROOT).parts[0] in (*OURS, "config")]
    assert [fault for path in files for fault in _told(path, list(prose.literals(path)))] == []


def test_templates_are_typeset():
    texts = ((path, prose.template_text(path.read_text(encoding="utf-8"), html=path.suffix == ".html")) for path in _templates())
    assert [fault for path, pieces in texts for fault in _told(path, pieces)] == []


def test_strings_of_the_scripts_are_typeset():
    scripts = _tracked("static/js/*.js")
    assert [fault for path in scripts for fault in _told(path, list(prose.script_strings(path.read_text(encoding="utf-8"))))] == []


# --- Templates and files ---------------------------------------------------------------------------


def test_no_template_holds_inline_code():
    pages = [path for path in _templates() if path.suffix == ".html" and not _name(path).endswith(LETTER)]
    bare = ((path, re.sub(r"\{[%{#].*?[%}#]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)) for path in pages)
    assert [(_name(path), found) for path, html in bare if (found := strictness.inline_code(html))] == []


def test_no_template_agrees_as_in_english():
    """Django's filter makes nought a plural; ours is `pluriel`."""
    assert [path.name for path in ROOT.glob("templates/**/*.html") if "|pluralize" in path.read_text(encoding="utf-8")] == []


def test_no_template_trusts_what_people_typed():
    pages = [path for path in _templates() if path.suffix == ".html"]
    assert [_name(path) for path in pages if re.search(r"\|\s*safe\b|autoescape off", path.read_text(encoding="utf-8"))] == []


def test_no_file_names_a_place_of_some_machine():
    somewhere = re.compile(r"/root/|/home/[a-z]|/tmp/[a-z]|/work/")
    files = _tracked("*.py", "*.toml", "*.md", "*.yml", "*.html", "*.txt", "*.sh", "Makefile", "Dockerfile", ".ci/*", "scripts/*")
    others = [path for path in files if _name(path) != "tests/test_house.py"]
    assert [_name(path) for path in others if somewhere.search(path.read_text(encoding="utf-8"))] == []


def test_pinned_versions_hold_no_address():
    assert [_name(path) for path in _tracked("requirements/*") if "://" in path.read_text(encoding="utf-8")] == []


def test_no_test_is_skipped_or_expected_to_fail():
    asked = re.compile(r"pytest\.mark\.(?:skip|skipif|xfail)\b|pytest\.xfail")
    files = [path for path in _tracked("tests/*.py") if path.name not in ("conftest.py", "test_house.py")]
    assert [_name(path) for path in files if asked.search(path.read_text(encoding="utf-8"))] == []


# --- Sizes (conventions.md section 4) ----------------------------------------------------------------


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{_name(path)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_functions_are_short():
    lengths = {name: lines for path in _source() for name, lines in _functions(path)}
    assert {name: lines for name, lines in lengths.items() if lines > 40} == {}
    assert statistics.median(lengths.values()) <= 8
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 20


def test_files_are_short():
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _source()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 250


# --- Browser tests ---------------------------------------------------------------------------------


def _is_click(statement: ast.stmt) -> bool:
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "click"


def _reads_at_once(statement: ast.stmt) -> bool:
    """An `assert`, or a call that looks at the page as it is; `expect(…)`, `wait_for…` and `follow` wait."""
    called = {getattr(node.func, "attr", getattr(node.func, "id", "")) for node in ast.walk(statement) if isinstance(node, ast.Call)}
    return isinstance(statement, ast.Assert) or bool(called & {"axe", "look", "evaluate", "content", "goto", "reload"})


def _hasty(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        body = getattr(node, "body", None)
        for first, then in pairwise(body if isinstance(body, list) else []):
            if _is_click(first) and _reads_at_once(then):
                yield f"{_name(path)}:{first.lineno}"


def test_no_test_reads_a_page_right_after_a_click():
    """The click gives the hand back before the new page is there: `tests.browser.follow` waits for it, `expect` for a change."""
    assert [place for path in _tracked("tests/*.py") for place in _hasty(path)] == []


# --- Migrations --------------------------------------------------------------------------------------


def _migrations() -> dict[str, object]:
    loaded = MigrationLoader(connection, ignore_no_migrations=True).disk_migrations
    return {f"{app}.{name}": migration for (app, name), migration in loaded.items() if app in OURS}


@pytest.mark.django_db
def test_migrations_are_named():
    assert [name for name in _migrations() if not re.fullmatch(r"\w+\.\d{4}_[a-z0-9_]+", name) or "_auto_" in name] == []


@pytest.mark.django_db
def test_migrations_can_be_undone():
    assert [name for name, migration in _migrations().items() if not all(step.reversible for step in migration.operations)] == []


def test_migrations_import_no_code_of_the_apps():
    allowed = {"records.models"}  # validators, which Django writes by name
    asked = re.compile(rf"^(?:import|from) ((?:{'|'.join(OURS)})[\w.]*)", re.MULTILINE)
    files = [path for path in _tracked("*.py") if "migrations" in path.parts]
    assert {module for path in files for module in asked.findall(path.read_text(encoding="utf-8"))} - allowed == set()
