"""Fold the subjects of the letters already there; a later letter writes its own. Codes keep none: `closing` blanks both."""

import re
import unicodedata

from django.db import migrations

LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
APART = re.compile(r"[^\w@.+-]+|_")
AT_ONCE = 500


def fold(text):
    plain = unicodedata.normalize("NFKD", text.translate(LIGATURES))
    return APART.sub(" ", "".join(char for char in plain if not unicodedata.combining(char)).casefold()).strip()


def fill(apps, schema_editor):
    Message = apps.get_model("mailing", "Message")
    last = 0
    while rows := list(Message.objects.filter(pk__gt=last).order_by("pk").only("pk", "subject", "search")[:AT_ONCE]):
        for letter in rows:
            letter.search = fold(letter.subject)
        Message.objects.bulk_update(rows, ["search"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("mailing", "0005_search")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
