"""Every act has one door, one body made from its command, and a name in Chinese."""

from __future__ import annotations

from api.http.acts.bodies import SERVER, body_of
from api.http.acts.nouns import ARRIVALS, NOUNS, OWN_DOORS
from api.http.acts.routes import router
from app.prepared import COMMANDS


def test_every_act_has_exactly_one_door():
    names = [name for name, _ in NOUNS.values()] + list(ARRIVALS) + list(OWN_DOORS)
    assert sorted(names) == sorted(COMMANDS)


def test_nouns_are_nouns_and_named_in_chinese():
    for noun, (_, zh) in NOUNS.items():
        assert noun == noun.lower(), noun
        assert noun.replace("-", "").isalpha(), noun
        assert not zh.isascii(), noun


def test_a_body_never_says_who_acts_or_when_it_was_recorded():
    for name, command in COMMANDS.items():
        assert not (SERVER - {"sealed"}) & body_of(command).model_fields.keys(), name


def test_every_operation_has_an_id_of_its_own():
    ids = [route.operation_id for route in router.routes]
    assert len(ids) == len(set(ids)) == len(NOUNS) + len(ARRIVALS) + 1
