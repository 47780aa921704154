"""Sending trainers the page of their day, and closing it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from bookings import trainer_emails, trainers
from bookings.models import TrainerLink
from core.refusals import Refused
from programmes.models import Trainer, TrainingSession
from records.services import record


@transaction.atomic
def call(session: TrainingSession, trainer: Trainer, *, words: str = "", by: Any, now: datetime) -> TrainerLink:
    """« Convocation du formateur »: the same page again when it was sent before."""
    # One trainer is called once at a time: two presses make one link.
    TrainingSession.objects.select_for_update(of=("self",), no_key=True).get(pk=session.pk)
    if not session.team.filter(trainer=trainer).exists():
        raise Refused(f"{trainer} n’est pas de l’équipe de cette journée.")
    if not trainer.email:
        raise Refused(f"{trainer} n’a pas d’adresse électronique\u202f: donnez-la dans sa fiche.")
    if session.cancelled_at:
        raise Refused("Cette journée est annulée.")
    link = trainers.link_for(session, trainer, now=now)
    trainer_emails.post_called(link, words=words.strip(), now=now)
    record("convocation du formateur", session, by=by, now=now, note=str(trainer))
    return link
