"""Seasons, their events, who proposes and who comes, and the press."""

from events.models.attending import Invitation, Registration
from events.models.event import Event, EventFormat, EventPartner, EventStep, Organiser, TimeSlot
from events.models.partners import CommunicationKit, PartnerLink
from events.models.picture import EventPicture
from events.models.press import PressContact, PressFile, PressLink, PressRelease, PressSection, PressVersion
from events.models.season import VIEW_EVENT, RegionCoordinator, Season

__all__ = [
    "VIEW_EVENT",
    "CommunicationKit",
    "Event",
    "EventFormat",
    "EventPartner",
    "EventPicture",
    "EventStep",
    "Invitation",
    "Organiser",
    "PartnerLink",
    "PressContact",
    "PressFile",
    "PressLink",
    "PressRelease",
    "PressSection",
    "PressVersion",
    "Registration",
    "RegionCoordinator",
    "Season",
    "TimeSlot",
]
