"""Addresses of seasons, events and the press (design.md section 1)."""

from django.urls import URLPattern, URLResolver, path

from events.views import (
    attending,
    coordination,
    door,
    feeds,
    finding,
    following,
    host_letters,
    hosting,
    inviting,
    kit,
    partners,
    pictures,
    press,
    proposing,
    reports,
    seasons,
)

SEASON = "evenements/<slug:season>/"
EVENT = f"{SEASON}<slug:event>/"
# An organiser's own link (core/logs.py masks it).
PROPOSAL = "evenements/propositions/<str:token>/"
# A partner's (masked too).
PARTNER = "partenaires/<str:token>/"
# The own link of who comes (masked too).
REGISTRATION = "inscriptions/<str:token>/"

# The desk of an event, by an organiser's link or, for the team, its number (masked too).
HOST = "evenements/organiser/<str:key>/"

# What is fixed under /evenements/ comes before the slug of a season, and is in `events.models.season.RESERVED`.
urlpatterns: list[URLPattern | URLResolver] = [
    path("evenements/", finding.events, name="events"),
    path("evenements/agenda.ics", feeds.agenda_ics, name="events_ics"),
    path("evenements/flux.atom", feeds.feed_atom, name="events_atom"),
    path("evenements/programme.json", feeds.programme_json, name="events_json"),
    path("evenements/programme.csv", feeds.programme_csv, name="events_csv"),
    path("evenements/integrer/", finding.embedded, name="events_embedded"),
    path("evenements/donnees-ouvertes/", finding.open_data, name="events_data"),
    path("evenements/proposer/", proposing.propose, name="propose"),
    path("evenements/proposer/communes.json", proposing.communes_json, name="commune_proposals"),
    path("evenements/propositions/", proposing.lost, name="proposal_lost"),
    path(PROPOSAL, following.proposal, name="proposal"),
    path(f"{PROPOSAL}fait-partie-de.json", proposing.wholes_json, name="whole_proposals"),
    path(f"{PROPOSAL}relire/", proposing.review, name="proposal_review"),
    path(f"{PROPOSAL}equipe/", following.team, name="proposal_team"),
    path(f"{PROPOSAL}annuler/", following.cancel, name="proposal_cancel"),
    path(f"{PROPOSAL}effacer/", following.erase, name="proposal_erase"),
    path(f"{PROPOSAL}oublier/", following.drop, name="proposal_drop"),
    path(f"{PROPOSAL}reprendre/", proposing.copy, name="proposal_copy"),
    path(f"{PROPOSAL}image.jpg", pictures.proposal_picture, name="proposal_picture"),
    path(f"{PROPOSAL}kit/", kit.kit, name="proposal_kit"),
    path(f"{PROPOSAL}kit/<str:name>", kit.kit_file, name="proposal_kit_file"),
    path(f"{PROPOSAL}ecran/<slug:screen>/", proposing.screen, name="proposal_screen"),
    path(f"{PROPOSAL}ecran/<slug:screen>/enregistrer/", proposing.save, name="proposal_save"),
    path(REGISTRATION, attending.registration, name="registration"),
    path(f"{REGISTRATION}confirmer/", attending.registration_confirm, name="registration_confirm"),
    path(f"{REGISTRATION}modifier/", attending.registration_change, name="registration_change"),
    path(f"{REGISTRATION}retirer/", attending.registration_withdraw, name="registration_withdraw"),
    path(f"{REGISTRATION}agenda.ics", attending.registration_ics, name="registration_ics"),
    path(HOST, hosting.host, name="host"),
    path(f"{HOST}accueil/", door.door, name="host_door"),
    path(f"{HOST}places/", hosting.places, name="host_places"),
    path(f"{HOST}message/", host_letters.message, name="host_message"),
    path(f"{HOST}merci/", host_letters.thanks, name="host_thanks"),
    path(f"{HOST}envois/<int:batch>/annuler/", host_letters.undo, name="host_undo"),
    path(f"{HOST}inscrits/<int:pk>/retirer/", hosting.withdraw, name="host_withdraw"),
    path(f"{HOST}export/", hosting.export, name="host_export"),
    path(f"{HOST}feuille.pdf", hosting.sheet, name="host_sheet"),
    path(f"{HOST}invitations/", inviting.guests, name="host_guests"),
    path("invitations/", inviting.enter_code, name="invitation_code"),
    path("invitations/<str:token>/", inviting.invitation, name="invitation"),
    path("coordination/", coordination.queue, name="coordination"),
    path("coordination/<int:pk>/", coordination.event, name="coordination_event"),
    path("coordination/bilan/", reports.season_report, name="report"),
    path("coordination/bilan.pdf", reports.season_report_pdf, name="report_pdf"),
    path(PARTNER, partners.partner, name="partner"),
    path(f"{PARTNER}bilan/", partners.partner_report, name="partner_report"),
    path(f"{PARTNER}bilan.pdf", partners.partner_pdf, name="partner_pdf"),
    path(f"{PARTNER}chiffres.csv", partners.partner_csv, name="partner_csv"),
    path("presse/", press.press, name="press"),
    path("presse/flux.atom", press.press_atom, name="press_atom"),
    path("presse/<slug:slug>.pdf", press.press_pdf, name="press_pdf"),
    path("presse/<slug:slug>/", press.press_release, name="press_release"),
    path("presse/<slug:slug>/versions/<int:number>.pdf", press.press_version, name="press_version"),
    path("presse/<slug:slug>/carte.png", press.press_card, name="press_card"),
    path("presse/<slug:slug>/dossier.zip", press.press_kit, name="press_kit"),
    path("presse/<slug:slug>/fichiers/<int:file>/", press.press_file, name="press_file"),
    path("presse/<slug:slug>/fichiers/<int:file>/apercu.jpg", press.press_preview, name="press_preview"),
    path(SEASON, seasons.season, name="season"),
    path(f"{SEASON}carte.png", seasons.season_card, name="season_card"),
    path(EVENT, seasons.event, name="event"),
    path(f"{EVENT}inscription/", attending.event_register, name="event_register"),
    path(f"{EVENT}evenement.ics", seasons.event_ics, name="event_ics"),
    path(f"{EVENT}image-<slug:size>.jpg", pictures.event_picture, name="event_picture"),
    path(f"{EVENT}carte.png", seasons.event_card, name="event_card"),
]
