"""PostgreSQL refuses what would change or remove a step of an event or a version of a communiqué, by whatever road (docs/adr/0015)."""

from django.db import migrations

TABLES = {
    "events_eventstep": "'by_id', 'by_name', 'words'",
    "events_pressversion": "",
}


def _create(table, blankable):
    return f"""
CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION history_never_changes({blankable});
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION history_never_changes();
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, blankable in TABLES.items():
            schema_editor.execute(_create(table, blankable), params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_never_emptied ON {table}; DROP TRIGGER {table}_never_changes ON {table};", params=None)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_seasons_events_press"), ("records", "0003_never_change")]

    operations = [migrations.RunPython(install, remove)]
