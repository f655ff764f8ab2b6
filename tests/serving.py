"""The command `readout` as a person runs it: a process of its own, on a data folder of its own."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.commands import run
from db.embedded import Embedded

PROGRAM = Path(sys.executable).with_name("readout")
SECONDS_MAX = 60
ADDRESS = re.compile(r"http://[\w.\[\]:]+:\d+(?=,)")
KEY = re.compile(r"ro_\w+")


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a command: none of our own settings, and lines as long as they come."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("READOUT_")}
    return {**plain, "READOUT_DATA_DIR": str(data_dir), "READOUT_PORT": "0", "COLUMNS": "200", **settings}


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def readout(data_dir: Path, *arguments: str, **settings: str) -> Done:
    """Runs one command to its end, in this process: a process of its own takes a second to begin."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["readout", *arguments])
        for name, value in environment(data_dir, **settings).items():
            patch.setenv(name, value)
        try:
            run()
        except SystemExit as ending:
            return Done(int(ending.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("The command line does not come back without an exit code.")


@dataclass
class Served:
    """A running `readout serve` and what it printed."""

    process: subprocess.Popen[str]
    data_dir: Path
    address: str = ""
    key: str = ""
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Reads what is printed until the address, which comes last, is there."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self.key = (KEY.findall(line) or [self.key])[0]
            self.address = (ADDRESS.findall(line) or [""])[0]
            if self.address:
                return
        raise AssertionError("".join(self.lines))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        """Ends the service and returns what else it printed."""
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=SECONDS_MAX)
        return rest


@contextmanager
def serving(data_dir: Path, **settings: str) -> Iterator[Served]:
    """Runs `readout serve` on a free port until the end of the block."""
    process = subprocess.Popen(
        [PROGRAM, "serve"],
        env={**environment(data_dir, **settings), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served(process, data_dir)
    try:
        served.read()
        yield served
    finally:
        if process.poll() is None:
            served.stop()


def postmaster_of(data_dir: Path) -> int | None:
    """The process id of a data folder's PostgreSQL, None when it does not run."""
    return Embedded(data_dir).facts().postmaster_pid


def until(holds: Callable[[], Any], seconds: float = 300) -> Any:
    """Waits until something holds, and returns it."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found
