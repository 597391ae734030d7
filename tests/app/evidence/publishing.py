"""A log of acts, published, and what makes evidence from it."""

from __future__ import annotations

from app.evidence.gather import Gatherer
from app.publish import Publisher
from ledger.keys import Ed25519Signer
from ledger.note import split_note
from ledger.outside import CheckpointFile
from ledger.vkeys import Verifier
from tests.publishing import KeptNodes

COSIGNED_AT = 1_777_777_777


class Evidence:
    def __init__(self, store, folder, origin):
        self.store, self.origin, self.nodes = store, origin, KeptNodes()
        self.signer = Ed25519Signer.generate(origin)
        self.outside = CheckpointFile(folder)
        self.publish()

    def publish(self, *cosigners):
        """Publish what is new, and have these witnesses cosign it."""
        head = Publisher(self.store, self.outside, self.nodes, origin=self.origin).publish(self.signer)
        note = self.outside.kept(head.size)
        text, _ = split_note(note)
        lines = "".join(cosigner.cosign(text, COSIGNED_AT) for cosigner in cosigners)
        if lines:
            self.outside.add_cosignatures(head.size, note + lines.encode())
            self.outside.show(head.size)

    def gatherer(self):
        return Gatherer(self.store, self.outside, self.nodes, Verifier(self.signer.vkey))


class Hiding:
    """A store that leaves out the last record of a stream."""

    def __init__(self, store, stream):
        self.store, self.stream = store, stream

    def __getattr__(self, name):
        return getattr(self.store, name)

    def read_stream(self, stream, after=0):
        found = self.store.read_stream(stream, after)
        return found[:-1] if stream == self.stream else found
