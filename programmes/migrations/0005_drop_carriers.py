"""`Edition.carriers` is now said from the partners."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("programmes", "0004_carriers_become_partners")]

    operations = [migrations.RemoveField(model_name="edition", name="carriers")]
