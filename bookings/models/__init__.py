"""Orders of seats in training days, the people they bring, the day itself, and their papers."""

from bookings.models.billed import BilledSeat
from bookings.models.booking import VIEW_BOOKING, Booking, BookingStep, PlaceOffer, Seat
from bookings.models.papers import BookingPaper
from bookings.models.running import Attendance, Certificate, TrainerLink
from bookings.models.terms import SaleConditions, SessionTerms

__all__ = [
    "VIEW_BOOKING",
    "Attendance",
    "BilledSeat",
    "Booking",
    "BookingPaper",
    "BookingStep",
    "Certificate",
    "PlaceOffer",
    "SaleConditions",
    "Seat",
    "SessionTerms",
    "TrainerLink",
]
