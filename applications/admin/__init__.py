"""Staff sort applications here."""

from applications.admin.limits import LateLinkAdmin
from applications.admin.list import ApplicationAdmin

__all__ = ["ApplicationAdmin", "LateLinkAdmin"]
