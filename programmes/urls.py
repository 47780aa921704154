"""Addresses."""

from django.urls import path

from programmes import views

urlpatterns = [
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/<slug:programme>/", views.programme, name="programme"),
    path("programmes/<slug:programme>/<slug:edition>/", views.edition, name="edition"),
    path("programmes/<slug:programme>/<slug:edition>/dates.ics", views.edition_dates, name="edition_dates"),
]
