"""What took ten seconds to load is loaded once a process: the rows of PostgreSQL and the files, put back as they were.

Only for tests that read what they load: what they hold in memory keeps its keys, since the rows come back with theirs.
"""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection, transaction

T = TypeVar("T")
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'django_migrations' ORDER BY tablename"
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"


class Snapshot(Generic[T]):
    """`load()` fills the database once; each later call empties it and puts the same rows and files back."""

    def __init__(self, load: Callable[[], T], folder: Path) -> None:
        self._load, self._folder = load, folder
        self._rows: dict[str, bytes] = {}
        self._sequences: list[tuple[str, int]] = []
        self._loaded: T | None = None

    def __call__(self) -> T:
        if self._loaded is None:
            self._loaded = self._load()
            self._keep()
        else:
            self._put_back()
        return self._loaded

    def _keep(self) -> None:
        with connection.cursor() as cursor:
            for table in _tables(cursor):
                rows = BytesIO()
                cursor.copy_expert(f'COPY "{table}" TO STDOUT WITH BINARY', rows)
                self._rows[table] = rows.getvalue()
            cursor.execute(_SEQUENCES)
            self._sequences = cursor.fetchall()
        _copy(Path(settings.MEDIA_ROOT), self._folder)

    @transaction.atomic
    def _put_back(self) -> None:
        with connection.cursor() as cursor:
            names = ", ".join(f'"{table}"' for table in self._rows)
            cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
            cursor.execute("SET LOCAL session_replication_role = replica")  # in any order, and as they were: triggers said what they had to
            for table, rows in self._rows.items():
                cursor.copy_expert(f'COPY "{table}" FROM STDIN WITH BINARY', BytesIO(rows))
            for sequence, last in self._sequences:
                cursor.execute("SELECT setval(%s, %s)", [f'"{sequence}"', last])
        _copy(self._folder, Path(settings.MEDIA_ROOT))


def _tables(cursor: Any) -> list[str]:
    cursor.execute(_TABLES)
    return [table for (table,) in cursor.fetchall()]


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True)
