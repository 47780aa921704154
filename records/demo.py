"""The association of the demonstration: invented people, addresses in `.example`, no number that could be somebody's."""

from records.models import Association

# A SIRET, an IBAN or a provider number with good keys may be a real body's: the demonstration leaves them out,
# and the pages say that they are to be filled in.
_RECORD = {
    "address": "1 place de la Démonstration",
    "postcode": "00000",
    "city": "Exempleville",
    "phone": "00 00 00 00 00",
    "representative": "Camille Exemple, présidence",
    "publication_director": "Camille Exemple",
    "host": "Hébergeur d’Exemple\n2 rue des Serveurs, 00000 Exempleville\n00 00 00 00 01",
    "website": "https://la27eregion.example/",
    "contact_email": "contact@la27eregion.example",
    "dues_email": "adhesions@la27eregion.example",
    "events_email": "evenements@la27eregion.example",
    "press_email": "presse@la27eregion.example",
    "accessibility_email": "accessibilite@la27eregion.example",
    "privacy_email": "donnees@la27eregion.example",
    "accessibility_text": "- audit du parcours de candidature ;\n- essais avec des personnes qui utilisent un lecteur d’écran ;\n"
    "- puis nouvelle déclaration.\n\nCe plan est donné à titre d’exemple : il n’engage personne.",
}


def load(scale: int) -> None:
    """Fill the record once; what was edited since is left alone."""
    if not Association.objects.filter(pk=1).exists():
        Association(pk=1, **_RECORD).save()
