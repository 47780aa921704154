"""Addresses of orders, of certificates and of trainers (design.md section 1). What carries a secret is masked in core/logs.py."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
