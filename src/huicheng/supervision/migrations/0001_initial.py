from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=100)),
                ("unit", models.CharField(max_length=32)),
                ("category", models.CharField(max_length=64)),
                ("number", models.PositiveIntegerField()),
                ("each", models.PositiveIntegerField()),
                ("register", models.JSONField()),
                ("register_digest", models.CharField(max_length=64)),
                ("commitment", models.CharField(max_length=64)),
                ("planned_by", models.CharField(max_length=64)),
                ("planned_at", models.BigIntegerField()),
                ("words", models.CharField(blank=True, max_length=200)),
                ("secret", models.CharField(blank=True, max_length=64)),
                ("drawn_by", models.CharField(blank=True, max_length=64)),
                ("drawn_at", models.BigIntegerField(null=True)),
                ("result", models.JSONField(default=list)),
            ],
            options={
                "ordering": ("-planned_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("inspector", models.CharField(max_length=64)),
                ("object", models.CharField(max_length=300)),
                ("ground", models.CharField(max_length=200)),
                ("declared_by", models.CharField(max_length=64)),
                ("declared_at", models.BigIntegerField()),
                ("ended_at", models.BigIntegerField(null=True)),
            ],
            options={
                "ordering": ("-declared_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("inspector", "object"), name="one_open_conflict"
                    )
                ],
            },
        ),
    ]
