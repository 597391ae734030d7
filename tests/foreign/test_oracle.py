"""
The law as a Declare model, and the copy of the export it is checked on (bench/oracle); and, where LUOSHI_ORACLE_PYTHON
names a Python that has Declare4Py, that program's breaches beside ours.
"""

from __future__ import annotations

import os
import tomllib
from datetime import date, timedelta

import pytest

from app.establish import STATUTES
from app.export.declare import CannotSay, constraints, exported, model_text, packs, say
from app.export.declare_copy import Act, Case, Copied, copy_of, read_export, write_copy
from bench.oracle.compare import compare
from tests.projections.logs import simulated
from tests.tools import need

DAY = date(2025, 3, 3)  # a Monday
AS_OF = date(2025, 12, 31)
PACK = tomllib.loads((STATUTES / "cn-xinfang-tiaoli-2022.toml").read_text(encoding="utf-8"))


def altered(pack, name, **changes):
    entries = [e | changes if e["obligation"] == name else e for e in pack["version"]]
    return pack | {"version": entries}


class TestModel:
    def test_the_law_in_force_is_the_model(self):
        """
        Limits, conditions and names are the pack's own: another number in the pack is another line of the model.
        """
        said, _ = constraints([PACK], exported())
        lines = model_text(said, {"conclude_petition": {30}}).splitlines()
        notice = next(x for x in lines if x.startswith("Response[serve_acceptance_notice,"))
        assert "|( A.act_of in (petition_referred, petition_assigned) and A.matter_category is not accusation" in notice
        assert notice.endswith("|0,15,d")
        assert "activity conclude_petition_plus30" in lines
        assert next(x for x in lines if "[conclude_petition_plus30, conclude_petition_done]" in x).endswith("|0,90,d")
        other, _ = constraints([altered(PACK, "serve_acceptance_notice", within=7)], exported())
        assert model_text(other, {"conclude_petition": {30}}).splitlines() == [
            line.replace("|0,15,d", "|0,7,d") if line == notice else line for line in lines
        ]

    def test_every_duty_is_said_or_has_its_reason(self):
        said, unsaid = constraints([PACK], exported())
        assert {c.obligation for c in said} | unsaid.keys() == {e["obligation"] for e in PACK["version"]}
        assert {"forward_or_assign", "serve_acceptance_notice", "conclude_petition", "decide_review"} <= {
            c.obligation for c in said
        }
        assert unsaid["register_petition"] == "the law has no number"
        assert unsaid["execute_opinion"] == "its day is set by an act, case by case"

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"counted_in": "working days"}, "counted in working days"),
            ({"roll": "forward"}, "its day rolls"),
            ({"withheld_by": ["sign_receipt"]}, "'withheld_by'"),
            ({"bearer": "executor"}, "owed by the executor"),
            ({"when": "assignment.report_by == 'x'"}, "assignment.report_by"),
            ({"when": "act.reason == 'x'"}, "act.reason"),
            ({"when": "act.route == 'ordinary'"}, "'ordinary' would be misread"),
        ],
    )
    def test_what_a_constraint_cannot_say_is_named(self, changes, why):
        _, unsaid = constraints([altered(PACK, "decide_review", **changes)], exported())
        assert why in unsaid["decide_review"]

    def test_conditions(self):
        assert say("") == ""
        assert say("act.a == 'x' or act.b") == "( A.act_a is x or A.act_b is true )"
        assert say("act.a not in ['x', 'y'] and act.b == True") == "( A.act_a not in (x, y) and A.act_b is true )"
        for text in ("not act.a == 'x'", "act.a in ['x']", "act.a == 'two words'", "act.a == 'nothing'"):
            with pytest.raises(CannotSay):
                say(text)


def act(version, name, after=0, /, *, unit="housing", role="staff", recorded=0, **said):
    day = DAY + timedelta(days=after)
    values = {"luoshi:version": str(version), "org:group": unit, "org:role": role, "luoshi:unit_kind": "organ"}
    values["luoshi:recorded_at"] = f"{day + timedelta(days=recorded)}T12:00:00+08:00"
    return Act(name, day, values | {f"luoshi:{k}": str(v) for k, v in said.items()})


