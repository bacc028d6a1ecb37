"""Photographs of strangers: acknowledged when synced, read by nobody before they are checked (W4.1, Q4)."""

from __future__ import annotations

import os
import struct
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from people import Town
from PIL import Image

from huicheng.cases.history import first_break
from huicheng.cases.intake import PhotographIntake
from huicheng.cases.models import Case, CaseAttachment, IncomingPhotograph
from huicheng.cases.reading import timeline
from huicheng.cases.reporting import Report, report
from huicheng.errors import NotFound
from huicheng.files import Attachments, Incoming, NotAnImage, TooLarge


def picture(kind: str = "JPEG", side: int = 60) -> bytes:
    out, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (27.0, 43.0, 12.0), 3: "E", 4: (109.0, 11.0, 24.0)})
    Image.effect_noise((side, side), 50).save(out, kind, exif=exif)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of few bytes that says it has very many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


def filed(*photographs: bytes) -> Case:
    sent = Report(
        kind="environment/event",
        category="smoke",
        text="河边有人烧垃圾",
        place=(109.19, 27.72),
        photographs=photographs,
    )
    return report(sent).case


def files(town: Town) -> list[Path]:
    return [path for path in (town.data / "files").rglob("*") if path.is_file()]


def work(town: Town) -> None:
    intake = PhotographIntake(town.platform)
    while intake.step():
        continue


def course(case: Case) -> list[tuple[str, dict[str, object], int]]:
    return [(event.action, event.form, len(event.attachments)) for event in case.events.order_by("seq")]


def test_a_report_is_acknowledged_with_its_photographs_on_the_disk_and_shown_nowhere(town: Town) -> None:
    case = filed(picture())
    assert course(case) == [("open", {}, 0)]
    assert not CaseAttachment.objects.exists()
    [lying] = files(town)
    assert lying.parent == town.data / "files" / "incoming"
    assert lying.stat().st_mode & 0o077 == 0
    for name in (lying.name, lying.name * 2, f"incoming/{lying.name}"):
        with pytest.raises(NotFound):
            Attachments(town.data / "files").path(name)


def test_what_was_checked_is_attached_without_place_or_camera_and_said_in_the_history(town: Town) -> None:
    case = filed(picture(), picture("PNG", 40))
    work(town)
    case.refresh_from_db()
    assert course(case)[1:] == [("photograph-kept", {"of": 1}, 2)]
    assert CaseAttachment.objects.filter(case=case).count() == 2
    assert not any(b"SECRET" in path.read_bytes() for path in files(town))
    assert not list((town.data / "files" / "incoming").iterdir())
    assert first_break(case) is None


def test_what_is_no_picture_after_all_is_thrown_away_and_said_in_the_history(town: Town) -> None:
    half = picture(side=400)
    case = filed(half[: len(half) // 2] + b"<script>", picture())
    work(town)
    assert course(case)[1:] == [
        ("photograph-kept", {"of": 1}, 1),
        ("photograph-refused", {"of": 1, "reason": "not-an-image", "count": 1}, 0),
    ]
    assert not any(b"<script>" in path.read_bytes() for path in files(town))
    said = [value for entry in timeline(case) for _, value in entry.form]
    assert [one["en"] for one in said] == ["The file is no picture that can be read"]


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [(b"%PDF-1.7", NotAnImage), (b"", NotAnImage), (b"\xff\xd8\xff" * 4_000_000, TooLarge), (bomb(), TooLarge)],
)
def test_what_its_header_or_its_size_betrays_is_refused_at_once(
    town: Town, sent: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        filed(picture(), sent)
    assert files(town) == []
    assert not Case.objects.exists()


def test_a_check_that_dies_at_any_statement_is_done_again_and_says_nothing_twice(town: Town) -> None:
    case, deaths = filed(picture()), 0
    for left in range(1, 100):
        with connection.execute_wrapper(_Death(left)), suppress(KeyboardInterrupt):
            work(town)
            break
        connection.close()
        deaths += 1
    assert deaths > 5
    assert [action for action, _, _ in course(case)] == ["open", "photograph-kept"]
    assert not list((town.data / "files" / "incoming").iterdir())


class _Death:
    """Ends the work when the n-th statement is about to run."""

    def __init__(self, left: int) -> None:
        self._left = left

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return execute(*arguments)


def test_a_photograph_that_is_gone_before_its_check_is_said_to_be_lost(town: Town) -> None:
    case = filed(picture())
    Incoming(town.data).discard(IncomingPhotograph.objects.get().name)
    work(town)
    assert course(case)[1:] == [("photograph-refused", {"of": 1, "reason": "lost", "count": 1}, 0)]


def test_leftovers_of_reports_that_were_never_filed_are_swept_and_what_waits_is_not(town: Town) -> None:
    case = filed(picture())
    incoming = Incoming(town.data)
    leftover, fresh = incoming.put(picture()), incoming.put(picture())
    old = time.time() - 7_200
    for name in (leftover, IncomingPhotograph.objects.get().name):
        os.utime(town.data / "files" / "incoming" / name, (old, old))
    work(town)
    assert [path.name for path in (town.data / "files" / "incoming").iterdir()] == [fresh]
    assert [action for action, _, _ in course(case)] == ["open", "photograph-kept"]
