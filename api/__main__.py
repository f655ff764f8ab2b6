"""Where the command `readout` begins."""

import signal
import sys
from types import FrameType

from api.exits import INTERRUPTED, TERMINATED


def main() -> None:
    """Runs the command. SIGTERM unwinds it as Ctrl-C does: neither leaves a database running or prints a trace."""
    signal.signal(signal.SIGTERM, _end)
    try:
        # Takes a second, in which somebody may press Ctrl-C.
        from api.commands import run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


if __name__ == "__main__":
    main()
