"""Put the no-break spaces of French print where the house's test finds them missing: part of `make fix`.

Only the strings of the code and the text of the templates are touched, and only with the spaces around double signs and
guillemets: what needs judgement (an apostrophe, a word) stays for a person.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import prose

ROOT = Path(__file__).resolve().parent.parent
PIECES = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>)", re.DOTALL)
READ = re.compile(r'((?:alt|title|aria-label|placeholder|content)=")([^"]*)')


def typeset(text: str, *, glued: bool = False) -> str:
    """Return the text with its spaces made no-break; `glued`: it goes on from something just before."""
    before = r"(?:^|(?<=[\w»)…%}]))" if glued else r"(?<=[\w»)…%}])"
    text = re.sub(rf"{before} ([:»])(?=[\s»)\"{{]|$)", rf"{prose.NBSP}\1", text)
    text = re.sub(rf"{before} ([;!?])(?=[\s»)\"{{]|$)", rf"{prose.NNBSP}\1", text)
    return text.replace("« ", f"«{prose.NBSP}")


def python(source: str) -> str:
    """Typeset the literals with a fault, from the last to the first so that positions stay true."""
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    whole = source.encode()
    for first, last in sorted(set(_spans(source, starts)), reverse=True):
        whole = whole[:first] + typeset(whole[first:last].decode()).encode() + whole[last:]
    return whole.decode()


def _spans(source: str, starts: list[int]) -> Iterator[tuple[int, int]]:
    faulty = {line for line, text in prose.literals_of(source.encode()) if prose.faults(text)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.lineno in faulty and node.end_lineno and node.end_col_offset:
            if isinstance(node, ast.Constant) and not isinstance(node.value, str):
                continue
            yield starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def template(source: str) -> str:
    """Typeset the text between the marks, the sentences given to tags, and the attributes people meet."""
    pieces = PIECES.split(source)
    return "".join(_mark(piece) if number % 2 else typeset(piece, glued=number > 0) for number, piece in enumerate(pieces))


def _mark(piece: str) -> str:
    if piece.startswith("<"):
        return READ.sub(lambda found: found[1] + typeset(found[2]), piece)
    if piece.startswith("{%"):
        return re.sub(r'"[^"]*"', lambda found: typeset(found[0]) if prose.FRENCH.search(found[0]) else found[0], piece)
    return piece


def script(source: str) -> str:
    """Typeset the strings of a JavaScript file."""
    return re.sub(r'"[^"\n]*"|`[^`\n]*`', lambda found: typeset(found[0]) if prose.FRENCH.search(found[0]) else found[0], source)


def main() -> None:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        path = ROOT / name
        kind = _kind(Path(name))
        if kind and path.is_file():
            source = path.read_text(encoding="utf-8")
            if (better := kind(source)) != source:
                path.write_text(better, encoding="utf-8")
                print(f"· typographie : {name}")


def _kind(path: Path) -> Callable[[str], str] | None:
    top = path.parts[0]
    if path.suffix == ".py" and top not in ("tests", "scripts", "bench") and "migrations" not in path.parts:
        return python
    if top == "templates" and path.suffix in (".html", ".txt"):
        return template
    return script if path.suffix == ".js" and top == "static" else None


if __name__ == "__main__":
    main()
