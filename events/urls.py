"""Addresses of seasons, events and the press (design.md section 1)."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
