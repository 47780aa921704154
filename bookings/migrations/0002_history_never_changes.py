"""PostgreSQL refuses what would change or remove a step, accepted conditions or a certificate, by whatever road (docs/adr/0015)."""

from django.db import migrations

TABLES = {
    "bookings_bookingstep": "'by_id', 'by_name', 'words', 'changes'",
    "bookings_saleconditions": "",
    "bookings_certificate": "'name', 'employer'",
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
    dependencies = [("bookings", "0001_orders_of_seats"), ("records", "0003_never_change")]

    operations = [migrations.RunPython(install, remove)]
