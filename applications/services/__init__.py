"""What a person does with an application, and what staff do: each verb takes its moment from the door."""

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

__all__ = ["Closed", "Stale", "Typing", "accept_late", "delete_draft", "discard_changes", "save_typing", "submit", "withdraw"]
