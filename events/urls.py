"""Addresses of seasons, events and the press (design.md section 1)."""

from django.urls import URLPattern, URLResolver, path

from events.views import coordination, feeds, finding, following, press, proposing, seasons

SEASON = "evenements/<slug:season>/"
EVENT = f"{SEASON}<slug:event>/"
# An organiser's own link (core/logs.py masks it).
PROPOSAL = "evenements/propositions/<str:token>/"

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
    path(f"{PROPOSAL}relire/", proposing.review, name="proposal_review"),
    path(f"{PROPOSAL}equipe/", following.team, name="proposal_team"),
    path(f"{PROPOSAL}annuler/", following.cancel, name="proposal_cancel"),
    path(f"{PROPOSAL}effacer/", following.erase, name="proposal_erase"),
    path(f"{PROPOSAL}oublier/", following.drop, name="proposal_drop"),
    path(f"{PROPOSAL}reprendre/", proposing.copy, name="proposal_copy"),
    path(f"{PROPOSAL}ecran/<slug:screen>/", proposing.screen, name="proposal_screen"),
    path(f"{PROPOSAL}ecran/<slug:screen>/enregistrer/", proposing.save, name="proposal_save"),
    path("coordination/", coordination.queue, name="coordination"),
    path("coordination/<int:pk>/", coordination.event, name="coordination_event"),
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
    path(f"{EVENT}evenement.ics", seasons.event_ics, name="event_ics"),
    path(f"{EVENT}carte.png", seasons.event_card, name="event_card"),
]
