"""The demonstration of the register: the public registers, real public bodies by their numbers only, and invented contacts.

Nothing is said of a real body but its name and its number; what is late, refused or unpaid belongs to « Ville d’Exemple ».
"""

from datetime import date

from django.db import transaction

from core import clock
from organisations import services
from organisations.models import Alias, Contact, Organisation, ServiceCode
from organisations.naming import key_of
from organisations.reference import communes
from organisations.states import ContactRole, Kind

INVENTED = "Ville d’Exemple"
# domain.md section 5: SIRET from the public registers.
_BODIES = (
    ("Direction interministérielle du numérique", "7120", "13002526500013", "75056", "DINUM"),
    ("Assistance publique – Hôpitaux de Paris", "7364", "26750045200011", "75056", "AP-HP"),
)
_COMMUNES = ("59350", "68224")  # Lille, Mulhouse
PARIS, PARIS_SIRET = "75056", "21750001600019"
_OLD, _NEW = "Communauté de communes d’Exemple", "Exemple Agglomération"


@transaction.atomic
def load(scale: int) -> None:
    """Load it, again and again without doubling."""
    now = clock.now()
    services.load_reference(now=now)
    for name, category, siret, commune, acronym in _BODIES:
        body = _body(name, legal_category=category, siret=siret, commune=commune)
        Alias.objects.get_or_create(organisation=body, key=key_of(acronym), defaults={"name": acronym})
    for code in (*_COMMUNES, PARIS):
        if place := communes().get(code):
            services.adopt_commune(place, now=now)
    for city in Organisation.objects.filter(reference=f"commune:{PARIS}", siret="").order_by("pk"):
        city.siret = PARIS_SIRET
        city.save()
    _invented()
    for row in Organisation.objects.filter(name__in=[body[0] for body in _BODIES] + [INVENTED, _OLD, _NEW]).order_by("pk"):
        row.save()  # with the names it has received


def _body(name: str, **fields: str) -> Organisation:
    body = Organisation.objects.filter(name=name).order_by("pk").first()
    if body is None:
        body = Organisation(name=name, **fields)
        body.take_defaults()
        body.save()
    return body


def _invented() -> None:
    """A body without SIRET, its contacts past and present, a service code; a body that replaced another."""
    town = _body(INVENTED, legal_category="7210", region="53", address="1 place d’Exemple", city="Exemple")
    Alias.objects.get_or_create(organisation=town, key=key_of("Mairie centrale d’Exemple"), defaults={"name": "Mairie centrale d’Exemple"})
    ServiceCode.objects.get_or_create(organisation=town, code="FIN", defaults={"label": "Direction des finances"})
    Organisation.objects.filter(pk=town.pk).update(needs_service_code=True, needs_commitment=True)
    for role, job, email, begins, ends in _CONTACTS:
        named = {"first_name": "Camille", "last_name": "Exemple", "job": job, "starts_on": begins}
        Contact.objects.get_or_create(organisation=town, role=role, email=email, ends_on=ends, defaults=named)
    old = _body(_OLD, kind=Kind.INTERCOMMUNAL, branch="LOCAL", region="53")
    new = _body(_NEW, kind=Kind.INTERCOMMUNAL, branch="LOCAL", region="53")
    Organisation.objects.filter(pk=old.pk, replaced_by=None).update(replaced_by=new, replaced_on=date(2027, 1, 1))
    Contact.objects.get_or_create(
        organisation=old, role=ContactRole.GENERAL, email="direction@cc.example", defaults={"last_name": "Exemple", "first_name": "Alix"}
    )


_CONTACTS = (
    (ContactRole.GENERAL, "directrice générale adjointe", "direction@ville.example", date(2026, 1, 1), None),
    (ContactRole.FINANCE, "responsable des achats", "finances@ville.example", date(2026, 9, 1), None),
    (ContactRole.FINANCE, "responsable des achats", "ancien.service@ville.example", date(2024, 1, 1), date(2026, 8, 31)),
    (ContactRole.VOTING, "adjointe au maire", "vote@ville.example", None, None),
)
