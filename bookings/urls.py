"""Addresses of orders, of certificates and of trainers (design.md section 1). What carries a secret is masked in core/logs.py."""

from django.urls import URLPattern, URLResolver, path

from bookings.views import certificates, changing, finance, order, ordering, papers, references, trainer

# Changing an order, by its own address; the trainer's page of a day.
CHANGES = [
    path("commandes/<str:token>/remplacer/<int:seat>/", changing.replace, name="booking_replace"),
    path("commandes/<str:token>/annuler/", changing.cancel, name="booking_cancel"),
    path("commandes/<str:token>/changer-de-date/", changing.move, name="booking_move"),
    path("commandes/<str:token>/autre-date/", changing.again, name="booking_again"),
    path("formateurs/<slug:token>/", trainer.trainer, name="trainer"),
    path("formateurs/<slug:token>/presences/", trainer.note, name="trainer_note"),
    path("formateurs/<slug:token>/emargement.pdf", trainer.sheet, name="trainer_sheet"),
]

# The files of an order, the team's, and the page that verifies a certificate.
PAPERS = [
    path("commandes/<str:token>/pieces/<slug:slug>.pdf", papers.paper, name="booking_paper"),
    path("commandes/<str:token>/convocations/<int:rank>.pdf", papers.joining, name="booking_joining"),
    path("commandes/<str:token>/certificats/<int:rank>.pdf", papers.certificate, name="booking_certificate"),
    path("commandes/<str:token>/factures/<str:number>.pdf", papers.invoice, name="booking_invoice"),
    path("commandes/<str:token>/convention-signee/<int:pk>.pdf", papers.signed, name="booking_signed"),
    path("commandes/<str:token>/devis/envoyer/", papers.send_quote, name="booking_send_quote"),
    path("commandes/<str:token>/facturation/", references.billing, name="booking_billing"),
    path("journees/pieces/<int:pk>.pdf", papers.version, name="booking_version"),
    path("journees/commandes/<int:pk>/<slug:slug>.pdf", papers.staff_paper, name="booking_staff_paper"),
    path("journees/<int:pk>/emargement.pdf", papers.sheet, name="booking_sheet"),
    path("certificats/<str:number>/", certificates.certificate, name="certificate"),
]

# What a finance department opens of an order, by an address of its own.
FINANCE = "facturation/<str:token>/"
PAYER = [
    path(FINANCE, finance.file, name="booking_finance"),
    path(f"{FINANCE}convention.pdf", finance.agreement, name="booking_finance_agreement"),
    path(f"{FINANCE}factures/<str:number>.pdf", finance.invoice, name="booking_finance_invoice"),
    path(f"{FINANCE}factures/<slug:number>/payer/", finance.pay, name="booking_finance_pay"),
    path(f"{FINANCE}references/", finance.references, name="booking_finance_references"),
]

# Ordering, then the page of the order, by its own address.
ORDER = "commandes/<str:token>/"
ORDERS = [
    path("programmes/<slug:programme>/sessions/<slug:session>/inscription/", ordering.order, name="order"),
    path(ORDER, order.booking, name="booking"),
    path(f"{ORDER}confirmer/", order.prove, name="booking_prove"),
    path(f"{ORDER}numero/", order.reference, name="booking_reference"),
    path(f"{ORDER}convention-signee/", order.agreement, name="booking_agreement"),
    path(f"{ORDER}noms/", order.people, name="booking_people"),
    path(f"{ORDER}offre/", order.offer, name="booking_offer"),
    path(f"{ORDER}moins-de-places/", order.fewer, name="booking_fewer"),
    path(f"{ORDER}retirer/", order.withdraw, name="booking_withdraw"),
    path(f"{ORDER}prolonger/", order.extend, name="booking_extend"),
    path(f"{ORDER}factures/<slug:number>/payer/", order.pay, name="booking_pay"),
]

urlpatterns: list[URLPattern | URLResolver] = [*ORDERS, *CHANGES, *PAPERS, *PAYER]
