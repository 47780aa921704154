"""What is done with memberships: each verb takes its moment from the door."""

from memberships.services.accepting import accept, ask, lift_suspension, refuse, suspend
from memberships.services.answering import confirm, decline
from memberships.services.claiming import answer, claim, take_back
from memberships.services.contacting import add_contact, edit_contact, end_contact
from memberships.services.declaring import declare_domain, make_link, remove_domain, revoke_link, revoke_one
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
    "answer",
    "ask",
    "ask_invoice",
    "claim",
    "complete",
    "confirm",
    "declare_domain",
    "decline",
    "delete_draft",
    "draft_of",
    "edit_contact",
    "end_contact",
    "file_paper",
    "give_references",
    "lift_suspension",
    "make_link",
    "move_grace",
    "note_use",
    "refuse",
    "refuse_unless_it_may_join",
    "remove_domain",
    "remove_use",
    "reopen",
    "resign",
    "revoke_link",
    "revoke_one",
    "save_draft",
    "send",
    "suspend",
    "take_back",
    "take_back_resignation",
    "withdraw",
]
