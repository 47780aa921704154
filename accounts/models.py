"""People, who sign in by e-mail, the roles they hold, and the mailed proofs that open their account."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.roles import OPENS_ADMIN, PERMISSIONS, Role
from accounts.states import Purpose, Standing
from core.folding import asked_words, fold, only_signs

# After so many wrong codes a proof is worth nothing: a code of six digits cannot be guessed.
CODE_ATTEMPTS = 5


class UserQuerySet(models.QuerySet["User"]):
    def with_role(self, *roles: Role) -> "UserQuerySet":
        """Open accounts that hold one of these roles."""
        return self.filter(is_active=True, grants__role__in=roles).distinct()

    def holding_no_role(self) -> "UserQuerySet":
        return self.filter(grants__isnull=True)

    def matching(self, words: str) -> "UserQuerySet":
        """Every word is somewhere in the name or in one of the addresses; accents and case do not count."""
        found: UserQuerySet = self.none() if only_signs(words) else self
        for word in asked_words(words):
            proven = models.Exists(_addresses().filter(user=models.OuterRef("pk"), verified=True, email__contains=word))
            found = found.filter(models.Q(search__contains=word) | proven)
        return found

    def bulk_create(self, objs: Iterable["User"], *args: Any, **options: Any) -> "list[User]":
        people = list(objs)
        for person in people:
            person.search = person.searched()
        return super().bulk_create(people, *args, **options)

    def unseen_since(self, moment: datetime) -> "UserQuerySet":
        """Neither made nor signed in since `moment`."""
        return self.filter(date_joined__lt=moment).filter(models.Q(last_login__isnull=True) | models.Q(last_login__lt=moment))


def _addresses() -> Any:
    """Every address of people; allauth's own models point at ours."""
    from allauth.account.models import EmailAddress

    return EmailAddress.objects.all()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, **fields: Any) -> "User":
        """Make a person without password: the proof is always a mailed code or link, or a passkey."""
        user = self.model(email=normalise(email), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


def normalise(email: str) -> str:
    """Return the form under which an address is one person's (domain.md A3)."""
    return unicodedata.normalize("NFC", email.strip().lower())


class User(AbstractBaseUser):
    """A person. What it may do comes from its roles (`accounts/roles.py`), never from a flag."""

    # Whether this session has shown a second factor (`accounts/middleware.py`). Until then the roles sleep:
    # their holder is an ordinary person. Outside a request (commands, tasks, tests of services) nothing sleeps.
    factor_shown = True

    email = models.EmailField("adresse électronique", unique=True)
    first_name = models.CharField("prénom", max_length=80, blank=True)
    last_name = models.CharField("nom", max_length=80, blank=True)
    is_active = models.BooleanField("compte ouvert", default=True)
    date_joined = models.DateTimeField("créé le", default=timezone.now)
    # Name and address, folded: kept by `save` and `bulk_create`.
    search = models.TextField("recherche", blank=True, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "personne"
        verbose_name_plural = "personnes"
        ordering = ["email", "pk"]
        constraints = [models.CheckConstraint(name="user_email_is_normalised", condition=models.Q(email=Lower("email")))]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep `search` in step with what is saved."""
        self.search = self.searched()
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "search"}
        super().save(*args, **kwargs)

    def searched(self) -> str:
        return fold(self.first_name, self.last_name, self.email)

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """How the admin greets."""
        return str(self)

    def addresses(self) -> list[str]:
        """Return every address proven to be this person's: each signs in, and letters to each are theirs."""
        proven = _addresses().filter(user=self, verified=True).order_by("email").values_list("email", flat=True)
        return sorted({self.email, *proven})

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
        """What the roles open (`accounts/roles.py`); nothing while the second factor was not shown."""
        if not self.is_active or not self.factor_shown:
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


class LinkQuerySet(models.QuerySet[Any]):
    """What mailed links have in common: they are live, or not."""

    def live(self, *, now: datetime) -> "LinkQuerySet":
        return self.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now)

    def revoke(self, *, now: datetime) -> int:
        """Make these links worth nothing; those already used or revoked keep their date."""
        return self.filter(used_at__isnull=True, revoked_at__isnull=True).update(revoked_at=now)

    def finished_before(self, moment: datetime) -> "LinkQuerySet":
        return self.filter(expires_at__lt=moment)


class MailedLink(models.Model):
    """A secret sent to an address, for one use and a while. Only its hash is kept."""

    email = models.EmailField("adresse électronique", db_index=True)
    secret_hash = models.CharField("empreinte du lien", max_length=64, unique=True)
    created_at = models.DateTimeField("demandé le")
    expires_at = models.DateTimeField("valable jusqu’au")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)
    revoked_at = models.DateTimeField("annulé le", null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        abstract = True

    def standing(self, *, now: datetime) -> Standing:
        """Say which of the four, in the order that tells the person most."""
        if self.used_at:
            return Standing.USED
        if self.revoked_at:
            return Standing.REVOKED
        return Standing.LIVE if now < self.expires_at else Standing.EXPIRED


class Invitation(MailedLink):
    """A colleague or a reviewer called in by mail, with the roles that wait for them."""

    roles = models.JSONField("rôles", default=list)
    first_name = models.CharField("prénom", max_length=80, blank=True)
    last_name = models.CharField("nom", max_length=80, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="invitée par", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.email

    def role_labels(self) -> str:
        return ", ".join(Role(role).label for role in self.roles)


class Proof(MailedLink):
    """A code and a link mailed to an address: whoever gives one back reads that mailbox.

    `ask_key` names the form that asked: the same form sent twice is one proof and one letter.
    A `decoy` looks like the others and proves nothing: the address to add is somebody else's already.
    """

    purpose = models.CharField("objet", max_length=8, choices=Purpose, default=Purpose.SIGN_IN)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="demandé par", on_delete=models.CASCADE, null=True, blank=True, related_name="proofs"
    )
    invitation = models.ForeignKey(
        Invitation, verbose_name="invitation", on_delete=models.SET_NULL, null=True, blank=True, related_name="proofs"
    )
    ask_key = models.CharField("demande", max_length=64, unique=True)
    code_hash = models.CharField("empreinte du code", max_length=64)
    asker_hash = models.CharField("empreinte du réseau", max_length=64, blank=True, db_index=True)
    used_from = models.CharField("empreinte du navigateur", max_length=64, blank=True)
    next = models.CharField("page demandée", max_length=500, blank=True)
    is_decoy = models.BooleanField("leurre", default=False)
    attempts = models.PositiveSmallIntegerField("essais", default=0)

    class Meta:
        verbose_name = "preuve d’adresse"
        verbose_name_plural = "preuves d’adresse"
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["email", "created_at"], name="proof_asked")]
        constraints = [
            models.CheckConstraint(name="proof_purpose_is_known", condition=models.Q(purpose__in=Purpose.values)),
            models.CheckConstraint(name="proof_attempts_are_counted", condition=models.Q(attempts__lte=CODE_ATTEMPTS)),
            models.CheckConstraint(
                name="proof_of_an_address_has_its_person", condition=~models.Q(purpose=Purpose.ADDRESS) | models.Q(user__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{Purpose(self.purpose).label} : preuve {self.pk}"
