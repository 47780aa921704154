"""PostgreSQL refuses what would change or remove a review as it was sent, by whatever road (docs/adr/0015); the purge may empty its comment."""

from django.db import migrations

TRIGGERS = """
CREATE TRIGGER applications_reviewversion_never_changes BEFORE UPDATE OR DELETE ON applications_reviewversion
    FOR EACH ROW EXECUTE FUNCTION history_never_changes('comment');
CREATE TRIGGER applications_reviewversion_never_emptied BEFORE TRUNCATE ON applications_reviewversion
    FOR EACH STATEMENT EXECUTE FUNCTION history_never_changes();
"""
BACK = """
DROP TRIGGER applications_reviewversion_never_emptied ON applications_reviewversion;
DROP TRIGGER applications_reviewversion_never_changes ON applications_reviewversion;
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TRIGGERS, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BACK, params=None)


class Migration(migrations.Migration):
    dependencies = [("applications", "0011_selection")]

    operations = [migrations.RunPython(install, remove)]
