"""What a person does with an application, and what staff do: each verb takes its moment from the door."""

from applications.services.acts import Outcome, start_review, tag, untag
from applications.services.aside import bring_back, set_aside
from applications.services.assigning import assign, unassign
from applications.services.bodies import set_body
from applications.services.deciding import decide, free_places, rank, undecide
from applications.services.depositing import (
    Closed,
    Stale,
    Typing,
    accept_late,
    delete_draft,
    discard_changes,
    save_typing,
    submit,
    withdraw,
)
from applications.services.entering import Arrival, enter, take_over
from applications.services.joining import join, separate
from applications.services.juries import selection_of
from applications.services.late import give_late_link, revoke_late_link
from applications.services.reading import declare_conflict, recount, save_review, send_review
from applications.services.triage import Overtaken, add_note, add_tag, remove_note, remove_tag
from applications.services.writing import write

__all__ = [
    "Arrival",
    "Closed",
    "Outcome",
    "Overtaken",
    "Stale",
    "Typing",
    "accept_late",
    "add_note",
    "add_tag",
    "assign",
    "bring_back",
    "declare_conflict",
    "decide",
    "delete_draft",
    "discard_changes",
    "enter",
    "free_places",
    "give_late_link",
    "join",
    "recount",
    "rank",
    "remove_note",
    "remove_tag",
    "revoke_late_link",
    "save_review",
    "save_typing",
    "selection_of",
    "send_review",
    "separate",
    "set_aside",
    "set_body",
    "start_review",
    "submit",
    "tag",
    "take_over",
    "unassign",
    "undecide",
    "untag",
    "withdraw",
    "write",
]
