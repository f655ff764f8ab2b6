"""The wheel carries what a checkout keeps beside the code."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_wheel_holds_migrations_reference_and_first_world(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    migrations = {f"db/migrations/versions/{path.name}" for path in (ROOT / "alembic" / "versions").glob("*.py")}
    reference = {f"models/reference_data/{path.name}" for path in (ROOT / "reference").glob("*.tsv")}
    assert migrations
    assert reference
    assert migrations | reference | {"db/migrations/env.py", "db/examples/first-world.json"} <= held
    assert not any(name.startswith("tests/") for name in held)
