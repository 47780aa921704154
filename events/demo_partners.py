"""The demonstration of partners: one whose door is open, its letter in the test mailbox."""

from accounts.models import User
from accounts.roles import Role
from core import clock
from events.models import PartnerLink
from events.services import partners

PARTNER = "partenaire.exemple@ministere.example"


def load(scale: int) -> None:
    """Load what is missing: a door that somebody closed stays so."""
    person = User.objects.with_role(Role.STAFF).order_by("pk").first()
    if person and not PartnerLink.objects.filter(email=PARTNER).exists():
        partners.open_door(organisation="Secrétariat d’Exemple", name="Camille Exemple", email=PARTNER, by=person, now=clock.now())
