"""Staff write programmes, calls, training days, their places and people."""

from programmes.admin.editions import EditionAdmin, ProgrammeAdmin, VenueAdmin

__all__ = ["EditionAdmin", "ProgrammeAdmin", "VenueAdmin"]
