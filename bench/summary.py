"""What is printed at the end: the machine, the table, the proof."""

from bench import database, report
from bench.field import Field
from bench.rounds import Plan, Result
from bench.table import Row, ratio, render


def summarize(machine: str, plan: Plan, field: Field, result: Result) -> str:
    """Markdown, to be read in a terminal too. Needs the field's PostgreSQL."""
    rows = _rows(plan, field, result)
    how = f"{report.BODY_BYTES} bytes a body; medians, rounds: {plan.rounds} of {plan.seconds} s"
    return "\n".join(
        [
            f"{machine}, {database.describe(field.incidents.url)}.",
            f"Clients, servers and PostgreSQL share the machine; {how}.",
            "",
            render(rows),
            "",
            f"On disk after the runs of incidents: {result.proved}.",
            *_expectation(rows, field),
        ]
    )


def _rows(plan: Plan, field: Field, result: Result) -> list[Row]:
    return [
        Row(
            connections=connections,
            name=contender.name,
            figures=result.figures(connections, contender),
            pgbench=result.figures(connections, field.pgbench),
            original=result.figures(connections, field.original) if field.original else None,
        )
        for connections in plan.connections
        for contender in field.in_turn
    ]


def _expectation(rows: list[Row], field: Field) -> list[str]:
    """A sentence for each way to start the original."""
    lines = []
    for original in field.originals:
        others = {row.connections: row.figures for row in rows if row.name == original.name}
        times = (
            f"{ratio(row.figures, others[row.connections]):.1f} at {row.connections}"
            for row in rows
            if row.name == field.incidents.name
        )
        lines.append(f"Times {original.name}: {', '.join(times)}.")
    return lines
