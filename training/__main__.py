"""`python -m training PACKAGE`: remake a shipped package, or measure it again."""

from __future__ import annotations

import sys

USAGE = """usage: python -m training ct_chest_nodule [--data DIR] [--work DIR]
       python -m training ct_chest_nodule --evaluate [--data DIR]
       python -m training ct_chest_nodule --validate-phantoms N [--seed S]"""


def main(arguments: list[str]) -> int:
    """Hand over to the package's own command; each imports what it needs."""
    if arguments[:1] == ["ct_chest_nodule"]:
        from training.ct_chest_nodule.command import run  # noqa: PLC0415 - imports torch

        return run(arguments[1:])
    sys.stderr.write(USAGE + "\n")
    return 0 if arguments[:1] in (["-h"], ["--help"]) else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
