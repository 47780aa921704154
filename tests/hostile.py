"""Hostile inputs for every address of the portal: what is sent, by which method, in which coding (reliability.md section 4).

The same seed gives the same inputs. `inputs` draws them, `Attack.send` sends one and tells what is wrong with the answer.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# What would run, or show, if it came back as it was sent.
MARKS = ("<script>x27", "<img src=x27", "27027", "__x27__<")
WORDS = (
    "", " ", "\x00", "a\x00b", "/\x00", "//ailleurs.example/", "/\\ailleurs.example", "javascript:alert(27)", "\ud7ff\ufffe\uffff",
    "\u202e\u200b\ufeff", "<script>x27</script>", "\"'><img src=x27 onerror=alert(1)>", "{{ 27|add:27000 }}", "{% debug %}__x27__<",
    "{0.__class__.__mro__}%s%n%(x)s", "' OR '1'='1", "1; DROP TABLE accounts_user; --", "1 UNION SELECT NULL--", "-1", "0",
    "99999999999999999999999999", "1e309", "NaN", "0" * 5000, "9" * 5000, "a" * 10_000, "é" * 10_000, "\n" * 3000, "😀" * 500,
    "../../../../etc/passwd", "%00%0d%0aSet-Cookie: a=b", "a\r\nBcc: x@y.example", "null", "[]", "{}", "{\"id\": 1}", "\"x\"",
    "[[[[[[1]]]]]]", "2017-13-45T99:99", "0001-01-01", "99999-01-01", "on", "True", "x@" + "a" * 300 + ".example", "a@b.example",
    "İ@ı.example", "=1+1", "${7*7}", "1,2,3", "\t", "é\u0301" * 40, "roles", "__all__", "pk__in", "id",
)  # fmt: skip
NAMES = """
    email code next ask q p o page type kind depot revision tab author reason note lettres credential last_name first_name
    organisation job branch region motivation costs_covered roles action _selected_action select_across index post _popup
    _to_field _changelist_filters e all state state__exact at__year at__month at__day closes_at__year deposited_at__year verb role
    is_active__exact edition__id__exact term app_label model_name field_name csrfmiddlewaretoken phases-TOTAL_FORMS
    phases-INITIAL_FORMS phases-0-id phases-0-title iban closes_at slug title seats _save _resend to address login password
    HX-Request
