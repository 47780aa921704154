"""Applications, every version of them, what staff add while they sort, what the jury says and decides."""

from applications.models.application import Application, ApplicationQuerySet
from applications.models.choosing import Bound, EmployerAgreement, Offer, ResultsRelease
from applications.models.reading import HIGHEST, ConflictOfInterest, Criterion, Juror, Review, ReviewVersion, Score, Selection
from applications.models.step import FOLDER, RENDERED_AHEAD, Step
from applications.models.triage import LateLink, Note, Tag

__all__ = [
    "FOLDER",
    "HIGHEST",
    "RENDERED_AHEAD",
    "Application",
    "ApplicationQuerySet",
    "Bound",
    "ConflictOfInterest",
    "Criterion",
    "EmployerAgreement",
    "Juror",
    "LateLink",
    "Note",
    "Offer",
    "ResultsRelease",
    "Review",
    "ReviewVersion",
    "Score",
    "Selection",
    "Step",
    "Tag",
]
