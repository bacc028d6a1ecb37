"""What a case is called in a list: an alert's sentence in the reader's language, else the reporter's first line."""

from __future__ import annotations

from collections.abc import Sequence

from huicheng.cases.models import Case, Source
from huicheng.desk.evidence import title_of
from huicheng.desk.filtering import source_words
from huicheng.web.reading import Reader


def titles(reader: Reader, cases: Sequence[Case]) -> dict[str, str]:
    """Number → title. Alerts that the reader may not see leave the title as it was filed."""
    alerts = [case.alert_id for case in cases if case.alert_id]
    seen = {alert.id: title_of(alert) for alert in reader.find("Alert", ids=alerts)} if alerts else {}
    return {case.number: seen.get(case.alert_id or "", case.title) for case in cases}


def place_words(case: Case) -> str:
    """Address, or whence it came."""
    return case.address or source_words(Source(case.source))
