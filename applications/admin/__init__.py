"""Staff sort applications here."""

from applications.admin.list import ApplicationAdmin

__all__ = ["ApplicationAdmin"]
