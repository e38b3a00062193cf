"""What /metrics says, as Prometheus's own parser reads it."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass
class Scrape:
    """The numbers of one scrape."""

    values: dict[tuple[str, frozenset[tuple[str, str]]], float]

    @classmethod
    def of(cls, text: str) -> "Scrape":
        return cls(
            {
                (sample.name, frozenset(sample.labels.items())): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
        )

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of all series of that name that have these labels; 0 where there is none."""
        wanted = labels.items()
        return sum(
            value
            for (each, its), value in self.values.items()
            if each == f"incidents_{name}" and wanted <= its
        )

    @property
    def series(self) -> set[tuple[str, frozenset[tuple[str, str]]]]:
        return set(self.values)
