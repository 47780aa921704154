"""Addresses of applying and of an application (design.md section 1)."""

from django.urls import path

from applications.views import applying, following, preview

CALL = "programmes/<slug:programme>/<slug:edition>/candidater/"
APPLICATION = "candidatures/<slug:reference>/"

urlpatterns = [
    path(CALL, applying.apply, name="apply"),
    path(f"{CALL}enregistrer/", applying.save, name="apply_save"),
    path(f"{CALL}deposer/", applying.deposit, name="apply_deposit"),
    path(f"{CALL}texte.txt", applying.text, name="apply_text"),
    path(f"{CALL}supprimer/", applying.delete, name="apply_delete"),
    path("apercu/<str:token>/candidater/", preview.preview_form, name="preview_form"),
    path(APPLICATION, following.application, name="application"),
    path(f"{APPLICATION}recue/", following.received, name="application_received"),
    path(f"{APPLICATION}modifier/", following.edit, name="application_edit"),
    path(f"{APPLICATION}retirer/", following.withdraw, name="application_withdraw"),
    path(f"{APPLICATION}recepisse.pdf", following.receipt_pdf, name="application_receipt"),
    path(f"{APPLICATION}lettre-employeur.pdf", following.employer_letter_pdf, name="application_employer_letter"),
    path(f"{APPLICATION}dates.ics", following.dates, name="application_dates"),
]
