import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0017_stage_standards"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceivedUpdate",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("seq", models.PositiveIntegerField()),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
            ],
        ),
    ]
