"""What kinds of bodies there are, and what INSEE's legal categories say of them (domain.md section 5)."""

from dataclasses import dataclass

from django.db import models


class Branch(models.TextChoices):
    """The three branches of the civil service (A5)."""

    STATE = "STATE", "État"
    LOCAL = "LOCAL", "Territoriale"
    HOSPITAL = "HOSPITAL", "Hospitalière"


class Kind(models.TextChoices):
    """In the order in which a search shows them."""

    REGION = "REGION", "région"
    DEPARTMENT = "DEPARTMENT", "département"
    INTERCOMMUNAL = "INTERCOMMUNAL", "intercommunalité"
    COMMUNE = "COMMUNE", "commune"
    STATE = "STATE", "ministère ou service de l’État"
    HOSPITAL = "HOSPITAL", "établissement de santé ou médico-social"
    PUBLIC_BODY = "PUBLIC_BODY", "établissement public"
    ASSOCIATION = "ASSOCIATION", "association"
    OTHER = "OTHER", "autre"


# Proposed to whoever types on a public form: nobody's own name is among them.
PUBLIC_KINDS = frozenset({Kind.REGION, Kind.DEPARTMENT, Kind.INTERCOMMUNAL, Kind.COMMUNE, Kind.STATE, Kind.HOSPITAL, Kind.PUBLIC_BODY})


class ContactRole(models.TextChoices):
    GENERAL = "GENERAL", "référent général"
    FINANCE = "FINANCE", "finances"
    VOTING = "VOTING", "vote à l’assemblée générale"


PAYMENT_DAYS = 30
# D5: établissements publics de santé.
HOSPITAL_PAYMENT_DAYS = 50


@dataclass(frozen=True)
class Category:
    """A legal category of INSEE, and what it says of a body unless somebody says otherwise."""

    label: str
    kind: Kind
    branch: Branch | None = None

    @property
    def payment_days(self) -> int:
        return HOSPITAL_PAYMENT_DAYS if self.kind == Kind.HOSPITAL else PAYMENT_DAYS


CATEGORIES = {
    "7113": Category("ministère", Kind.STATE, Branch.STATE),
    "7120": Category("service central d’un ministère", Kind.STATE, Branch.STATE),
    "7171": Category("service déconcentré de l’État à compétence régionale", Kind.STATE, Branch.STATE),
    "7172": Category("service déconcentré de l’État à compétence départementale", Kind.STATE, Branch.STATE),
    "7179": Category("autre service déconcentré de l’État", Kind.STATE, Branch.STATE),
    "7210": Category("commune", Kind.COMMUNE, Branch.LOCAL),
    "7220": Category("département", Kind.DEPARTMENT, Branch.LOCAL),
    "7230": Category("région", Kind.REGION, Branch.LOCAL),
    "7343": Category("communauté urbaine", Kind.INTERCOMMUNAL, Branch.LOCAL),
    "7344": Category("métropole", Kind.INTERCOMMUNAL, Branch.LOCAL),
    "7346": Category("communauté de communes", Kind.INTERCOMMUNAL, Branch.LOCAL),
    "7348": Category("communauté d’agglomération", Kind.INTERCOMMUNAL, Branch.LOCAL),
    "7364": Category("établissement d’hospitalisation", Kind.HOSPITAL, Branch.HOSPITAL),
    "7365": Category("syndicat interhospitalier", Kind.HOSPITAL, Branch.HOSPITAL),
    "7366": Category("établissement public local social et médico-social", Kind.HOSPITAL, Branch.HOSPITAL),
    "7383": Category("établissement public national scientifique, culturel et professionnel", Kind.PUBLIC_BODY, Branch.STATE),
    "7389": Category("établissement public national administratif", Kind.PUBLIC_BODY, Branch.STATE),
    "7490": Category("autre personne morale de droit administratif", Kind.PUBLIC_BODY, Branch.STATE),
    "9220": Category("association déclarée", Kind.ASSOCIATION),
}
_FAMILIES = {"717": "7179"}


def category_of(code: str) -> Category | None:
    """Return what a code says; 7171 to 7179 are one family."""
    return CATEGORIES.get(code) or CATEGORIES.get(_FAMILIES.get(code[:3], ""))
