"""Ten reports a second, each with a photograph of 2 MB: acknowledged when synced, all checked and stripped in the end.

The server is killed with kill -9 right after the last acknowledgement: what was acknowledged is
then found, checked, drawn anew and attached by another process.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import time
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.server import huicheng

_RATE = 10
_BYTES = 2_000_000
#: As many reports are taken from one address in a quarter of an hour; each client has one of its own.
_FROM_ONE = 20
_PATIENCE = 600.0
_FIELDS = {
    "category": "environment/event:smoke",
    "description": "冒烟，有照片",
    "longitude": "109.19",
    "latitude": "27.72",
}


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """p95 from the moment a report is due to its acknowledgement."""
    photographs = [_photograph(seed) for seed in range(8)]
    reports = int(_RATE * scale.seconds)
    data = folder / "photographs"
    with huicheng(data) as running:
        taken = asyncio.run(_load(running.port, photographs, reports))
        waiting = _rows(data, "SELECT count(*) FROM cases_incomingphotograph WHERE outcome = 'waiting'")
        running.kill()
    began = time.perf_counter()
    with huicheng(data):
        checked = _until_checked(data, began)
    _inspect(data, reports)
    p95 = percentile(taken, 0.95) * 1000
    return [
        Figure(
            name="report with a 2 MB photograph, p95 until acknowledged",
            value=p95,
            unit="ms",
            target=f"< 1,000 ms at {_RATE} reports/s; all checked and stripped afterwards",
            met=p95 < 1_000,
            raw=_raw(folder, photographs, min(reports, 50)) * 1000,
            raw_is="the bytes written and synced, one after the other",
            details={
                "p50 ms": percentile(taken, 0.5) * 1000,
                "worst ms": max(taken) * 1000,
                "reports": reports,
                "bytes of a photograph": sum(map(len, photographs)) / len(photographs),
                "waiting to be checked at kill -9": waiting,
                "s from the new start until all were checked": checked,
            },
        )
    ]


def _photograph(seed: int) -> bytes:
    """A picture of some 2 MB and 9 million pixels, with the place of the camera in it."""
    noise = Image.effect_noise((1_700, 1_300), 40 + seed).resize((3_464, 2_598), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (27.0, 43.0, 12.0), 3: "E", 4: (109.0, 11.0, 24.0)})
    for quality in range(30, 96, 4):
        out = BytesIO()
        Image.merge("RGB", (noise, noise, noise)).save(out, "JPEG", quality=quality, exif=exif)
        if out.tell() >= _BYTES:
            break
    return out.getvalue()


async def _load(port: int, photographs: list[bytes], reports: int) -> list[float]:
    """Seconds of each report; all start on time, whatever the others do."""
    clients = [_client(port, number) for number in range(-(-reports // _FROM_ONE))]
    for client in clients:
        (await client.get("/report/")).raise_for_status()
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    # Bytes behind the end of a picture are dropped, and make each of them another file on the way.
    sent = [chance.choice(photographs) + chance.randbytes(8) for _ in range(reports)]
    began = time.perf_counter() + 0.1
    asked = [_report(clients[n // _FROM_ONE], body, began + n / _RATE) for n, body in enumerate(sent)]
    try:
        return await asyncio.gather(*asked)
    finally:
        for client in clients:
            await client.aclose()


def _client(port: int, number: int) -> httpx.AsyncClient:
    address = f"127.1.{number // 250}.{number % 250 + 1}"
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=60)


async def _report(client: httpx.AsyncClient, photograph: bytes, due: float) -> float:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    fields = {**_FIELDS, "csrfmiddlewaretoken": client.cookies["huicheng_csrf"]}
    answer = await client.post("/report/", data=fields, files={"photos": ("a.jpg", photograph, "image/jpeg")})
    if answer.status_code != 302:
        raise AssertionError(f"A report was answered with {answer.status_code}.")
    return time.perf_counter() - due


def _rows(data: Path, question: str) -> int:
    with sqlite3.connect(f"file:{data / 'people.db'}?mode=ro", uri=True) as people:
        return int(people.execute(question).fetchone()[0])


def _until_checked(data: Path, began: float) -> float:
    """Seconds until nothing waits any more."""
    while _rows(data, "SELECT count(*) FROM cases_incomingphotograph WHERE outcome = 'waiting'"):
        if time.perf_counter() - began > _PATIENCE:
            raise AssertionError("Photographs were still waiting after ten minutes.")
        time.sleep(0.2)
    return time.perf_counter() - began


def _inspect(data: Path, reports: int) -> None:
    """Every report is there with its photograph, and no file holds a trace of the camera or its place."""
    cases = _rows(data, "SELECT count(*) FROM cases_case")
    attached = _rows(data, "SELECT count(*) FROM cases_caseattachment")
    if (cases, attached) != (reports, reports):
        raise AssertionError(
            f"{reports} reports were acknowledged; {cases} cases and {attached} photographs are there."
        )
    kept = [path for path in (data / "files").rglob("*") if path.is_file()]
    if any(path.parent.name == "incoming" for path in kept) or not kept:
        raise AssertionError("Originals are left, or nothing was kept.")
    for path in kept:
        content = path.read_bytes()
        with Image.open(BytesIO(content)) as picture:
            if picture.getexif() or b"SECRET" in content or b"Exif" in content:
                raise AssertionError(f"{path.name} still holds what the camera wrote.")


def _raw(folder: Path, photographs: list[bytes], times: int) -> float:
    """p95 of writing and syncing one."""
    taken = []
    for n in range(times):
        began = time.perf_counter()
        with (folder / f"raw-{n}").open("wb") as file:
            file.write(photographs[n % len(photographs)])
            file.flush()
            os.fsync(file.fileno())
        taken.append(time.perf_counter() - began)
    return percentile(taken, 0.95)
