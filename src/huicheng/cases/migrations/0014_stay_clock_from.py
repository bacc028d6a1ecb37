from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0013_warnings_in_turn"),
    ]

    operations = [
        migrations.AddField(
            model_name="casestage",
            name="clock_from",
            field=models.BigIntegerField(null=True),
        ),
    ]
