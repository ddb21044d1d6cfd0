"""The outline of a region on a slice, as polygons."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from skimage.measure import approximate_polygon, find_contours

TOLERANCE_PX: Final = 0.3
Polygon = tuple[tuple[float, float], ...]


def outline(mask: NDArray[np.bool_]) -> tuple[Polygon, ...]:
    """Closed polygons around a region. mask: shape (rows, columns).

    Points are (column, row), pixel centres at whole numbers: a single pixel at (5, 3) is surrounded by points half a
    pixel away from (5, 3). Simplified to TOLERANCE_PX.
    """
    padded = np.pad(mask.astype(np.float32), 1)
    polygons = []
    for contour in find_contours(padded, 0.5):
        simple = approximate_polygon(contour, TOLERANCE_PX)
        polygons.append(tuple((float(column - 1), float(row - 1)) for row, column in simple))
    return tuple(polygons)
