from django.apps import AppConfig
from django.contrib.admin import apps as django_admin


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "socle"
    default = True


class AdminConfig(django_admin.AdminConfig):
    """Django's admin, with the house's site (`core.site`)."""

    default_site = "core.site.PortalSite"
    default = False
