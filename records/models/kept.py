"""Rows that are added, and never changed nor removed: a history that cannot be edited.

PostgreSQL refuses by triggers whatever comes by another road (migrations `never_change`, docs/adr/0015); here the model refuses, on
SQLite too. Two things may still be written: a word may be blanked (`blank`, by the purge), a file made later is filled in once (`fill`).
"""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, NoReturn, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

M = TypeVar("M", bound="Kept")
KEPT = "Un historique ne se modifie pas et ne s’efface pas."


class KeptQuerySet(models.QuerySet[M]):
    def blank(self, *names: str) -> int:
        """Blank these words of the rows, and nothing else (domain.md G3)."""
        words = self.model.WORDS
        if refused := set(names) - words.keys():
            raise ValidationError(f"{KEPT} ({', '.join(sorted(refused))})")
        return super().update(**{name: words[name] for name in names})

    def fill(self, **files: str) -> int:
        """Write what was made later in the rows that do not have it yet; return how many."""
        if refused := files.keys() - self.model.MADE_LATER:
            raise ValidationError(f"{KEPT} ({', '.join(sorted(refused))})")
        missing = self.filter(**dict.fromkeys(files, ""))
        return super(KeptQuerySet, missing).update(**files)

    def update(self, **values: Any) -> NoReturn:
        raise ValidationError(KEPT)

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> NoReturn:
        raise ValidationError(KEPT)

    def bulk_create(self, objs: Iterable[M], *args: Any, update_conflicts: bool = False, **options: Any) -> list[M]:
        if update_conflicts:
            raise ValidationError(KEPT)
        return super().bulk_create(objs, *args, **options)

    def delete(self) -> NoReturn:
        raise ValidationError(KEPT)


class Kept(models.Model):
    """`WORDS`: what each blankable field becomes. `MADE_LATER`: the files filled in once."""

    WORDS: ClassVar[dict[str, Any]] = {}
    MADE_LATER: ClassVar[Collection[str]] = ()

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise ValidationError(KEPT)
        # Never an UPDATE, even of a row whose key was guessed.
        super().save(**{**options, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ValidationError(KEPT)
