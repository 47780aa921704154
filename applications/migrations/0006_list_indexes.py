from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("applications", "0005_steps_never_change")]

    operations = [
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                models.F("deposited_at").desc(nulls_last=True), models.F("id").desc(), name="application_latest_first"
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["edition", "state", "branch", "region", "origin", "id"], name="application_by_facets"),
        ),
    ]
