"""The kinds of tables that may be imported: what each reads, who may, and which importer plans its rows. One mechanism for all.

An app above adds its own: `TABLES["memberships"] = Table(…)`, then `organisations.importing.register(table)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts.roles import IMPORT_ORGANISATIONS
from organisations.cells import COLUMNS, Column
from organisations.services.importing import Importer

ORGANISATIONS = "organisations"


@dataclass(frozen=True)
class Table:
    """`name` also names its work (« organisations.import »); `page` is where it is deposited; `file` how its files are called."""

    name: str
    label: str
    columns: Mapping[str, Column]
    importer: Callable[[], Importer]
    permission: str
    page: str
    file: str

    @property
    def headings(self) -> dict[str, str]:
        return {column.heading: name for name, column in self.columns.items()}

    @property
    def trying(self) -> str:
        return f"{self.name}.try_import"

    @property
    def writing(self) -> str:
        return f"{self.name}.import"


TABLES: dict[str, Table] = {
    ORGANISATIONS: Table(
        ORGANISATIONS, "organismes", COLUMNS, Importer, IMPORT_ORGANISATIONS, "admin:organisations_organisation_import", "organismes"
    )
}
