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
            name="Run",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("indicator", models.CharField(max_length=100)),
                ("version", models.PositiveIntegerField()),
                ("period", models.CharField(max_length=10)),
                ("ordinal", models.PositiveIntegerField()),
                ("period_start", models.BigIntegerField()),
                ("period_end", models.BigIntegerField()),
                ("numerator", models.PositiveIntegerField()),
                ("denominator", models.PositiveIntegerField()),
                ("value", models.DecimalField(decimal_places=2, max_digits=7, null=True)),
                ("calculated_at", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("published", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ("-period_start", "indicator", "-ordinal"),
                "indexes": [
                    models.Index(fields=["indicator", "-period_start", "-ordinal"], name="run_indicator_period"),
                    models.Index(fields=["published"], name="run_published"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("indicator", "period", "ordinal"), name="one_run_per_ordinal")
                ],
            },
        ),
        migrations.CreateModel(
            name="RunRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=300)),
                ("version", models.BigIntegerField(null=True)),
                ("in_numerator", models.BooleanField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="indicators.run"
                    ),
                ),
            ],
            options={
                "ordering": ("entity",),
                "indexes": [models.Index(fields=["entity"], name="run_row_entity")],
                "constraints": [models.UniqueConstraint(fields=("run", "entity"), name="one_row_per_entity")],
            },
        ),
    ]
