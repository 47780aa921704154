"""Addresses of the register that anybody opens: what is proposed while typing."""

from django.urls import path

from organisations import views

urlpatterns = [path("structures/propositions.json", views.proposals, name="organisation_proposals")]
