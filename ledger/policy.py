"""
Whom to believe: logs, witnesses, and how many of them must agree (c2sp.org/tlog-policy).

One small file that a court installs once. Witnesses count by public key, never by name.
tests/ledger/test_policy.py holds the grammar to hostile files and the quorum to hostile notes.
"""

import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.cosignature import Cosigned, CosignerVerifier
from ledger.errors import MalformedEvidence, NotCanonical, NotChecked, VerificationError
from ledger.note import NoteSignature, split_note
from ledger.vkeys import Verifier

MAX_BYTES = 1_000_000  # 256 witnesses with ML-DSA-44 keys need half of it
MAX_SAID = 200  # characters of an error's text
MAX_LINES_OF_A_KIND = 256  # the specification asks for 32 at least


@dataclass(frozen=True, slots=True)
class Log:
    vkey: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    name: str  # means something inside this policy only
    vkey: str
    url: str | None = None  # the submission prefix of ledger/witness.py's protocol


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says. `quorum` is None where no cosignature is needed."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str | None


@dataclass(frozen=True, slots=True)
class Quorum:
    """A checkpoint that meets the policy, by which cosigners, and which known lines could not be checked here."""

    checkpoint: Checkpoint
    log_key_id: str
    cosigners: tuple[Cosigned, ...]
    not_checked: tuple[str, ...]  # key ids; they did not count


@dataclass(frozen=True, slots=True)
class Counted:
    """The witnesses of a policy under one note: whose lines hold, whose could not be checked, whether that suffices."""

    cosigners: tuple[Cosigned, ...]
    not_checked: tuple[str, ...]
    quorum_met: bool


def parse_policy(data: bytes) -> Policy:
    """Read a policy file. MalformedEvidence names the line."""
    # Octets above 0x7F are opaque to the grammar; surrogateescape keeps two names equal only if their octets are.
    if len(data) > MAX_BYTES or re.search(rb"[^\t\n -~\x80-\xff]", data) or not data.endswith(b"\n"):
        raise MalformedEvidence("malformed policy")
    reader = _Reader()
    for number, line in enumerate(data.decode(errors="surrogateescape").split("\n"), 1):
        said = line.strip(" \t")
        if not said or said.startswith("#"):
            continue
        try:
            reader.line(re.split("[ \t]+", said))
        except ValueError:
            raise MalformedEvidence(f"malformed policy: line {number}") from None
        except MalformedEvidence as error:
            raise MalformedEvidence(f"malformed policy: line {number}: {_shown(str(error))}") from None
    if len(reader.quorum) != 1:
        raise MalformedEvidence(f"malformed policy: {len(reader.quorum)} quorum lines, one is needed")
    return Policy(tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorum[0])


def format_policy(policy: Policy) -> bytes:
    """Write the policy file; NotCanonical if it would not read back as this policy."""
    lines = [["log", x.vkey, x.url] for x in policy.logs]
    lines += [["witness", x.name, x.vkey, x.url] for x in policy.witnesses]
    lines += [["group", x.name, str(x.threshold), *x.members] for x in policy.groups]
    lines.append(["quorum", "none" if policy.quorum is None else policy.quorum])
    text = "".join(" ".join(item for item in line if item is not None) + "\n" for line in lines)
    data = text.encode(errors="surrogateescape")
    try:
        if parse_policy(data) == policy:
            return data
    except MalformedEvidence as error:
        raise NotCanonical(str(error)) from None
    raise NotCanonical("a policy that its file would not give back")


def check_quorum(policy: Policy, note: bytes) -> Quorum:
    """
    Raise VerificationError unless a log of the policy signed the checkpoint and its quorum of witnesses cosigned it.

    A wrong signature by any key of the policy spoils the note. A witness that signed twice counts once.
    """
    text, signatures = split_note(note)
    checkpoint = parse_checkpoint(text)
    log_key_id = _check_log(policy, text, signatures, checkpoint)
    counted = count_cosigners(policy, text, signatures)
    if not counted.quorum_met:
        agreed, known = len(counted.cosigners), len(policy.witnesses)
        said = f"quorum {policy.quorum} is not met: {agreed} of {known} witnesses cosigned"
        doubt = f", {len(counted.not_checked)} could not be checked" if counted.not_checked else ""
        raise VerificationError(0, None, said + doubt)
    return Quorum(checkpoint, log_key_id, counted.cosigners, counted.not_checked)


