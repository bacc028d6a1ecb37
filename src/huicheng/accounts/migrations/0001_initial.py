import django.db.models.deletion
from django.db import migrations, models

import huicheng.accounts.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "subject",
                    models.CharField(
                        default=huicheng.accounts.models.new_subject,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("created_at", models.BigIntegerField(help_text="Instant, wall clock")),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
                ("at", models.BigIntegerField(help_text="Instant, wall clock")),
            ],
            options={
                "indexes": [models.Index(fields=["key", "at"], name="attempt_key_at")],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("name_zh", models.CharField(max_length=100)),
                ("name_en", models.CharField(max_length=100)),
                ("source", models.CharField(default="local", max_length=64)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="accounts.unit",
                    ),
                ),
            ],
            options={
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=64, unique=True)),
                ("display_name", models.CharField(max_length=64)),
                ("roles", models.JSONField(default=list)),
                (
                    "subject",
                    models.CharField(
                        default=huicheng.accounts.models.new_subject, editable=False, max_length=32, unique=True
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("language", models.CharField(default="zh-hans", max_length=8)),
                ("must_change_password", models.BooleanField(default=False)),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="accounts.unit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
