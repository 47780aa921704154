"""Addresses of seasons, events and the press (design.md section 1)."""

from django.urls import URLPattern, URLResolver, path

from events.views import press

urlpatterns: list[URLPattern | URLResolver] = [
    path("presse/", press.press, name="press"),
    path("presse/flux.atom", press.press_atom, name="press_atom"),
    path("presse/<slug:slug>.pdf", press.press_pdf, name="press_pdf"),
    path("presse/<slug:slug>/", press.press_release, name="press_release"),
    path("presse/<slug:slug>/versions/<int:number>.pdf", press.press_version, name="press_version"),
    path("presse/<slug:slug>/carte.png", press.press_card, name="press_card"),
    path("presse/<slug:slug>/dossier.zip", press.press_kit, name="press_kit"),
    path("presse/<slug:slug>/fichiers/<int:file>/", press.press_file, name="press_file"),
    path("presse/<slug:slug>/fichiers/<int:file>/apercu.jpg", press.press_preview, name="press_preview"),
]
