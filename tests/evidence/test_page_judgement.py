"""
The functions of verify.html and those of Python, on golden, foreign and hostile bytes: both accept, or neither does.
"""

import base64
import hashlib
import json

from ledger import canonical, ed25519
from ledger.casemap import (
    CaseMap,
    MapProof,
    MemoryNodes,
    check_map_proof,
    format_entry,
    map_key,
)
from ledger.checkpoint import parse_checkpoint
from ledger.disclosure import open_disclosure
from ledger.enrolment import EnrolledKeys
from ledger.envelope import open_leaf, parse_payload
from ledger.errors import LedgerError
from ledger.keys import Ed25519Signer
from ledger.merkle import check_record, leaf_hash, prove_record, root
from ledger.note import sign_note, split_note
from ledger.policy import parse_policy
from ledger.proof import parse_proof
from ledger.rotation import Rotation, sign_rotation
from ledger.trust import load_trust
from tests.evidence import making
from tests.ledger.foreign import FOREIGN, KEYS, foreign
from tests.ledger.sealing import CLERK, LOG, ORIGIN, SYSTEM, Writer
from tests.ledger.vectors.make_vectors import FOLDER as GOLDEN


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


class TestSameJudgement:
    """The page's functions and Python's, on golden, foreign and hostile bytes."""

    def judged(self, opened, script, samples):
        """
        Whether the page accepts each of these bytes.
        """
        given = [base64.b64encode(sample).decode() for sample in samples]
        guarded = f"""async (given) => {{
            const judge = {script};
            const found = [];
            for (const text of given) {{
                try {{ await judge(fromBase64(text)); found.push(true); }}
                catch (error) {{ if (!(error instanceof Refused)) throw error; found.push(false); }}
            }}
            return found;
        }}"""
        return opened.page.evaluate(guarded, given)

    def agree(self, opened, script, judge, samples):
        expected = []
        for sample in samples:
            try:
                judge(sample)
            except LedgerError:
                expected.append(False)
            else:
                expected.append(True)
        found = self.judged(opened, script, samples)
        assert found == expected, [s for s, a, b in zip(samples, found, expected, strict=True) if a != b][:3]
        assert set(expected) == {True, False}

    def test_canonical_json(self, opened):
        good = [path.read_bytes() for path in GOLDEN.glob("*-*.json")]
        texts = [
            '"a"', "1", "-1", "0", "-0", "1.0", "1e3", "01", "9007199254740991", "9007199254740992", "1" * 400, "NaN",
            "tru", "{}", "[]", "[ ]", " 1", "1 ", "[1,2]", "[1,]", "[,1]", '{"a":1}', '{"b":1,"a":2}',
            '{"a":1,"a":1}', '{"a" :1}', '{"__proto__":1}', '{"constructor":{"__proto__":null}}',
            '{"1":1,"10":2,"2":3}', '{"2":1,"10":2}', '{"":0}', "{1:1}", '"\\u0041"', '"\\u001f"', '"\\u001F"',
            '"\\n"', '"\\u000a"', '"\\/"', '"/"', '"\x7f"', '"\u2028"', '"é"', '"e\u0301"', '"\\ud800"',
            '"\\ud83d\\ude00"', '"😀"', '{"😀":1}', '{"\uffff":1,"中":2}', '{"中":2,"\uffff":1}', '"\t"', "\ufeff1",
            '"' + "a" * 2000 + '"', "[" * 32 + "]" * 32, "[" * 33 + "]" * 33, "[" * 100_000,
            '{"a":' * 40 + "1" + "}" * 40, "", "null", "true", "false", "nul", '"', '"\\x41"', '"\\u12"', "'a'",
            "[1 2]", '{"a":1,}', "1 1", "+1", ".5", "0x1", "--1",
        ]  # fmt: skip
        raw = [text.encode() for text in texts] + [b'"\xff"', b'"\xed\xa0\x80"', b'"' + b"a" * (1 << 20) + b'"', *good]
        self.agree(opened, "(bytes) => decodeCanonical(bytes, 'x')", canonical.decode, raw)

    def test_notes(self, opened):
        notes = [path.read_bytes() for path in [*FOREIGN.glob("checkpoint-*"), GOLDEN / "checkpoint"]]
        cut = [note[:n] for note in notes[:2] for n in range(0, len(note), 7)]
        odd = [
            note.replace(a, b, 1)
            for note in notes
            for a, b in (("\u2014".encode(), b"-"), (b"\n\n", b"\n"), (b"\n", b"\r\n"), (b"\n", b"\n\n"), (b"=", b""),
                         (b" ", b"  "), (b"\n", b"\x7f\n"), (b"\n", b"\x1f\n"), (b"/", b"+"), (b".", "\u3000".encode()),
                         (b".", "中".encode()), (b".", "\u200b".encode()), (b".", b"\xff"))
        ]  # fmt: skip
        many = notes[0] + notes[0].splitlines(keepends=True)[-1] * 100
        self.agree(opened, "(bytes) => splitNote(bytes)", split_note, [*notes, *cut, *odd, many, b"", b"\n\n"])

    def test_checkpoints(self, opened):
        good = "example.com/log\n37\n" + base64.b64encode(bytes(32)).decode() + "\n"
        odd = [
            good.replace("37", size)
            for size in (
                "0",
                "037",
                "+37",
                "-1",
                "",
                "3 7",
                "٣",
                "9223372036854775807",
                "9223372036854775808",
                "9" * 5000,
            )
        ]
        odd += [
            good + "x\n",
            good[:-1],
            good.replace("example", ".example"),
            good.replace("/", "+"),
            good.replace("A", "", 1),
        ]
        odd += [good.replace("example", "exa mple"), "\n" + good, good.replace("=", ""), good.replace("AAA=", "AAB=")]
        self.agree(
            opened,
            "(b) => parseCheckpoint(fromUtf8(b))",
            lambda b: parse_checkpoint(b.decode()),
            [x.encode() for x in [good, *odd]],
        )

    def test_proofs(self, opened):
        proofs = [foreign("leaf-41.tlog-proof"), foreign("leaf-0-size-1.tlog-proof")]
        odd = [
            proof.replace(a, b, 1)
            for proof in proofs
            for a, b in (
                (b"index ", b"index 0"), (b"@v1", b"@v2"), (b"index", b"extra YQ==\nindex"), (b"\nindex", b""),
                (b"index", b"extra YQ\nindex"), (b"index ", b"index +"), (b"\n\n", b"\n"), (b"\n\n", b"\n\n\n"),
                (b"=", b""),
            )
        ]  # fmt: skip
        self.agree(opened, "(b) => { splitNote(parseProof(b).note); }", parse_proof, proofs + odd)

    def test_leaves(self, opened):
        leaves = [path.read_bytes() for path in GOLDEN.glob("leaf-*.json")]
        odd = [leaf.replace(a, b, 1) for leaf in leaves for a, b in (
            (b"event+json", b"x"), (b'"sig"', b'"Sig"'), (b"=", b""), (b'"keyid":"', b'"keyid":"\\u0041'),
            (b"{", b"{ "), (b'"payload":"', b'"payload":"A'),
        )]  # fmt: skip
        self.agree(opened, "(b) => openLeaf(b)", open_leaf, [*leaves, *odd, b"x" * 65_536, foreign("dsse.json")])

    def test_payloads(self, opened):
        payload = json.loads((GOLDEN / "payload-2.json").read_text())
        made = [payload]
        for name in payload:
            made.append({key: value for key, value in payload.items() if key != name})
            made += [payload | {name: value} for value in (
                None, 0, 1, 2, True, "", "a\0", "x", [], {}, ["a" * 43, "b" * 43], ["b" * 43, "a" * 43],
                ["a" * 43] * 2, "sha-256", "0" * 64,
            )]  # fmt: skip
        made.append(payload | {"more": 1})
        self.agree(opened, "(b) => parsePayload(b)", parse_payload, [canonical.encode(value) for value in made])

    def test_disclosures(self, opened):
        good = [item["disclosure"] for item in json.loads((GOLDEN / "disclosures.json").read_text())]
        made = [
            base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
            for text in (
                '["s","n",1]', '["s", "n", {"a": [1]}]', '["s","n"]', '["s",1,1]', '[1,"n",1]', '["s","_sd",1]',
                '["s","...",1]', '["s","n",1.5]',
                '["s","n",{"a":1,"a":2}]', '["s","n",1e2]', '["s","n","\\ud800"]', '{"a":1}', '["s","n",NaN]',
            )
        ]  # fmt: skip
        odd = [good[0] + "=", good[0] + "!", good[0][:-1], "", "A", "中"]
        samples = [text.encode() for text in [*good, *made, *odd]]
        self.agree(opened, "(b) => openDisclosure(fromUtf8(b))", lambda b: open_disclosure(b.decode()), samples)

    def test_policies(self, opened):
        log, w1, w2 = making.log().signer.vkey, making.WITNESSES[0].vkey, making.WITNESSES[1].vkey
        pq = KEYS["witness.example/pq"]
        base = f"log {log}\nwitness a {w1}\nwitness b {w2} https://w.example/\n"
        made = [
            "quorum none\n", base + "quorum a\n", base + "group g any a b\nquorum g\n",
            base + "group g all a b\nquorum g\n", base + "group g 2 a b\nquorum g\n",
            base + "group g 3 a b\nquorum g\n", base + "group g 0 a b\nquorum g\n",
            base + "group g 02 a b\nquorum g\n", base + "group g any\nquorum g\n", base + "group g 1 a a\nquorum g\n",
            base + "group g 1 a c\nquorum g\n", base + "group g 1 a\ngroup h 1 a\nquorum g\n", base + "quorum c\n",
            base, base + "quorum a\nquorum b\n", base + "quorum\n", base + "quorum none",
            base + "# x\n\n\t quorum \t a \n", base + "group none 1 a\nquorum none\n",
            base + "witness c " + w1 + "\nquorum none\n", base + "log " + log + "\nquorum a\n",
            base + f"witness a {pq}\nquorum a\n", base + f"witness p {pq}\nquorum p\n",
            base + "group constructor 1 a\nquorum constructor\n", base + "group g constructor a b\nquorum g\n",
            base + "x y\n", f"log {w1}\nquorum none\n", f"witness a {log}\nquorum a\n", base + "quorum a\r\n",
            base + "quorum a\x0b\n", base + "witness \xe4 " + pq + "\nquorum \xe4\n",
            f"log {log[:-1]}\nquorum none\n", f"log {log} u v\nquorum none\n",
            "".join(f"group g{n} 1 a\n" for n in range(3)) + "quorum none\n", "\n",
        ]  # fmt: skip
        samples = [text.encode() for text in made] + [
            b"witness \xff " + pq.encode() + b"\nquorum \xff\n",
            b"# \xff\nquorum none\n",
        ]
        self.agree(opened, "(b) => parsePolicy(b)", parse_policy, samples)

    def test_trust(self, opened):
        log, w1, w2 = making.log().signer.vkey, making.WITNESSES[0].vkey, making.WITNESSES[1].vkey
        policy = f"log {log}\nwitness a {w1}\nquorum a\n"
        key = {"vkey": log, "from_size": 0, "to_size": None}
        empty = {"v": 1, "log_keys": [], "require": [], "replay": []}
        made = [
            empty, empty | {"log_keys": [key]}, empty | {"log_keys": [key, key]},
            empty | {"log_keys": [key | {"to_size": -1}]},
            empty | {"log_keys": [key | {"from_size": 5, "to_size": 4}]},
            empty | {"log_keys": [key | {"vkey": making.STRANGER.vkey}]}, empty | {"replay": [w1]},
            empty | {"replay": [w2]}, empty | {"replay": [w1, w1]}, empty | {"require": [w1]},
            empty | {"require": [log]}, empty | {"require": [making.STRANGER.vkey]}, empty | {"v": 2},
            empty | {"v": True}, empty | {"x": 1}, empty | {"require": [1]}, empty | {"require": "x"},
            empty | {"replay": [log]}, {"v": 1}, [], empty | {"log_keys": [1, None]},
            empty | {"log_keys": [key | {"x": 1}]}, empty | {"log_keys": [key | {"from_size": True}]},
        ]  # fmt: skip
        texts = [json.dumps(value, indent=1).encode() for value in made]
        texts += [
            texts[0].replace(b'"v": 1', b'"v": 1, "v": 1'),
            texts[0].replace(b'"v": 1', b'"v": 1.0'),
            b"{",
            b"\xff",
        ]
        script = f"(bytes) => loadTrust(utf8({json.dumps(policy)}), bytes)"
        self.agree(opened, script, lambda b: load_trust(policy.encode(), b), texts)
        pasted = [
            log.encode(),
            f"  {log}\n".encode(),
            w1.encode(),
            log[:-2].encode(),
            b"",
            b"x",
            policy.encode(),
            log.encode() + b" x",
        ]
        self.agree(opened, "(b) => loadTrust(b)", load_trust, pasted)

    def test_ed25519(self, opened):
        """
        Good, bent, of another message or key; S not reduced; keys that are no point, of small order, spelled otherwise.
        """
        signer, message = making.STRANGER, b"message"
        public = base64.b64decode(signer.vkey.split("+", 2)[2])[1:]
        good = signer.sign(message)
        order = 2**252 + 27742317777372353535851937790883648493
        malleable = good[:32] + (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")
        samples = [
            (public, message, good),
            (public, b"other", good),
            (public, message, malleable),
            (public, message, good[:-1]),
        ]
        samples += [(public, message, flipped(good, place)) for place in (0, 31, 32, 63)]
        samples += [(bytes([2]) + bytes(31), message, good), (b"\xff" * 32, message, good), (bytes(31), message, good)]
        script = """async (given) => {
            const found = [];
            for (const parts of given) found.push(await isSigned(...parts.map((text) => fromBase64(text))));
            return found;
        }"""
        # R = [a]B and S = a: under the identity as key, a signature of any message to who does not look at the key.
        digest = bytearray(hashlib.sha512(bytes(32)).digest()[:32])
        digest[0], digest[31] = digest[0] & 248, digest[31] & 63 | 64
        scalar = (int.from_bytes(digest, "little") % order).to_bytes(32, "little")
        point = base64.b64decode(Ed25519Signer.from_seed("a", bytes(32)).vkey.split("+", 2)[2])[1:]
        small = [bytes([1, *bytes(31)]), (2**255 - 20).to_bytes(32, "little"), bytes(32)]
        spelled = [(2**255 - 18).to_bytes(32, "little"), bytes([1, *bytes(30), 128]), b"\xff" * 31 + b"\x7f"]
        forged = (point + scalar, bytes(64), good)
        samples += [(key, message, one) for key in [*small, *spelled] for one in forged]
        given = [[base64.b64encode(part).decode() for part in sample] for sample in samples]
        expected = [ed25519.is_valid(*sample) for sample in samples]
        found = opened.page.evaluate(script, given)
        assert found == expected
        assert expected.count(True) == 2

    def test_keys(self, opened):
        """
        Who may sign, enrol and revoke, and until when: short logs, each with one record that is judged.
        """
        wang, li = {"official": "wang", "system": None}, {"official": "li", "system": None}
        other = Ed25519Signer.from_seed("luoshi.example/official/li", b"\x05" * 32)

        def enrolment(key, holder, **more):
            return {"vkey": key.vkey, "role": "official", "holder": holder, "valid_from": "2025-01-01"} | more

        def enrol(writer, *, stream="official/li", by=SYSTEM, actor=None, **more):
            body = {name: value for name, value in enrolment(other, "li", **more).items() if value != "gone"}
            return writer.event(stream, "key.enrolled.v1", body, by=by, actor=actor)

        def revoke(writer, *, stream="official/wang", by=SYSTEM, actor=None, **more):
            return writer.event(stream, "key.revoked.v1", {"key_id": CLERK.key_id} | more, by=by, actor=actor)

        days = ("2025-03-02", "2025-03-03", "2025-02-28", "2025-02-27", "9999-12-31", "0001-01-01", "0000-01-01")
        days += ("20250101", "2025-W01-1", "2025-02-30", "", None, 1, "gone")
        moments = (
            "2025-03-01T09:00:00Z",
            "2025-03-01T09:00:00.000001Z",
            "2025-03-01T17:00:00+08:00",
            "2025-03-01",
            "",
            1,
            "2025-02-28T23:59:59-00:00",
            # Python, a browser, or both of them read these as something.
            "2025-02-28 09:00:00Z",
            "20250228T090000Z",
            "2025-W09-5T09:00:00Z",
            "2025-02-28T09:00Z",
            "2025-02-28T09:00:00,5Z",
            "2025-02-28T09:00:00+0800",
            "2025-02-28T09:00:00+08:00:30",
            "2025-02-28T09:00:00+24:00",
            "2025-02-27T24:00:00Z",
            "2025-02-28T09:00:60Z",
            "2025-02-30T09:00:00Z",
            "2025-02-28T09:00:00.1234567Z",
            "2025-02-28t09:00:00z",
            "2025-02-28T09:00:00",
        )
        new, root = (Ed25519Signer.from_seed(name, b"\x09" * 32) for name in (ORIGIN, f"{ORIGIN}/root"))

        def log_keys(writer):
            for key in (LOG, new):
                writer.enrol(key, role="log", holder="log")

        def rotate(writer, signers=(LOG, new), *, by=SYSTEM, actor=None, stream="system/log", **more):
            said = Rotation(ORIGIN, LOG.vkey, new.vkey, 10, 20)
            body = {"statement": sign_rotation(said, signers).decode()} | more
            return writer.event(stream, "log_key.rotated.v1", body, by=by, actor=actor)

        rotated = sign_rotation(Rotation(ORIGIN, LOG.vkey, new.vkey, 10, 20), (LOG, new)).decode()
        text = rotated.partition("\n\n")[0] + "\n"
        rotations = [
            [log_keys, rotate],
            [log_keys, lambda w: w.enrol(root, role="log", holder="root"), rotate],
            [
                log_keys,
                lambda w: w.enrol(root, role="log", holder="root"),
                lambda w: rotate(w, (LOG, new, root)),
            ],
            [rotate],
            [lambda w: w.enrol(LOG, role="log", holder="log"), rotate],
            [log_keys, lambda w: rotate(w, (LOG,))],
            [log_keys, lambda w: rotate(w, (new,))],
            [log_keys, lambda w: rotate(w, stream="case/1")],
            [log_keys, lambda w: rotate(w, by=CLERK, actor=wang)],
            [log_keys, lambda w: rotate(w, statement=1)],
            [log_keys, lambda w: rotate(w, statement="hello")],
            [log_keys, lambda w: rotate(w, statement=rotated.replace(ORIGIN, "other.example/log"))],
            *(
                [log_keys, lambda w, change=change: rotate(w, statement=sign_note(change, (LOG, new)).decode())]
                for change in (
                    text.replace("\n10\n", "\n010\n"),
                    text.replace("\n10\n", "\n21\n"),
                    text.replace("v1", "v2"),
                    text + "\n",
                    text.replace(new.vkey, LOG.vkey),
                )
            ),
        ]
        last = [
            *rotations,
            [lambda w: w.event("case/1", by=CLERK, actor=wang)],
            [lambda w: w.event("case/1", by=CLERK)],
            [lambda w: w.event("case/1", by=CLERK, actor=li)],
            [lambda w: w.event("case/1", by=other, actor=li)],
            [enrol, lambda w: w.event("case/1", by=other, actor=li)],
            [lambda w: enrol(w, by=CLERK, actor=wang)],
            [lambda w: enrol(w, stream="official/wang")],
            [lambda w: enrol(w, role="log")],
            [lambda w: enrol(w, role="log", stream="system/li"), lambda w: w.event("case/1", by=other)],
            [lambda w: enrol(w, key_id=other.key_id)],
            [lambda w: enrol(w, key_id=CLERK.key_id)],
            [lambda w: enrol(w, vkey=making.WITNESSES[0].vkey)],
            [revoke, lambda w: w.event("case/1", by=CLERK, actor=wang)],
            [lambda w: revoke(w, by=CLERK, actor=wang)],
            [
                revoke,
                lambda w: w.enrol(CLERK, role="official", holder="wang"),
                lambda w: w.event("c/1", by=CLERK, actor=wang),
            ],
            [enrol, lambda w: revoke(w, by=other, actor=li)],
            [lambda w: revoke(w, stream="official/li")],
            [lambda w: revoke(w, key_id="nobody+00000000")],
            [lambda w: revoke(w, key_id=1)],
            *(
                [lambda w, day=day: enrol(w, valid_to=day), lambda w: w.event("c/1", by=other, actor=li)]
                for day in days
            ),
            *(
                [lambda w, day=day: enrol(w, valid_from=day), lambda w: w.event("c/1", by=other, actor=li)]
                for day in days
            ),
            *([lambda w, at=at: revoke(w, effective_at=at)] for at in moments),
        ]
        logs = []
        for acts in last:
            writer = Writer()
            writer.genesis()
            writer.enrol(CLERK, role="official", holder="wang")
            for act in acts:
                act(writer)
            logs.append([sealed.leaf for sealed in writer.written])
        logs.append([Writer().event("case/1").leaf])
        expected = []
        for leaves in logs:
            keys = EnrolledKeys()
            try:
                for index, leaf in enumerate(leaves):
                    envelope = open_leaf(leaf)
                    keys.verifier_for(index, envelope, parse_payload(envelope.payload))
                expected.append(True)
            except LedgerError:
                expected.append(False)
        script = """async (logs) => {
            const found = [];
            for (const leaves of logs) {
                const keys = new EnrolledKeys();
                try {
                    for (const [index, leaf] of leaves.entries()) await readEvent(index, fromBase64(leaf), "%s", keys);
                    found.push(true);
                } catch (error) {
                    if (!(error instanceof Refused)) throw error;
                    found.push(false);
                }
            }
            return found;
        }"""
        given = [[base64.b64encode(leaf).decode() for leaf in leaves] for leaves in logs]
        found = opened.page.evaluate(script.replace("%s", ORIGIN), given)
        assert found == expected, [n for n, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b]
        assert expected.count(True) >= 10
        assert expected.count(False) >= 20

    def test_tree(self, opened):
        leaves = [leaf_hash(bytes([n])) for n in range(13)]
        samples = []
        for size in range(1, 14):
            head = root(leaves[:size])
            for index in range(size):
                path = prove_record(leaves[:size], index)
                samples.append((path, size, head, index, leaves[index]))
                samples.append((path[:-1], size, head, index, leaves[index]))
                samples.append(([*path, head], size, head, index, leaves[index]))
                samples.append((path, size, head, (index + 1) % size, leaves[index]))
                samples.append((path, size + 1, head, index, leaves[index]))
        expected = []
        for path, size, head, index, leaf in samples:
            try:
                check_record(path, size=size, root=head, index=index, leaf=leaf)
                expected.append(True)
            except LedgerError:
                expected.append(False)
        given = [
            [[x.hex() for x in path], size, head.hex(), index, leaf.hex()] for path, size, head, index, leaf in samples
        ]
        script = """async (given) => {
            const found = [];
            for (const [path, size, root, index, leaf] of given) {
                const steps = path.map((x) => fromHash(x));
                found.push(await isInTree(steps, BigInt(size), fromHash(root), BigInt(index), fromHash(leaf)));
            }
            return found;
        }"""
        assert opened.page.evaluate(script, given) == expected
        assert expected.count(True) >= 91

    def test_map(self, opened):
        version = CaseMap("o", MemoryNodes())
        streams = [f"case/{n}" for n in range(20)] + ["case/é", "case/信访"]
        head = version.add((stream, bytes([n]) * 32) for n, stream in enumerate(streams))
        samples = []
        for asked in [*streams[:6], "case/é", "case/e\u0301", "case/信访", "case/never", "case/nowhere"]:
            proof, entry = version.prove(asked), version.entry(asked)
            value = None if entry is None else format_entry(entry)
            samples.append((asked, proof, value))
            samples.append((asked, proof, b"x" if value is None else None))
            samples.append((asked + "x", proof, value))
            if proof.siblings:
                samples.append((asked, MapProof(proof.siblings[:-1], proof.terminal), value))
                samples.append((asked, MapProof((bytes(32), *proof.siblings[1:]), proof.terminal), value))
            samples.append((asked, MapProof(proof.siblings, None), value))
        expected, given = [], []
        for asked, proof, value in samples:
            try:
                check_map_proof(proof, key=map_key("o", asked), root=head, value=value)
                expected.append(True)
            except LedgerError:
                expected.append(False)
            terminal = None if proof.terminal is None else [part.hex() for part in proof.terminal]
            given.append(
                [
                    asked,
                    [x.hex() for x in proof.siblings],
                    terminal,
                    None if value is None else value.decode(),
                    head.hex(),
                ]
            )
        script = """async (given) => {
            const found = [];
            for (const [stream, path, end, value, root] of given) {
                const terminal = end && { key: fromHash(end[0]), valueHash: fromHash(end[1]) };
                const proof = { siblings: path.map((x) => fromHash(x)), terminal };
                const [key, held] = [await mapKey("o", stream), value === null ? null : utf8(value)];
                found.push(await isInMap(proof, key, fromHash(root), held));
            }
            return found;
        }"""
        assert opened.page.evaluate(script, given) == expected
        assert set(expected) == {True, False}
