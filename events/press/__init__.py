"""The press room: communiqués, their links, kit, PDF and feed (domain.md F1 and F2).

Their models are in `events/models/press.py`, their acts in `events/services/press.py`.
"""

from events.press.reading import listed_of

__all__ = ["listed_of"]
