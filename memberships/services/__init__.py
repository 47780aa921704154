"""What is done with memberships: each verb takes its moment from the door."""

from memberships.services.accepting import accept, ask, lift_suspension, refuse, suspend
from memberships.services.answering import confirm, decline
from memberships.services.contacting import add_contact, edit_contact, end_contact
from memberships.services.drafting import Stale, delete_draft, draft_of, reopen, save_draft
from memberships.services.filing import file_paper
from memberships.services.invoicing import ask_invoice, give_references
from memberships.services.joining import Already, complete, refuse_unless_it_may_join, send, withdraw
from memberships.services.renewing import move_grace
from memberships.services.resigning import resign, take_back_resignation
from memberships.services.using import note_use, remove_use

__all__ = [
    "Already",
    "Stale",
    "accept",
    "add_contact",
    "ask",
    "ask_invoice",
    "complete",
    "confirm",
    "decline",
    "delete_draft",
    "draft_of",
    "edit_contact",
    "end_contact",
    "file_paper",
    "give_references",
    "lift_suspension",
    "move_grace",
    "note_use",
    "refuse",
    "refuse_unless_it_may_join",
    "remove_use",
    "reopen",
    "resign",
    "save_draft",
    "send",
    "suspend",
    "take_back_resignation",
    "withdraw",
]
