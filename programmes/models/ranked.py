"""Rows that stand in an order that staff give: those that are given none come last."""

from typing import Any, ClassVar

from django.db import models


class Ranked(models.Model):
    """Below another row, in the order of `order`; `ranked_in` names the foreign key to that row."""

    ranked_in: ClassVar[str]
    order = models.PositiveSmallIntegerField("rang", default=0, help_text="0 : à la suite des autres.")

    class Meta:
        abstract = True
        ordering = ["order", "pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new row left at 0 takes the next rank."""
        if self._state.adding and not self.order:
            beside = type(self)._default_manager.filter(**{self.ranked_in: getattr(self, self.ranked_in)})
            self.order = 1 + (beside.aggregate(last=models.Max("order"))["last"] or 0)
        super().save(*args, **kwargs)
