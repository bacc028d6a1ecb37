from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = Path(__file__).resolve().parent.parent / "sql" / "clock_from.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_seq", models.PositiveIntegerField()),
                ("stage", models.CharField(max_length=32)),
                ("unit", models.CharField(blank=True, max_length=32)),
                ("entered_at", models.BigIntegerField()),
                ("left_at", models.BigIntegerField(null=True)),
                ("limit", models.JSONField(null=True)),
                ("due_at", models.BigIntegerField(null=True)),
                ("in_time", models.BooleanField(null=True)),
            ],
            options={
                "ordering": ("case_id", "event_seq"),
            },
        ),
        migrations.AddField(
            model_name="case",
            name="alarm_at",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="answers",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="case",
            name="assignee",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="case",
            name="client_key",
            field=models.CharField(max_length=100, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="case",
            name="clock_from",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(_SQL.read_text("utf-8"), migrations.RunSQL.noop),
        migrations.AddField(
            model_name="case",
            name="collector",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="case",
            name="condition",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="case",
            name="escalated_to",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name="case",
            name="marks",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="case",
            name="merged_into",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="parent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="subcases", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="stage_due_at",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="warning",
            field=models.CharField(
                blank=True, choices=[("yellow", "Yellow"), ("red", "Red"), ("overdue", "Overdue")], max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="source",
            field=models.CharField(
                choices=[
                    ("alert", "Alert"),
                    ("portal", "Portal"),
                    ("desk", "Desk"),
                    ("collector", "Collector"),
                    ("hotline", "Hotline"),
                    ("open311", "Open311"),
                    ("leader", "Leader"),
                    ("petition", "Petition"),
                    ("case", "Case"),
                    ("file", "File"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["alarm_at"], name="case_alarm_at"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["escalated_to"], name="case_escalated_to"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["kind", "opened_at"], name="case_kind_opened"),
        ),
        migrations.AddField(
            model_name="casestage",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="stages", to="cases.case"
            ),
        ),
        migrations.AddConstraint(
            model_name="casestage",
            constraint=models.UniqueConstraint(fields=("case", "event_seq"), name="one_stage_per_event"),
        ),
    ]