""".split()  # noqa: SIM905 - a list of words is read more easily than seventy literals
METHODS = ("GET",) * 20 + ("POST",) * 30 + ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b27"
CODINGS = (FORM,) * 30 + (PARTS,) * 8 + (
    "application/json", "text/plain", "application/xml", "", "multipart/form-data",
    f"{FORM}; charset=utf-16", f"{FORM}; charset=x27", "a/b; charset=\"",
)  # fmt: skip


@cache
def addresses() -> tuple[str, ...]:
    """Every address of the URLconf, its arguments between angle brackets."""
    found: list[str] = []

    def walk(patterns: list[Any], before: str) -> None:
        for pattern in patterns:
            path = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, path)
            elif isinstance(pattern, URLPattern):
                found.append("/" + re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", path).replace("^", "").replace("$", "").replace("\\", ""))

    walk(get_resolver().url_patterns, "")
    return tuple(found)


@dataclass(frozen=True)
class Input:
    """One request: its address is filled with real arguments or hostile ones."""

    method: str
    path: str
    query: str
    body: bytes
    coding: str
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]}?{self.query[:200]} {self.coding} {self.body[:300]!r}"


@dataclass
class Drawer:
    """Draws inputs; `known` gives the arguments that lead somewhere, by name or, `/inscriptions/:token`, by where they stand too."""

    chance: random.Random
    known: dict[str, list[str]] = field(default_factory=dict)
    learnt: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # the fields of the forms met, by address

    def learn(self, client: Client) -> None:
        """Read the forms of every page that this browser may open."""
        for address in addresses():
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self._known(address, found[1], ["1"])[0], address)  # noqa: B023 - used at once
            response = client.get(path, secure=True)
            if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
                self.learnt[address] = forms(response.content.decode())

    def inputs(self, number: int) -> Iterator[Input]:
        """Every address in turn, until there are enough."""
        everywhere = [address for address in addresses() for _ in range(1 if address.startswith("/admin/") else 3)]
        for turn in range(number):
            yield self.input(everywhere[turn % len(everywhere)])

    def input(self, address: str) -> Input:
        method, coding = self.chance.choice(METHODS), self.chance.choice(CODINGS)
        query = self._coded(self._fields(2)) if self.chance.random() < 0.4 else ""
        fields = self._form(address) or self._fields(9)
        body = self._parts(fields) if coding.startswith("multipart") else self._coded(fields).encode()
        if self.chance.random() < 0.05:
            body = bytes(self.chance.randrange(256) for _ in range(300)) + body
        headers = {"HX-Request": "true"} if self.chance.random() < 0.2 else {}
        return Input(method, self._filled(address), query[:4000], body, coding, headers)

    def _filled(self, address: str) -> str:
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self._argument(address, found[1]), address)

    def _known(self, address: str, name: str, otherwise: list[str]) -> list[str]:
        there = next((key for key in self.known if key.endswith(f":{name}") and address.startswith(key.partition(":")[0])), name)
        return self.known.get(there, otherwise)

    def _argument(self, address: str, name: str) -> str:
        known = self._known(address, name, [])
        if known and self.chance.random() < 0.7:
            return self.chance.choice(known)
        return quote(self.chance.choice(WORDS)[:200].encode("utf-8", "surrogatepass"), safe="") or "x"

    def _form(self, address: str) -> list[tuple[str, str]]:
        """The form of this page, as it was shown, with a few fields made hostile."""
        fields = list(self.learnt.get(address, [])) if self.chance.random() < 0.8 else []
        for place in self.chance.sample(range(len(fields)), min(len(fields), self.chance.randint(0, 3))):
            fields[place] = (fields[place][0], self.chance.choice(WORDS))
        return fields

    def _fields(self, most: int) -> list[tuple[str, str]]:
        names = [self.chance.choice(NAMES) for _ in range(self.chance.randint(0, most))]
        names += self.chance.sample(names, min(len(names), self.chance.randint(0, 2)))  # the same name twice
        return [(name + self.chance.choice(("", "", "", "", "[]", "[0][a]")), self.chance.choice(WORDS)) for name in names]

    def _coded(self, fields: list[tuple[str, str]]) -> str:
        coded = urlencode(fields, errors="replace")
        return coded.replace("%C3%A9", "%E9") if self.chance.random() < 0.2 else coded  # Latin-1 in UTF-8's place

    def _parts(self, fields: list[tuple[str, str]]) -> bytes:
        file = '; filename="../../x27.svg"' if self.chance.random() < 0.2 else ""
        heads = (f'--b27\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{word}\r\n' for name, word in fields)
        whole = "".join(heads).encode("utf-8", "replace") + b"--b27--\r\n"
        return whole[: self.chance.randrange(len(whole))] if self.chance.random() < 0.2 else whole


def forms(page: str) -> list[tuple[str, str]]:
    """Return the fields of a page, each with the value shown, or one that fits most fields."""
    tags = re.findall(r"<(?:input|textarea|select|button)\b[^>]*>", page)
    fields = [(re.search(r'\bname="([^"]+)"', tag), re.search(r'\bvalue="([^"]*)"', tag)) for tag in tags]
    return [(name[1], unescape(value[1]) if value else "1") for name, value in fields if name]


@dataclass
class Attack:
    """Sends inputs with one person's browser, and notes what is wrong."""

    client: Client
    enter: Any = None
    faults: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def come_in(self) -> None:
        if self.enter:
            self.enter(self.client)

    def send(self, sent: Input) -> None:
        if sum(self.statuses.values()) % 10 == 0:  # signing out is among the inputs
            self.come_in()
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.headers.items()}
        response = self.client.generic(sent.method, sent.path, sent.body, sent.coding, secure=True, QUERY_STRING=sent.query, **environ)
        self.statuses[response.status_code] = self.statuses.get(response.status_code, 0) + 1
        self.faults += [f"{fault} : {sent}" for fault in wrong(response)]


def wrong(response: HttpResponse) -> list[str]:
    """Tell what an answer does wrong: an error of ours, a word that comes back alive, a way out of the portal."""
    found = [f"{response.status_code}"] if response.status_code >= 500 else []
    kind = response.headers.get("Content-Type", "")
    body = "" if response.streaming or not kind.startswith("text/html") else response.content.decode("utf-8", "replace")
    found += [f"renvoyé tel quel ({mark})" for mark in MARKS if mark in body]
    going_to = response.headers.get("Location", "")
    if going_to and urlsplit(urljoin("https://testserver/ici/", going_to.replace("\\", "/")))[:2] != ("https", "testserver"):
        found.append(f"mène ailleurs ({going_to[:80]})")
    if "Content-Security-Policy" not in response.headers:
        found.append("sans Content-Security-Policy")
    return found
