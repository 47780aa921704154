"""The table of members that may be imported, by the mechanism of organisations (`organisations.tables`)."""

from accounts.roles import IMPORT_MEMBERSHIPS
from memberships.cells import COLUMNS
from memberships.services.entering_past import MembersImporter
from organisations import importing
from organisations.tables import TABLES, Table

MEMBERSHIPS = "memberships"
TABLE = Table(MEMBERSHIPS, "adhérents", COLUMNS, MembersImporter, IMPORT_MEMBERSHIPS, "admin:memberships_membership_import", "adherents")


def register() -> None:
    """Make the table known, with the two works that try it and write it."""
    TABLES[MEMBERSHIPS] = TABLE
    importing.register(TABLE)
