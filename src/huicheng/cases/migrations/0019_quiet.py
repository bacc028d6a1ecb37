from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_what_was_answered(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Callers asked for secrecy before there was a column for it."""
    asked = apps.get_model("cases", "CaseEvent").objects.filter(seq=1, case__kind="city/call", form__quiet="yes")
    apps.get_model("cases", "Case").objects.filter(pk__in=asked.values("case_id")).update(quiet=True)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0018_received_updates"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="quiet",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(keep_what_was_answered, migrations.RunPython.noop),
    ]
