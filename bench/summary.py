"""What is printed at the end: the machine, the tables, the proof."""

from collections.abc import Iterator
from itertools import product
from math import isnan, nan

from bench import database, report
from bench.field import Field
from bench.measurement import Cost, Figures, Measurement
from bench.rounds import Result
from bench.table import Line, render
from bench.trials import AT_ONCE, BULK, COPY, PACKED, Plan, at, half_of, onto, requests

_COST = ("server µs", "PostgreSQL µs", "client µs", "sum µs")


def summarize(machine: str, plan: Plan, field: Field, result: Result) -> str:
    """Markdown, to be read in a terminal too. Needs the field's PostgreSQL."""
    how = (
        "Clients, servers and PostgreSQL share the machine; "
        f"{report.BODY_BYTES} bytes a body; medians of {plan.rounds} rounds, "
        f"of {plan.seconds} s or {plan.lines:,} lines each"
    )
    return "\n\n".join(
        [
            f"{machine}, {database.describe(field.incidents.url)}. {how}.",
            "One at a time:",
            _rates(plan, field, result),
            "\n".join(_times(plan, field, result)),
            f"Half load: half of what each took at {at(plan.connections_max)}.",
            _half(plan, field, result),
            f"Processor time for each report at {at(plan.connections_max)}:",
            _costs(plan, field, result),
            "Many at once:",
            _bulk(result),
            *(_flat(plan, field, result) if field.stored else ()),
            "\n".join(_memory(plan, field, result)),
            f"On disk after the runs of incidents: {result.proved}.",
        ]
    )


def _rates(plan: Plan, field: Field, result: Result) -> str:
    rows = []
    for connections in plan.connections:
        of = {each.name: result.figures(at(connections), each.name) for each in field.in_turn}
        pgbench = of[field.pgbench.name]
        original = of[field.original.name] if field.original else None
        rows += [
            (
                str(connections),
                name + _wrong(figures.measured),
                *_latency(figures),
                f"{_ratio(figures, pgbench):.2f}",
                f"{_ratio(figures, original):.1f}" if original else "",
            )
            for name, figures in of.items()
        ]
    head = ("connections", "contender", "requests/s", "p50 ms", "p99 ms", "÷ pgbench", "÷ original")
    return render(head, rows, {1})


def _times(plan: Plan, field: Field, result: Result) -> Iterator[str]:
    """A sentence for each way to start the original, and one for a client alone."""
    for original in field.originals:
        times = (
            f"{_ratio(*_both(result, at(each), field.incidents.name, original.name)):.1f} at {each}"
            for each in plan.connections
        )
        yield f"Times {original.name}: {', '.join(times)}."
    if 1 in plan.connections:
        ours, pgbench = _both(result, at(1), field.incidents.name, field.pgbench.name)
        more = ours.measured.p50_ms - pgbench.measured.p50_ms
        yield f"p50 at 1 connection: {more:.2f} ms more than pgbench's."


def _half(plan: Plan, field: Field, result: Result) -> str:
    rows = []
    names = field.pgbench.name, field.incidents.name
    for whose, name in product(names, names):
        figures = result.figures(half_of(whose), name)
        share = f"{_ratio(figures, result.figures(at(plan.connections_max), whose)):.2f}"
        rows.append((whose, name + _wrong(figures.measured), *_latency(figures), share))
    head = ("half of", "contender", "requests/s", "p50 ms", "p99 ms", "÷ full load")
    return render(head, rows, {0, 1})


def _costs(plan: Plan, field: Field, result: Result) -> str:
    load = at(plan.connections_max)
    rows = [(each.name, *_cost(result.figures(load, each.name).cost)) for each in field.in_turn]
    return render(("contender", *_COST), rows, {0})


def _bulk(result: Result) -> str:
    copied = result.figures(BULK, COPY)
    rows: list[Line] = []
    for name in (COPY, requests(1), requests(AT_ONCE), PACKED):
        figures = result.figures(BULK, name)
        named = name if name == COPY else f"incidents, {name}"
        rate, times = f"{figures.measured.per_second:,.0f}", f"{_ratio(figures, copied):.2f}"
        rows.append((named + _wrong(figures.measured), rate, times, *_cost(figures.cost)))
    return render(("way", "rows/s", "÷ COPY", *_COST), rows, {0})


def _flat(plan: Plan, field: Field, result: Result) -> Iterator[str]:
    yield f"Incidents on an empty table, and on one that holds {plan.stored:,} and grows:"
    name, rows = field.incidents.name, []
    for load in (at(plan.connections_max), BULK):
        empty = result.figures(onto(load, 0), name)
        filled = result.figures(onto(load, plan.stored), name)
        rates = (f"{each.measured.per_second:,.0f}" for each in (empty, filled))
        rows.append((load, *rates, f"{_ratio(filled, empty):.2f}"))
    yield render(("load", "empty, rows/s", "filled, rows/s", "÷ empty"), rows, {0})


def _memory(plan: Plan, field: Field, result: Result) -> Iterator[str]:
    incidents, tables = field.incidents, (0, plan.stored) if field.stored else ()
    one_by_one = [
        *map(at, plan.connections),
        *map(half_of, (field.pgbench.name, field.incidents.name)),
    ]
    one_by_one += [onto(at(plan.connections_max), each) for each in tables]
    one = [result.figures(load, incidents.name) for load in one_by_one]
    many = [result.figures(onto(BULK, each), incidents.name) for each in tables]
    many += [result.figures(BULK, name) for name in (requests(1), requests(AT_ONCE), PACKED)]
    yield f"Most memory of a worker: {_peak(one)} one at a time, {_peak(many)} in bulk."
    yield f"PostgreSQL's settings: {database.describe_memory(field.incidents.url)}."


def _both(result: Result, load: str, name: str, other: str) -> tuple[Figures, Figures]:
    return result.figures(load, name), result.figures(load, other)


def _ratio(figures: Figures, others: Figures) -> float:
    """How many times as many reports a second; NaN when the others stored none."""
    per_second = others.measured.per_second
    return figures.measured.per_second / per_second if per_second else nan


def _latency(figures: Figures) -> tuple[str, str, str]:
    measured = figures.measured
    return f"{measured.per_second:,.0f}", f"{measured.p50_ms:.2f}", f"{measured.p99_ms:.2f}"


def _cost(cost: Cost | None) -> tuple[str, ...]:
    if cost is None:
        return ("not measured",) * len(_COST)
    each = (cost.server_us, cost.postgresql_us, cost.client_us, cost.sum_us)
    return tuple("" if isnan(one) else f"{one:.0f}" for one in each)


def _peak(runs: list[Figures]) -> str:
    peaks = [run.cost.peak_bytes for run in runs if run.cost is not None]
    return f"{max(peaks) / 1e6:.0f} MB" if peaks else "not measured"


def _wrong(measured: Measurement) -> str:
    if not measured.errors:
        return ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in measured.errors.items())
    return f" (ERRORS: {kinds})"
