"""
What a witness must never forget: threads and processes race for it, and every durable step fails once.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from app.witness import state as state_module
from app.witness.server import Witness
from app.witness.state import StateMissing, WitnessState, origin_hash
from ledger.cosignature import Cosigner, CosignerVerifier, check_cosigned
from ledger.errors import Unsound
from ledger.keys import Ed25519Signer
from ledger.merkle import leaf_hash
from ledger.note import split_note
from ledger.policy import Log, Policy, check_quorum
from ledger.policy import Witness as WitnessLine
from ledger.vkeys import Verifier
from ledger.witness import Refused
from tests.ledger.sealing import LOG, ORIGIN
from tests.ledger.test_witness import FORK, LEAVES, body, checkpoint, head

TOP = Path(__file__).parents[2]
COURT = Cosigner(Ed25519Signer.from_seed("witness.example/court", bytes([7] * 32)))
LOGS = {ORIGIN: [Verifier(LOG.vkey)]}
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
POLICY = Policy((Log(LOG.vkey),), (WitnessLine("court", COURT.vkey),), (), "court")


@pytest.fixture
def folder(tmp_path):
    WitnessState.create(tmp_path / "state", COURT.vkey)
    return tmp_path / "state"


def witness(folder: Path) -> Witness:
    return Witness(COURT, LOGS, WitnessState(folder, COURT.vkey), lambda: NOW)


def kept_size(folder: Path) -> int:
    note = WitnessState(folder, COURT.vkey).newest(ORIGIN)
    return check_quorum(POLICY, note).checkpoint.size if note else 0


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.endswith(".lock")}


def test_kept_as_answered(folder):
    """
    The file named by the origin's hash holds the checkpoint with the cosignature, and opens under a policy.
    """
    line = witness(folder).add_checkpoint(body(0, 37))
    note = (folder / origin_hash(ORIGIN)).read_bytes()
    assert note == checkpoint(37) + line.encode()
    assert check_cosigned(note, CosignerVerifier(COURT.vkey)).timestamp == int(NOW.timestamp())
    assert names(folder) == {"witness", origin_hash(ORIGIN)}


def test_survives_a_restart(folder):
    witness(folder).add_checkpoint(body(0, 37))
    with pytest.raises(Refused, match="409: 37"):
        witness(folder).add_checkpoint(body(0, 50))
    witness(folder).add_checkpoint(body(37, 50))
    assert kept_size(folder) == 50


def test_asked_again(folder):
    """
    A log that lost the answer asks from the size it has just reached, and is cosigned again.
    """
    witness(folder).add_checkpoint(body(0, 37))
    assert witness(folder).add_checkpoint(body(37, 37))


class TestRace:
    def test_threads(self, folder):
        """
        Of eight requests from one old size, to different sizes and on two histories, one wins and seven meet 409.
        """
        asked = witness(folder)
        asked.add_checkpoint(body(0, 20))
        start = Barrier(8)

        def submit(data: bytes) -> str:
            start.wait()
            try:
                return asked.add_checkpoint(data)
            except Refused as refused:
                return f"{refused.status} {refused.body.strip()}"

        wanted = [body(20, size, leaves) for size in (40, 41, 42, 43) for leaves in (LEAVES, FORK)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(submit, wanted))
        [won] = [i for i, answer in enumerate(answers) if answer.startswith("—")]
        size = 40 + won // 2
        assert kept_size(folder) == size
        assert [a for i, a in enumerate(answers) if i != won] == [f"409 {size}"] * 7
        assert WitnessState(folder, COURT.vkey).newest(ORIGIN).endswith(answers[won].encode())

    def test_two_processes(self, folder, tmp_path):
        """
        Two processes show forty witnesses' states two histories each: one history is cosigned, the other meets 409.
        """
        script = (
            "import sys\n"
            "from tests.app.test_witness_state import race\n"
            "race(sys.argv[1], sys.argv[2], int(sys.argv[3]))\n"
        )
        running = [
            subprocess.Popen(
                [sys.executable, "-c", script, folder, tmp_path / "go", str(fork)],
                cwd=TOP,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
            for fork in (0, 1)
        ]
        for process in running:
            assert process.stdout.readline() == "ready\n"
        (tmp_path / "go").touch()
        found = [process.communicate(timeout=60)[0].split() for process in running]
        assert [process.returncode for process in running] == [0, 0]
        for number, pair in enumerate(zip(*found, strict=True)):
            assert sorted(pair) == ["409", "cosigned"]
            note = WitnessState(folder, COURT.vkey).newest(origin(number).name)
            winner = head(1, FORKS[pair.index("cosigned")])
            assert f"\n1\n{b64(winner.root)}\n" in split_note(note)[0]


FORKS = ([leaf_hash(b"one history")], [leaf_hash(b"another")])
ORIGINS = 40


def origin(number: int) -> Ed25519Signer:
    return Ed25519Signer.from_seed(f"log.example/{number}", bytes([100 + number] * 32))


def b64(data: bytes) -> str:
    from base64 import b64encode  # noqa: PLC0415

    return b64encode(data).decode()


def race(folder: str, go: str, fork: int) -> None:
    """One process's part: submit its history of every log."""
    from ledger.checkpoint import sign_checkpoint  # noqa: PLC0415
    from ledger.witness import format_request  # noqa: PLC0415

    signers = [origin(number) for number in range(ORIGINS)]
    logs = {signer.name: [Verifier(signer.vkey)] for signer in signers}
    asked = Witness(COURT, logs, WitnessState(Path(folder), COURT.vkey), lambda: NOW)
    root = head(1, FORKS[fork]).root
    requests = [format_request(0, [], sign_checkpoint(signer.name, 1, root, signer)) for signer in signers]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not Path(go).exists():
        pass
    for request in requests:
        try:
            asked.add_checkpoint(request)
            sys.stdout.write("cosigned\n")
        except Refused as refused:
            sys.stdout.write(f"{refused.status}\n")


