from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0016_orders"),
    ]

    operations = [
        migrations.AddField(
            model_name="casestage",
            name="standard",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
