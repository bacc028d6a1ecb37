from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = Path(__file__).resolve().parent.parent / "sql" / "first_alarm.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_wider_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="rung",
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name="CaseNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                ("to", models.CharField(max_length=8)),
                ("unit", models.CharField(blank=True, max_length=32)),
                ("says", models.JSONField()),
                ("at", models.BigIntegerField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="cases.case"
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-id"),
                "indexes": [models.Index(fields=["unit", "-at"], name="notice_unit_at")],
            },
        ),
        migrations.RunSQL(_SQL.read_text("utf-8"), migrations.RunSQL.noop),
    ]
