"""
The server's log: one JSON object a line on standard error. Of an error only its kind and where it arose: a message, or
the values in a traceback, may hold what is sealed. tests/api/http/test_intake.py.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any


class JsonLines(logging.Formatter):
    """What was said, and of an exception that came with it nothing but its kind and its places."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "said": record.getMessage().strip(),
        }
        line |= getattr(record, "facts", {})
        if record.exc_info is not None and record.exc_info[1] is not None:
            line |= facts_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def facts_of(error: BaseException) -> dict[str, Any]:
    """The kind of an error and the last places it came through; never its message."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "kind": type(error).__name__,
        "places": [f"{PurePath(f.filename).name}:{f.lineno}:{f.name}" for f in frames],
    }


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "WARNING", "propagate": False} for name in ("uvicorn", "luoshi")
    },
}
