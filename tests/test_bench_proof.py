"""What the bench says is on disk: its proof fails when something is not."""

from pathlib import Path

import pytest
from bench.clients import copy, curl, lines
from bench.database import cover
from bench.failed import Failed
from bench.proof import prove

from tests.conftest import run_sql

COUNT = 50


@pytest.fixture
def sent(database: str, tmp_path: Path) -> lines.Lines:
    """Lines that were sent, stored and answered, without a server between."""
    files = lines.write(tmp_path, COUNT, parts=2)
    cover(database, COUNT)
    assert copy.insert(database, files.rows).stored == COUNT
    rows = [row.split("\t") for row in files.rows.read_text().splitlines()]
    answer([row[2].removeprefix("\\\\x") for row in rows], files.whole)
    return files


def answer(hashes: list[str], file: Path) -> None:
    reply = "".join(f'{{"hash": "{each}"}}\n' for each in hashes)
    curl.reply_to(file).write_text(reply)


def hashes_in(file: Path) -> list[str]:
    return [line[10:74] for line in curl.reply_to(file).read_text().splitlines()]


def check(url: str, sent: lines.Lines, answered: int = COUNT, after_id: int = 0) -> str:
    return str(prove(url, after_id, answered, 0, hashed=True, files=[sent.whole]))


def test_what_is_all_there_is_proved(database: str, sent: lines.Lines) -> None:
    assert check(database, sent) == (
        "50 rows for 50 answers; hashes of a sample: 50 of 50 right; "
        "lines of a sample under the hash of their reply: 50 of 50"
    )


def test_a_row_that_is_missing_is_found_out(database: str, sent: lines.Lines) -> None:
    run_sql(database, "DELETE FROM incidents WHERE id = 7")
    with pytest.raises(Failed, match="50 reports were answered as stored, but there are 49 rows"):
        check(database, sent)


def test_rows_of_runs_before_do_not_count(database: str, sent: lines.Lines) -> None:
    with pytest.raises(Failed, match="but there are 49 rows"):
        check(database, sent, after_id=1)


def test_a_row_too_many_is_found_out(database: str, sent: lines.Lines) -> None:
    with pytest.raises(Failed, match="49 reports were answered"):
        check(database, sent, answered=COUNT - 1)


def test_a_body_under_a_wrong_hash_is_found_out(database: str, sent: lines.Lines) -> None:
    run_sql(database, "UPDATE incidents SET body = '{}' WHERE id = 7")
    with pytest.raises(Failed, match="only 49 of 50 right"):
        check(database, sent)


def test_replies_in_another_order_are_found_out(database: str, sent: lines.Lines) -> None:
    first, second, *others = hashes_in(sent.whole)
    answer([second, first, *others], sent.whole)
    with pytest.raises(Failed, match="only 48 lines of 50 are under the hash of their reply"):
        check(database, sent)


def test_a_line_without_a_reply_is_found_out(database: str, sent: lines.Lines) -> None:
    answer(hashes_in(sent.whole)[:-1], sent.whole)
    with pytest.raises(Failed, match="50 lines were sent, but 49 came back"):
        check(database, sent)


def test_the_parts_and_the_packed_file_hold_the_same_lines(sent: lines.Lines) -> None:
    whole = curl.sent_in(sent.whole)
    assert curl.sent_in(sent.packed) == whole
    assert sorted(line for part in sent.parts for line in curl.sent_in(part)) == sorted(whole)
