"""The free text « porté par » of a call becomes its first partner: one fact, one room."""

from django.db import migrations


def to_partners(apps, schema_editor):
    Edition, Partner = apps.get_model("programmes", "Edition"), apps.get_model("programmes", "Partner")
    for edition in Edition.objects.exclude(carriers="").filter(partners=None).order_by("pk"):
        Partner.objects.create(edition=edition, name=edition.carriers, role="LEAD", order=1)


def to_carriers(apps, schema_editor):
    Edition = apps.get_model("programmes", "Edition")
    for edition in Edition.objects.exclude(partners=None).distinct().order_by("pk"):
        names = [partner.name for partner in edition.partners.order_by("order", "pk")]
        edition.carriers = ", ".join(names)[:200]
        edition.save(update_fields=["carriers"])


class Migration(migrations.Migration):
    dependencies = [("programmes", "0003_partner_names_with_their_article")]

    operations = [migrations.RunPython(to_partners, to_carriers)]
