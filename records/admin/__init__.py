"""What the house keeps, in the admin: the association's record, the audit log, long work."""

from records.admin.acts import ActAdmin, changes_table
from records.admin.association import AssociationAdmin
from records.admin.jobs import JobAdmin

__all__ = ["ActAdmin", "AssociationAdmin", "JobAdmin", "changes_table"]
