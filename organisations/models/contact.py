"""Who to write to in a body, in which role, from when to when."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from accounts.models import normalise
from core import clock
from core.clock import PARIS
from organisations.models.organisation import Organisation
from organisations.naming import words_of
from organisations.states import ContactRole

if TYPE_CHECKING:
    from accounts.models import User


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: "User") -> "ContactQuerySet":
        return self if user.has_perm("organisations.view_contact") else self.none()

    def current(self, *, on: date) -> "ContactQuerySet":
        """Those in their role on a day; the last day counts."""
        begun = models.Q(starts_on=None) | models.Q(starts_on__lte=on)
        return self.filter(begun, models.Q(ends_on=None) | models.Q(ends_on__gte=on))

    def held_by(self, user: "User") -> "ContactQuerySet":
        """The roles a person holds today: access ends with the last day of a role, so the clock is read at each look."""
        return self.filter(account=user.pk).current(on=clock.now().astimezone(PARIS).date()) if user.pk else self.none()

    def ended_before(self, day: date) -> "ContactQuerySet":
        return self.filter(ends_on__lt=day)

    def of(self, organisation: Organisation, *, on: date) -> "ContactQuerySet":
        """Those who speak for a body on a day: its own, and those of the bodies it has replaced by then."""
        return self.filter(organisation__in=organisation.heirs_of(on)).current(on=on)


class Contact(models.Model):
    """A person's role in a body. A role that ends keeps its row, with its last day, until the purge (`retention`)."""

    UNITED_WHEN_MERGED = True

    organisation = models.ForeignKey(Organisation, verbose_name="organisme", on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField("rôle", max_length=7, choices=ContactRole, default=ContactRole.GENERAL)
    first_name = models.CharField("prénom", max_length=80, blank=True)
    last_name = models.CharField("nom", max_length=80, blank=True, help_text="Vide pour une adresse de service.")
    job = models.CharField("fonction", max_length=160, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts"
    )
    starts_on = models.DateField("depuis le", null=True, blank=True)
    ends_on = models.DateField(
        "jusqu’au", null=True, blank=True, help_text="Dernier jour dans ce rôle. La ligne est effacée trois ans après."
    )
    search = models.TextField("recherche", blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "contact"
        verbose_name_plural = "contacts"
        ordering = ["role", "last_name", "first_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "role", "email"],
                name="contact_once_in_a_role",
                condition=models.Q(ends_on=None) & ~models.Q(email=""),
                violation_error_message="Cette adresse tient déjà ce rôle dans cet organisme.",
            ),
            models.CheckConstraint(name="contact_role_is_known", condition=models.Q(role__in=ContactRole.values)),
            models.CheckConstraint(
                name="contact_is_somebody",
                condition=~models.Q(email="") | ~models.Q(last_name="") | ~models.Q(job=""),
                violation_error_message="Donnez au moins une adresse électronique, un nom ou une fonction.",
            ),
            models.CheckConstraint(
                name="contact_ends_after_it_starts",
                condition=models.Q(starts_on=None) | models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                violation_error_message="Le dernier jour vient avant le premier.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.job or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normalise(self.email)
        self.search = words_of(self.last_name, self.first_name, self.email, self.phone, self.job)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        self.email = normalise(self.email)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
