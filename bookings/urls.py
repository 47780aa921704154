"""Addresses of orders, of certificates and of trainers (design.md section 1). What carries a secret is masked in core/logs.py."""

from django.urls import URLPattern, URLResolver, path

from bookings.views import changing, trainer

# Changing an order, by its own address; the trainer's page of a day.
CHANGES = [
    path("commandes/<str:token>/remplacer/<int:seat>/", changing.replace, name="booking_replace"),
    path("commandes/<str:token>/annuler/", changing.cancel, name="booking_cancel"),
    path("commandes/<str:token>/changer-de-date/", changing.move, name="booking_move"),
    path("commandes/<str:token>/autre-date/", changing.again, name="booking_again"),
    path("formateurs/<str:token>/", trainer.trainer, name="trainer"),
    path("formateurs/<str:token>/presences/", trainer.note, name="trainer_note"),
    path("formateurs/<str:token>/emargement.pdf", trainer.sheet, name="trainer_sheet"),
]

urlpatterns: list[URLPattern | URLResolver] = [*CHANGES]
