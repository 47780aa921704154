"""Applications, every version of them, and what staff add while they sort."""

from applications.models.application import Application, ApplicationQuerySet
from applications.models.step import FOLDER, RENDERED_AHEAD, Step
from applications.models.triage import LateLink, Note, Review, Tag

__all__ = ["FOLDER", "RENDERED_AHEAD", "Application", "ApplicationQuerySet", "LateLink", "Note", "Review", "Step", "Tag"]
