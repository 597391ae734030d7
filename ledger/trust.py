"""
What a verifier trusts: a policy file (c2sp.org/tlog-policy) and, beside it, what that format has no word for.

The sidecar `<policy file>.json` says for which sizes each log key speaks (a log that rotates its key has several),
which signatures must be there as well (an SM2 line), and which witnesses state that they replayed the log.
docs/formats.md section 12; tests/ledger/test_trust.py.

Trust never comes from the file that is being checked. Pure: no socket, no database, no library.
"""

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Never

from ledger.checkpoint import MAX_SIZE, Checkpoint, LogKey, parse_checkpoint
from ledger.cosignature import Cosigned
from ledger.errors import MalformedEvidence, NotChecked, VerificationError
from ledger.note import NoteSignature, split_note
from ledger.policy import Log, Policy, count_cosigners, parse_policy
from ledger.suites import NoteVerifier
from ledger.vkeys import Verifier, parse_vkey

MAX_BYTES = 1_000_000  # as a policy file
MAX_KEYS = 256  # of a kind, as in a policy file
MAX_DIGITS = 19  # of a size below 2**63
MEMBERS = ("v", "log_keys", "require", "replay")


@dataclass(frozen=True, slots=True)
class Extension:
    """What the sidecar says. Without log keys, every `log` line of the policy speaks for all sizes."""

    log_keys: tuple[LogKey, ...] = ()
    require: tuple[str, ...] = ()  # verifier keys whose signature must be there, whatever the quorum
    replay: tuple[str, ...] = ()  # witnesses' verifier keys: "I replayed the log, and every map root is right"


@dataclass(frozen=True, slots=True)
class Trust:
    """A policy and its sidecar, which fit each other: `load_trust` and `trust_key` make them."""

    policy: Policy
    extension: Extension


@dataclass(frozen=True, slots=True)
class Trusted:
    """
    A checkpoint that a trusted log signed. Whether that is enough, `is_met` says; key ids as in the note.
    """

    checkpoint: Checkpoint
    log_key_ids: tuple[str, ...]  # log keys that speak for this size, and whose line holds
    cosigners: tuple[Cosigned, ...]
    not_checked: tuple[str, ...]  # trusted keys whose line this program cannot check: they did not count
    missing: tuple[str, ...]  # required keys without a line that holds
    quorum_met: bool
    replayed: bool  # cosigned by a witness that states it replayed the log

    @property
    def is_met(self) -> bool:
        return self.quorum_met and not self.missing


def load_trust(policy: bytes, extension: bytes | None = None) -> Trust:
    """
    Read a policy file with its sidecar, or a single verifier key as somebody pasted it. MalformedEvidence says why not.
    """
    pasted = policy.strip()
    if extension is None and 0 < len(pasted) < 1000 and len(pasted.split()) == 1:
        return trust_key(pasted.decode(errors="replace"))
    return _fitting(parse_policy(policy), Extension() if extension is None else parse_extension(extension))


def trust_key(vkey: str) -> Trust:
    """One log's key, and no witness."""
    Verifier(vkey)
    return Trust(Policy((Log(vkey),), (), (), None), Extension())


def check(trust: Trust, note: bytes) -> Trusted:
    """
    Raise VerificationError unless a log key of the policy that speaks for this size signed the checkpoint.

    A wrong signature by any trusted key spoils the note, also by one that does not speak for this size.
    """
    text, signatures = split_note(note)
    checkpoint = parse_checkpoint(text)
    good, not_checked = _check_lines(trust, text, signatures)
    bounds = {_id(key.vkey): key for key in trust.extension.log_keys}
    speaking = [i for i in good if i in bounds and bounds[i].covers(checkpoint.size)] if bounds else list(good)
    logs = {_id(log.vkey) for log in trust.policy.logs}
    own = [i for i in speaking if (i in logs or i in bounds) and _name(i) == checkpoint.origin]
    # An SM2 key stands in the sidecar only: it never speaks alone, so that all verifiers agree on what is signed.
    if not logs.intersection(own):
        raise VerificationError(
            0,
            None,
            f"the checkpoint of {checkpoint.origin} is not signed by a log key trusted for size {checkpoint.size}",
        )
    counted = count_cosigners(trust.policy, text, signatures)
    cosigned = {cosigner.key_id for cosigner in counted.cosigners}
    wanted = [i for i in map(_id, trust.extension.require) if i not in bounds or bounds[i].covers(checkpoint.size)]
    return Trusted(
        checkpoint,
        tuple(own),
        counted.cosigners,
        tuple(dict.fromkeys([*not_checked, *counted.not_checked])),
        tuple(i for i in wanted if i not in good and i not in cosigned),
        counted.quorum_met,
        replayed=any(_id(vkey) in cosigned for vkey in trust.extension.replay),
    )


def parse_extension(data: bytes) -> Extension:
    """Read a sidecar: strict JSON, each member there and known. MalformedEvidence names what is wrong."""
    if len(data) > MAX_BYTES:
        raise MalformedEvidence(f"malformed policy extension: more than {MAX_BYTES} bytes")
    try:
        value = _decoder.decode(data.decode())
    except MalformedEvidence:
        raise
    except (ValueError, RecursionError):
        raise MalformedEvidence("malformed policy extension: no strict JSON") from None
    found = _members(value, MEMBERS, "the file")
    if type(found["v"]) is not int or found["v"] != 1:
        raise _bad("v", "is 1")
    keys = tuple(_log_key(item) for item in _list(found["log_keys"], "log_keys"))
    _once([key.vkey for key in keys], "log_keys")
    require, replay = (_vkeys(found[name], name) for name in ("require", "replay"))
    return Extension(keys, require, replay)


