"""Staff prepare seasons, answer proposals, write communiqués."""

from events.admin.events import EventAdmin, RegionCoordinatorAdmin
from events.admin.press import PressContactAdmin, PressReleaseAdmin
from events.admin.seasons import SeasonAdmin

__all__ = ["EventAdmin", "RegionCoordinatorAdmin", "PressContactAdmin", "PressReleaseAdmin", "SeasonAdmin"]