class TestFaults:
    """Each durable step fails once: no cosignature leaves, and the state is the old one or the new one, whole."""

    def fail(self, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    @pytest.mark.parametrize("step", ["write", "flush", "rename"])
    def test_before_the_rename(self, folder, monkeypatch, step):
        asked = witness(folder)
        asked.add_checkpoint(body(0, 37))
        before = (folder / origin_hash(ORIGIN)).read_bytes()
        target = {"write": (Path, "open"), "flush": (state_module.os, "fsync"), "rename": (Path, "replace")}[step]
        with monkeypatch.context() as patch:
            patch.setattr(*target, self.fail)
            with pytest.raises(OSError, match="No space"):
                asked.add_checkpoint(body(37, 50))
        assert (folder / origin_hash(ORIGIN)).read_bytes() == before
        assert names(folder) == {"witness", origin_hash(ORIGIN)}
        assert asked.add_checkpoint(body(37, 50))

    def test_after_the_rename(self, folder, monkeypatch):
        """
        The new state may be kept although its cosignature was not answered: the log asks again at that size.
        """
        asked = witness(folder)
        asked.add_checkpoint(body(0, 37))
        with monkeypatch.context() as patch:
            patch.setattr(state_module, "sync_folder", self.fail)
            with pytest.raises(OSError, match="No space"):
                asked.add_checkpoint(body(37, 50))
        assert kept_size(folder) == 50
        with pytest.raises(Refused, match="409: 50"):
            asked.add_checkpoint(body(37, 50))
        with pytest.raises(Refused, match="422"):
            asked.add_checkpoint(body(50, 50, FORK))
        assert asked.add_checkpoint(body(50, 50))

    def test_durable_before_answered(self, folder, monkeypatch):
        """
        File flushed, renamed, folder flushed, in this order, and only then the answer.
        """
        steps: list[str] = []
        fsync, replace, sync = state_module.os.fsync, Path.replace, state_module.sync_folder
        monkeypatch.setattr(state_module.os, "fsync", lambda h: (steps.append("fsync"), fsync(h)))
        monkeypatch.setattr(Path, "replace", lambda a, b: (steps.append("rename"), replace(a, b)))
        monkeypatch.setattr(state_module, "sync_folder", lambda p: (steps.append("folder"), sync(p)))
        witness(folder).add_checkpoint(body(0, 37))
        assert [step for i, step in enumerate(steps) if step != "fsync" or i == 0] == ["fsync", "rename", "folder"]


class TestAttack:
    def test_lost_state(self, folder):
        """
        Without its memory a witness does not start: an empty folder would cosign any history.
        """
        for file in folder.iterdir():
            file.unlink()
        with pytest.raises(StateMissing, match="retire"):
            WitnessState(folder, COURT.vkey)
        with pytest.raises(StateMissing):
            WitnessState(folder / "none", COURT.vkey)

    def test_other_witness(self, folder):
        """
        One key, one state: another witness's key does not continue it.
        """
        other = Cosigner(Ed25519Signer.generate("witness.example/other"))
        with pytest.raises(StateMissing, match="is the state of"):
            WitnessState(folder, other.vkey)
        with pytest.raises(FileExistsError):
            WitnessState.create(folder, other.vkey)

    @pytest.mark.parametrize("damage", ["size", "signature", "empty", "other origin"])
    def test_edited_state(self, folder, damage):
        """
        A state file edited by hand is not believed: it must carry the witness's own cosignature over that origin.
        """
        asked = witness(folder)
        asked.add_checkpoint(body(0, 37))
        file = folder / origin_hash(ORIGIN)
        note = file.read_bytes()
        other = "other.example/log\n1\n" + b64(bytes(32)) + "\n"
        file.write_bytes(
            {
                "size": note.replace(b"\n37\n", b"\n20\n"),
                "signature": checkpoint(20),
                "empty": b"",
                "other origin": (other + "\n" + COURT.cosign(other, 5)).encode(),
            }[damage]
        )
        with pytest.raises(Unsound):
            asked.add_checkpoint(body(20, 40, FORK))
