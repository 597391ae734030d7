"""
RFC 3161: somebody else's clock over the exact text of a checkpoint, three lines, signatures left out.

A token stands on its own: it says that the text existed at `genTime`, and is checked against pinned roots *at that
time*, so that it outlives the authority's certificates. `rfc3161-client` checks signature and chain; what it leaves
out (the key's only purpose, ESSCertIDv2) is checked here. It refuses tokens whose certificate set is unsorted, as
OpenSSL 3.0 writes them: for those the `openssl` program decides, where there is one, and else nobody ("not checked").
It decides all of them where the libraries are not installed, as on a stranger's machine.
docs/formats.md section 17; tests/ledger/test_timestamp.py runs an authority of its own.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ledger.der import CONTEXT_0, OCTETS, OID, SEQUENCE, SET, TIME, Value, read_one, wrap
from ledger.errors import MalformedEvidence, NotChecked, VerificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rfc3161_client import TimeStampRequest

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID
    from rfc3161_client import (
        HashAlgorithm,
        PKIStatus,
        TimestampRequestBuilder,
        TimeStampResponse,
        VerifierBuilder,
        decode_timestamp_response,
    )
    from rfc3161_client import VerificationError as TokenRefused
except ImportError:
    x509 = None  # type: ignore[assignment]  # the openssl program is asked

MAX_BYTES = 65_536  # a token with three certificates takes 6 KiB
MAX_ROOTS = 256_000  # a PEM file of some dozen certificates
SECONDS = 20  # for the openssl program
SHA256 = bytes.fromhex("608648016503040201")  # 2.16.840.1.101.3.4.2.1, as its content octets
HASHES = {SHA256: "sha256", SHA256[:-1] + b"\x02": "sha384", SHA256[:-1] + b"\x03": "sha512"}
TST_INFO = bytes.fromhex("2a864886f70d0109100104")  # 1.2.840.113549.1.9.16.1.4
SIGNING_CERTIFICATE_V2 = bytes.fromhex("2a864886f70d010910022f")  # 1.2.840.113549.1.9.16.2.47


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and the number that its answer must repeat."""

    request: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What a token says of itself; nothing of it is proved by reading it."""

    algorithm: bytes
    imprint: bytes
    at: datetime
    nonce: int | None


def ask(text: bytes) -> Question:
    """Return the request for a token over SHA-256 of `text`."""
    made: TimeStampRequest = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    if made.nonce is None:
        raise AssertionError("a request without a nonce")
    return Question(made.as_bytes(), made.nonce)


def open_answer(answer: bytes, question: Question, text: bytes) -> bytes:
    """Return the token of a response: granted, over our text, to our question. Its signature is `check_token`'s."""
    if len(answer) > MAX_BYTES:
        raise MalformedEvidence("malformed token")
    parts = read_one(answer, SEQUENCE).parts()
    status = _at(_at(parts, 0).expect(SEQUENCE).parts(), 0).number()
    if status != PKIStatus.GRANTED:
        raise VerificationError(0, None, f"the answer is not `granted` but {status}")
    token = _at(parts, 1).expect(SEQUENCE).whole
    info = read_token(token)
    _check_imprint(info, text)
    if info.nonce != question.nonce:
        raise VerificationError(0, None, "the token answers another question: its nonce is not ours")
    return token


def check_token(token: bytes, text: bytes, roots: bytes) -> datetime:
    """
    Return the moment of a token over `text` whose signer chains to one of these PEM roots at that moment.

    VerificationError if it does not; NotChecked where this machine cannot tell.
    """
    info = read_token(token)
    _check_imprint(info, text)
    if x509 is None:
        return _check_by_openssl(token, text, roots[:MAX_ROOTS], info, "a library is missing")
    trusted = read_roots(roots)
    try:
        response = decode_timestamp_response(wrap(SEQUENCE, wrap(SEQUENCE, b"\x02\x01\x00") + token))
    except ValueError as refused:
        pem = b"".join(root.public_bytes(Encoding.PEM) for root in trusted)
        return _check_by_openssl(token, text, pem, info, str(refused).partition("\n")[0])
    try:
        VerifierBuilder(roots=trusted).build().verify_message(response, text)
    except (TokenRefused, ValueError) as refused:
        raise VerificationError(0, None, f"the token does not hold: {refused}") from None
    signer = _signer(response)
    _check_purpose(signer)
    _check_named(token, signer)
    return response.tst_info.gen_time.astimezone(UTC)


