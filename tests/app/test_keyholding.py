"""The life of a key in a working office: enrolled, used, rotated, revoked; and what the log says of it afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.establish import enrol_official, establish, record
from app.keyholding import doubted, enrol, revoke, rotate
from app.keyring import Keyring
from domain.case import commands as c
from domain.case.errors import Refused
from domain.people.commands import RecordPeople
from domain.people.events import AppointmentMade, KeyEnrolled, KeyRevoked, OfficialRegistered
from domain.recorded import Actor
from ledger.envelope import open_leaf
from ledger.errors import KeyUnreadable
from ledger.keys import Ed25519Signer, KeyFolder
from ledger.store.contract import whole_log
from ledger.verify import verify_log
from tests.app.office import Office

DESK = "official/bureau-desk"


@pytest.fixture
def office():
    return Office()


def verified(office):
    return verify_log(
        whole_log(office.store), checkpoint=None, log_verifier=None, tiles=None, expect_origin=office.handler.origin
    )


def receive(office, no, on="2026-03-02", **more):
    return office.act(c.ReceivePetition, "bureau", on, no=no, channel="letter", **more)


def signer_of(office, done):
    [stored] = office.store.read_log(done.log_index, 1)
    return open_leaf(stored.leaf).key_id


class TestRevoke:
    def test_refused_from_then_on(self, office):
        """
        What a key signed stays; what it is to sign after its revocation is refused, in both languages.
        """
        done = receive(office, "1")
        [old] = revoke(office.handler, DESK, reason="lost", now=office.at)
        assert signer_of(office, done) == old.key_id
        size = office.store.size()
        with pytest.raises(Refused, match=r"密钥已注销.*revoked at record") as caught:
            receive(office, "2")
        assert (caught.value.field, office.store.size()) == ("key", size)
        assert verified(office).ok

    def test_forced_in(self, office):
        """
        An event signed with a revoked key and put into the log all the same is found by verification, step 4.
        """
        spare = Office()
        spare.handler.keyring = office.handler.keyring
        spare.store = spare.handler.store = office.store
        revoke(office.handler, DESK, reason="lost", now=office.at)
        spare.handler._register, spare.handler._read_to = office.handler._register, office.store.size()
        spare.handler.check_key = lambda *_: None
        office.store._revoked.clear()  # whoever owns the database
        index = receive(spare, "1").log_index
        failure = verified(office).failure
        assert (failure.step, failure.log_index, failure.reason) == (4, index, "revoked")

    def test_in_doubt(self, office):
        """
        "Compromised since": what was signed from then on stands and is marked, what was signed before is not.
        """
        before = receive(office, "1", on="2026-03-02")
        after = receive(office, "2", on="2026-03-04")
        [ended] = revoke(office.handler, DESK, reason="stolen", now=office.at, since=office.at - timedelta(days=1))
        found = doubted(office.store, office.handler.register())
        assert found == {ended.key_id: [after.log_index]}
        assert before.log_index != after.log_index
        assert verified(office).ok

    def test_not_tomorrow(self, office):
        with pytest.raises(Refused, match="不得自将来起生效"):
            revoke(office.handler, DESK, reason="x", now=office.at, since=office.at + timedelta(days=1))

    def test_nothing_to_revoke(self, office):
        for what in ("official/nobody", "official/nobody+00000000"):
            with pytest.raises(Refused, match="no key"):
                revoke(office.handler, what, reason="x", now=office.at)

    def test_the_last_registrar(self, office):
        """
        A log without a registrar could never enrol anybody again: the last key of it stays.
        """
        with pytest.raises(Refused, match="登记机关须保留"):
            revoke(office.handler, "system/registrar", reason="x", now=office.at)

    def test_whose_it_is(self, office):
        [key] = [k for k in office.handler.register().keys.values() if k.holder == "bureau-desk"]
        wrong = KeyRevoked(key_id=key.key_id, role="official", holder="admin", reason="x")
        with pytest.raises(Refused, match="is the key of official bureau-desk"):
            record(office.handler, wrong, now=office.at)


class TestRotate:
    def test_official(self, office):
        """
        The new key signs from then on, the old one no more, and its private half is gone.
        """
        first = receive(office, "1")
        new, [old] = rotate(office.handler, DESK, now=office.at)
        second = receive(office, "2")
        assert (signer_of(office, first), signer_of(office, second)) == (old.key_id, new.key_id)
        assert not office.handler.keyring.has(old.key_id)
        assert verified(office).ok

    def test_the_registrar_itself(self, office):
        new, [old] = rotate(office.handler, "system/registrar", now=office.at)
        enrol_official(office.handler, "admin", now=office.at)
        report = verified(office)
        assert report.ok, report.failure
        assert new.key_id != old.key_id
        revoked = [s for s in whole_log(office.store) if s.topic == "key.revoked.v1"]
        assert [open_leaf(s.leaf).key_id for s in revoked] == [new.key_id]

    def test_keep_old(self, tmp_path):
        """
        Old private keys stay only if asked; a folder with both opens, and the newest valid one signs.
        """
        for keep in (True, False):
            keyring = Keyring(KeyFolder(tmp_path / str(keep)))
            office = Office(keyring=keyring)
            new, [old] = rotate(office.handler, DESK, now=office.at, keep_old=keep)
            again = Keyring(KeyFolder(tmp_path / str(keep)))
            assert {k.key_id for k in again.signers(DESK)} == {new.key_id, *([old.key_id] if keep else [])}
            office.handler.keyring = again
            assert signer_of(office, receive(office, "1")) == new.key_id

    def test_held_by_the_client(self, office):
        """
        A new key of which the ledger never sees the private half: nobody can sign for its holder here any more.
        """
        theirs = Ed25519Signer.generate(DESK)
        new, [old] = rotate(office.handler, DESK, now=office.at, vkey=theirs.vkey)
        assert (new.custody, old.custody) == ("client", "ledger")
        with pytest.raises(LookupError, match="no key is kept"):
            receive(office, "1")

    @pytest.mark.parametrize("principal", ["log", "official/", "guest/x", "official/nobody"])
    def test_no_such_principal(self, office, principal):
        size = office.store.size()
        with pytest.raises(Refused):
            rotate(office.handler, principal, now=office.at)
        assert office.store.size() == size


class TestEnrol:
    def test_twice_is_once(self, office):
        theirs = Ed25519Signer.generate("official/admin")
        sizes = []
        for _ in range(2):
            enrol(office.handler, theirs.vkey, role="official", holder="admin", custody="client", now=office.at)
            sizes.append(office.store.size())
        assert sizes[0] == sizes[1]

    def test_a_revoked_key_stays_out(self, office):
        [old] = revoke(office.handler, DESK, reason="lost", now=office.at)
        with pytest.raises(Refused, match="不得重新登记"):
            enrol(office.handler, old.vkey, role="official", holder="bureau-desk", custody="client", now=office.at)

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"holder": "nobody"}, "not in the register"),
            ({"role": "guest"}, "role is one of"),
            ({"custody": "cloud"}, "custody one of"),
            ({"valid_to": "before"}, "first day or later"),
        ],
    )
    def test_refused(self, office, changes, why):
        if "valid_to" in changes:
            changes = {"valid_to": office.at.date() - timedelta(days=1)}
        said = {"role": "official", "holder": "admin", "custody": "client", "now": office.at} | changes
        with pytest.raises(Refused, match=why):
            enrol(office.handler, Ed25519Signer.generate("official/admin").vkey, **said)

    def test_a_clerk_enrols_nobody(self, office):
        """
        A clerk's key may not put another's key on record: refused before it is signed, by the rule that verifies.
        """
        theirs = Ed25519Signer.generate("official/admin")
        event = KeyEnrolled(
            key_id=theirs.key_id,
            vkey=theirs.vkey,
            role="official",
            holder="admin",
            custody="client",
            valid_from=office.at.date(),
        )
        clerk = Actor(official_id="bureau-desk")
        command = RecordPeople(event=event, actor=clerk, occurred_at=office.at, now=office.at, command_id="x")
        with pytest.raises(Refused, match="无权登记或注销他人的密钥"):
            office.handler.record(command)
        assert verified(office).ok

    def test_expired(self, office):
        """
        A key past its last day signs nothing.
        """
        revoke(office.handler, DESK, reason="x", now=office.at)
        made = office.handler.keyring.add(DESK)
        enrol(
            office.handler,
            made.vkey,
            role="official",
            holder="bureau-desk",
            custody="ledger",
            now=office.at,
            valid_to=office.at.date() + timedelta(days=30),
        )
        with pytest.raises(Refused, match="密钥不在有效期内"):
            receive(office, "1", on="2026-03-02")


def test_established_again(office):
    """
    A second `init` gives nobody a second key, not even whose keys are all revoked or held elsewhere.
    """
    rotate(office.handler, "official/admin", now=office.at, vkey=Ed25519Signer.generate("official/admin").vkey)
    size = office.store.size()
    establish(office.handler, now=office.at, administrator="admin", first_year=2026)
    assert office.store.size() == size
    assert "official/admin" not in office.handler.keyring.principals()


class TestAnotherProcess:
    """A server that runs on while `luoshi key rotate` changes an official's key beside it."""

    @pytest.fixture
    def server(self, tmp_path):
        office = Office(keyring=Keyring(KeyFolder(tmp_path)))
        receive(office, "1")
        self.beside = office.another_handler(office.store, Keyring(KeyFolder(tmp_path)))
        self.folder = tmp_path
        return office

    def test_rotated(self, server):
        """The next act is signed by the new key, without a restart."""
        new, [old] = rotate(self.beside, DESK, now=server.at)
        done = receive(server, "2")
        assert signer_of(server, done) == new.key_id != old.key_id
        assert verified(server).ok

    def test_enrolled(self, server):
        """An official of whom this process had no key acts as soon as there is one."""
        record(self.beside, OfficialRegistered(official_id="new", name="new"), now=server.at)
        enrol_official(self.beside, "new", now=server.at)
        made = AppointmentMade(post_id="bureau-desk", official_id="new", from_on=server.at.date())
        record(self.beside, made, now=server.at)
        signer = server.handler.signer_for(Actor(official_id="new"), server.at.date())
        assert signer.key_id.startswith("official/new+")

    def test_unreadable(self, server):
        """A new key that cannot be read is refused by name; once it can be, the act goes through."""
        new, _ = rotate(self.beside, DESK, now=server.at)
        [file] = [f for f in self.folder.iterdir() if new.key_id.replace("/", "%2F") in f.name]
        kept = file.read_bytes()
        file.write_bytes(b"no key")
        with pytest.raises(KeyUnreadable):
            receive(server, "2")
        file.write_bytes(kept)
        assert signer_of(server, receive(server, "2")) == new.key_id
