"""Addresses of invoices and payments (design.md section 1)."""

from django.urls import path

from billing.views import cards

urlpatterns = [
    path("paiement/evenements/", cards.events, name="payment_events"),
    path("paiement/essai/<slug:session>/", cards.trial_payment, name="trial_payment"),
    path("paiement/<slug:key>/", cards.payment, name="payment"),
]
