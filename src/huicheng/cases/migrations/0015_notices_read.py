import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0014_stay_clock_from"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticesRead",
            fields=[
                ("subject", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("up_to", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="NoticeRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=64)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.casenotice"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "notice"), name="a_notice_is_read_once"),
                ],
            },
        ),
    ]
