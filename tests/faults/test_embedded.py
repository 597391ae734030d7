"""The embedded server survives what happens to it: kill -9 of itself, of its starter, and company."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app import embedded
from app.embedded import EmbeddedError, EmbeddedPostgres
from tests.conftest import CHECKOUT


@pytest.fixture
def home() -> Iterator[Path]:
    # Not pytest's own folder, which lies below one of mode 0700: as root, the server's user could not enter it.
    with tempfile.TemporaryDirectory(prefix="luoshi-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


@pytest.fixture
def postgres(home: Path) -> Iterator[EmbeddedPostgres]:
    opened = EmbeddedPostgres(home)
    yield opened
    opened.stop()


def ask(dsn: str, question: str) -> list:
    with psycopg.connect(dsn) as connection:
        return connection.execute(question).fetchall()


def wait_gone(pid: int) -> None:
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").exists() and ") Z" in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.01)


def test_start_and_stop(postgres: EmbeddedPostgres) -> None:
    dsn = postgres.start()
    assert ask(dsn, "SHOW server_version")[0][0].startswith("18")
    assert ask(dsn, "SHOW listen_addresses") == [("",)]
    assert ask(dsn, "SELECT datcollate FROM pg_database WHERE datname = 'luoshi'") == [("C.UTF-8",)]
    postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn)


def test_company(home: Path) -> None:
    """
    Two share one server; it lives until the last has left, whoever started it.
    """
    first, second = EmbeddedPostgres(home), EmbeddedPostgres(home)
    dsn = first.start()
    assert second.start() == dsn
    first.stop()
    assert ask(dsn, "SELECT 1") == [(1,)]
    second.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn)


def test_server_killed(postgres: EmbeddedPostgres, home: Path) -> None:
    """
    After kill -9 of the server, in front of a parent that has not noticed, the next start has every row.
    """
    dsn = postgres.start()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    pid = postgres.server_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_gone(pid)
    other = EmbeddedPostgres(home)
    assert ask(other.start(), "SELECT count(*) FROM kept") == [(1000,)]
    other.stop()


def test_starter_killed(home: Path) -> None:
    """
    After kill -9 of the program that started it, the server runs on; the next program takes it over and stops it.
    """
    program = textwrap.dedent(f"""
        import os, sys
        from pathlib import Path
        from app.embedded import EmbeddedPostgres
        postgres = EmbeddedPostgres(Path({str(home)!r}))
        postgres.start()
        print(postgres.server_pid, flush=True)
        sys.stdin.read()
    """)
    starter = subprocess.Popen(
        [sys.executable, "-c", program], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdin
    assert starter.stdout
    with starter, starter.stdin, starter.stdout:
        pid = int(starter.stdout.readline())
        starter.kill()
        starter.wait()
        heir = EmbeddedPostgres(home)
        dsn = heir.start()
        assert heir.server_pid == pid
        assert ask(dsn, "SELECT 1") == [(1,)]
        heir.stop()
        wait_gone(pid)
        assert heir.server_pid is None


def test_stale_pid_of_a_stranger(postgres: EmbeddedPostgres, home: Path) -> None:
    """
    A pid file whose number now belongs to another program does not keep the server from starting.
    """
    postgres.start()
    pid = postgres.server_pid
    assert pid is not None
    postgres.stop()
    [data] = [path for path in home.rglob("data") if path.is_dir()]
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data.parent}/socket\n\n  1 1\nready   \n")
    assert ask(postgres.start(), "SELECT 1") == [(1,)]


def test_half_made_cluster(postgres: EmbeddedPostgres, home: Path) -> None:
    """
    What an interrupted initdb left behind is thrown away.
    """
    postgres.start()
    postgres.stop()
    [data] = [path for path in home.rglob("data") if path.is_dir()]
    data.rename(data.with_name("data.new"))
    (data.with_name("data.new") / "PG_VERSION").unlink()
    assert ask(EmbeddedPostgres(home).start(), "SELECT 1") == [(1,)]
    postgres.start()


def test_long_path(home: Path) -> None:
    """
    A home whose path is longer than a socket's may be.
    """
    postgres = EmbeddedPostgres(home / ("deep" * 30))
    assert ask(postgres.start(), "SELECT 1") == [(1,)]
    postgres.stop()
    postgres._socket.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
class TestRoot:
    def test_runs_as_somebody_else(self, postgres: EmbeddedPostgres) -> None:
        postgres.start()
        assert postgres.server_pid is not None
        assert Path(f"/proc/{postgres.server_pid}").stat().st_uid != 0

    def test_private_home(self, home: Path) -> None:
        """
        Below a folder that the server's user may not enter, the data go elsewhere and the folder stays closed.
        """
        closed = home / "closed"
        closed.mkdir(parents=True, mode=0o700)
        postgres = EmbeddedPostgres(closed / "var")
        dsn = postgres.start()
        assert ask(dsn, "SELECT 1") == [(1,)]
        assert closed.stat().st_mode & 0o777 == 0o700
        assert str(closed) not in dsn
        postgres.stop()
        subprocess.run(["rm", "-rf", str(postgres._folder)], check=True)

    def test_private_environment(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Binaries in a folder that the server's user may not enter are copied, with their libraries, once.
        """
        installed = embedded._installed_binaries()
        package = home / "closed" / installed.parent.name
        package.mkdir(parents=True)
        (home / "closed").chmod(0o700)
        shutil.copytree(installed, package / installed.name, symlinks=True)
        libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, home / "closed" / libraries.name)
        monkeypatch.setattr(embedded, "_installed_binaries", lambda: package / installed.name)
        monkeypatch.setattr(embedded, "SYSTEM_HOME", home / "system")
        for place in ("open", "closed"):
            postgres = EmbeddedPostgres(home / place)
            assert ask(postgres.start(), "SELECT 1") == [(1,)]
            postgres.stop()
        assert len(list((home / "system").glob("binaries-*"))) == 1

    def test_anothers_data(self, home: Path) -> None:
        """
        A data folder that belongs to a user is run as that user.
        """
        nobody = pwd.getpwnam("nobody")
        first = EmbeddedPostgres(home)
        first.start()
        first.stop()
        for path in [home / "postgres", *(home / "postgres").rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        second = EmbeddedPostgres(home)
        second.start()
        assert Path(f"/proc/{second.server_pid}").stat().st_uid == nobody.pw_uid
        second.stop()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everything")
def test_folder_of_somebody_else() -> None:
    with pytest.raises((EmbeddedError, PermissionError)):
        EmbeddedPostgres(Path("/root/luoshi")).start()
