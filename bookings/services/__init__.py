"""What is done with orders of seats. Doors read the clock and pass `now`; a refusal is a sentence for the person (`Refused`).

Contracts for the other files of the app:
- `moving.move` changes a state and writes the step; it moves no place. `moving.note` writes a change without state.
- `bookings.seats` holds the one count: `take_seats` is the conditional update, `release_seats` gives places back and offers them.
- Lock order: invoices (`holding.hold_invoices`), orders and offers, the row of the day; counters of invoices last (`bookings.seats`).
"""

from bookings.seats import give_back as give_back_seats
from bookings.seats import take as take_seats
from bookings.services.firming import give_reference, make_firm
from bookings.services.holding import fresh
from bookings.services.moving import Overtaken, move, note
from bookings.services.offering import accept, decline, fill, rank_of, take_fewer, why_not
from bookings.services.ordering import TooEarly, order, prove
from bookings.services.settling import release_seats, settle, withdraw

__all__ = [
    "Overtaken",
    "TooEarly",
    "accept",
    "decline",
    "fill",
    "fresh",
    "give_back_seats",
    "give_reference",
    "make_firm",
    "move",
    "note",
    "order",
    "prove",
    "rank_of",
    "release_seats",
    "settle",
    "take_fewer",
    "take_seats",
    "why_not",
    "withdraw",
]
