"""Fold the names and addresses of the people already there; a later save writes the same anew."""

import re
import unicodedata

from django.db import migrations

LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
APART = re.compile(r"[^\w@.+-]+|_")


def fold(*texts):
    joined = " ".join(str(text) for text in texts if text)
    plain = unicodedata.normalize("NFKD", joined.translate(LIGATURES))
    return APART.sub(" ", "".join(char for char in plain if not unicodedata.combining(char)).casefold()).strip()


def fill(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    rows = []
    for person in User.objects.order_by("pk").iterator(500):
        person.search = fold(person.first_name, person.last_name, person.email)
        rows.append(person)
        if len(rows) == 500:
            User.objects.bulk_update(rows, ["search"])
            rows = []
    User.objects.bulk_update(rows, ["search"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_search")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
