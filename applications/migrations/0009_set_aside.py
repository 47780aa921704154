from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0008_same_name")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="set_aside_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="laissée de côté le"),
        ),
    ]
