"""Staff prepare seasons, answer proposals, write communiqués."""

from events.admin.press import PressContactAdmin, PressReleaseAdmin
from events.admin.seasons import SeasonAdmin

__all__ = ["PressContactAdmin", "PressReleaseAdmin", "SeasonAdmin"]
