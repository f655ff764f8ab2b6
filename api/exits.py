"""With which numbers the command ends when somebody ends it, as shells count them."""

import signal
from typing import Final

TERMINATED: Final = 128 + signal.SIGTERM
INTERRUPTED: Final = 128 + signal.SIGINT
