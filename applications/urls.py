"""Addresses of applying and of an application (design.md section 1)."""

from django.urls import path

from applications import views

CALL = "programmes/<slug:programme>/<slug:edition>/candidater/"
APPLICATION = "candidatures/<slug:reference>/"

urlpatterns = [
    path(CALL, views.apply, name="apply"),
    path(f"{CALL}enregistrer/", views.save, name="apply_save"),
    path(f"{CALL}deposer/", views.deposit, name="apply_deposit"),
    path(f"{CALL}texte.txt", views.text, name="apply_text"),
    path(f"{CALL}supprimer/", views.delete, name="apply_delete"),
    path(APPLICATION, views.application, name="application"),
    path(f"{APPLICATION}recue/", views.received, name="application_received"),
    path(f"{APPLICATION}modifier/", views.edit, name="application_edit"),
    path(f"{APPLICATION}retirer/", views.withdraw, name="application_withdraw"),
    path(f"{APPLICATION}recepisse.pdf", views.receipt_pdf, name="application_receipt"),
    path(f"{APPLICATION}lettre-employeur.pdf", views.employer_letter_pdf, name="application_employer_letter"),
    path(f"{APPLICATION}dates.ics", views.dates, name="application_dates"),
]
