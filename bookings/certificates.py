"""The numbers of certificates, and what the public page says to whoever holds one (domain.md C4).

A number is drawn at random, eighty bits of it: whoever holds the paper verifies it, nobody guesses or lists them. It is read over the
telephone: capitals and digits that look like nothing else, by four.
"""

import re
import secrets
from dataclasses import dataclass

from bookings.halves import attended
from bookings.models import Certificate

# Crockford's thirty-two signs: neither I, L, O nor U.
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 16, 4
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


def new_number() -> str:
    """Return « 7K3M-0QX9-ZR4T-8WHC »."""
    signs = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    return "-".join(signs[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def typed(number: str) -> str:
    """Return a number as it is kept, however it was copied: without hyphens, in small letters, O for 0."""
    signs = re.sub(r"[^0-9A-Z]", "", number.upper()).translate(_READ_AS)
    return "-".join(signs[start : start + GROUP] for start in range(0, len(signs), GROUP))


@dataclass(frozen=True)
class Verified:
    """A certificate of this number exists; `replaced`: another took its place; `withdrawn`: its presence was taken back since."""

    certificate: Certificate
    replaced: bool
    withdrawn: bool

    @property
    def is_good(self) -> bool:
        return not (self.replaced or self.withdrawn)


def verified(number: str) -> Verified | None:
    """Return what is known of a number; None: no certificate has it."""
    rows = Certificate.objects.select_related("seat__booking__session", "replaced_by")
    row = rows.filter(number=typed(number)).first()
    if row is None:
        return None
    return Verified(row, replaced=getattr(row, "replaced_by", None) is not None, withdrawn=_is_withdrawn(row))


def _is_withdrawn(row: Certificate) -> bool:
    """Presences corrected since to something else; those that retention erased say nothing against it."""
    kept = list(row.seat.attendance.all())
    return bool(kept) and attended(row.seat.booking.session, [each.half for each in kept if each.present]) == 0
