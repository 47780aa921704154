"""After a test that commits, PostgreSQL is emptied as Django's `flush` does it, in a tenth of its time (docs/adr/0052).

`flush` truncates every table, then asks every app for its first rows again: types, permissions, roles. Here the first one does so;
what it leaves is kept, and put back by the next ones, which empty only the tables that hold anything.
"""

from io import BytesIO
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'django_migrations' ORDER BY tablename"


class Emptying:
    """What a database holds once it was flushed."""

    def __init__(self) -> None:
        self._rows: dict[str, bytes] | None = None

    def keep(self) -> None:
        with connection.cursor() as cursor:
            self._rows = {table: _copied(cursor, table) for table in _holding(cursor, tables_of(cursor))}

    @transaction.atomic
    def __call__(self) -> bool:
        """Put it back; tell whether that could be done."""
        if self._rows is None:
            return False
        with connection.cursor() as cursor:
            tables = tables_of(cursor)
            # As TRUNCATE does, wait for whoever still writes: what they commit goes too.
            cursor.execute(f"LOCK TABLE {', '.join(map(_quoted, tables))} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL session_replication_role = replica")  # in any order, and in spite of what guards a history
            for table in _holding(cursor, tables):
                cursor.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608 - the name of a table
            for table, rows in self._rows.items():
                cursor.copy_expert(f"COPY {_quoted(table)} FROM STDIN WITH BINARY", BytesIO(rows))
        ContentType.objects.clear_cache()  # as `flush` does: a snapshot has types of its own
        return True


def tables_of(cursor: Any) -> list[str]:
    cursor.execute(_TABLES)
    return [table for (table,) in cursor.fetchall()]


def install() -> None:
    """Take the place of `flush` in the tests of this process."""
    emptying, plain = Emptying(), TransactionTestCase._fixture_teardown

    def teardown(self: TransactionTestCase) -> None:
        whole = self.available_apps is None and not self.serialized_rollback
        if not (whole and emptying()):
            plain(self)
            emptying.keep()

    TransactionTestCase._fixture_teardown = teardown


def _holding(cursor: Any, tables: list[str]) -> list[str]:
    """The tables that hold a row."""
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {_quoted(table)})" for table in tables)  # noqa: S608 - names of tables
    cursor.execute(" UNION ALL ".join(asked))
    return [table for (table,) in cursor.fetchall()]


def _copied(cursor: Any, table: str) -> bytes:
    rows = BytesIO()
    cursor.copy_expert(f"COPY {_quoted(table)} TO STDOUT WITH BINARY", rows)
    return rows.getvalue()


def _quoted(table: str) -> str:
    return f'"{table}"'
