"""Every contender at every number of connections, in turns, several times over."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from bench import database
from bench.contenders import Contender
from bench.measurement import Measurement, together
from bench.proof import Proof, prove

# Connections open, caches fill, plans are made: before the measured time.
_WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured: runs of `seconds` each."""

    seconds: int
    rounds: int
    connections: tuple[int, ...]

    @property
    def ids_max(self) -> int:
        """More ids than a run can use, on any machine."""
        return 100_000 * (self.seconds + _WARM_UP_SECONDS)


class Result:
    """All measurements, and what was proved after each."""

    def __init__(self) -> None:
        self._runs: dict[tuple[int, str], list[Measurement]] = defaultdict(list)
        self._proofs: list[Proof] = []

    def add(self, connections: int, name: str, run: Measurement, proof: Proof) -> None:
        """Keeps one run."""
        self._runs[connections, name].append(run)
        self._proofs.append(proof)

    def figures(self, connections: int, contender: Contender) -> Measurement:
        """What the contender's rounds say together."""
        return together(self._runs[connections, contender.name])

    @property
    def errors(self) -> int:
        """How many requests went wrong, in all."""
        return sum(run.errors.total() for runs in self._runs.values() for run in runs)

    @property
    def proved(self) -> Proof:
        """The sum of all proofs of runs whose hashes were computed again."""
        hashed = [proof for proof in self._proofs if proof.hashes]
        return Proof(
            sum(proof.answered for proof in hashed),
            sum(proof.rows for proof in hashed),
            sum(proof.hashes for proof in hashed),
        )


def measure(plan: Plan, contenders: Sequence[Contender]) -> Result:
    """Runs the plan, one line to the error stream for each run. Raises Failed."""
    result = Result()
    for number, connections, contender in _turns(plan, contenders):
        run, proof = _run(contender, connections, plan.seconds)
        result.add(connections, contender.name, run, proof)
        click.echo(
            f"round {number}, {connections} connections, {contender.name}: "
            f"{run.per_second:,.0f}/s; {proof}",
            err=True,
        )
    return result


def _turns(plan: Plan, contenders: Sequence[Contender]) -> Iterator[tuple[int, int, Contender]]:
    for number in range(1, plan.rounds + 1):
        for connections in plan.connections:
            for contender in contenders:
                yield number, connections, contender


def _run(contender: Contender, connections: int, seconds: int) -> tuple[Measurement, Proof]:
    database.empty(contender.url)
    with contender.running() as load:
        loads = [load(connections, _WARM_UP_SECONDS), load(connections, seconds)]
    # The contender has ended, so nothing is under way: the rows can be counted.
    proof = prove(
        contender.url,
        answered=sum(each.stored for each in loads),
        unanswered_max=sum(connections + each.errors.total() for each in loads),
        hashed=contender.hashed,
    )
    return loads[-1], proof
