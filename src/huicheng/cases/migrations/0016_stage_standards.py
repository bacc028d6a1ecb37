from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0015_notices_read"),
    ]

    operations = [
        migrations.AddField(
            model_name="casestage",
            name="standard",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
