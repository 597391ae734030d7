"""
Libraries that others wrote for the same specifications read what we write, and refuse what was changed.

pymerkle (RFC 6962 trees), securesystemslib (DSSE), sd-jwt (RFC 9901), sigstore's Merkle code, rfc8785 (canonical JSON).
"""

import importlib
import json
import os
import sys
import zipfile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import rfc8785
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from pymerkle import ConsistencyProof, InclusionProof, InmemoryTree, InvalidProof
from pymerkle import verify_consistency as pymerkle_consistency
from pymerkle import verify_inclusion as pymerkle_inclusion
from sd_jwt.verifier import SDJWTVerifier
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError as NotVerified
from securesystemslib.signer import SSlibKey

from ledger.disclosure import disclose
from ledger.envelope import open_leaf
from ledger.merkle import prove_record, prove_tree, root
from ledger.vkeys import parse_vkey
from tests.foreign.log import made
from tests.ledger.sealing import CLERK, SYSTEM
from tests.ledger.vectors.make_vectors import DISCLOSURES, FOLDER
from tests.tools import need


class TestSecuresystemslib:
    def key(self, vkey: str) -> SSlibKey:
        name, claimed, _, public = parse_vkey(vkey)
        return SSlibKey(f"{name}+{claimed}", "ed25519", "ed25519", {"public": public.hex()})

    def leaves(self):
        keys = json.loads((FOLDER / "keys.json").read_text())
        for path in sorted(FOLDER.glob("leaf-*.json")):
            yield path.read_bytes(), keys
        for leaf in made().leaves[:20]:
            yield leaf, {SYSTEM.key_id: SYSTEM.vkey}

    def test_leaf_is_a_dsse_envelope(self):
        """
        Our leaf, parsed by any JSON parser, is an envelope that verifies; and is written again from its parts.
        """
        for leaf, keys in self.leaves():
            envelope = Envelope.from_dict(json.loads(leaf))
            key_id = open_leaf(leaf).key_id
            assert list(envelope.verify([self.key(keys[key_id])], 1)) == [key_id]
            assert rfc8785.dumps(envelope.to_dict()) == leaf

    def test_tampered(self):
        leaf = made().leaves[3]
        for changed in (
            json.loads(leaf) | {"payloadType": "application/json"},
            json.loads(leaf) | {"payload": json.loads(made().leaves[4])["payload"]},
        ):
            with pytest.raises(NotVerified):
                Envelope.from_dict(changed).verify([self.key(SYSTEM.vkey)], 1)
        with pytest.raises(NotVerified):
            Envelope.from_dict(json.loads(leaf)).verify([self.key(CLERK.vkey)], 1)


def test_rfc8785():
    """
    Every leaf and payload is its own canonical form.
    """
    for leaf in made().leaves:
        assert rfc8785.dumps(json.loads(leaf)) == leaf
    for path in FOLDER.glob("payload-*.json"):
        assert rfc8785.dumps(json.loads(path.read_bytes())) == path.read_bytes()


class TestSdJwt:
    """Its verifier takes a signed JWT; ours is a payload with the same `_sd`, so a JWT is put around it."""

    def shown(self, disclosures):
        key = JWK.generate(kty="EC", crv="P-256")
        token = JWS((FOLDER / "payload-2.json").read_bytes())
        token.add_signature(key, alg="ES256", protected=json.dumps({"alg": "ES256"}))
        presented = "~".join([token.serialize(compact=True), *disclosures, ""])
        return SDJWTVerifier(presented, lambda *_: key).get_verified_payload()

    def test_digests(self):
        """
        Our disclosures are found under our digests, with names and values; a withheld one shows nothing.
        """
        found = self.shown(DISCLOSURES)
        assert found["petitioner_name"] == "李雷"
        assert found["contact"] == {"phone": "13800000000"}
        one = self.shown(DISCLOSURES[:1])
        assert one["petitioner_name"] == "李雷"
        assert "contact" not in one

    def test_tampered(self):
        """
        Another value, or the same under another salt, belongs to no digest.
        """
        for other in (
            disclose("petitioner_name", "韩梅梅", bytes(range(16))),
            disclose("petitioner_name", "李雷", bytes(16)),
        ):
            assert "petitioner_name" not in self.shown([other])


