from pathlib import Path

from django.db import migrations, models

_TURN = (Path(__file__).resolve().parent.parent / "sql" / "turn.sql").read_text("utf-8")
_ASKED = [
    "owner_unit",
    "handling_unit",
    "assignee",
    "escalated_to",
    "category",
    "division",
    "source",
    "warning",
    "marks",
    "opened_at",
    "closed_at",
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_open_place"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="case", name="case_open_by_turn"),
        migrations.RemoveIndex(model_name="case", name="case_board"),
        migrations.RemoveField(model_name="case", name="turn"),
        migrations.AddField(model_name="case", name="turn", field=models.BigIntegerField(default=2**60)),
        migrations.RunSQL(_TURN, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["assignee", "turn"], name="case_assignee"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["turn", "number", "kind", "state", *_ASKED],
                name="case_open_by_turn",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["kind", "state", "turn", "number", *_ASKED],
                name="case_board",
            ),
        ),
    ]
