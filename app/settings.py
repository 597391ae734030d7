"""
The environment, validated once (12-factor). `luoshi config show` prints what was found; secrets are only named.

Every secret comes from a file (`..._FILE`), never from a variable that a process list or a crash report would show.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.outbound import without_credentials
from ledger.errors import MalformedEvidence
from ledger.timestamp import read_roots
from ledger.trust import Trust, load_trust

DEFAULT_ORIGIN = "luoshi.local/log"


class Settings(BaseSettings):
    """What the operator decided. Unset: an embedded Postgres and everything else under `home`."""

    model_config = SettingsConfigDict(env_prefix="LUOSHI_", extra="ignore")

    home: Path = Path("var")
    database_url: str | None = None
    database_url_file: Path | None = None
    origin: str = DEFAULT_ORIGIN
    keys: Path | None = None
    key_passphrase_file: Path | None = None
    timezone: str = "Asia/Shanghai"
    attachment_max_bytes: int = 20 << 20
    auditors_file: Path | None = None
    witnesses: Path | None = None
    tsa_url: str | None = None
    tsa_roots: Path | None = None
    font: Path | None = None
    papers: Path | None = None
    publish_every: float = Field(default=60.0, gt=0, le=86_400)
    publish_within: int = Field(default=600, gt=0, le=31_536_000)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"LUOSHI_TIMEZONE {value!r} is not a known time zone") from error
        return value

    @field_validator("witnesses", "tsa_roots")
    @classmethod
    def _readable(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"LUOSHI_{str(info.field_name).upper()} {str(value)!r} is no file")
        return value

    @field_validator("tsa_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("LUOSHI_TSA_URL is neither an https nor an http address")
        return value

    @field_validator("origin")
    @classmethod
    def _plain_origin(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9./-]{0,99}", value):
            raise ValueError(f"LUOSHI_ORIGIN {value!r}: a schema-less URL of a-z, 0-9, dot, dash and slash")
        return value

    @property
    def dsn(self) -> str | None:
        """The database to use; None for the embedded one."""
        if self.database_url_file is not None:
            return self.database_url_file.read_text(encoding="utf-8").strip()
        return self.database_url

    @property
    def schema_name(self) -> str:
        """The schema of this log in its database: one per origin."""
        if self.origin == DEFAULT_ORIGIN:
            return "luoshi"
        digest = hashlib.sha256(self.origin.encode()).hexdigest()[:6]
        return f"l_{re.sub(r'[^a-z0-9]+', '_', self.origin)[:24]}_{digest}"

    @property
    def keys_folder(self) -> Path:
        return self.keys if self.keys is not None else self.home / "keys"

    @property
    def attachments_folder(self) -> Path:
        """Ciphertexts of the cases' files; their keys are sealed values."""
        return self.home / "attachments"

    @property
    def vault_folder(self) -> Path:
        """Where the keys of this log's sealed values are: see ledger/vault.py for what a backup may hold of it."""
        return self.keys_folder / "vault" / self.schema_name

    @property
    def outside_folder(self) -> Path:
        """Where the newest checkpoint is kept, outside the database."""
        return self.home / "log"

    @property
    def auditors(self) -> Path:
        """Who may read entry bundles: app/entitled.py."""
        return self.auditors_file if self.auditors_file is not None else self.home / "auditors"

    def trust(self) -> Trust | None:
        """Whose signatures count: the policy file of LUOSHI_WITNESSES and, beside it, its `.json`."""
        policy, sidecar = self.policy_files()
        if policy is None:
            return None
        try:
            return load_trust(policy, sidecar)
        except MalformedEvidence as error:
            raise MalformedEvidence(f"LUOSHI_WITNESSES {self.witnesses}: {error}") from None

    def policy_files(self) -> tuple[bytes | None, bytes | None]:
        """The policy and its sidecar as they stand in their files, to be shown to others."""
        if self.witnesses is None:
            return None, None
        sidecar = self.witnesses.with_name(f"{self.witnesses.name}.json")
        return self.witnesses.read_bytes(), sidecar.read_bytes() if sidecar.exists() else None

    def roots_of_time(self) -> bytes | None:
        """The certificates that a time token must chain to."""
        if self.tsa_roots is None:
            return None
        pem = self.tsa_roots.read_bytes()
        try:
            read_roots(pem)
        except MalformedEvidence as error:
            raise MalformedEvidence(f"LUOSHI_TSA_ROOTS {self.tsa_roots}: {error}") from None
        return pem

    def passphrase(self) -> bytes | None:
        if self.key_passphrase_file is None:
            return None
        return self.key_passphrase_file.read_bytes().rstrip(b"\r\n") or None

    def shown(self) -> dict[str, str]:
        """What `luoshi config show` may print: no password, no passphrase."""
        return {
            "LUOSHI_HOME": str(self.home),
            "LUOSHI_DATABASE_URL": "(embedded Postgres)" if self.dsn is None else _without_password(self.dsn),
            "LUOSHI_ORIGIN": self.origin,
            "LUOSHI_KEYS": str(self.keys_folder),
            "LUOSHI_KEY_PASSPHRASE_FILE": str(self.key_passphrase_file or "(none: keys are kept unencrypted)"),
            "LUOSHI_TIMEZONE": self.timezone,
            "LUOSHI_ATTACHMENT_MAX_BYTES": str(self.attachment_max_bytes),
            "LUOSHI_AUDITORS_FILE": str(self.auditors),
            "LUOSHI_WITNESSES": str(self.witnesses or "(none: nobody cosigns)"),
            "LUOSHI_TSA_URL": "(none: no time tokens)" if self.tsa_url is None else without_credentials(self.tsa_url),
            "LUOSHI_TSA_ROOTS": str(self.tsa_roots or "(none: time tokens are kept unchecked)"),
            "LUOSHI_FONT": str(self.font or "(the system's)"),
            "LUOSHI_PAPERS": str(self.papers or "(none: the built-in papers)"),
            "LUOSHI_PUBLISH_EVERY": f"{self.publish_every:g} s",
            "LUOSHI_PUBLISH_WITHIN": f"{self.publish_within} s",
        }


def _without_password(dsn: str) -> str:
    hidden = re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", dsn)
    return re.sub(r"(password\s*=\s*)('[^']*'|\S+)", r"\1***", hidden)
