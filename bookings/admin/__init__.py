"""Orders, days, their sale and the conditions, as the team runs them."""

from bookings.admin.orders import BookingAdmin
from bookings.admin.terms import ConditionsAdmin, TermsAdmin

__all__ = ["BookingAdmin", "ConditionsAdmin", "TermsAdmin"]
