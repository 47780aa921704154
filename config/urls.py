"""Addresses (design.md section 1): French paths, English names."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("core.urls")),
    path("", include("records.urls")),
    path("", include("mailing.urls")),
    path("", include("organisations.urls")),
    path("", include("billing.urls")),
    path("", include("memberships.urls")),
    path("", include("events.urls")),
    path("", include("bookings.urls")),
    path("", include("applications.urls")),
    path("", include("programmes.urls")),
    path("compte/", include("accounts.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "core.views.bad_request"
handler403 = "core.views.permission_denied"
handler404 = "core.views.not_found"
# Read by allauth, whose own page would be bare and English.
handler429 = "accounts.views.too_fast"
handler500 = "core.views.server_error"
