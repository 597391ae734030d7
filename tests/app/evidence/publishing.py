"""A log of acts, published, and what makes evidence from it."""

from __future__ import annotations

from app.evidence.gather import Gatherer
from app.publish import Publisher
from app.questions import Questions
from ledger.keys import Ed25519Signer
from ledger.outside import CheckpointFile
from ledger.vkeys import Verifier
from tests.publishing import KeptNodes


class Evidence:
    def __init__(self, store, folder, origin):
        self.store, self.origin, self.nodes = store, origin, KeptNodes()
        self.signer = Ed25519Signer.generate(origin)
        self.outside = CheckpointFile(folder)
        self.publish()

    def publish(self):
        Publisher(self.store, self.outside, self.nodes, origin=self.origin).publish(self.signer)

    def gatherer(self):
        questions = Questions(self.store)
        return Gatherer(self.store, questions, self.outside, self.nodes, Verifier(self.signer.vkey))
