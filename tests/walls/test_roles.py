"""What each wall lets somebody touch: an administrator of one kind does nothing of another's."""

from __future__ import annotations

import pytest

from service.domain.wall import BehindTheWall, HospitalId, Wall

ONE, OTHER = HospitalId("h1"), HospitalId("h2")
WALLS = {
    "reader": Wall.person("u1", frozenset({ONE})),
    "system": Wall.administrator("u1"),
    "security": Wall.security("u1"),
    "audit": Wall.auditor("u1"),
}
MAY = {
    "judge and sign": ({"reader"}, lambda wall: wall.user_id),
    "manage people": ({"security"}, lambda wall: wall.guard_people()),
    "search the record": ({"audit"}, lambda wall: wall.guard_record()),
    "name hospitals": ({"system", "security", "audit"}, lambda wall: wall.guard_names()),
    "touch a hospital's rows": ({"reader", "system"}, lambda wall: wall.guard(ONE)),
    "touch another hospital's rows": ({"system"}, lambda wall: wall.guard(OTHER)),
}


@pytest.mark.parametrize("act", MAY)
@pytest.mark.parametrize("role", WALLS)
def test_a_wall_lets_its_role_through_and_nobody_else(role: str, act: str) -> None:
    allowed, tried = MAY[act]
    if role in allowed:
        tried(WALLS[role])
    else:
        with pytest.raises(BehindTheWall):
            tried(WALLS[role])


def test_a_wall_is_narrowed_to_a_hospital_it_lets_through_and_names_the_same_actor() -> None:
    narrowed = WALLS["system"].only(ONE)
    assert (narrowed.hospitals, narrowed.actor) == (frozenset({ONE}), WALLS["system"].actor)
    with pytest.raises(BehindTheWall):
        narrowed.guard(OTHER)
    with pytest.raises(BehindTheWall):
        WALLS["reader"].only(OTHER)
