"""`python -m training.phantom OUT_DIR`: write a phantom as DICOM files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.phantom.dicom import write_phantom
from training.phantom.volume import make_phantom


def main() -> None:
    """Make one phantom and say what is in it."""
    parser = argparse.ArgumentParser(prog="python -m training.phantom", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slices", type=int, default=120)
    parser.add_argument("--slice-mm", type=float, default=2.5)
    asked = parser.parse_args()
    phantom = make_phantom(asked.seed, slices=asked.slices, slice_mm=asked.slice_mm)
    paths = write_phantom(phantom, asked.folder)
    sys.stdout.write(f"{len(paths)} files in {asked.folder}\n")
    for nodule in phantom.nodules:
        x, y, z = nodule.center_mm
        sys.stdout.write(f"nodule {nodule.diameter_mm:5.1f} mm at LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm\n")


if __name__ == "__main__":
    main()
