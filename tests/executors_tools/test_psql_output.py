"""The marks of a script of ours are shown to nobody, however the output is cut into pieces."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from runbook_lang.executors.psql import read_output
from runbook_lang.executors.psql_output import Unmarked
from runbook_lang.surfaces.sql_effect import classify

PRINTED = '#count 1\n#rows\n{"a":1}\n# rows of the author\n#rows of it\nx #done\n#count 12\n#done\n'
WANTED = '{"a":1}\n# rows of the author\n#rows of it\nx #done\n'


def shown(pieces: list[bytes]) -> bytes:
    seen: list[tuple[str, bytes]] = []
    output = SimpleNamespace(write=lambda stream, data: seen.append((stream, data)))
    attempt = Unmarked(cast("Any", SimpleNamespace(output=output, id="a#1/main")))
    for piece in pieces:
        attempt.write("stdout", piece)
    attempt.close()
    assert attempt.id == "a#1/main"
    assert all(data for _, data in seen)
    return b"".join(data for _, data in seen)


def test_a_whole_output() -> None:
    printed = read_output(PRINTED, classify("insert into t values (1); insert into t values (2) returning a"))
    assert (printed.text, printed.affected, printed.done) == (WANTED, 13, True)


def test_what_looks_like_a_mark_in_a_row_is_the_row_s() -> None:
    printed = read_output('#rows\nQUERY PLAN\n"x\n#rows\n#count 7\n#done\n"\n#done\n', classify("explain select 1"))
    assert (printed.rows, printed.affected, printed.done) == ([{"QUERY PLAN": "x\n#rows\n#count 7\n#done\n"}], 0, True)


@pytest.mark.parametrize("size", range(1, 40))
def test_pieces_of_any_size(size: int) -> None:
    data = PRINTED.encode()
    assert shown([data[at : at + size] for at in range(0, len(data), size)]) == WANTED.encode()


@pytest.mark.parametrize("rest", [b"#ro", b"#count 3", b"#", b"last"])
def test_a_last_line_without_its_end_is_shown(rest: bytes) -> None:
    assert shown([b"x\n#rows\n", rest]) == b"x\n" + rest


def test_errors_pass_as_they_are() -> None:
    seen: list[tuple[str, bytes]] = []
    attempt = Unmarked(cast("Any", SimpleNamespace(output=SimpleNamespace(write=lambda *what: seen.append(what)))))
    attempt.write("stderr", b"#rows\n")
    assert seen == [("stderr", b"#rows\n")]
