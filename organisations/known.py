"""Public bodies by name and SIRET, as the public registers give them (domain.md section 5): what the data package does not hold."""

# By region code: name, SIRET, other names.
REGIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "01": ("Région Guadeloupe", "23971001500029", ()),
    "02": ("Collectivité territoriale de Martinique", "20005550700012", ("Région Martinique", "Département de la Martinique", "CTM")),
    "03": ("Collectivité territoriale de Guyane", "20005267800014", ("Région Guyane", "Département de la Guyane", "CTG")),
    "04": ("Région Réunion", "23974001200012", ()),
    "06": ("Département de Mayotte", "22985000300018", ("Région Mayotte",)),
    "11": ("Région Île-de-France", "23750007900312", ()),
    "24": ("Région Centre-Val de Loire", "23450002300028", ()),
    "27": ("Région Bourgogne-Franche-Comté", "20005372600028", ()),
    "28": ("Région Normandie", "20005340300057", ()),
    "32": ("Région Hauts-de-France", "20005374200017", ()),
    "44": ("Région Grand Est", "20005226400013", ()),
    "52": ("Région Pays de la Loire", "23440003400026", ()),
    "53": ("Région Bretagne", "23350001600040", ("Conseil régional de Bretagne",)),
    "75": ("Région Nouvelle-Aquitaine", "20005375900011", ()),
    "76": ("Région Occitanie", "20005379100014", ()),
    "84": ("Région Auvergne-Rhône-Alpes", "20005376700014", ()),
    "93": ("Région Provence-Alpes-Côte d’Azur", "23130002100012", ("Région Sud", "Région PACA")),
    "94": ("Collectivité de Corse", "20007695800012", ("Région Corse", "Collectivité territoriale de Corse")),
}
# By code of département: SIRET.
DEPARTMENTS = {
    "33": "22330001300016",
    "35": "22350001800013",
    "38": "22380001200013",
    "44": "22440002800011",
    "53": "22530001100015",
}
# Départements whose council is another body: the region's, the city's, or one council for two.
NO_COUNCIL = frozenset({"2A", "2B", "75", "972", "973", "976"})
ALSACE = ("67", "68")
ALSACE_NAME = "Collectivité européenne d’Alsace"
ALSACE_ALIASES = ("Département du Bas-Rhin", "Département du Haut-Rhin", "CeA")
