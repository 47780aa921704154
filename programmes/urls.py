"""Addresses."""

from django.urls import path

from programmes.views import pages

urlpatterns = [
    path("programmes/", pages.programmes, name="programmes"),
    path("programmes/<slug:programme>/", pages.programme, name="programme"),
    path("programmes/<slug:programme>/<slug:edition>/", pages.edition, name="edition"),
    path("programmes/<slug:programme>/<slug:edition>/dates.ics", pages.edition_dates, name="edition_dates"),
]
