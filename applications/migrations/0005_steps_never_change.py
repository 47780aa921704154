"""PostgreSQL refuses what would change or remove a step, by whatever road (docs/adr/0015); a person's account may go from it."""

import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = """
CREATE TRIGGER applications_step_never_changes BEFORE UPDATE OR DELETE ON applications_step
    FOR EACH ROW EXECUTE FUNCTION history_never_changes('by_id', 'by_name', 'note', 'answers', '/', 'receipt', 'employer_letter');
CREATE TRIGGER applications_step_never_emptied BEFORE TRUNCATE ON applications_step
    FOR EACH STATEMENT EXECUTE FUNCTION history_never_changes();
"""
BACK = """
DROP TRIGGER applications_step_never_emptied ON applications_step;
DROP TRIGGER applications_step_never_changes ON applications_step;
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TRIGGERS, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BACK, params=None)


class Migration(migrations.Migration):
    dependencies = [("applications", "0004_body"), ("records", "0003_never_change")]

    operations = [
        migrations.AlterField(
            model_name="step",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="applications.application",
                verbose_name="candidature",
            ),
        ),
        migrations.RunPython(install, remove),
    ]
