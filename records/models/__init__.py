"""What the house keeps about itself. No foreign key to people: names stay when accounts go."""

from core.numbers import validate_siret
from records.models.act import Act
from records.models.association import SHOWN_FOR, Association, validate_iban
from records.models.job import Job, JobRow
from records.models.kept import Kept, KeptQuerySet

__all__ = ["SHOWN_FOR", "Act", "Association", "Job", "JobRow", "Kept", "KeptQuerySet", "validate_iban", "validate_siret"]
