"""The documents say what is there: commands, settings, files; and nothing of where they were written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from service.archive.tables import METADATA
from service.cli.main import APP
from service.flow.receive import StoreStatus
from service.settings import Settings

ROOT = Path(__file__).parent.parent.parent
TRACKED_TEXT = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "NOTICE", "docker/Dockerfile")
DOCUMENTS = tuple(
    sorted([ROOT / name for name in TRACKED_TEXT] + [path for path in (ROOT / "docs").rglob("*.md") if path.is_file()])
)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def code_of(document: Path) -> str:
    """What a document shows as code; of a Dockerfile all of it."""
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    return "\n".join(CODE.findall(text)) if document.suffix == ".md" else text


def consilium_commands(document: Path) -> list[list[str]]:
    """The words after `consilium`, wherever it stands at the start of a command."""
    lines = code_of(document).replace('", "', " ").replace('"]', "").splitlines()
    return [words.split() for line in lines for words in re.findall(r"(?:^|[`\" ])consilium ([a-z][^`#]*)", line)]


def problem_of(words: list[str]) -> str:
    """Why a command line is none of ours; empty where it is."""
    command = get_command(APP)
    path = []
    rest = list(words)
    while rest and hasattr(command, "commands"):
        path.append(rest[0])
        if rest[0] not in command.commands:
            return f"consilium {' '.join(path)} does not exist"
        command = command.commands[rest.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    return f"consilium {' '.join(path)} knows no {unknown}" if unknown else ""


@pytest.mark.parametrize("words", ["hospital invent", "hospital add --nonsense x", "frobnicate"])
def test_the_look_at_commands_sees_what_does_not_exist(words: str) -> None:
    assert problem_of(words.split())


def test_the_readme_names_the_two_commands_in_both_languages() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    chinese, english = readme.split("\n## Two commands", maxsplit=1)

    for command in ("make demo", "make test"):
        assert command in chinese
        assert command in english


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_consilium_command_of_a_document_exists(document: Path) -> None:
    assert [problem for words in consilium_commands(document) if (problem := problem_of(words))] == []


def test_the_documents_show_commands_at_all() -> None:
    shown = {" ".join(words[:2]) for document in DOCUMENTS for words in consilium_commands(document)}

    assert {"up", "hospital add", "hospital test", "quarantine accept", "study resolve", "models verify"} <= shown


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_make_target_of_a_document_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = set(re.findall(r"(?:^|`|> |\s)make ([a-z-]+)(?=[\s`]|$)", code_of(document), re.MULTILINE))

    assert shown - targets == set()


TOLD_IN_OTHER_WORDS = {
    "data",
    "tls_cert",
    "tls_key",
    "viewer_port",
    "viewer_public_port",
    "watermark_bytes",
    "packages",
    "licence_number",
}


def told(default: str | int | bool) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_every_setting_is_in_the_readme_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(CONSILIUM_[A-Z_]+)` \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    fields = Settings.model_fields

    assert set(rows) == {f"CONSILIUM_{name.upper()}" for name in fields}
    for name in fields.keys() - TOLD_IN_OTHER_WORDS:
        assert rows[f"CONSILIUM_{name.upper()}"].strip(" `") == told(fields[name].default)


def test_the_conformance_statement_gives_every_status_the_node_can_answer() -> None:
    rows = re.findall(r"^\| ([0-9AC][0-9A-F]{3}) \|", (ROOT / "docs/conformance.md").read_text(), re.MULTILINE)

    assert set(rows) >= {f"{status:04X}" for status in StoreStatus}


def test_the_architecture_names_every_table() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()

    assert {name for name in METADATA.tables if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.suffix == ".md"], ids=named)
def test_links_of_a_document_lead_to_files(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http://", "https://"))]

    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_files_named_in_a_document_exist(document: Path) -> None:
    rooms = r"(?:service|models|dicom_node|workers|training|tests|docker|docs)"
    shown = set(re.findall(rf"`({rooms}/[\w/.-]+)`", document.read_text(encoding="utf-8")))

    assert {name for name in shown if not (ROOT / name).exists()} == set()


PLACES = (
    r"(?<![\w.])/(?:work|root|home|Users|tmp)/",
    r"\.\./shared",
    r"\bsubagent|\bAI assistant|\bissue #?\d",
    r"\b(?:pypi|npmjs|docker|ghcr|quay|pythonhosted|pytorch)\.(?:org|io|com)\b",
    r"\b(?:localhost|10\.\d+\.\d+\.\d+):\d{2,5}/simple",
    r"LIDC-IDRI-\d{4}",
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
@pytest.mark.parametrize("place", PLACES)
def test_no_document_names_where_it_was_written_a_registry_or_a_patient(document: Path, place: str) -> None:
    assert re.findall(place, document.read_text(encoding="utf-8")) == []


def test_every_criterion_that_is_named_by_number_is_explained() -> None:
    source = [
        path
        for room in ("service", "models", "dicom_node", "workers", "training", "tests")
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".ts", ".tsx"} and "node_modules" not in path.parts
    ]
    assert len(source) > 500, "the look at the code finds the code"
    named_numbers = {each for path in source for each in re.findall(r"\bAC-(\d\d)", path.read_text(encoding="utf-8"))}
    explained = re.findall(r"^- \*\*AC-(\d\d)\*\* ", (ROOT / "docs/criteria.md").read_text(), re.MULTILINE)

    assert named_numbers - set(explained) == set()
    assert len(explained) == len(set(explained))
