"""Addresses of the house's own pages."""

from django.urls import path

from records import views

urlpatterns = [
    path("contact/", views.contact, name="contact"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("mentions-legales/", views.legal, name="legal"),
    path("donnees-personnelles/", views.privacy, name="privacy"),
    path("ecoconception/", views.ecodesign, name="ecodesign"),
]
