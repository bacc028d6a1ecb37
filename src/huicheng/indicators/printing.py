"""A bulletin as PDF (typst, extra ``print``): the same content gives the same bytes, with the same fonts and typst."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from typing import Any

from huicheng.city import Instant
from huicheng.errors import Unavailable

#: Families that have Chinese characters, best first: Noto and 思源 are free, the others come with systems.
FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "思源黑体",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
)


def bulletin_pdf(content: Mapping[str, Any], made_at: Instant) -> bytes:
    """The document of ``desk.bulletin_content``, dated ``made_at``. ``Unavailable`` without typst or a Chinese font."""
    typst = _typst()
    fonts = typst.Fonts(include_system_fonts=True, font_paths=_folders())
    with as_file(files("huicheng.indicators") / "print") as folder:
        printed: bytes = typst.compile(
            str(folder / "bulletin.typ"),
            root=str(folder),
            font_paths=_folders(),
            sys_inputs={"content": json.dumps(content, ensure_ascii=False, sort_keys=True), "font": font_of(fonts)},
            timestamp=made_at // 1_000_000,
            format="pdf",
        )
    return printed


def _typst() -> Any:
    try:
        import typst  # noqa: PLC0415 - 30 MB that only who prints needs
    except ImportError:
        raise Unavailable(
            why="Bulletins are printed by typst, which is not installed.",
            mend="Install the extra: pip install 'huicheng[print]'.",
        ) from None
    return typst


def _folders() -> list[str]:
    """Folders of fonts beside the system's."""
    return [one for one in os.environ.get("HUICHENG_FONTS", "").split(os.pathsep) if one]


def font_of(fonts: Any) -> str:
    """The best family with Chinese characters among those typst sees; ``Unavailable`` without one."""
    found = _chinese(fonts.families())
    if not found:
        raise Unavailable(
            why="No font with Chinese characters was found.",
            mend="Install one (Debian: apt install fonts-noto-cjk), or name its folder in HUICHENG_FONTS.",
        )
    return found


def _chinese(families: Sequence[str]) -> str:
    """The best family that is there; "" for none."""
    return next((one for one in FAMILIES if one in families), "")
