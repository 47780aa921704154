"""The register, kept by staff."""

from organisations.admin.contacts import ContactAdmin
from organisations.admin.register import OrganisationAdmin

__all__ = ["ContactAdmin", "OrganisationAdmin"]
