"""Staff prepare seasons, answer proposals, write communiqués."""

from events.admin.events import EventAdmin, RegionCoordinatorAdmin
from events.admin.kits import CommunicationKitAdmin
from events.admin.partners import PartnerLinkAdmin
from events.admin.press import PressContactAdmin, PressReleaseAdmin
from events.admin.seasons import SeasonAdmin

__all__ = [
    "CommunicationKitAdmin",
    "EventAdmin",
    "PartnerLinkAdmin",
    "RegionCoordinatorAdmin",
    "PressContactAdmin",
    "PressReleaseAdmin",
    "SeasonAdmin",
]
