"""
A witness's configuration: its key, its state, and the logs it knows. One TOML file, read once, strictly.

    key = "witness.example/court+0f0c38f3"      # a file in `keys`
    keys = "keys"                               # paths are relative to this file
    state = "state"
    passphrase_file = "passphrase"              # only where the key is encrypted
    prefix = ""                                 # before /add-checkpoint
    monitoring_prefix = ""                      # before /<origin hash>/checkpoint

    [[log]]                                     # two with one name while a log changes its key
    vkey = "ledger.example/case-log+6c53bfd6+Abj4..."
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.witness.state import WitnessState
from ledger.cosignature import Cosigner
from ledger.errors import MalformedEvidence
from ledger.keys import Ed25519Signer, KeyFolder
from ledger.vkeys import Verifier

CONFIG_FILE = "witness.toml"


class LogLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    vkey: str

    @field_validator("vkey")
    @classmethod
    def _reads(cls, value: str) -> str:
        try:
            Verifier(value)
        except MalformedEvidence as error:
            raise ValueError(f"log {value!r}: {error}") from None
        return value


class WitnessConfig(BaseModel):
    """What the operator of a witness decided."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    keys: Path
    state: Path
    passphrase_file: Path | None = None
    prefix: str = ""
    monitoring_prefix: str = ""
    log: tuple[LogLine, ...] = Field(default=(), max_length=10_000)  # each may become two small files

    @field_validator("prefix", "monitoring_prefix")
    @classmethod
    def _plain_path(cls, value: str) -> str:
        if not re.fullmatch(r"(/[A-Za-z0-9._-]+)*", value):
            raise ValueError(f"prefix {value!r}: a path like /w1, without a slash at its end, or nothing")
        return value

    def cosigner(self) -> Cosigner:
        passphrase = self.passphrase_file.read_bytes().rstrip(b"\r\n") if self.passphrase_file else None
        return Cosigner(KeyFolder(self.keys, passphrase or None).load(self.key))

    def logs(self) -> dict[str, list[Verifier]]:
        """The known logs' keys by origin: a log's key is named after it."""
        known: dict[str, list[Verifier]] = {}
        for line in self.log:
            verifier = Verifier(line.vkey)
            known.setdefault(verifier.name, []).append(verifier)
        return known


def read_config(file: Path) -> WitnessConfig:
    """Read the file; its paths become relative to where it lies."""
    config = WitnessConfig.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    top = file.resolve().parent
    passphrase_file = top / config.passphrase_file if config.passphrase_file else None
    paths = {"keys": top / config.keys, "state": top / config.state, "passphrase_file": passphrase_file}
    return config.model_copy(update=paths)


def new_witness(name: str, folder: Path, passphrase: bytes | None = None) -> Cosigner:
    """
    Make a witness: its key, its empty state, and a configuration that knows no log yet. Nothing is overwritten.

    One key, one state: a witness whose state is lost gets a new name and key, and policies are told.
    """
    signer = Ed25519Signer.generate(name)
    cosigner = Cosigner(signer)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'key = "{signer.key_id}"', 'keys = "keys"', 'state = "state"']
    if passphrase:
        lines.append('# passphrase_file = "..."   the key is encrypted: say where its passphrase lies')
    lines += ["", "# [[log]]", '# vkey = "..."', ""]
    with (folder / CONFIG_FILE).open("x", encoding="utf-8") as file:
        file.write("\n".join(lines))
    WitnessState.create(folder / "state", cosigner.vkey)
    KeyFolder(folder / "keys", passphrase).save(signer)
    return cosigner
