"""So that a part can be started as `python -m service.cli`."""

from service.cli.main import main

main()
