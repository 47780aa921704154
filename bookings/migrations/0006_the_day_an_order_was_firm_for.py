from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Orders firm already: for the day they are of now."""
    bookings, days = apps.get_model("bookings", "Booking"), apps.get_model("programmes", "TrainingSession")
    day = days.objects.filter(pk=OuterRef("session_id")).values("day")[:1]
    bookings.objects.filter(firm_at__isnull=False).update(firm_day=Subquery(day))


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0005_a_card_holds_thirty_minutes"),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="firm_day",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="ferme pour le"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
