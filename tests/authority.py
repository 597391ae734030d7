"""
A time-stamping authority of our own: keys, chain and configuration in a folder, `openssl ts` behind an HTTP handler.
"""

import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

STAMPING = [x509.ExtendedKeyUsageOID.TIME_STAMPING]
TODAY = datetime.now(UTC)
CONFIG = """\
[tsa]
default_tsa = t
[t]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
{certs}
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.1
digests = {digests}
ess_cert_id_alg = {ess}
ess_cert_id_chain = no
"""


def needs_openssl() -> str:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl program to be the time-stamping authority")
    return program


def certificate(
    name, key, issuer=None, issuer_key=None, *, is_ca=False, purposes=None, critical=True, days=(-2, 900), more=()
):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY + timedelta(days=days[0]))
        .not_valid_after(TODAY + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if purposes:
        built = built.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    for extension in more:
        built = built.add_extension(extension, critical=False)
    return built.sign(issuer_key or key, hashes.SHA256())


@dataclass
class Authority:
    """Makes responses to requests."""

    folder: Path
    chain: str = ""  # "short" or "long": an authority between root and signer, whose certificate is sent; DER sets
    #                    sort by length first, and openssl writes the signer's certificate first
    purposes: list = field(default_factory=lambda: STAMPING)
    critical: bool = True
    days: tuple[int, int] = (-2, 900)
    digests: str = "sha256, sha512"
    ess: str = "sha256"

    def __post_init__(self):
        self.program = needs_openssl()
        self.folder.mkdir(parents=True, exist_ok=True)
        root_key, signer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = certificate("root", root_key, is_ca=True, days=(-4000, 4000))
        issuer, issuer_key = self.root, root_key
        if self.chain:
            issuer_key = ec.generate_private_key(ec.SECP256R1())
            more = [x509.SubjectAlternativeName([x509.DNSName("x" * 60 + ".example")])] if self.chain == "long" else []
            issuer = certificate(
                "between",
                more=more,
                key=issuer_key,
                issuer=self.root,
                issuer_key=root_key,
                is_ca=True,
                days=(-4000, 4000),
            )
            (self.folder / "chain.pem").write_bytes(issuer.public_bytes(Encoding.PEM))
        signer = certificate(
            "signer", signer_key, issuer, issuer_key, purposes=self.purposes, critical=self.critical, days=self.days
        )
        (self.folder / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
        (self.folder / "signer.key").write_bytes(
            signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        (self.folder / "serial").write_text("01\n")
        certs = f"certs = {self.folder}/chain.pem" if self.chain else ""
        config = CONFIG.format(folder=self.folder, certs=certs, digests=self.digests, ess=self.ess)
        (self.folder / "config").write_text(config)
        self.roots = self.root.public_bytes(Encoding.PEM)

    def sign(self, content: bytes) -> bytes:
        """A token over any content, by `openssl cms`, which asks nobody whether this key may."""
        (self.folder / "content").write_bytes(content)
        command = [self.program, "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-cades", "-md", "sha256"]
        command += ["-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "content", "-out", "token"]
        command += ["-signer", "signer.pem", "-inkey", "signer.key"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=60)
        return (self.folder / "token").read_bytes()

    def answer(self, request: bytes) -> bytes:
        (self.folder / "query").write_bytes(request)
        command = [self.program, "ts", "-reply", "-config", "config", "-queryfile", "query", "-out", "reply"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=60)
        return (self.folder / "reply").read_bytes()


@contextmanager
def serving_authority(answer):
    """The address of a server that gives `answer(request bytes)`, which may be a (status, headers, body) as well."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            given = answer(body)
            status, headers, data = given if isinstance(given, tuple) else (200, {}, given)
            self.send_response(status)
            for name, value in {"Content-Type": "application/timestamp-reply", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(data)
            except OSError:
                return  # whoever asked has had enough

        def log_message(self, *_):
            """The test says what happened."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
