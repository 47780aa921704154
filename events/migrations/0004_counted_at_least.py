from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0003_press_links_files_and_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="season",
            name="counted_at_least",
            field=models.BooleanField(
                default=False, help_text="«\u00a0plus de 300 événements\u00a0»", verbose_name="comptés au moins"
            ),
        ),
    ]
