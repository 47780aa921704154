"""A partner's name holds its article, and is as long as what `Edition.carriers` held."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programmes", "0002_days_changes_and_flyers")]

    operations = [
        migrations.AlterField(
            model_name="partner",
            name="name",
            field=models.CharField(
                help_text="«\xa0La 27e Région\xa0», «\xa0le SGMAP\xa0», «\xa0la Semaine de l’innovation publique 2017\xa0».",
                max_length=200,
                verbose_name="nom, avec son article",
            ),
        ),
    ]
