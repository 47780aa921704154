"""People, who sign in by e-mail, and the roles they hold."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.roles import OPENS_ADMIN, PERMISSIONS, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **fields: Any) -> "User":
        """Make a person without password: the proof is always a mailed code or link, or a passkey."""
        user = self.model(email=normalise(email), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


def normalise(email: str) -> str:
    """Return the form under which an address is one person's (domain.md A3)."""
    return email.strip().lower()


class User(AbstractBaseUser):
    """A person. What it may do comes from its roles (`accounts/roles.py`), never from a flag."""

    email = models.EmailField("adresse électronique", unique=True)
    first_name = models.CharField("prénom", max_length=80, blank=True)
    last_name = models.CharField("nom", max_length=80, blank=True)
    is_active = models.BooleanField("compte ouvert", default=True)
    date_joined = models.DateTimeField("créé le", default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "personne"
        verbose_name_plural = "personnes"
        ordering = ["email", "pk"]
        constraints = [models.CheckConstraint(name="user_email_is_normalised", condition=models.Q(email=models.functions.Lower("email")))]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @cached_property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(grant.role) for grant in self.grants.all()) if self.pk else frozenset()

    @property
    def is_staff(self) -> bool:
        """Django's word for « enters the admin »."""
        return self.is_active and bool(self.roles & OPENS_ADMIN)

    @property
    def is_superuser(self) -> bool:
        return False

    def get_all_permissions(self, obj: object = None) -> frozenset[str]:
        if not self.is_active:
            return frozenset()
        return frozenset().union(*(PERMISSIONS[role] for role in self.roles))

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in self.get_all_permissions()

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())


class Grant(models.Model):
    """A role held by a person."""

    user = models.ForeignKey(User, verbose_name="personne", on_delete=models.CASCADE, related_name="grants")
    role = models.CharField("rôle", max_length=16, choices=Role)

    class Meta:
        verbose_name = "rôle"
        verbose_name_plural = "rôles"
        ordering = ["role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="grant_once", violation_error_message="Ce rôle est déjà donné."),
            models.CheckConstraint(name="grant_role_is_known", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return Role(self.role).label