def copied(*acts, only):
    said, _ = constraints([PACK], exported())
    kept = Copied()
    events = copy_of(Case("county/1", list(acts)), [c for c in said if c.obligation == only], AS_OF, kept)
    return [((d - DAY).days, values) for d, values in events if d != AS_OF], kept


ACCEPTED = act(1, "petition_accepted", route="art31_6", procedure="ordinary")
SIGNED = act(2, "receipt_signed", of_version=1, of="petition_referred")
PASSED = act(2, "handed_over", 5, to_unit_id="roads")


def extension(after, length=30, *, version=2, role="main_leader", unit="housing"):
    named = {"obligation": "conclude_petition", "trigger_version": 1, "days": length}
    return act(version, "extension_approved", after, role=role, unit=unit, **named)


class TestCopy:
    def test_a_trigger_and_what_answers_it(self):
        events, _ = copied(
            act(1, "petition_received", unit="bureau", category="claim", filed_directly="true", channel="letter"),
            act(2, "petition_referred", 3, unit="bureau", to_unit_id="housing"),
            act(3, "petition_withdrawn", 4, unit="housing"),
            only="forward_or_assign",
        )
        facts = {"matter_category": "claim", "receiver_kind": "organ"}
        name, done = "forward_or_assign", "forward_or_assign_done"
        assert events == [
            (0, {"concept:name": name, "unit": "bureau", "ref": "1"} | facts),
            (3, {"concept:name": done, "unit": "bureau", "ref": "any"}),  # the bearer's own act
            (4, {"concept:name": done, "unit": "any", "ref": "any"}),  # a lawful end, whoever recorded it
        ]

    def test_an_answer_names_its_request(self):
        events, _ = copied(
            act(4, "review_requested", opinion_version=2),
            act(5, "review_opinion_served", 9, request_version=4, outcome="uphold"),
            only="decide_review",
        )
        assert [(d, v["ref"]) for d, v in events] == [(0, "4"), (9, "4")]

    def test_the_end_of_the_question_closes_what_is_not_due(self):
        said, _ = constraints([PACK], exported())
        last, closing = copy_of(Case("county/1", [ACCEPTED]), said, AS_OF, Copied())[-1]
        assert (last, closing["unit"], closing["ref"]) == (AS_OF, "any", "any")

    @pytest.mark.parametrize(
        ("acts", "name"),
        [
            ([extension(60, 20)], "conclude_petition_plus20"),
            ([extension(61)], "conclude_petition"),  # after the due day
            ([extension(10, 45)], "conclude_petition_plus30"),  # cut to the most there is
            ([extension(10, 20), extension(70, 10, version=3)], "conclude_petition_plus20"),  # once
            ([extension(10, role="leader_in_charge")], "conclude_petition"),
            ([extension(10, unit="roads")], "conclude_petition"),
            (
                [act(2, "handed_over", 5, to_unit_id="roads"), extension(10, version=3, unit="roads")],
                "conclude_petition_plus30",
            ),
            ([act(2, "handling_opinion_served", 9), extension(10, version=3)], "conclude_petition"),
        ],
    )
    def test_an_extension(self, acts, name):
        events, kept = copied(ACCEPTED, *acts, only="conclude_petition")
        assert events[0][1]["concept:name"] == name
        assert kept.triggers == {"conclude_petition": 1}

    @pytest.mark.parametrize(
        ("acts", "is_owed"),
        [
            ([], True),
            ([act(3, "jurisdiction_objected", 7, of_version=1)], False),  # the fifth working day; undecided
            ([act(3, "jurisdiction_objected", 8, of_version=1)], True),  # too late
            ([act(3, "jurisdiction_objected", 7, of_version=9)], True),  # to another hand-over
            (
                [
                    act(3, "jurisdiction_objected", 2, of_version=1),
                    act(4, "objection_decided", 3, unit="bureau", objection_version=3, result="upheld"),
                ],
                False,
            ),
            (
                [
                    act(3, "jurisdiction_objected", 2, of_version=1),
                    act(4, "objection_decided", 3, unit="bureau", objection_version=3, result="refused"),
                ],
                True,
            ),
            ([act(3, "jurisdiction_objected", 2, of_version=1), act(4, "acceptance_notice_served", 20)], True),
        ],
    )
    def test_an_objection(self, acts, is_owed):
        events, _ = copied(SIGNED, *acts, only="serve_acceptance_notice")
        assert [v["concept:name"] for _, v in events if not v["concept:name"].endswith("done")] == (
            ["serve_acceptance_notice"] if is_owed else []
        )

    def test_a_second_receipt_is_no_second_duty(self):
        again = act(3, "receipt_signed", 4, of_version=1, of="petition_referred")
        _, kept = copied(SIGNED, again, only="serve_acceptance_notice")
        assert kept.triggers == {"serve_acceptance_notice": 1}

    def test_what_is_set_aside_is_named(self):
        request, hearing = act(1, "re_review_requested", opinion_version=1), act(2, "hearing_convened", 2)
        events, kept = copied(request, hearing, only="decide_re_review")
        assert events == []
        assert kept.aside == {("county/1", "decide_re_review"): "suspended"}
        assert copied(hearing, only="decide_re_review")[1].aside == {}

    def test_a_duty_that_goes_on_from_another_is_set_aside(self):
        """
        Only where it does so, and whichever pack says that it may.
        """
        going_on = {"obligation": "other", "ended_by": ["hearing_closed"], "on_end": {"arises": "conclude_petition"}}
        said, _ = constraints([PACK, {"pack": "p", "version": [going_on]}], exported())
        for acts, aside in (([ACCEPTED], False), ([act(1, "hearing_closed"), ACCEPTED], True)):
            kept = Copied()
            copy_of(Case("county/1", acts), said, AS_OF, kept)
            assert (("county/1", "conclude_petition") in kept.aside) is aside

    def test_days_are_civil_days(self, tmp_path):
        """
        Whatever its hour, an act stands at the end of its day where it happened; every case of the export is there.
        """
        from app.export.cases import CasesToExport  # noqa: PLC0415
        from app.export.xes import write_xes  # noqa: PLC0415

        store = simulated(30, 3)
        with (tmp_path / "export.xes").open("wb") as out:
            write_xes(CasesToExport(store, AS_OF), out)
        said, _ = constraints(packs(store, "county"), exported())
        kept = write_copy(tmp_path / "export.xes", said, AS_OF, tmp_path / "copy.xes")
        assert len(kept.cases) == len(set(kept.cases)) == 30
        text = (tmp_path / "copy.xes").read_text(encoding="utf-8")
        assert text.count("time:timestamp") == text.count("T23:59:59.000+08:00")
        received = {a.day for c in read_export(tmp_path / "export.xes") for a in c.of("petition_received")}
        assert all(f'value="{day}T23:59:59' in text for day in received)


