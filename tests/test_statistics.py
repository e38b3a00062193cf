"""The planner's statistics, after PostgreSQL changed."""

from pathlib import Path

from incidents.embedded.statistics import collect_after_new_version
from tests.conftest import run_sql
from tests.test_migrate import fetch

MAKE = "CREATE TABLE counted (number int)"
ADD = "INSERT INTO counted SELECT generate_series(1, 10)"
COLLECTED = "SELECT reltuples FROM pg_class WHERE oid = 'counted'::regclass"


def test_they_are_collected_once_for_each_version(tmp_path: Path, database: str) -> None:
    def collected() -> object:
        run_sql(database, ADD)
        collect_after_new_version(tmp_path, database).join()
        return fetch(database, COLLECTED)[0][0]

    run_sql(database, MAKE)
    assert collected() == 10
    assert collected() == 10
    (tmp_path / "analyzed-by").write_text("17.0")
    assert collected() == 30
    assert collected() == 30


def test_what_keeps_them_from_being_collected_is_tried_again(tmp_path: Path, database: str) -> None:
    run_sql(database, MAKE, ADD)

    collect_after_new_version(tmp_path, f"{database}_that_is_not_there").join()
    collect_after_new_version(tmp_path, database).join()

    assert fetch(database, COLLECTED) == [(10,)]
