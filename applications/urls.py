"""Addresses of applying and of an application (design.md section 1)."""

from django.urls import path

from applications.views import applying, confirming, following, manager, preview, reading

CALL = "programmes/<slug:programme>/<slug:edition>/candidater/"
APPLICATION = "candidatures/<slug:reference>/"

urlpatterns = [
    path("lectures/", reading.readings, name="readings"),
    path("lectures/<slug:reference>/", reading.reading, name="reading"),
    path("lectures/<slug:reference>/conflit/", reading.reading_conflict, name="reading_conflict"),
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
    path(f"{APPLICATION}confirmer/", confirming.confirm, name="application_confirm"),
    path(f"{APPLICATION}place/", confirming.place, name="application_place"),
    path(f"{APPLICATION}accord/", confirming.agreement, name="application_agreement"),
    path(f"{APPLICATION}accord/demander/", confirming.ask, name="application_agreement_ask"),
    path(f"{APPLICATION}accord/deposer/", confirming.deposit, name="application_agreement_deposit"),
    path(f"{APPLICATION}accord/a-signer.pdf", confirming.paper, name="application_agreement_paper"),
    path(f"{APPLICATION}accord/<int:pk>.pdf", confirming.file, name="application_agreement_file"),
    path(f"{APPLICATION}accord/<int:pk>/retirer/", confirming.revoke, name="application_agreement_revoke"),
    path("accords/<str:token>/", manager.agreement, name="agreement"),
    path("accords/<str:token>/accord.pdf", manager.paper, name="agreement_paper"),
]
