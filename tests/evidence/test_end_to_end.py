"""
The whole way, as its people go it: a served log, two witnesses, a mirror that replays, an authority for time; then
evidence, and a stranger who has the file, a policy, the authority's root and Python.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ledger.note import split_note
from ledger.policy import Group, Log, Policy, Witness, format_policy
from ledger.trust import Extension, format_extension
from tests.api.running import LUOSHI, MAPPING, Home, open_folder, row, write_csv
from tests.authority import Authority, serving_authority

SYSTEM = Path("/usr/bin/python3")
DAY = "2025-12-31"
PATIENCE = 60  # seconds for any one thing to happen


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def running(home, *args, **environment):
    """A `luoshi` server until the test ends; what it said goes to a file beside the home."""
    said = home.path / f"{args[0]}-{args[-1]}.said"
    with said.open("w") as out:
        process = subprocess.Popen(
            [LUOSHI, *map(str, args)], env=home.environment | environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(happened, what):
    ends = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < ends, what()
        time.sleep(0.2)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def files():
    """The stranger's folder: two evidence files, the verifiers, the policy with its sidecar, the authority's root."""
    home = Home(open_folder())
    home.run("init")
    (home.path / "hall.toml").write_text(MAPPING, encoding="utf-8")
    rows = [row(n, **({"办结时间": ""} if n == 2 else {})) for n in (1, 2)]
    home.run("import", write_csv(home.path / "hall.csv", rows), "--mapping", home.path / "hall.toml")
    vkey = (home.path / "log/vkey").read_text().strip()
    (home.path / "token").write_text(home.run("log", "grant", "mirror", "--role", "mirror").stdout)
    served, ports = free_port(), {name: free_port() for name in ("a", "b", "mirror")}
    keys = {}
    for name in ports:
        folder = home.path / name
        keys[name] = home.run("witness", "new-key", f"w.example/{name}", "--folder", folder).stdout.strip()
        with (folder / "witness.toml").open("a") as config:
            config.write(f'[[log]]\nvkey = "{vkey}"\n')
    stranger = home.path / "stranger"
    stranger.mkdir()
    witnesses = tuple(Witness(name, keys[name], f"http://127.0.0.1:{port}") for name, port in ports.items())
    groups = (Group("either", 1, ("a", "b")), Group("both", 2, ("either", "mirror")))
    (stranger / "policy").write_bytes(format_policy(Policy((Log(vkey),), witnesses, groups, "both")))
    (stranger / "policy.json").write_bytes(format_extension(Extension(replay=(keys["mirror"],))))
    authority = Authority(home.path / "tsa")
    (stranger / "roots.pem").write_bytes(authority.roots)
    with ExitStack() as stack:
        here = {
            "LUOSHI_WITNESSES": str(stranger / "policy"),
            "LUOSHI_TSA_URL": stack.enter_context(serving_authority(authority.answer)),
            "LUOSHI_TSA_ROOTS": str(stranger / "roots.pem"),
            "LUOSHI_PUBLISH_EVERY": "0.5",
        }
        for name in ("a", "b"):
            stack.enter_context(
                running(home, "witness", "serve", "--config", home.path / name / "witness.toml", "--port", ports[name])
            )
            until(lambda name=name: listens(ports[name]), lambda name=name: f"witness {name} does not listen")
        said = stack.enter_context(running(home, "serve", "--port", served, **here))
        until(lambda: listens(served), said.read_text)
        mirror = ("--config", home.path / "mirror/witness.toml", "--token-file", home.path / "token")
        source = f"http://127.0.0.1:{served}/log"
        replays = stack.enter_context(
            running(
                home, "mirror", source, "--folder", home.path / "copy", *mirror, "--serve", "--port", ports["mirror"]
            )
        )
        until(lambda: listens(ports["mirror"]), replays.read_text)
        until(lambda: len(split_note((home.path / "log/checkpoint").read_bytes())[1]) == 4, said.read_text)
        home.run("evidence", "case", "H1", "--as-of", DAY, "-o", stranger / "case.zip", **here)
        silence = ("evidence", "absence", "H2", "--duty", "conclude", "--as-of", DAY)
        home.run(*silence, "-o", stranger / "absence.zip", **here)
        home.run("evidence", "tools", stranger)
    return home, stranger


@pytest.mark.parametrize("name", ["case", "absence"])
def test_by_the_verifier_alone(files, name):
    """
    An empty environment, no package, no Luoshi: verified, sound, and the time checked by the system's openssl.
    """
    _, stranger = files
    asked = [f"{name}.zip", "--trust", "policy", "--tsa-roots", "roots.pem", "--json"]
    is_new = SYSTEM.exists() and b"True" in subprocess.check_output(
        [SYSTEM, "-c", "import sys; print(sys.version_info >= (3, 11))"]
    )
    command = [SYSTEM if is_new else sys.executable, "-I", "-S", "luoshi-verify.pyz", *asked]
    done = subprocess.run(command, cwd=stranger, env={}, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    judged(json.loads(done.stdout))


@pytest.mark.parametrize("name", ["case", "absence"])
def test_by_luoshi(files, name):
    home, stranger = files
    roots = ("--tsa-roots", stranger / "roots.pem")
    done = home.run("verify", stranger / f"{name}.zip", "--trust", stranger / "policy", *roots, "--json")
    judged(json.loads(done.stdout))


def judged(found):
    assert (found["verdict"], found["soundness"]) == ("verified", "sound")
    assert [step["ok"] for step in found["steps"]] == [True] * 9
