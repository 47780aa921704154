"""Addresses. What is fixed comes before what is a slug: « sessions » is no edition."""

from django.urls import path

from programmes.views import feeds, flyers, images, interest, pages, preview, sessions

EDITION = "programmes/<slug:programme>/<slug:edition>/"
SESSION = "programmes/<slug:programme>/sessions/<slug:session>/"

urlpatterns = [
    path("programmes/", pages.programmes, name="programmes"),
    path("programmes/appels.json", feeds.calls_json, name="calls_json"),
    path("programmes/appels.atom", feeds.calls_atom, name="calls_atom"),
    path("programmes/appels.ics", feeds.calls_ics, name="calls_ics"),
    path("programmes/<slug:programme>/", pages.programme, name="programme"),
    path("programmes/<slug:programme>/carte.png", images.programme_card, name="programme_card"),
    path(SESSION, sessions.session, name="session"),
    path(f"{SESSION}dates.ics", sessions.session_dates, name="session_dates"),
    path(f"{SESSION}depliant.pdf", flyers.session_flyer, name="session_flyer"),
    path(f"{SESSION}carte.png", images.session_card, name="session_card"),
    path(f"{SESSION}portraits/<int:trainer>.jpg", sessions.portrait, name="portrait"),
    path("apercu/<str:token>/", preview.preview, name="preview"),
    path("apercu/<str:token>/depliant.pdf", flyers.preview_flyer, name="preview_flyer"),
    path("apercu/<str:token>/portraits/<int:trainer>.jpg", preview.preview_portrait, name="preview_portrait"),
    path("prevenez-moi/envoye/", interest.asked, name="interest_asked"),
    path("prevenez-moi/<str:secret>/", interest.confirm, name="interest_confirm"),
    path("programmes/<slug:programme>/prevenez-moi/", interest.ask, name="interest_programme"),
    path(f"{EDITION}prevenez-moi/", interest.ask, name="interest"),
    path(EDITION, pages.edition, name="edition"),
    path(f"{EDITION}dates.ics", pages.edition_dates, name="edition_dates"),
    path(f"{EDITION}depliant.pdf", flyers.edition_flyer, name="edition_flyer"),
    path(f"{EDITION}carte.png", images.edition_card, name="edition_card"),
]
