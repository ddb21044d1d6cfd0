"""An HTTP server that ends by itself ends its process: only then does the supervisor start another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from pathlib import Path
from service.cli import http, serving
from service.settings import Settings

class Ending(serving._Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        {fault}

serving._Server = Ending
http.run(Settings(data=Path(sys.argv[1]), http_port=0))
"""


@pytest.mark.parametrize("fault", ["self.should_exit = True", "raise RuntimeError('broken')"])
def test_a_server_that_ends_by_itself_ends_its_process_with_a_failure(tmp_path: Path, fault: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(fault=fault), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "the server ended by itself" in ended.stderr
