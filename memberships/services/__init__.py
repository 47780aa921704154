"""What is done with memberships: each verb takes its moment from the door."""

from memberships.services.accepting import accept, ask, lift_suspension, refuse, suspend
from memberships.services.joining import complete, send, withdraw

__all__ = ["accept", "ask", "complete", "lift_suspension", "refuse", "send", "suspend", "withdraw"]
