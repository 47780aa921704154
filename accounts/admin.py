"""People, in the admin: who they are, the roles they hold, and the acts about them. No password anywhere."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from accounts import colleagues, factors, forms
from accounts.http import UserRequest
from accounts.models import Invitation, User
from accounts.roles import CHANGE_ADDRESS, CHANGE_ROLES, CLOSE_ACCOUNT, INVITE, RESET_FACTOR, Role
from core import clock
from core.admin import NamedAdmin
from core.refusals import Refused
from mailing.models import Refusal
from records.history import HistoryAdmin


def _no_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    raise Http404


def _sign_out(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    return allauth_views.logout(request)


# One door: the admin has no sign-in, no password and no farewell page of its own.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.password_change = _no_password  # type: ignore[assignment,method-assign]
admin.site.password_change_done = _no_password  # type: ignore[assignment,method-assign]
admin.site.logout = _sign_out  # type: ignore[assignment,method-assign]


class RoleFilter(admin.SimpleListFilter):
    title = "rôle"
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return [*((role.value, role.label) for role in Role), ("aucun", "sans rôle")]

    def queryset(self, request, queryset):
        if self.value() == "aucun":
            return queryset.filter(grants__isnull=True)
        return queryset.filter(grants__role=self.value()) if self.value() else queryset


class Act:
    """One act about a person: its page in the admin, who may open it, the form it asks and the verb it calls."""

    def __init__(self, slug: str, label: str, permission: str, form: Any, intro: str, verb: Callable[..., Any]) -> None:
        self.slug, self.label, self.permission, self.form, self.intro, self.verb = slug, label, permission, form, intro, verb

    def is_for(self, user: User, by: User) -> bool:
        """Whether this act makes sense for this person, by this one."""
        if not by.has_perm(self.permission) or (self.slug != "roles" and user.pk == by.pk):
            return False
        if self.slug in ("fermer", "rouvrir"):
            return user.is_active == (self.slug == "fermer")
        if self.slug == "facteur":
            return user.is_active and factors.has_authenticator(user)
        return self.slug != "adresse" or not user.roles or by.has_perm(CHANGE_ROLES)


ACTS = (
    Act("roles", "Changer les rôles", CHANGE_ROLES, forms.RolesForm, "Les rôles valent dès la prochaine page. La personne en est avertie.",
        lambda user, data, by, now: colleagues.change_roles(user, data["roles"], by=by, now=now)),
    Act("facteur", "Réinitialiser le second facteur", RESET_FACTOR, forms.ReasonForm,
        "À faire quand le téléphone est perdu, après avoir parlé à la personne : ses sessions se ferment, elle choisit un autre facteur"
        " à sa prochaine connexion, et elle en est avertie.",
        lambda user, data, by, now: colleagues.reset_factor(user, by=by, now=now, reason=data["reason"])),
    Act("adresse", "Remplacer l’adresse", CHANGE_ADDRESS, forms.ReplaceAddressForm,
        "Seulement si l’ancienne adresse ne reçoit plus : sinon la personne le fait elle-même. Les deux adresses sont averties.",
        lambda user, data, by, now: colleagues.replace_address(user, data["email"], by=by, now=now, reason=data["reason"])),
    Act("fermer", "Fermer le compte", CLOSE_ACCOUNT, forms.ReasonForm,
        "Ses sessions, ses liens et ses invitations cessent à l’instant. Son nom reste dans l’historique.",
        lambda user, data, by, now: colleagues.close_account(user, by=by, now=now, reason=data["reason"])),
    Act("rouvrir", "Rouvrir le compte", CLOSE_ACCOUNT, forms.ReasonForm, "La personne retrouve les rôles qu’elle avait.",
        lambda user, data, by, now: colleagues.reopen_account(user, by=by, now=now, reason=data["reason"])),
)  # fmt: skip


def _links(links: list[tuple[str, str]], *, nothing: str = "—") -> str:
    items = format_html_join("", '<li><a href="{}">{}</a></li>', links)
    return format_html('<ul class="act-links">{}</ul>', items) if links else nothing


@admin.register(User)
class UserAdmin(HistoryAdmin, admin.ModelAdmin):
    holds_people = True
    list_display = ["email", "name", "role_names", "is_active", "last_login"]
    list_filter = [RoleFilter, "is_active"]
    search_fields = ["search"]  # what `matching` reads
    search_help_text = "Nom ou adresse ; accents et majuscules indifférents."
    ordering = ["email", "pk"]
    list_per_page = 25
    fields = ["first_name", "last_name", "email", "addresses", "role_names", "is_active", "date_joined", "last_login", "holdings", "acts"]
    readonly_fields = ["email", "addresses", "role_names", "is_active", "date_joined", "last_login", "holdings", "acts"]
    change_list_template = "accounts/admin_people.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # one invites

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # one closes; the nightly purge erases

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("grants")

    def get_search_results(self, request, queryset, search_term):
        return queryset.matching(search_term), False

    @admin.display(description="nom")
    def name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="rôles")
    def role_names(self, user: User) -> str:
        return ", ".join(role.label for role in sorted(user.roles)) or "aucun"

    @admin.display(description="adresses de connexion")
    def addresses(self, user: User) -> str:
        told = ((address, Refusal.objects.told_of(address)) for address in user.addresses())
        return ", ".join(f"{address} ({refused})" if refused else address for address, refused in told)

    @admin.display(description="à transmettre")
    def holdings(self, user: User) -> str:
        return _links([(link.url, link.label) for link in colleagues.holdings_of(user)], nothing="rien")

    @admin.display(description="actes")
    def acts(self, user: User) -> str:
        by: User = user.seen_by  # type: ignore[attr-defined]
        return _links([(reverse("admin:accounts_user_act", args=[user.pk, act.slug]), act.label) for act in ACTS if act.is_for(user, by)])

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """The page of a person lists the acts of whoever looks at it."""
        user: User | None = super().get_object(request, object_id, from_field)
        if user is not None:
            user.seen_by = request.user  # type: ignore[attr-defined]
        return user

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("inviter/", view(self.invite), name="accounts_user_invite"),
            path("<int:pk>/acte/<str:slug>/", view(self.act), name="accounts_user_act"),
            *super().get_urls(),
        ]

    def _page(self, request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
        shown = {**self.admin_site.each_context(request), "opts": User._meta, "form": form, "holdings": [], "person": None, **context}
        return render(request, "accounts/admin_act.html", shown, status=422 if form.is_bound else 200)

    def invite(self, request: UserRequest) -> HttpResponse:
        """« Inviter un collègue »."""
        if not request.user.has_perm(INVITE):
            raise PermissionDenied
        if answer := factors.gate(request):
            return answer
        form = forms.InviteForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                invitation = colleagues.invite(**form.cleaned_data, by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"L’invitation part pour {invitation.email}.")
                return redirect("admin:accounts_user_changelist")
        intro = (
            "Un lien de sept jours part à cette adresse. La personne prouve l’adresse, puis choisit un second facteur. Adresse et nom ne"
            " servent qu’à cela, l’administration seule les lit ; sans réponse, ils sont effacés trente jours après la fin du lien."
        )
        return self._page(request, form, title="Inviter un collègue", intro=intro, button="Inviter")

    def act(self, request: UserRequest, pk: int, slug: str) -> HttpResponse:
        """An act about a person: what it does, what it asks, and the verb."""
        user, act = get_object_or_404(User, pk=pk), next((act for act in ACTS if act.slug == slug), None)
        if act is None or not act.is_for(user, request.user):
            raise PermissionDenied
        if answer := factors.gate(request):
            return answer
        form = act.form(request.POST if request.method == "POST" else None, initial={"roles": [role.value for role in user.roles]})
        if form.is_valid():
            try:
                act.verb(user, form.cleaned_data, request.user, clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{act.label} : c’est fait pour {user}.")
                return redirect("admin:accounts_user_change", user.pk)
        held = colleagues.holdings_of(user) if slug == "fermer" else []
        return self._page(request, form, title=act.label, intro=act.intro, button=act.label, person=user, holdings=held)


@admin.register(Invitation)
class InvitationAdmin(NamedAdmin, admin.ModelAdmin):
    list_display = ["email", "role_names", "invited_by", "created_at", "expires_at", "used_at", "revoked_at"]
    list_select_related = ["invited_by"]
    fields = ["email", "role_names", "invited_by", "created_at", "expires_at", "used_at", "revoked_at"]
    actions = ["take_back"]
    when_empty = "Les invitations envoyées s’affichent ici, avec ce qu’elles sont devenues."
    act_when_empty = ("admin:accounts_user_invite", "Inviter un collègue")

    @admin.display(description="rôles")
    def role_names(self, invitation: Invitation) -> str:
        return invitation.role_labels()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.action(description="Annuler ces invitations", permissions=["view"])
    def take_back(self, request: UserRequest, invitations: QuerySet[Invitation]) -> HttpResponse | None:
        if answer := factors.gate(request):
            return answer
        for invitation in invitations:
            try:
                colleagues.take_back(invitation, by=request.user, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{invitation} : {refusal}", messages.ERROR)
        return None
