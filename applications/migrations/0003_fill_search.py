import re
import unicodedata

from django.db import migrations

LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
APART = re.compile(r"[^\w@.+-]+|_")
NAMING = ("last_name", "first_name", "organisation")


def fold(*texts):
    joined = " ".join(str(text) for text in texts if text)
    plain = unicodedata.normalize("NFKD", joined.translate(LIGATURES))
    return APART.sub(" ", "".join(char for char in plain if not unicodedata.combining(char)).casefold()).strip()


def searched(application):
    """As `Application.searched` was when this was written: a later save writes it anew."""
    typed = [str(application.typed.get(name, ""))[:200] for name in NAMING]
    kept = [getattr(application, name) for name in NAMING]
    name, body = (typed[:2], typed[2]) if application.state == "DRAFT" and any(typed) else (kept[:2], kept[2])
    account = application.applicant.email if application.applicant else ""
    rest = fold(application.reference, application.email or account)
    return "|".join([fold(*name), fold(body), rest, fold(*(new for new in typed if new not in (*name, body)))])


def fill(apps, schema_editor):
    Application = apps.get_model("applications", "Application")
    rows = []
    for application in Application.objects.filter(erased_at=None).select_related("applicant").order_by("pk").iterator(500):
        application.search = searched(application)
        rows.append(application)
        if len(rows) == 500:
            Application.objects.bulk_update(rows, ["search"])
            rows = []
    Application.objects.bulk_update(rows, ["search"])


class Migration(migrations.Migration):

    dependencies = [("applications", "0002_triage")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
