"""The regions of today by INSEE code (domain.md section 5), and the hour overseas."""

from django.db import models


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
