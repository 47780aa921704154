"""What a page says, as a test writes it: without its tags and its no-break spaces."""

import html
import re
from typing import Any


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def text(response: Any) -> str:
    return " ".join(plain(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))).split())
