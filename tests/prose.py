"""Reading the French that people see: literals of the code, text of the templates, strings of the scripts."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

NBSP, NNBSP = "\u00a0", "\u202f"
# What French typography refuses, with the reason (interface.md, Identity).
FAULTS = {
    r"[^\W\d_]'[^\W\d_]": "apostrophe droite",
    r"[\w»)…%] [:;!?»](?=[\s»)]|$)": "espace ordinaire avant un signe double",
    r"« ": "espace ordinaire après «",
    r"«(?=\w)|\w»": "espace absente dans les guillemets",
    r"·e\b|·es\b": "point médian",
    r"\.\.\.": "trois points au lieu de …",
}
# Only sure of itself in a sentence that is French beyond doubt.
FRENCH = re.compile(rf"[éèêàâçôûîœ’«»{NBSP}{NNBSP}]", re.IGNORECASE)
MISSING = re.compile(r"[^\W\d_][!?;:](?=\s|$)")


def faults(text: str) -> list[str]:
    """Tell what is wrong in a piece of text."""
    found = [f"{reason} : « {_around(text, match)} »" for rule, reason in FAULTS.items() for match in re.finditer(rule, text)]
    if FRENCH.search(text):
        found += [f"espace absente avant un signe double : « {_around(text, match)} »" for match in MISSING.finditer(text)]
    return found


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 20) : match.end() + 20].strip().replace("\n", " ")


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Give the literals of a Python file that may be read by people: not docstrings, not logs, not patterns (raw)."""
    return literals_of(path.read_bytes())


def literals_of(source: bytes) -> Iterator[tuple[int, str]]:
    tree, lines = ast.parse(source), source.splitlines()
    hidden = {id(node) for skipped in ast.walk(tree) if _is_for_machines(skipped) for node in ast.walk(skipped)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr | ast.Constant) or id(node) in hidden or id(node) in inside:
            continue
        if b"r" in lines[node.lineno - 1][node.col_offset : node.col_offset + 2].lower().partition(b'"')[0]:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_shown(part) for part in node.values)
        elif isinstance(node.value, str):
            yield node.lineno, node.value


def _shown(part: ast.expr) -> str:
    """Give a piece of an f-string as people see it: a letter for a value, our no-break spaces as they are."""
    if isinstance(part, ast.Constant):
        return str(part.value)
    name = getattr(getattr(part, "value", None), "id", "")
    return {"NBSP": NBSP, "NNBSP": NNBSP}.get(name, "x")


def _is_for_machines(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Name):
        return False
    return node.func.value.id in ("logger", "re")


class _Text(HTMLParser):
    """Collects the text of a page and of the attributes that people meet."""

    READ = ("alt", "title", "aria-label", "placeholder", "content")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._raw = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._raw += tag in ("script", "style", "code", "pre")
        self.found += [(self.getpos()[0], value) for name, value in attrs if name in self.READ and value]

    def handle_endtag(self, tag: str) -> None:
        self._raw -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.found.append((self.getpos()[0], data))


def template_text(source: str, *, html: bool) -> list[tuple[int, str]]:
    """Give the text of a template, its variables replaced by a letter, and the sentences given to its tags."""
    given = [
        (source[: tag.start()].count("\n") + 1, quoted)
        for tag in re.finditer(r"\{%.*?%\}", source)
        for quoted in re.findall(r'"([^"]*)"', tag.group())
        if FRENCH.search(quoted) and not re.match(r"%\}? *include", tag.group())
    ]
    bare = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", source, flags=re.DOTALL)
    bare = re.sub(r"\{\{.*?\}\}", "x", bare, flags=re.DOTALL)
    # What a tag leaves may touch the next word: an empty mark keeps both sides as they are.
    bare = re.sub(r"\{%.*?%\}", "", bare, flags=re.DOTALL)
    if not html:
        return [*given, *enumerate(bare.split("\n"), 1)]
    parser = _Text()
    parser.feed(bare)
    return [*given, *parser.found]


def script_strings(source: str) -> Iterator[tuple[int, str]]:
    """Give the strings of a JavaScript file."""
    for number, line in enumerate(source.split("\n"), 1):
        if line.lstrip().startswith(("//", "*", "/*")):
            continue
        for double, tilted in re.findall(r'"([^"]*)"|`([^`]*)`', line):
            yield number, re.sub(r"\$\{.*?\}", "x", double or tilted)
