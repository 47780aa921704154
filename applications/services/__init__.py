"""What a person does with an application, and what staff do: each verb takes its moment from the door."""

from applications.services.acts import Outcome, start_review, tag, untag
from applications.services.agreeing import (
    AlreadyAnswered,
    ask_manager,
    ask_question,
    close_links,
    deposit_agreement,
    refuse_agreement,
    reply,
    revoke_link,
    word_received,
)
from applications.services.aside import bring_back, set_aside
from applications.services.assigning import assign, unassign
from applications.services.bodies import set_body
from applications.services.bounds import set_bounds
from applications.services.closing import close_selection, told_otherwise, unanswered
from applications.services.confirming import accept_place, confirmed_if_complete
from applications.services.deciding import decide, free_places, rank, undecide
from applications.services.deciding_many import decide_all
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
from applications.services.distributing import move_readings, share_readings
from applications.services.entering import Arrival, enter, take_over
from applications.services.joining import join, separate
from applications.services.juries import criteria_asked, selection_of, set_up_selection
from applications.services.jurors import say_structure
from applications.services.late import give_late_link, revoke_late_link
from applications.services.masks import mask
from applications.services.places import decline_offer, settle, take_offer
from applications.services.reading import declare_conflict, recount, save_review, send_review
from applications.services.releasing import release
from applications.services.triage import Overtaken, add_note, add_tag, remove_note, remove_tag
from applications.services.writing import write

__all__ = [
    "share_readings",
    "move_readings",
    "mask",
    "set_up_selection",
    "criteria_asked",
    "AlreadyAnswered",
    "Arrival",
    "Closed",
    "Outcome",
    "Overtaken",
    "Stale",
    "Typing",
    "accept_late",
    "accept_place",
    "add_note",
    "add_tag",
    "ask_manager",
    "ask_question",
    "assign",
    "bring_back",
    "close_links",
    "close_selection",
    "confirmed_if_complete",
    "decide",
    "decide_all",
    "declare_conflict",
    "decline_offer",
    "delete_draft",
    "deposit_agreement",
    "discard_changes",
    "enter",
    "free_places",
    "give_late_link",
    "join",
    "rank",
    "recount",
    "refuse_agreement",
    "release",
    "remove_note",
    "remove_tag",
    "reply",
    "revoke_late_link",
    "revoke_link",
    "save_review",
    "save_typing",
    "say_structure",
    "selection_of",
    "send_review",
    "separate",
    "set_aside",
    "set_body",
    "set_bounds",
    "settle",
    "start_review",
    "submit",
    "tag",
    "take_offer",
    "take_over",
    "told_otherwise",
    "unanswered",
    "unassign",
    "undecide",
    "untag",
    "withdraw",
    "word_received",
    "write",
]
