from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_clock_alarms"),
        ("cases", "0009_open_place"),
        ("cases", "0009_wider_lists"),
    ]

    operations = []
