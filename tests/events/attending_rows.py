"""A registration, for tests that are not about registering."""

from datetime import datetime

from events.models import Registration, TimeSlot


def registered(slot: TimeSlot, *, at: datetime, email: str = "visite@ville.example") -> Registration:
    return Registration.objects.create(
        slot=slot, email=email, name="Lou Exemple", nonce="n" * 32, digest="d" * 64, created_at=at, confirmed_at=at, seated_at=at
    )