def format_extension(extension: Extension) -> bytes:
    """Write the sidecar."""
    value = {
        "v": 1,
        "log_keys": [{"vkey": k.vkey, "from_size": k.from_size, "to_size": k.to_size} for k in extension.log_keys],
        "require": list(extension.require),
        "replay": list(extension.replay),
    }
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _fitting(policy: Policy, extension: Extension) -> Trust:
    logs, witnesses = {log.vkey for log in policy.logs}, {witness.vkey for witness in policy.witnesses}
    bounded = {key.vkey for key in extension.log_keys}
    # Bounding one key and forgetting another would leave the forgotten one valid for ever.
    if bounded and not logs <= bounded:
        raise _bad("log_keys", f"bounds some keys, but not {_id(min(logs - bounded))} of the policy")
    for vkey in sorted(bounded - logs):
        if NoteVerifier(vkey).suite == "ed25519":
            raise _bad("log_keys", f"{_id(vkey)} is no log of the policy")
    for vkey in extension.require:
        if vkey not in logs | witnesses | bounded:
            # A second signature of a log has no line in a policy file: the origin's name ties it to one.
            verifier = _note_key(vkey, "require")
            if verifier.suite == "ed25519" or verifier.name not in {_name(_id(log)) for log in logs}:
                raise _bad("require", f"{verifier.key_id} is no key of the policy, nor a second key of a log of it")
    for vkey in extension.replay:
        if vkey not in witnesses:
            raise _bad("replay", f"{vkey[:60]!r} is no witness of the policy")
    publics = [_public(vkey) for vkey in {*logs, *witnesses, *bounded, *extension.require}]
    if len(set(publics)) != len(publics):
        raise _bad("the file", "names a public key of the policy in another guise")
    return Trust(policy, extension)


def _check_lines(
    trust: Trust, text: str, signatures: Sequence[NoteSignature]
) -> tuple[dict[str, NoteVerifier], list[str]]:
    """The lines over the text itself that hold, by key id, and the keys whose lines cannot be checked here."""
    witnesses = {witness.vkey for witness in trust.policy.witnesses}
    vkeys = [log.vkey for log in trust.policy.logs] + [key.vkey for key in trust.extension.log_keys]
    known = {v.key_id: v for v in map(NoteVerifier, vkeys)}
    known |= {v.key_id: v for v in map(NoteVerifier, (r for r in trust.extension.require if r not in witnesses))}
    good: dict[str, NoteVerifier] = {}
    not_checked: list[str] = []
    for signature in signatures:
        if (verifier := known.get(signature.key_id)) is None:
            continue
        try:
            verifier.check(text.encode(), signature.signature)
        except NotChecked:
            not_checked.append(verifier.key_id)
        else:
            good[verifier.key_id] = verifier
    return {key_id: good[key_id] for key_id in known if key_id in good}, not_checked


def _log_key(item: Any) -> LogKey:
    found = _members(item, ("vkey", "from_size", "to_size"), "log_keys")
    vkey, first, last = found["vkey"], found["from_size"], found["to_size"]
    if not isinstance(vkey, str):
        raise _bad("log_keys", "vkey is a string")
    _note_key(vkey, "log_keys")
    if type(first) is not int or not 0 <= first < MAX_SIZE:
        raise _bad("log_keys", "from_size is a size of a log")
    if last is not None and (type(last) is not int or not first <= last < MAX_SIZE):
        raise _bad("log_keys", "to_size is null, or a size not below from_size")
    return LogKey(vkey, first, last)


def _vkeys(value: Any, name: str) -> tuple[str, ...]:
    found = _list(value, name)
    if not all(isinstance(vkey, str) for vkey in found):
        raise _bad(name, "holds verifier keys")
    for vkey in found:
        try:
            parse_vkey(vkey)
        except MalformedEvidence:
            raise _bad(name, f"holds {vkey[:60]!r}, which is no verifier key") from None
    _once(found, name)
    return tuple(found)


def _members(value: Any, names: Sequence[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise _bad(where, f"is an object of exactly {', '.join(names)}")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_KEYS:
        raise _bad(name, f"is an array of at most {MAX_KEYS}")
    return value


def _once(vkeys: Sequence[str], name: str) -> None:
    if len(set(vkeys)) != len(vkeys):
        raise _bad(name, "names a key twice")


def _note_key(vkey: str, name: str) -> NoteVerifier:
    try:
        return NoteVerifier(vkey)
    except MalformedEvidence:
        raise _bad(name, f"{vkey[:60]!r} is no key of a log") from None


def _bad(name: str, why: str) -> MalformedEvidence:
    return MalformedEvidence(f"malformed policy extension: {name} {why}")


def _public(vkey: str) -> bytes:
    return b64decode(vkey.split("+", 2)[2])[1:]


def _id(vkey: str) -> str:
    name, claimed, _ = vkey.split("+", 2)
    return f"{name}+{claimed}"


def _name(key_id: str) -> str:
    return key_id.rpartition("+")[0]


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise MalformedEvidence("malformed policy extension: a member stands twice")
    return dict(pairs)


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedEvidence("malformed policy extension: a number beyond any size")
    return int(digits)


def _refuse(_: str) -> Never:
    raise MalformedEvidence("malformed policy extension: a number that is no size")


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_int=_integer, parse_float=_refuse, parse_constant=_refuse)
