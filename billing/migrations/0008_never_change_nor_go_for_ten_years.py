"""PostgreSQL refuses a change on every table it guards, and lets a document go once it was kept ten years (R2, R5, domain.md G3).

Until now the function compared with NULL where no column is free, and refused nothing there: `TG_ARGV` is NULL without arguments.
"""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION billing_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := COALESCE(TG_ARGV::text[], '{}');
    dated date;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME = 'billing_invoice' THEN
            dated := (to_jsonb(OLD) ->> 'issued_on')::date;
        ELSIF TG_TABLE_NAME = 'billing_payment' THEN
            dated := (to_jsonb(OLD) ->> 'received_on')::date;
        ELSIF TG_TABLE_NAME = 'billing_gatewayevent' THEN
            dated := (to_jsonb(OLD) ->> 'received_at')::timestamptz::date;
        ELSE
            SELECT issued_on INTO dated FROM billing_invoice WHERE id = (to_jsonb(OLD) ->> 'invoice_id')::bigint;
        END IF;
        IF extract(year FROM dated) < extract(year FROM CURRENT_DATE) - 10 THEN
            RETURN OLD;
        END IF;
    END IF;
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% : une pièce émise ne s''efface pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(OLD) - free IS DISTINCT FROM to_jsonb(NEW) - free THEN
        RAISE EXCEPTION '% : une pièce émise ne se modifie pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION billing_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% : une pièce émise ne s''efface pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(OLD) - TG_ARGV::text[] <> to_jsonb(NEW) - TG_ARGV::text[] THEN
        RAISE EXCEPTION '% : une pièce émise ne se modifie pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GUARD, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BEFORE, params=None)


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_totals_add_up_to_half_a_cent")]

    operations = [migrations.RunPython(install, remove)]