def count_cosigners(policy: Policy, text: str, signatures: Sequence[NoteSignature]) -> Counted:
    """Check every line of a witness of the policy: VerificationError for a wrong one; whether they are enough."""
    names = {CosignerVerifier(witness.vkey): witness.name for witness in policy.witnesses}
    known = {verifier.key_id: verifier for verifier in names}
    found: dict[str, Cosigned] = {}
    not_checked: list[str] = []
    for signature in signatures:
        if (verifier := known.get(signature.key_id)) is None:
            continue
        try:
            cosigned = verifier.check(text, signature.signature)
        except NotChecked:
            not_checked.append(verifier.key_id)
            continue
        if verifier.key_id not in found or found[verifier.key_id].timestamp < cosigned.timestamp:
            found[verifier.key_id] = cosigned
    agreed = {names[known[key_id]] for key_id in found}
    # Groups refer back only, so one pass in the file's order decides them all.
    for group in policy.groups:
        if sum(member in agreed for member in group.members) >= group.threshold:
            agreed.add(group.name)
    in_order = tuple(found[key_id] for key_id in known if key_id in found)
    is_met = policy.quorum is None or policy.quorum in agreed
    return Counted(in_order, tuple(dict.fromkeys(not_checked)), is_met)


def _check_log(policy: Policy, text: str, signatures: list[NoteSignature], checkpoint: Checkpoint) -> str:
    logs = {verifier.key_id: verifier for verifier in (Verifier(log.vkey) for log in policy.logs)}
    good: list[Verifier] = []
    for signature in signatures:
        if verifier := logs.get(signature.key_id):
            verifier.check(text.encode(), signature.signature)
            good.append(verifier)
    named = [verifier.key_id for verifier in good if verifier.name == checkpoint.origin]
    if not named:
        raise VerificationError(0, None, f"the checkpoint of {checkpoint.origin} is not signed by a log of the policy")
    return named[0]


def _shown(said: str) -> str:
    """A stranger's words in an error: one line, fit for a terminal, and not longer than one."""
    escaped = said if said.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in said)
    return escaped if len(escaped) <= MAX_SAID else f"{escaped[:MAX_SAID]}..."


class _Reader:
    """The lines read so far: a line may refer only to these."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: list[str | None] = []
        self._free: set[str] = set()  # defined names that are no group's member yet
        self._names: set[str] = {"none"}
        self._keys: set[str | bytes] = set()

    def line(self, items: list[str]) -> None:
        match items:
            case ["log", vkey]:
                self._log(Log(vkey))
            case ["log", vkey, url]:
                self._log(Log(vkey, url))
            case ["witness", name, vkey]:
                self._witness(Witness(name, vkey))
            case ["witness", name, vkey, url]:
                self._witness(Witness(name, vkey, url))
            case ["group", name, threshold, *members]:
                self._group(name, threshold, members)
            case ["quorum", "none"]:
                self.quorum.append(None)
            case ["quorum", name] if name in self._names:
                self.quorum.append(name)
            case _:
                raise MalformedEvidence("not a line of a policy, or a name that is not defined above it")
        if max(len(self.logs), len(self.witnesses), len(self.groups)) > MAX_LINES_OF_A_KIND:
            raise MalformedEvidence("too many lines")

    def _log(self, log: Log) -> None:
        verifier = Verifier(log.vkey)
        self._key(verifier.key_id, b64decode(log.vkey.split("+", 2)[2])[1:])
        self.logs.append(log)

    def _witness(self, witness: Witness) -> None:
        verifier = CosignerVerifier(witness.vkey)
        self._key(verifier.key_id, verifier.public)
        self._name(witness.name)
        self.witnesses.append(witness)

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        wanted = {"any": "1", "all": str(len(members))}.get(threshold, threshold)
        if wanted not in map(str, range(1, len(members) + 1)):
            raise MalformedEvidence(f"group {name} of {len(members)} cannot need {threshold[:20]}")
        # Each name is a member once in the whole file: a witness contributes to the quorum in one way only.
        if len(set(members)) != len(members) or not self._free.issuperset(members):
            raise MalformedEvidence(f"group {name} has a member that is not defined above it, or is a member already")
        self._free.difference_update(members)
        self._name(name)
        self.groups.append(Group(name, int(wanted), tuple(members)))

    def _name(self, name: str) -> None:
        if name in self._names:
            raise MalformedEvidence(f"{name} is defined already")
        self._names.add(name)
        self._free.add(name)

    def _key(self, key_id: str, public: bytes) -> None:
        # One public key under two names would be one voice with two votes; a log that cosigns itself is the same.
        if key_id in self._keys or public in self._keys:
            raise MalformedEvidence("a public key stands twice")
        self._keys.update((key_id, public))
