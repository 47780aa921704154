"""Programmes, calls, training days, what is told of their changes, and their flyers."""

from programmes.models.change import Change, ChangeKind, Interest
from programmes.models.edition import PREFIX, Edition, EditionQuerySet, Partner, PartnerRole, Phase, PhaseQuerySet
from programmes.models.flyer import Flyer
from programmes.models.programme import Hue, Kind, Programme, ProgrammeQuerySet, Venue
from programmes.models.session import AgendaItem, SessionTrainer, Slot, Trainer, TrainingSession, TrainingSessionQuerySet, VatMode

__all__ = [
    "PREFIX", "AgendaItem", "Change", "ChangeKind", "Edition", "EditionQuerySet", "Flyer", "Hue", "Interest", "Kind", "Partner",
    "PartnerRole", "Phase", "PhaseQuerySet", "Programme", "ProgrammeQuerySet", "SessionTrainer", "Slot", "Trainer", "TrainingSession",
    "TrainingSessionQuerySet", "VatMode", "Venue",
]  # fmt: skip
