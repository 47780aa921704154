"""The register of public bodies: who they are, who to write to, what Chorus Pro asks of whoever invoices them."""

from organisations.models.contact import Contact
from organisations.models.importing import ImportFile
from organisations.models.organisation import Alias, Organisation, ServiceCode, validate_commune

__all__ = ["Alias", "Contact", "ImportFile", "Organisation", "ServiceCode", "validate_commune"]
