"""Promise 34: the contract is true, as a machine reads it. Schemathesis asks what the contract allows and forbids."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.door

CONFIG = Path(__file__).parent / "schemathesis.toml"
SEEDS = (1, 20210512, 987654321)
PHASES = "examples,coverage,fuzzing,stateful"
IN_SHORT = ("--phases", "examples,fuzzing")
TWINS = r"\{format\}|/v1/grafana/"
"""Routes whose parameters are those of others: what each of them takes is left to the long run."""


def ids_in(world: Any) -> str:
    """Returns ids of the record for those in the contract's examples."""
    keys = world.client.get("/v1/keys", headers=world.keys["admin"]).json()["items"]
    return json.dumps(
        {
            "aff_5f3a91b2": world.client.get("/v1/affiliations").json()["items"][0]["id"],
            "dsg_5f3a91b2": world.client.get("/v1/designations").json()["items"][0]["id"],
            "cov_5f3a91b2": world.client.get("/v1/coverage").json()["items"][0]["id"],
            "dms_5f3a91b2": world.client.get("/v1/dismissals").json()["items"][0]["id"],
            "key_5f3a91b2": keys[0]["id"],
        }
    )


def ask(world: Any, address: str, scope: str | None, seed: int, examples: int, *more: str) -> None:
    """Runs phases with every check; a failure is printed with the request that shows it."""
    headers = world.keys[scope] if scope else {}
    # It waits ten seconds for the contract, which takes longer to be made on a machine that has much else to do.
    world.client.get("/openapi.json")
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(CONFIG), "run"]
    command += [f"{address}/openapi.json", "--seed", str(seed), "--max-examples", str(examples), "--no-color"]
    command += more or ("--phases", PHASES)
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    environment = {**os.environ, "CONTRACT_IDS": ids_in(world)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=CONFIG.parent, env=environment)
    print(f"\nseed {seed}\n{done.stdout[-2_000:]}")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("scope", "options"), [("write", ("--phases", PHASES, "--exclude-path-regex", TWINS)), (None, IN_SHORT)]
)
def test_the_contract_is_true_in_short(
    world: Any, serve: Callable[[Any], str], scope: str | None, options: tuple[str, ...]
) -> None:
    """Some 6,000 requests; those of the coverage phase are the same for whoever sends them, so that it runs once."""
    ask(world, serve(world.app), scope, SEEDS[0], 2, *options)


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scope", ["admin", "write", None])
def test_the_contract_is_true(world: Any, serve: Callable[[Any], str], scope: str | None, seed: int) -> None:
    ask(world, serve(world.app), scope, seed, 40)
