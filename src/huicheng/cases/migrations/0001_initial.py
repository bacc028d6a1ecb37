import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ConsumerPosition",
            fields=[
                ("consumer", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DayCounter",
            fields=[
                ("day", models.CharField(max_length=6, primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=16, unique=True)),
                ("kind", models.CharField(max_length=100)),
                ("category", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=32)),
                ("stage", models.CharField(max_length=32)),
                (
                    "source",
                    models.CharField(
                        choices=[("alert", "Alert"), ("portal", "Portal"), ("desk", "Desk")], max_length=8
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True)),
                ("longitude", models.FloatField(null=True)),
                ("latitude", models.FloatField(null=True)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("division", models.CharField(blank=True, max_length=12)),
                ("grid", models.CharField(blank=True, max_length=20)),
                ("alert_id", models.CharField(max_length=200, null=True, unique=True)),
                ("entity_ref", models.CharField(blank=True, max_length=300)),
                ("owner_unit", models.CharField(max_length=32)),
                ("handling_unit", models.CharField(blank=True, max_length=32)),
                ("opened_at", models.BigIntegerField()),
                ("due_at", models.BigIntegerField(null=True)),
                ("closed_at", models.BigIntegerField(null=True)),
                ("in_time", models.BooleanField(null=True)),
                ("limit", models.JSONField()),
                (
                    "clock",
                    models.CharField(
                        choices=[("runs", "Runs"), ("paused", "Paused"), ("stopped", "Stopped")],
                        default="runs",
                        max_length=8,
                    ),
                ),
                ("pauses", models.JSONField(default=list)),
                ("due_assumed", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("reporter", models.CharField(blank=True, max_length=64)),
                ("follow_hash", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["clock", "due_at"], name="case_clock_due"),
                    models.Index(fields=["owner_unit"], name="case_owner_unit"),
                    models.Index(fields=["handling_unit"], name="case_handling_unit"),
                    models.Index(fields=["entity_ref"], name="case_entity_ref"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseAttachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_seq", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("thumbnail", models.CharField(max_length=64)),
                ("media_type", models.CharField(max_length=32)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="cases.case"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("case", "event_seq", "digest"), name="one_attachment_per_event")
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                ("at", models.BigIntegerField()),
                ("received", models.BigIntegerField(help_text="wall clock")),
                ("action", models.CharField(max_length=32)),
                ("from_state", models.CharField(blank=True, max_length=32)),
                ("to_state", models.CharField(max_length=32)),
                ("actor", models.CharField(max_length=64)),
                ("actor_unit", models.CharField(blank=True, max_length=32)),
                ("form", models.JSONField(default=dict)),
                ("attachments", models.JSONField(default=list)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("digest", models.CharField(max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="cases.case"
                    ),
                ),
            ],
            options={
                "ordering": ("case_id", "seq"),
                "constraints": [models.UniqueConstraint(fields=("case", "seq"), name="one_event_per_seq")],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("body", models.JSONField()),
                ("done", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["done", "id"], name="outbox_to_do")],
                "constraints": [models.UniqueConstraint(fields=("case", "version"), name="one_outbox_row_per_version")],
            },
        ),
    ]