def read_roots(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file."""
    try:
        return x509.load_pem_x509_certificates(pem) if len(pem) <= MAX_ROOTS else []
    except ValueError:
        raise MalformedEvidence("malformed roots of time: not certificates in PEM") from None


def read_token(token: bytes) -> TokenInfo:
    """What a token says, unchecked."""
    if len(token) > MAX_BYTES:
        raise MalformedEvidence("malformed token")
    content = _at(_signed_data(token), 2).expect(SEQUENCE).parts()
    if _at(content, 0).expect(OID).content != TST_INFO:
        raise MalformedEvidence("malformed token")
    said = read_one(read_one(_at(content, 1).expect(CONTEXT_0).content, OCTETS).content, SEQUENCE).parts()
    imprint = _at(said, 2).expect(SEQUENCE).parts()
    algorithm = _at(_at(imprint, 0).expect(SEQUENCE).parts(), 0).expect(OID).content
    # After the time: accuracy, ordering, nonce, name, extensions, each of another tag and each optional.
    nonces = [value.number() for value in said[5:] if value.tag == 0x02]
    at = _moment(_at(said, 4).expect(TIME).content)
    return TokenInfo(algorithm, _at(imprint, 1).expect(OCTETS).content, at, nonces[0] if nonces else None)


def _check_imprint(info: TokenInfo, text: bytes) -> None:
    if info.algorithm != SHA256 or info.imprint != hashlib.sha256(text).digest():
        raise VerificationError(0, None, "the token is not over SHA-256 of this checkpoint's text")


def _signer(response: TimeStampResponse) -> x509.Certificate:
    infos = list(response.signed_data.signer_infos)
    certificates = [x509.load_der_x509_certificate(der) for der in response.signed_data.certificates]
    found = [c for c in certificates if (c.issuer, c.serial_number) == (infos[0].issuer, infos[0].serial_number)]
    if len(infos) != 1 or len(found) != 1:
        raise VerificationError(0, None, f"the token has {len(infos)} signers and {len(found)} certificates of theirs")
    return found[0]


def _check_purpose(signer: x509.Certificate) -> None:
    # RFC 3161 section 2.3: critical, and nothing else.
    try:
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        raise VerificationError(0, None, "the token's signer has no stated purpose") from None
    if not purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise VerificationError(0, None, "the token's signer has other purposes than time stamping")


def _check_named(token: bytes, signer: x509.Certificate) -> None:
    """ESSCertIDv2 (RFC 5816): the signed attributes name the certificate by its hash."""
    infos = _at(_signed_data(token), -1).expect(SET).parts()
    attributes = [value for value in _at(infos, 0).parts() if value.tag == CONTEXT_0]
    for attribute in _at(attributes, 0).parts():
        oid, values = _pair(attribute.parts())
        if oid.expect(OID).content != SIGNING_CERTIFICATE_V2:
            continue
        certificates = _at(_at(values.expect(SET).parts(), 0).parts(), 0).expect(SEQUENCE).parts()
        named = _at(certificates, 0).expect(SEQUENCE).parts()
        algorithm = SHA256
        if _at(named, 0).tag == SEQUENCE:  # left out where it is SHA-256
            algorithm = _at(named[0].parts(), 0).expect(OID).content
            named = named[1:]
        if algorithm not in HASHES:
            raise NotChecked("the token names its signer by a hash that is unknown here")
        found = hashlib.new(HASHES[algorithm], signer.public_bytes(Encoding.DER)).digest()
        if _at(named, 0).expect(OCTETS).content != found:
            raise VerificationError(0, None, "the token names another certificate than its signer's")
        return
    raise VerificationError(0, None, "the token does not name its signer's certificate (ESSCertIDv2)")


def _check_by_openssl(token: bytes, text: bytes, roots: bytes, info: TokenInfo, why: str) -> datetime:
    program = shutil.which("openssl")
    if program is None:
        raise NotChecked(f"the token's form is not read here ({why}), and there is no openssl program to ask")
    with TemporaryDirectory(prefix="luoshi-tst-") as name:
        folder = Path(name)
        (folder / "token").write_bytes(token)
        (folder / "text").write_bytes(text)
        (folder / "roots").write_bytes(roots)
        command = [program, "ts", "-verify", "-token_in", "-in", "token", "-data", "text", "-CAfile", "roots"]
        command += ["-attime", str(int(info.at.timestamp()))]
        try:
            # Our own files and numbers are all that stands on the command line.
            done = subprocess.run(  # noqa: S603
                command, cwd=folder, capture_output=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotChecked(f"the openssl program did not answer: {type(error).__name__}") from None
    if done.returncode != 0:
        raise VerificationError(0, None, "the token does not hold: openssl ts -verify refuses it")
    return info.at


def _signed_data(token: bytes) -> list[Value]:
    """The parts of the CMS SignedData in a ContentInfo."""
    outer = read_one(token, SEQUENCE).parts()
    return read_one(_at(outer, 1).expect(CONTEXT_0).content, SEQUENCE).parts()


def _moment(content: bytes) -> datetime:
    found = re.fullmatch(rb"(\d{14})(?:\.(\d{1,6})\d*)?Z", content)
    if found is None:
        raise MalformedEvidence("malformed token")
    try:
        whole = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise MalformedEvidence("malformed token") from None
    return whole.replace(microsecond=int((found[2] or b"0").ljust(6, b"0")))


def _at(values: Sequence[Value], place: int) -> Value:
    try:
        return values[place]
    except IndexError:
        raise MalformedEvidence("malformed token") from None


def _pair(values: Sequence[Value]) -> tuple[Value, Value]:
    return _at(values, 0), _at(values, 1)
