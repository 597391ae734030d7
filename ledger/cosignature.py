"""
Cosignatures (c2sp.org/tlog-cosignature): a witness says "as of this time, this is the largest consistent tree I saw".

Ed25519 (type 0x04, "cosignature/v1") is signed and verified; ML-DSA-44 (type 0x06, "subtree/v1") is verified only,
and only where the installed `cryptography` knows it. tests/ledger/test_cosignature.py verifies foreign ones of both.
"""

import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import MalformedEvidence, NotCanonical, NotChecked, VerificationError
from ledger.note import NoteSignature, format_signature, split_note
from ledger.vkeys import ED25519, Signer, Verifier, key_hash, parse_vkey

COSIGNATURE_ED25519 = b"\x04"
COSIGNATURE_ML_DSA_44 = b"\x06"
KEY_BYTES = {COSIGNATURE_ED25519: 32, COSIGNATURE_ML_DSA_44: 1312}
SIGNATURE_BYTES = {COSIGNATURE_ED25519: 64, COSIGNATURE_ML_DSA_44: 2420}
MAX_TIME = 2**63


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A cosignature that holds: whose, and the POSIX second it names. 0: without the claim to be the largest seen."""

    key_id: str
    timestamp: int


class CosignerVerifier:
    """A witness's public key, from its vkey string; the type byte decides which signature it makes."""

    def __init__(self, vkey: str) -> None:
        name, claimed, kind, public = parse_vkey(vkey)
        if KEY_BYTES.get(kind) != len(public) or len(name.encode()) > 255:
            raise MalformedEvidence("malformed cosigner key")
        self.name = name
        self.kind = kind
        self.public = public
        self.key_id = f"{name}+{claimed}"
        self.vkey = vkey

    def check(self, text: str, signature: bytes) -> Cosigned:
        """
        Raise VerificationError unless `signature`, as it stands after the key hash, is this key's over the checkpoint.

        NotChecked, if that cannot be found out here.
        """
        bad = VerificationError(0, None, f"cosignature does not verify under {self.key_id}")
        if len(signature) != 8 + SIGNATURE_BYTES[self.kind]:
            raise bad
        timestamp = int.from_bytes(signature[:8], "big")
        if timestamp >= MAX_TIME:
            raise bad
        if self.kind == COSIGNATURE_ED25519:
            # The same curve and key bytes as a note signature's, under another message: one implementation checks both.
            plain = key_hash(self.name, ED25519, self.public).hex()
            verifier = Verifier(f"{self.name}+{plain}+{b64encode(ED25519 + self.public).decode()}")
            try:
                verifier.check(ed25519_message(text, timestamp), signature[8:])
            except VerificationError:
                raise bad from None
        elif not _is_ml_dsa_44(self.public, ml_dsa_message(self.name, timestamp, tree_head(text)), signature[8:]):
            raise bad
        return Cosigned(self.key_id, timestamp)


class Cosigner:
    """
    A witness's key at work. The signer's own vkey is of type 0x01; the cosigner's is of type 0x04.

    The signed message does not name the cosigner: never use one key for two cosigners, nor for anything else.
    """

    def __init__(self, signer: Signer) -> None:
        plain = Verifier(signer.vkey)
        public = b64decode(plain.vkey.split("+", 2)[2])[1:]
        hashed = key_hash(plain.name, COSIGNATURE_ED25519, public)
        self._signer = signer
        self._hash = hashed
        self.name = plain.name
        self.key_id = f"{plain.name}+{hashed.hex()}"
        self.vkey = f"{self.key_id}+{b64encode(COSIGNATURE_ED25519 + public).decode()}"

    def cosign(self, text: str, timestamp: int) -> str:
        """Return the signature line over a checkpoint's text, as of this POSIX second."""
        tree_head(text)
        if not 0 < timestamp < MAX_TIME:
            raise NotCanonical(f"not a time to sign: {timestamp}")
        signature = struct.pack(">Q", timestamp) + self._signer.sign(ed25519_message(text, timestamp))
        return format_signature(NoteSignature(self.name, self._hash, signature))


def check_cosigned(note: bytes, verifier: CosignerVerifier) -> Cosigned:
    """Return this cosigner's newest signature on the note; VerificationError if there is none, or a wrong one."""
    text, signatures = split_note(note)
    found = [verifier.check(text, s.signature) for s in signatures if s.key_id == verifier.key_id]
    if not found:
        raise VerificationError(0, None, f"the checkpoint is not cosigned by {verifier.key_id}")
    return max(found, key=lambda cosigned: cosigned.timestamp)


def tree_head(text: str) -> Checkpoint:
    """Return the tree head of a checkpoint that may carry extension lines, as other people's logs write them."""
    *head, more = text.split("\n", 3)
    # Extension lines are not empty, and each has its end.
    if len(head) != 3 or (more and (more.startswith("\n") or "\n\n" in more or not more.endswith("\n"))):
        raise MalformedEvidence("malformed checkpoint")
    return parse_checkpoint("\n".join(head) + "\n")


def ed25519_message(text: str, timestamp: int) -> bytes:
    """What an Ed25519 cosigner signs: the whole text, extension lines and all, but not its own name."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def ml_dsa_message(cosigner: str, timestamp: int, head: Checkpoint) -> bytes:
    """What an ML-DSA-44 cosigner signs for a whole tree: its own name, but no extension line."""
    name, origin = cosigner.encode(), head.origin.encode()
    if not 0 < len(name) < 256 or not 0 < len(origin) < 256:
        raise MalformedEvidence("malformed checkpoint")
    start, end = 0, head.size
    return (
        b"subtree/v1\n\0"
        + bytes([len(name)])
        + name
        + struct.pack(">Q", timestamp)
        + bytes([len(origin)])
        + origin
        + struct.pack(">QQ", start, end)
        + head.root
    )


def _is_ml_dsa_44(public: bytes, message: bytes, signature: bytes) -> bool:
    # Imported here: a verifier without the library, or with an older one, still reads every other line.
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey  # noqa: PLC0415
    except ImportError:
        raise NotChecked("this program cannot check ML-DSA-44") from None
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        raise NotChecked("this program cannot check ML-DSA-44") from None
    return True
