"""
Chinese fonts for PDF: those of `LUOSHI_FONT`, or what the system has in the folders that fontconfig and others use.

A PDF carries its fonts, so without one there is no PDF; HTML and DOCX name fonts and need none. tests: test_pdf.py.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from app.papers.layout import layout
from app.papers.model import PaperRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
MAX_FILES = 20_000
PROBE = "落实信访处理意见书〔〕"  # a Chinese font has these
INSTALL = (
    "未找到中文字体，不能生成 PDF。请安装字体（Debian/Ubuntu：apt install fonts-noto-cjk；Fedora：dnf install "
    "google-noto-serif-cjk-fonts），或将 LUOSHI_FONT 设为字体文件或其所在文件夹；HTML 与 DOCX 不需要。"
)
INSTALL_EN = "no Chinese font was found: install fonts-noto-cjk, or set LUOSHI_FONT to a font file or its folder"


@dataclass(frozen=True, slots=True)
class Face:
    """One font of a file; a collection holds several."""

    path: Path
    number: int = 0


Fonts = dict[str, Face]


def system_folders(environ: Mapping[str, str]) -> list[Path]:
    """Where fonts lie: fontconfig's folders, then those of macOS and Windows."""
    home = Path(environ.get("HOME", "/"))
    data = environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    shared = (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    folders = [home / ".fonts", Path(data) / "fonts", *(Path(s) / "fonts" for s in shared if s)]
    folders += [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    if windows := environ.get("WINDIR"):
        folders.append(Path(windows) / "Fonts")
    return folders


def find_fonts(chosen: Path | None, folders: Iterable[Path]) -> Fonts:
    """
    A face for every role of the layout. `chosen` goes before the system; one font serves where a role has none.
    """
    if chosen is not None:
        if not chosen.exists():
            raise PaperRefused("LUOSHI_FONT 指向的字体不存在：", "no such font", field=str(chosen))
        if chosen.is_file():
            face = _face(chosen)
            if face is None:
                raise PaperRefused("LUOSHI_FONT 不是含中文的字体：", "not a font with Chinese", field=str(chosen))
            return dict.fromkeys(layout().font, face)
        folders = [chosen]
    files = list(_font_files(folders))
    found = {role: face for role in layout().font if (face := _best(role, files)) is not None}
    body = found.get("body") or next(iter(found.values()), None)
    if body is None:
        raise PaperRefused(INSTALL, INSTALL_EN, field="LUOSHI_FONT")
    return {role: found.get(role, body) for role in layout().font}


def _font_files(folders: Iterable[Path]) -> Iterator[Path]:
    seen = 0
    for folder in folders:
        for top, below, names in os.walk(folder):
            below.sort()
            for name in sorted(names):
                seen += 1
                if seen > MAX_FILES:
                    return
                if name.lower().endswith(ENDINGS):
                    yield Path(top, name)


def _best(role: str, files: list[Path]) -> Face | None:
    for pattern in layout().font[role].files:
        for path in files:
            if fnmatchcase(path.name.lower(), pattern) and (face := _face(path)) is not None:
                return face
    return None


def _face(path: Path) -> Face | None:
    """The face with Chinese for the mainland in a file; None where the file is no font, or has no Chinese."""
    try:
        # Our own file: fontTools leaves the one it opened open where the content is no font.
        with path.open("rb") as file:
            is_collection = file.read(4) == b"ttcf"
            file.seek(0)
            fonts = TTCollection(file, lazy=True).fonts if is_collection else [TTFont(file, lazy=True)]
            faces = [(n, f["name"].getDebugName(1) or "") for n, f in enumerate(fonts) if _has_chinese(f)]
    except (OSError, TTLibError, LookupError, ValueError, AssertionError, struct.error):
        return None  # whatever it is, it is no font that we can use
    mainland = [n for n, name in faces if name.endswith((" SC", " CN"))]
    return Face(path, mainland[0] if mainland else faces[0][0]) if faces else None


def _has_chinese(font: TTFont) -> bool:
    known = font.getBestCmap() or {}
    return all(ord(c) in known for c in PROBE)
