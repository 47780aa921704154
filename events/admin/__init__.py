"""Staff prepare seasons, answer proposals, write communiqués."""

from events.admin.press import PressContactAdmin, PressReleaseAdmin

__all__ = ["PressContactAdmin", "PressReleaseAdmin"]
