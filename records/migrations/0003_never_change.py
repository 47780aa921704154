"""PostgreSQL refuses what would change or remove an act, by whatever road (docs/adr/0015). SQLite has only the model's refusal.

The function serves every history: its arguments are the columns that may be blanked, then « / », then those that may be filled in once.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION history_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text[] := '{}';
    later text[] := '{}';
    before jsonb;
    after jsonb;
    name text;
    is_word boolean := true;
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% : un historique ne s''efface pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF name = '/' THEN is_word := false;
        ELSIF is_word THEN words := words || name;
        ELSE later := later || name;
        END IF;
    END LOOP;
    before := to_jsonb(OLD);
    after := to_jsonb(NEW);
    IF before - words - later <> after - words - later THEN
        RAISE EXCEPTION '% : un historique ne se modifie pas', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH name IN ARRAY words || later LOOP
        CONTINUE WHEN before -> name = after -> name;
        CONTINUE WHEN after -> name IN ('null', '""', '{}');
        CONTINUE WHEN name = ANY (later) AND before -> name IN ('null', '""');
        RAISE EXCEPTION '% : % ne se modifie pas, il ne peut qu''être vidé', TG_TABLE_NAME, name USING ERRCODE = 'restrict_violation';
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER records_act_never_changes BEFORE UPDATE OR DELETE ON records_act
    FOR EACH ROW EXECUTE FUNCTION history_never_changes('by_name', 'about_name', 'note', 'changes');
CREATE TRIGGER records_act_never_emptied BEFORE TRUNCATE ON records_act
    FOR EACH STATEMENT EXECUTE FUNCTION history_never_changes();
"""
BACK = """
DROP TRIGGER records_act_never_emptied ON records_act;
DROP TRIGGER records_act_never_changes ON records_act;
DROP FUNCTION history_never_changes();
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BACK, params=None)


class Migration(migrations.Migration):
    dependencies = [("records", "0002_long_work")]

    operations = [migrations.RunPython(install, remove)]
