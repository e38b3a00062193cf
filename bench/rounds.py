"""Trials in turns, several times over: what each measured, cost and left on disk."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bench import usage
from bench.contenders import Contender, Running
from bench.measurement import Cost, Figures, Measurement, together
from bench.proof import Proof, prove

Act = Callable[[Running], Measurement]


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to load one contender; its figures are kept under `load` and `name`.

    `warm_up` goes before, unmeasured. At most `cut_off_max` reports are in flight when an act
    ends. `files` are what the act sends as lines.
    """

    load: str
    name: str
    contender: Contender
    act: Act
    warm_up: Act | None = None
    cut_off_max: int = 0
    files: tuple[Path, ...] = ()


class Result:
    """All figures, and what was proved after each run."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], list[Figures]] = defaultdict(list)
        self._proofs: list[Proof] = []

    def add(self, trial: Trial, run: Figures, proof: Proof) -> None:
        """Keeps one run."""
        self._runs[trial.load, trial.name].append(run)
        self._proofs.append(proof)

    def figures(self, load: str, name: str) -> Figures:
        """What the rounds of a trial say together. Raises KeyError where there was none."""
        if (load, name) not in self._runs:
            raise KeyError(load, name)
        return together(self._runs[load, name])

    @property
    def errors(self) -> int:
        """How many requests went wrong, in all."""
        return sum(run.measured.errors.total() for runs in self._runs.values() for run in runs)

    @property
    def proved(self) -> Proof:
        """The sum of all proofs of runs whose hashes were computed again."""
        hashed = [proof for proof in self._proofs if proof.hashes]
        return Proof(
            sum(proof.answered for proof in hashed),
            sum(proof.rows for proof in hashed),
            sum(proof.hashes for proof in hashed),
            sum(proof.lines for proof in hashed),
        )


def measure(result: Result, trials: Sequence[Trial], rounds: int, postgresql: int) -> None:
    """Adds to the result; one line to the error stream for each run. Raises Failed.

    `postgresql` is the first process of the PostgreSQL that the trials use.
    """
    for number in range(1, rounds + 1):
        for trial in trials:
            run, proof = _run(trial, postgresql)
            result.add(trial, run, proof)
            click.echo(
                f"round {number}, {trial.load}, {trial.name}: "
                f"{run.measured.per_second:,.0f}/s; {proof}",
                err=True,
            )


def _run(trial: Trial, postgresql: int) -> tuple[Figures, Proof]:
    after_id = trial.contender.begin()
    with trial.contender.running() as running:
        acts = [] if trial.warm_up is None else [trial.warm_up(running)]
        measured, cost = _costed(trial.act, running, postgresql)
        acts.append(measured)
    # The contender has ended, so nothing is in flight: the rows can be counted.
    proof = prove(
        trial.contender.url,
        after_id,
        answered=sum(each.stored for each in acts),
        unanswered_max=sum(trial.cut_off_max + each.errors.total() for each in acts),
        hashed=trial.contender.hashed,
        files=trial.files,
    )
    return Figures(measured, cost), proof


def _costed(act: Act, running: Running, postgresql: int) -> tuple[Measurement, Cost | None]:
    if not usage.measurable():
        return act(running), None
    before = usage.now(postgresql, running.process)
    measured = act(running)
    after = usage.now(postgresql, running.process)
    peak_bytes = 0 if running.process is None else usage.peak_bytes(running.process)
    return measured, before.until(after, measured.stored, peak_bytes)
