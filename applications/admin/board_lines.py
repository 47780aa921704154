"""The lines of the board, drawn here: fifty lines of ten cells and six buttons are long to draw in a template (docs/mesures.md)."""

import html
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from applications.board import SORTS, WIDE, Asked, Board
from applications.board_columns import branch_of, decimal, kind_of, marks, region_of, state_of
from applications.board_forms import WORDS
from applications.columns import name_of
from applications.models import Application
from applications.states import DECIDED, READ_BY_THE_JURY, State

# The columns after the name, by their sort; what is not sorted has no link.
HEADINGS = (
    ("nom", "Candidature"),
    ("moyenne", "Moyenne"),
    ("ecart", "Écart"),
    ("lectures", "Lectures"),
    ("fonction", "Fonction publique"),
    ("region", "Région"),
    ("employeur", "Employeur"),
    ("etat", "Décision"),
)
# What gets the focus, of the line that takes the place of one that left.
_FIRST = '<button name="one"'
_SHORT_WORDS = {State.SELECTED: "Retenir", State.WAITLISTED: "Attente", State.DECLINED: "Non retenue", State.IN_REVIEW: "En examen"}


def headings(asked: Asked) -> Iterator[dict[str, Any]]:
    """The headings, each with the address that sorts by it, or the other way round."""
    for name, label in HEADINGS:
        falls = SORTS[name][2] if name else False
        now = asked.sort.removeprefix("-") == name
        is_turned = now and asked.sort.startswith("-")
        order = "descending" if falls != is_turned else "ascending"
        other = f"-{name}" if now and not is_turned else name
        yield {"label": label, "name": name, "url": asked.address(o=other) if name else "", "order": order if now else ""}


def lines(board: Board, *, released: bool) -> Iterator[SafeString]:
    """The lines of the page; each act sends the revision that was read."""
    page = reverse("admin:applications_application_change", args=[0])
    here = None if board.asked.here is None else min(board.asked.here, len(board.rows) - 1)
    for place, row in enumerate(board.rows):
        wanted = None if row.pk in board.hidden else board.selection.readings
        drawn = _line(row, page.replace("/0/", f"/{row.pk}/"), wanted, released=released)
        # Nothing unescaped is in it: `_e` on every text.
        yield mark_safe(drawn.replace(_FIRST, f"{_FIRST} autofocus", 1) if place == here else drawn)  # noqa: S308


def _e(text: object) -> str:
    return html.escape(str(text))


def _line(row: Application, page: str, wanted: int | None, *, released: bool) -> str:
    """`wanted` readings; None hides what the readers say."""
    mean, spread = ("", "") if wanted is None else (_e(decimal(row.mean)), _e(decimal(row.spread)))
    wide = wanted is not None and row.spread is not None and row.spread >= WIDE
    name = _e(name_of(row))
    under = " · ".join(filter(None, (_e(row.reference or ""), _e(row.organisation), _e(row.job))))
    return (
        f'<tr id="l{row.pk}" class="line-{row.state.lower()}">'
        f'<td class="tick"><input type="checkbox" form="lot" name="ligne" value="{row.pk}" aria-label="Choisir {name}"></td>'
        f'<th scope="row" class="who"><a href="{page}">{name}</a><span class="under">{under}</span></th>'
        f'<td class="figure mean" data-label="Moyenne">{mean or "—"}</td>'
        f'<td class="figure{" wide" if wide else ""}" data-label="Écart">{spread or "—"}</td>'
        f'<td class="readings" data-label="Lectures">{"À lire par vous" if wanted is None else _readings(row, wanted)}</td>'
        f'<td data-label="Fonction publique">{_e(branch_of(row)) or "—"}</td>'
        f'<td data-label="Région">{_e(region_of(row)) or "—"}</td>'
        f'<td data-label="Employeur">{_e(kind_of(row)) or "—"}</td>'
        f'<td class="acts">{_acts(row, name, released=released)}</td></tr>'
    )


def _readings(row: Application, wanted: int) -> str:
    short = row.state in READ_BY_THE_JURY and row.readings < wanted
    count = f'<b class="count{" short" if short else ""}">{row.readings} sur {wanted}</b>'
    told = "".join(f"<li><span>{_e(name)}</span> <b>{_e(said)}</b></li>" for name, said in marks(row))
    given = {review.reviewer_id for review in row.reviews.all()}
    apart = sum(conflict.reviewer_id not in given for conflict in row.conflicts.all())
    more = f"<li>{apart} conflit{'s' if apart > 1 else ''} d’intérêts</li>" if apart else ""
    return f"{count}<ul>{told}{more}</ul>" if told or more else count


def _state(row: Application, *, pressed: bool) -> str:
    """What a pressed button does not say: another state, the reason."""
    reason = f'<span class="pill-note">{_e(row.reason)}{" (dit à la personne)" if row.reason_shared else ""}</span>' if row.reason else ""
    return reason if pressed else f'<span class="pill pill-{row.state.lower()}">{_e(state_of(row))}</span> {reason}'


def _acts(row: Application, name: str, *, released: bool) -> str:
    decide = f'<a href="{_decide_url().replace("/0/", f"/{row.pk}/")}">Motif, rang…<span class="visually-hidden"> {name}</span></a>'
    if row.state not in (State.IN_REVIEW, *DECIDED):
        return _state(row, pressed=False) + (decide.replace("Motif, rang…", "Décider…") if row.state == State.LAPSED else "")
    if released:
        return _state(row, pressed=False) + decide.replace("Motif, rang…", "Changer…")
    buttons = "".join(_button(row, state, name) for state in WORDS)
    choice = f'<div class="choice" role="group" aria-label="{name}">{buttons}</div>'
    return f"{choice}{_rank(row, name)}{_state(row, pressed=True)}{decide}"


def _button(row: Application, state: State, name: str) -> str:
    """A decision; the one that stands is pressed."""
    now = row.state == state
    return (
        f'<button name="one" value="{row.pk}-{state.value}-{row.staff_revision}" id="b{row.pk}-{state.value}"'
        f' class="choose-{state.value.lower()}" aria-pressed="{"true" if now else "false"}">{_SHORT_WORDS[state]}'
        f'<span class="visually-hidden"> {name}</span></button>'
    )


def _rank(row: Application, name: str) -> str:
    """Up, down, or typed: in a form of its own, so that « Entrée » gives the rank and nothing else."""
    if row.state != State.WAITLISTED or not row.waitlist_rank:
        return ""
    move = '<button name="one" value="{pk}-{act}-{revision}" id="b{pk}-{act}" aria-label="{label} {name}"{off}>{sign}</button>'
    said: dict[str, Any] = {"pk": row.pk, "revision": row.staff_revision, "name": name}
    up = move.format(**said, act="monter", label="Monter d’un rang", sign="↑", off=" disabled" if row.waitlist_rank == 1 else "")
    down = move.format(**said, act="descendre", label="Descendre d’un rang", sign="↓", off="")
    return (
        f'<div class="rank"><label><span>Rang<span class="visually-hidden"> de {name}</span></span> <input form="rang-{row.pk}" name="rank"'
        f' value="{row.waitlist_rank}" inputmode="numeric" pattern="[0-9]*" maxlength="5" autocomplete="off" id="r{row.pk}"></label>'
        f'<button form="rang-{row.pk}" id="b{row.pk}-rang" aria-label="Donner ce rang à {name}">OK</button>{up}{down}</div>'
    )


@lru_cache(maxsize=1)
def _decide_url() -> str:
    return reverse("admin:applications_application_decide", args=[0])