@pytest.fixture
def python():
    path = os.environ.get("LUOSHI_ORACLE_PYTHON", "")
    need("declare4py", "LUOSHI_ORACLE_PYTHON names a Python that has it (docs/export.md)", is_here=bool(path))
    return path


@pytest.fixture(scope="module")
def county():
    return simulated(200, 5)


class TestOutside:
    def test_declare4py_lists_the_same_breaches(self, python, county, tmp_path):
        found = compare(county, tmp_path, python=python)
        assert found.cases == 200
        assert found.unexplained == {}
        assert found.ours.total() > 20
        assert len({obligation for _, obligation in found.ours}) >= 4

    @pytest.mark.parametrize(
        ("name", "changes"),
        [
            ("serve_acceptance_notice", {"within": 14}),
            ("forward_or_assign", {"when": "matter.category != 'accusation'"}),
            ("notify_direct_filing", {"within": 16}),
            ("conclude_petition", {"extension": None}),
            ("decide_review", {"discharged_by": ["case_closed"]}),
        ],
    )
    def test_a_wrong_law_is_noticed(self, python, county, tmp_path, name, changes):
        """
        A day more or less, a condition or a discharge that is not the law's: the two lists part.
        """
        found = compare(county, tmp_path, python=python, law=lambda all_: [altered(p, name, **changes) for p in all_])
        assert found.unexplained
        assert {obligation for _, obligation in found.unexplained} == {name}
