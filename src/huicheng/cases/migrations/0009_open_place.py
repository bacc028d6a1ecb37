from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_standards"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["latitude", "longitude"], name="case_open_place"
            ),
        ),
    ]