class TestPymerkle:
    SIZES = (1, 2, 3, 7, 8, 64, 100)

    def test_same_roots_and_proofs(self):
        """
        From the same leaves the same roots, and the same hashes in every proof.

        pymerkle counts leaves from 1 and begins a path with the leaf's own hash.
        """
        log = made()
        tree = InmemoryTree("sha256")
        tree.append_entries(log.leaves)
        for size in (*self.SIZES, len(log.leaves)):
            assert tree.get_root(size) == root(log.hashes[:size])
            for index in range(0, size, 7):
                theirs = tree.prove_inclusion(index + 1, size)
                assert theirs.path[1:] == prove_record(log.hashes[:size], index)
        assert tree.get_root() == log.head.root

    def test_accepts_ours(self):
        """
        Every inclusion proof; and the consistency proofs from odd sizes. From even ones pymerkle goes down to single
        leaves, where RFC 6962's proof ends above them: it has no room for those.
        """
        log = made()
        for size in self.SIZES:
            for index in range(size):
                proof = self.inclusion(index, size)
                pymerkle_inclusion(log.hashes[index], root(log.hashes[:size]), proof, index=index + 1, size=size)
        for new in self.SIZES:
            for old in range(1, new, 2):
                proof = self.consistency(old, new)
                roots = root(log.hashes[:old]), root(log.hashes[:new])
                pymerkle_consistency(*roots, proof, prior_size=old, later_size=new)

    def test_tampered(self):
        log = made()
        head = root(log.hashes[:100])
        for place in range(len(self.inclusion(41, 100).path)):
            proof = self.inclusion(41, 100)
            proof.path[place] = bytes(32)
            with pytest.raises(InvalidProof):
                pymerkle_inclusion(log.hashes[41], head, proof)
        for place in range(len(self.consistency(41, 100).path)):
            proof = self.consistency(41, 100)
            proof.path[place] = bytes(32)
            with pytest.raises(InvalidProof):
                pymerkle_consistency(root(log.hashes[:41]), head, proof)
        with pytest.raises(InvalidProof):
            pymerkle_inclusion(log.hashes[42], head, self.inclusion(41, 100))

    def inclusion(self, index: int, size: int) -> InclusionProof:
        """Our path, in its form: the layout comes from pymerkle, the hashes from us."""
        hashes = made().hashes[:size]
        layout = self.tree(size).prove_inclusion(index + 1, size)
        path = [hashes[index], *prove_record(hashes, index)]
        return InclusionProof("sha256", True, size, index + 1, layout.rule, path)

    def consistency(self, old: int, new: int) -> ConsistencyProof:
        hashes = made().hashes[:new]
        layout = self.tree(new).prove_consistency(old, new)
        ours = prove_tree(hashes, old)
        # RFC 6962 leaves out the old root where it is a whole subtree; pymerkle does not, and begins on the right.
        last, sibling, *others = ours if old > 1 else [root(hashes[:old]), *ours]
        return ConsistencyProof("sha256", True, new, old, layout.rule, layout.subset, [sibling, last, *others])

    def tree(self, size: int) -> InmemoryTree:
        tree = InmemoryTree("sha256")
        tree.append_entries(made().leaves[:size])
        return tree


class TestSigstore:
    """Only its Merkle module is asked: the package needs a dozen others. `LUOSHI_SIGSTORE_WHEEL` names a file of it."""

    @pytest.fixture
    def merkle(self, monkeypatch):
        try:
            return importlib.import_module("sigstore._internal.merkle")
        except ImportError:
            pass
        wheel = os.environ.get("LUOSHI_SIGSTORE_WHEEL")
        need("sigstore", "and LUOSHI_SIGSTORE_WHEEL names no wheel of it", is_here=bool(wheel))
        with zipfile.ZipFile(Path(wheel)) as archive:
            source = archive.read("sigstore/_internal/merkle.py")
        errors = ModuleType("sigstore.errors")
        errors.VerificationError = type("VerificationError", (Exception,), {})
        monkeypatch.setitem(sys.modules, "sigstore", ModuleType("sigstore"))
        monkeypatch.setitem(sys.modules, "sigstore.errors", errors)
        module = ModuleType("merkle")
        exec(compile(source, "merkle.py", "exec"), module.__dict__)  # noqa: S102 - a wheel that somebody chose
        return module

    def entry(self, index, size, **change):
        log = made()
        said = {"log_index": index, "tree_size": size, "hashes": prove_record(log.hashes[:size], index)}
        proof = SimpleNamespace(**said | {"root_hash": root(log.hashes[:size])} | change)
        return SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=log.leaves[index]))

    def test_accepts_ours(self, merkle):
        for size in (1, 2, 3, 7, 8, 64, 100, len(made().leaves)):
            for index in range(size):
                merkle.verify_merkle_inclusion(self.entry(index, size))

    def test_tampered(self, merkle):
        good = prove_record(made().hashes[:100], 41)
        bad = [{"root_hash": bytes(32)}, {"log_index": 42}, {"hashes": good[1:]}, {"hashes": [*good, bytes(32)]}]
        bad += [{"hashes": [*good[:n], bytes(32), *good[n + 1 :]]} for n in range(len(good))]
        for change in bad:
            with pytest.raises(merkle.VerificationError):
                merkle.verify_merkle_inclusion(self.entry(41, 100, **change))
