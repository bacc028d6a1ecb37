"""Photographs from outside are checked, bounded, and keep no trace of who took them where (Q1)."""

from __future__ import annotations

import random
import struct
import threading
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from huicheng.errors import NotFound, Unavailable
from huicheng.files import Attachments, NotAnImage, TooLarge, kept_secret


@pytest.fixture
def attachments(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "files")


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))  # a red corner, upper left
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tagged() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turned by a quarter
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (27.0, 43.0, 12.0), 3: "E", 4: (109.0, 11.0, 24.0)})
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_pixels_is_kept(attachments: Attachments, kind: str) -> None:
    kept = attachments.put(picture(kind, exif=tagged()) + b"TRAILING-SECRET")
    content = attachments.read(kept.digest)
    for trace in (b"SECRET", b"Exif", b"eXIf", b"EXIF"):
        assert trace not in content
    with Image.open(BytesIO(content)) as image:
        assert not image.getexif()
        assert image.format == kind


def test_comments_and_profiles_are_not_kept(attachments: Attachments) -> None:
    sent = picture("JPEG", comment=b"SECRET-COMMENT", icc_profile=b"SECRET-PROFILE" * 10)
    assert b"SECRET-COMMENT" in sent
    assert b"SECRET" not in attachments.read(attachments.put(sent).digest)


def test_a_turned_photograph_is_kept_upright(attachments: Attachments) -> None:
    kept = attachments.put(picture("PNG", exif=tagged()))
    assert (kept.width, kept.height) == (40, 60)
    with Image.open(attachments.path(kept.digest)) as image:
        assert image.getpixel((35, 5)) == (255, 0, 0)  # the red corner is at the upper right now
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_the_place_is_told_once_and_not_kept(attachments: Attachments) -> None:
    kept = attachments.put(picture(exif=tagged()))
    assert kept.position == (109.19, 27.72)
    assert attachments.put(attachments.read(kept.digest)).position is None


def test_a_place_that_makes_no_sense_is_no_place(attachments: Attachments) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (927.0, 43.0, 12.0), 3: "E", 4: (109.0, 11.0, 24.0)})
    assert attachments.put(picture(exif=exif)).position is None


def test_the_same_photograph_is_kept_once(attachments: Attachments, tmp_path: Path) -> None:
    first, second = attachments.put(picture()), attachments.put(picture())
    assert first == second
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == sorted({first.digest, first.thumbnail})


def test_a_large_picture_is_made_smaller(attachments: Attachments) -> None:
    kept = attachments.put(picture(size=(6000, 3000)))
    assert max(kept.width, kept.height) <= 4096
    with Image.open(attachments.path(kept.thumbnail)) as thumbnail:
        assert max(thumbnail.size) <= 320


def test_a_transparent_picture_stays_transparent(attachments: Attachments) -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(attachments.path(attachments.put(out.getvalue()).digest)) as image:
        assert image.getpixel((0, 0)) == (0, 0, 0, 0)


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        Attachments(tmp_path, max_bytes=100).put(picture())


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it has very many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_500, 12_000, 60_000])
def test_a_small_file_with_very_many_pixels_is_refused_before_it_is_unpacked(
    attachments: Attachments, side: int
) -> None:
    assert len(bomb(side, side)) < 10_000
    with pytest.raises(TooLarge):
        attachments.put(bomb(side, side))


def test_what_is_not_a_picture_is_refused(attachments: Attachments, tmp_path: Path) -> None:
    gif = BytesIO()
    Image.new("RGB", (4, 4)).save(gif, "GIF")
    whole = picture("PNG", size=(200, 200))
    for content in (b"", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", gif.getvalue(), whole[:60]):
        with pytest.raises(NotAnImage):
            attachments.put(content)
    assert not (tmp_path / "files").exists()


def test_damaged_bytes_give_an_answer_and_never_another_error(attachments: Attachments) -> None:
    dice = random.Random(520602)  # noqa: S311 - a seeded test, no secret
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = picture(kind, exif=tagged())
        for _ in range(60):
            damaged = bytearray(whole)
            for _ in range(8):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            try:
                kept = attachments.put(bytes(damaged))
            except (NotAnImage, TooLarge):
                continue
            assert (kept.width, kept.height) > (0, 0)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 64, "A" * 64])
def test_what_is_not_kept_is_not_found(attachments: Attachments, digest: str) -> None:
    with pytest.raises(NotFound):
        attachments.path(digest)


def test_a_secret_is_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one.key"
    first = kept_secret(path)
    assert len(first) == 32
    assert kept_secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_secret(tmp_path / "keys" / "two.key") != first


def test_a_secret_made_by_many_at_once_is_one_secret(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(kept_secret(tmp_path / "keys" / "k"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_damaged_key_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("abcd", "ascii")
    with pytest.raises(Unavailable):
        kept_secret(tmp_path / "k")
