"""Compile every template of ours with the engine that will read it: `python -m scripts.templates`."""

import sys
from pathlib import Path

import django
from django.conf import settings
from django.template import TemplateSyntaxError, engines


def main() -> int:
    """Tell each template that does not compile; return how many."""
    django.setup()
    folder = Path(settings.BASE_DIR) / "templates"
    faults = 0
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".txt", ".xml")):
        name = path.relative_to(folder).as_posix()
        engine = engines["text" if path.suffix == ".txt" else "django"]
        try:
            engine.get_template(name)
        except TemplateSyntaxError as error:
            faults += 1
            print(f"{name} : {error}")
    return faults


if __name__ == "__main__":
    sys.exit(min(main(), 1))
