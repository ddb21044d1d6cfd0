"""The house stands: floors, types, style, and what a process may weigh."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tomllib
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_go_down_the_floors_only() -> None:
    checked = run(str(BIN / "lint-imports"))

    assert checked.returncode == 0, checked.stdout[-4000:]


def test_the_code_is_clean_to_the_linter() -> None:
    checked = run(str(BIN / "ruff"), "check", ".")

    assert checked.returncode == 0, checked.stdout[-4000:]


def test_the_code_is_formatted() -> None:
    checked = run(str(BIN / "ruff"), "format", "--check", ".")

    assert checked.returncode == 0, checked.stdout[-4000:]


@pytest.mark.timeout(600)
def test_the_code_is_clean_to_the_strict_type_checker() -> None:
    checked = run(str(BIN / "mypy"))

    assert checked.returncode == 0, checked.stdout[-4000:]


def test_no_two_test_files_are_taken_for_one() -> None:
    """A file of a folder that is no package is known by its name alone: the second of a name is not even collected."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    names = Counter(path.name for path in files)

    assert [name for name, count in names.items() if count > 1] == []


def test_every_module_of_models_stands_in_one_half() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (halves,) = [each for each in contracts if each["name"].startswith("The light half of models")]
    light, heavy = set(halves["source_modules"]), set(halves["forbidden_modules"])
    there = {f"models.{path.stem}" for path in (ROOT / "models").iterdir() if path.suffix == ".py"}
    there |= {f"models.{path.parent.name}" for path in (ROOT / "models").glob("*/__init__.py")}

    assert light & heavy == set()
    assert light | heavy == there - {"models.__init__", "models.packages"}


QUERIES = ("analyses", "analysis_leases", "associations", "audit", "deliveries", "events", "hospitals", "idempotency")
MORE_QUERIES = (
    "examinations",
    "instances",
    "name_keys",
    "orders",
    "probes",
    "quarantine",
    "query",
    "results",
    "studies",
)
WORK_QUERIES = ("delivery_pages", "overdue", "peers", "queue")
NO_PATIENT_DATA = {
    "events.within": "builds the condition itself",
    "hospitals.served": "a condition that stands beside events.within",
    "hospitals.new_hospital_id": "makes a random id",
    "associations.carried": "called inside a guarded insert",
    "associations.open_count": "a count of open associations",
    "query.matchable": "the names of attributes",
}


@pytest.mark.parametrize("name", QUERIES + MORE_QUERIES + WORK_QUERIES)
def test_every_archive_query_takes_a_wall(name: str) -> None:
    module = import_module(f"service.archive.{name}")
    functions = {
        f"{name}.{each}": inspect.signature(function)
        for each, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not each.startswith("_")
    }
    without = {each for each, signature in functions.items() if "wall" not in signature.parameters}

    assert functions
    assert without - set(NO_PATIENT_DATA) == set()


def test_walls_for_everyone_are_made_for_the_centre_itself_only() -> None:
    allowed = ("service/flow/", "workers/", "dicom_node/", "service/domain/wall.py")
    users = {
        str(path.relative_to(ROOT))
        for room in ("service", "dicom_node", "workers", "models")
        for path in (ROOT / room).rglob("*.py")
        if "Wall.system(" in path.read_text()
    }

    assert {user for user in users if not user.startswith(allowed) and "access" not in user} == set()


def test_the_administrators_wall_is_made_at_one_door_and_no_patient_is_shaped_behind_it() -> None:
    made_in = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "service").rglob("*.py")
        if "Wall.administrator(" in path.read_text()
    }
    behind = [path.read_text() for path in (ROOT / "service" / "api" / "room" / "admin").glob("*.py")]

    assert made_in == {"service/api/room/admin/door.py"}
    assert not [
        word for word in ("PatientView", "patient_name", "patient_id", "accession") for text in behind if word in text
    ]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("service.cli.main", ("torch", "monai", "pydicom", "sqlalchemy", "fastapi", "highdicom", "celery")),
        ("service.cli.node", ("torch", "monai", "highdicom", "fastapi", "scipy")),
        ("service.cli.http", ("torch", "monai", "highdicom", "pynetdicom", "scipy", "skimage")),
        ("workers.analyse", ("torch", "monai", "highdicom", "scipy")),
    ],
)
def test_a_process_loads_only_its_own_rooms(module: str, heavy: tuple[str, ...]) -> None:
    program = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    checked = run(sys.executable, "-c", program)

    assert checked.returncode == 0, checked.stderr[-2000:]
    assert checked.stdout.strip() == "[]"
