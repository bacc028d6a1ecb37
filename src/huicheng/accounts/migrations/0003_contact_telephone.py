from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_area_and_absence"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="telephone",
            field=models.CharField(blank=True, db_index=True, default="", max_length=64),
            preserve_default=False,
        ),
    ]
