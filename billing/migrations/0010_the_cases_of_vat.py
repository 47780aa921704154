"""The VAT regimes of billing.md section 6, to choose from: which one applies is the treasurer's word, never the code's."""

from django.db import migrations

SERVICES = "Exonération de TVA, article 261, 7-1° du CGI"
CASES = (
    ("Cotisation, services aux membres (art. 261, 7-1°)", "E", 0, "VATEX-FR-CGI261-7", SERVICES, "756"),
    (
        "Cotisation fixée par les statuts (art. 261, 4-9°)",
        "E",
        0,
        "VATEX-FR-CGI261-4",
        "Exonération de TVA, article 261, 4-9° du CGI",
        "756",
    ),
    ("Cotisation hors champ de la TVA", "O", 0, "VATEX-EU-O", "Hors champ de la TVA", "756"),
    (
        "Formation exonérée (attestation, art. 261, 4-4° a)",
        "E",
        0,
        "VATEX-FR-CGI261-4",
        "Exonération de TVA, article 261, 4-4° a du CGI",
        "706",
    ),
    ("Franchise en base (art. 293 B)", "E", 0, "VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du CGI", "706"),
    ("Formation taxée à 20 %", "S", 20, "", "", "706"),
)


def seed(apps, schema_editor):
    profiles = apps.get_model("billing", "TaxProfile")
    for name, category, rate, code, text, account in CASES:
        told = {"category": category, "rate": rate, "exemption_code": code, "exemption_text": text, "account": account}
        profiles.objects.get_or_create(name=name, defaults=told)


def leave(apps, schema_editor):
    """What was chosen since stays: a regime that was used cannot go."""


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_files_found_altered")]

    operations = [migrations.RunPython(seed, leave)]
