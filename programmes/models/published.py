"""What calls and training days share: an address below a programme, and a date from which everybody sees them."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from programmes.models.programme import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

RowT = TypeVar("RowT", bound=models.Model)
# There are two doors to one date: the form, and the screen that says what is still to be corrected.
PUBLISHED_HELP = (
    "Vide : visible de l’équipe seulement. Heure de Paris. « Publication et aperçu », en haut de la fiche, pose la même date : "
    "tout de suite ou plus tard, après avoir dit ce qui reste à corriger."
)


class PublishedQuerySet(models.QuerySet[RowT]):
    def public(self, *, now: datetime) -> Self:
        """What anybody may see at `now`: published, of a public programme."""
        return self.filter(programme__is_public=True, published_at__lte=now)

    def visible_to(self, user: "User | AnonymousUser", *, now: datetime) -> Self:
        """Staff preview what is not published yet; anybody else sees what is public."""
        return self.all() if user.has_perm(f"programmes.view_{self.model._meta.model_name}") else self.public(now=now)


class Published(models.Model):
    """A row with a page of its own, seen by everybody from its publication on."""

    # Ends of addresses that are pages of the portal itself, and what to take instead.
    taken_slugs: ClassVar[frozenset[str]]
    other_slug: ClassVar[str]
    programme: "models.ForeignKey[Programme, Programme]"
    slug: "models.SlugField[str, str]"

    published_at = models.DateTimeField("publiée à partir de", null=True, blank=True, help_text=PUBLISHED_HELP)
    changed_at = models.DateTimeField("modifiée le", null=True, blank=True, editable=False)
    # In the signature of its links of « Aperçu »: one more, and those given before open nothing.
    previews_round = models.PositiveIntegerField("tour des liens d’aperçu", default=0, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.title)  # type: ignore[attr-defined]  # each says its own

    def clean(self) -> None:
        if self.slug in self.taken_slugs:
            words = f"Cette adresse est déjà prise par le portail : donnez-en une autre, {self.other_slug} par exemple."
            raise ValidationError({"slug": words})

    def is_public(self, *, now: datetime) -> bool:
        """The rule of `PublishedQuerySet.public`, for one row at hand."""
        return self.programme.is_public and self.published_at is not None and self.published_at <= now
