"""The regions of today by INSEE code (domain.md section 5), and the hour overseas."""

from django.db import models

from core.folding import fold
from organisations.reference import OVERSEAS_COLLECTIVITIES, departments


class Region(models.TextChoices):
    GUADELOUPE = "01", "Guadeloupe"
    MARTINIQUE = "02", "Martinique"
    GUYANE = "03", "Guyane"
    LA_REUNION = "04", "La Réunion"
    MAYOTTE = "06", "Mayotte"
    ILE_DE_FRANCE = "11", "Île-de-France"
    CENTRE_VAL_DE_LOIRE = "24", "Centre-Val de Loire"
    BOURGOGNE_FRANCHE_COMTE = "27", "Bourgogne-Franche-Comté"
    NORMANDIE = "28", "Normandie"
    HAUTS_DE_FRANCE = "32", "Hauts-de-France"
    GRAND_EST = "44", "Grand Est"
    PAYS_DE_LA_LOIRE = "52", "Pays de la Loire"
    BRETAGNE = "53", "Bretagne"
    NOUVELLE_AQUITAINE = "75", "Nouvelle-Aquitaine"
    OCCITANIE = "76", "Occitanie"
    AUVERGNE_RHONE_ALPES = "84", "Auvergne-Rhône-Alpes"
    PACA = "93", "Provence-Alpes-Côte d’Azur"
    CORSE = "94", "Corse"
    # Agents of the overseas collectivities, which are not regions, may apply too (A5: the three branches, no place asked).
    OVERSEAS_COLLECTIVITY = "98", "Collectivité d’outre-mer"


# Zones shown beside a deadline in Paris time (« soit 14 h à La Réunion »).
OVERSEAS_ZONES = {
    "à La Réunion": "Indian/Reunion",
    "à Mayotte": "Indian/Mayotte",
    "en Guadeloupe et en Martinique": "America/Guadeloupe",
    "en Guyane": "America/Cayenne",
}

# Before 2016 there were 22 regions and 5 overseas: what was in the former is shown in today's (the 2014 season).
TODAY = {
    "21": "44", "41": "44", "42": "44",  # Champagne-Ardenne, Lorraine, Alsace
    "22": "32", "31": "32",  # Picardie, Nord-Pas-de-Calais
    "23": "28", "25": "28",  # Haute-Normandie, Basse-Normandie
    "26": "27", "43": "27",  # Bourgogne, Franche-Comté
    "54": "75", "72": "75", "74": "75",  # Poitou-Charentes, Aquitaine, Limousin
    "73": "76", "91": "76",  # Midi-Pyrénées, Languedoc-Roussillon
    "82": "84", "83": "84",  # Rhône-Alpes, Auvergne
    "05": "06",  # Mayotte, where lists made before 2014 gave it a number of its own
}  # fmt: skip
FORMER_NAMES = {
    "Alsace": "44", "Lorraine": "44", "Champagne-Ardenne": "44", "Picardie": "32", "Nord-Pas-de-Calais": "32", "Haute-Normandie": "28",
    "Basse-Normandie": "28", "Bourgogne": "27", "Franche-Comté": "27", "Poitou-Charentes": "75", "Aquitaine": "75", "Limousin": "75",
    "Midi-Pyrénées": "76", "Languedoc-Roussillon": "76", "Rhône-Alpes": "84", "Auvergne": "84",
}  # fmt: skip


def region_of_code(code: str) -> Region | None:
    """Return today's region for an INSEE code of any year; None for what never was one."""
    current = TODAY.get(code, code)
    return Region(current) if current in Region.values else None


def region_named(name: str) -> Region | None:
    """Return today's region by its name, or by that of a region of before 2016."""
    wanted = fold(name).replace("-", " ")
    names = {fold(region.label).replace("-", " "): region for region in Region}
    former = {fold(label).replace("-", " "): Region(code) for label, code in FORMER_NAMES.items()}
    return (names | former).get(wanted)


def region_of_commune(code: str) -> Region | None:
    """Return the region of a commune by its INSEE code, never by a postcode (E4): 35238 is in Bretagne."""
    return region_of_department(department_of(code))


def regions_of_postcode(postcode: str) -> frozenset[Region]:
    """The regions that the beginning of a postcode points to: a few communes have that of the département beside them.

    Saint-Barthélemy and Saint-Martin have postcodes of Guadeloupe.
    """
    head = postcode[:3] if postcode.startswith(("97", "98")) else postcode[:2]
    codes = {"20": ("2A", "2B"), "971": ("971", "977", "978")}.get(head, (head,))
    return frozenset(region for code in codes if (region := region_of_department(code)))


def department_of(code: str) -> str:
    """Return the département of a commune: it is the beginning of its INSEE code."""
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def region_of_department(code: str) -> Region | None:
    found = departments().get(code)
    if found:
        return Region(found.region)
    return Region.OVERSEAS_COLLECTIVITY if code in OVERSEAS_COLLECTIVITIES else None
