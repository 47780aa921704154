import unicodedata

from django.db import migrations, models

LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})


def bare(name):
    plain = unicodedata.normalize("NFKD", str(name or "").translate(LIGATURES)).casefold()
    return "".join(char for char in plain if char.isalnum())


def name_key(application):
    """As `Application.folded` was when this was written: a later save writes it anew."""
    naming = ("last_name", "first_name", "organisation")
    typed = [str(application.typed.get(name, ""))[:200] for name in naming]
    kept = [getattr(application, name) for name in naming]
    name = (typed if application.state == "DRAFT" and any(typed) else kept)[:2]
    return " ".join(sorted(each for each in map(bare, name) if each))[:200]


def fill(apps, schema_editor):
    Application = apps.get_model("applications", "Application")
    rows = []
    for application in Application.objects.filter(erased_at=None).order_by("pk").iterator(500):
        application.name_key = name_key(application)
        rows.append(application)
        if len(rows) == 500:
            Application.objects.bulk_update(rows, ["name_key"])
            rows = []
    Application.objects.bulk_update(rows, ["name_key"])


class Migration(migrations.Migration):
    dependencies = [("applications", "0007_hour_of_arrival")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="name_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="nom comparé"),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["edition", "name_key"], name="application_same_name"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
