"""Staff write programmes, calls, training days, their places and people."""

from programmes.admin.editions import EditionAdmin, ProgrammeAdmin, VenueAdmin
from programmes.admin.flyers import FlyerAdmin
from programmes.admin.people import TrainerAdmin
from programmes.admin.sessions import SessionAdmin

__all__ = ["EditionAdmin", "FlyerAdmin", "ProgrammeAdmin", "SessionAdmin", "TrainerAdmin", "VenueAdmin"]
