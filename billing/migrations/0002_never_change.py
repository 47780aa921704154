"""PostgreSQL refuses what would change what was issued, paid or told by the provider (R2, docs/adr/0015). SQLite has the models' refusal.

The arguments of the function are the columns that may change all the same: where an invoice is filed.
"""

from django.db import migrations

KEPT = ("billing_invoice", "billing_line", "billing_invoicefile", "billing_payment", "billing_gatewayevent")
FREE = {"billing_invoice": "'organisation_id'"}

FUNCTION = """
CREATE FUNCTION billing_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% : une pièce émise ne s''efface pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(OLD) - TG_ARGV::text[] <> to_jsonb(NEW) - TG_ARGV::text[] THEN
        RAISE EXCEPTION '% : une pièce émise ne se modifie pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION billing_nothing_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.rank > (SELECT line_count FROM billing_invoice WHERE id = NEW.invoice_id) THEN
        RAISE EXCEPTION '% : rien ne s''ajoute à une pièce émise', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_line_nothing_added BEFORE INSERT ON billing_line
    FOR EACH ROW EXECUTE FUNCTION billing_nothing_added();
"""
TRIGGERS = """
CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION billing_never_changes({free});
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION billing_never_changes();
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION, params=None)
        for table in KEPT:
            schema_editor.execute(TRIGGERS.format(table=table, free=FREE.get(table, "")), params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in KEPT:
            schema_editor.execute(f"DROP TRIGGER {table}_never_emptied ON {table}; DROP TRIGGER {table}_never_changes ON {table}", params=None)
        schema_editor.execute("DROP TRIGGER billing_line_nothing_added ON billing_line", params=None)
        schema_editor.execute("DROP FUNCTION billing_nothing_added(); DROP FUNCTION billing_never_changes()", params=None)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_issued_paid_and_read")]

    operations = [migrations.RunPython(install, remove)]
