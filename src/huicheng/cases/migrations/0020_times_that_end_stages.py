"""Cases whose clock stands and whose stage now ends at a time: the watch looks at each once, and finds when."""

from typing import Any

from django.db import migrations


def look_again(apps: Any, _editor: Any) -> None:
    open_ones = apps.get_model("cases", "Case").objects.filter(closed_at=None, alarm_at=None)
    open_ones.exclude(clock="runs").update(alarm_at=0)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0019_quiet"),
    ]

    operations = [
        migrations.RunPython(look_again, migrations.RunPython.noop),
    ]
