from datetime import UTC, datetime

from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):

    dependencies = [("applications", "0005_steps_never_change")]

    operations = [
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                Coalesce("deposited_at", models.Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=models.DateTimeField())).desc(),
                models.F("id").desc(),
                name="application_latest_first",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["edition", "state", "branch", "region", "origin", "id"], name="application_by_facets"),
        ),
    ]
