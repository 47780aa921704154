"""Addresses of invoices and payments (design.md section 1)."""

from django.urls import path

from billing.views import cards, invoices

urlpatterns = [
    path("factures/<slug:number>/", invoices.invoice, name="invoice"),
    path("factures/<slug:number>.pdf", invoices.invoice_file, name="invoice_file"),
    path("paiement/evenements/", cards.events, name="payment_events"),
    path("paiement/essai/<slug:session>/", cards.trial_payment, name="trial_payment"),
    path("paiement/<slug:key>/", cards.payment, name="payment"),
]
