"""CSV and Parquet files: a column of labels, the others are samples."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from prunelab import RunConfig, UsageError
from prunelab.cli import main
from prunelab.data import Dataset, describe, load

KINDS = ["a", "b", "c"]
ROWS = [(f"{number * 0.01:.2f}", str(number % 7), KINDS[number % 3]) for number in range(60)]
NAMED = [("width", "legs", "class"), *ROWS]


def csv(rows: Any, delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\n" for row in rows)


def saved(folder: Path, text: str | bytes, name: str = "data.csv") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def table(folder: Path, columns: Mapping[str, Any]) -> str:
    parquet.write_table(pa.table(dict(columns)), folder / "data.parquet")
    return str(folder / "data.parquet")


def loaded(path: str, target: str = "") -> Dataset:
    data = load(path, 0.25, target=target)
    assert describe(path, target=target) == data.info
    return data


def line(path: str, target: str = "") -> str:
    told = set()
    for use in (lambda: describe(path, target=target), lambda: load(path, 0.2, target=target)):
        with pytest.raises(UsageError) as error:
            use()
        told.add(str(error.value))
    (one,) = told
    assert "\n" not in one
    assert path in one
    assert len(one) < 600
    return one


def rows_of(data: Dataset) -> list[tuple[float, float, int]]:
    parts = (data.train, data.validation, data.test)
    return sorted(
        (round(float(x[0]), 2), float(x[1]), int(y))
        for part in parts
        for x, y in zip(part.x, part.y, strict=True)
    )


WANTED = sorted((round(number * 0.01, 2), float(number % 7), number % 3) for number in range(60))


@pytest.mark.parametrize(
    ("name", "text", "target"),
    [
        ("data.csv", csv(NAMED), ""),
        ("DATA.CSV", csv(NAMED), "class"),
        ("data.csv", csv(NAMED), "CLASS"),
        ("data.csv", csv(NAMED, ";"), ""),
        ("data.csv", csv(NAMED, ";").replace(".", ","), ""),
        ("data.tsv", csv(NAMED, "\t"), ""),
        ("data.txt", csv(NAMED, "|"), ""),
        ("data.csv", csv(NAMED).replace("\n", "\r\n"), ""),
        ("data.csv", "\n\n" + csv(NAMED) + "\n\n", ""),
        ("data.csv", b"\xef\xbb\xbf" + csv(NAMED).encode(), ""),
        ("data.csv", csv([[f'"{cell}"' for cell in row] for row in NAMED]), ""),
        ("data.csv", csv([[f" {cell} " for cell in row] for row in NAMED]), ""),
        ("data.csv.gz", gzip.compress(csv(NAMED).encode()), ""),
        ("data.csv", csv(ROWS), "3"),
        ("data.data", csv(ROWS), "-1"),
        ("data.csv", csv([("0", "1", "label"), *ROWS]), ""),
        ("data.csv", csv([(kind, *row) for *row, kind in NAMED]), "class"),
    ],
    ids=[
        "commas", "upper case", "by another case", "semicolons", "decimal commas", "tabs", "bars",
        "of Windows", "empty lines", "a mark of UTF-8", "quotes", "blanks", "packed", "no names",
        "the last", "names that are numbers", "labels first",
    ],
)  # fmt: skip
def test_tables_as_people_write_them_come_out_alike(
    tmp_path: Path, name: str, text: str | bytes, target: str
) -> None:
    data = loaded(saved(tmp_path, text, name), target)
    assert rows_of(data) == WANTED
    assert (data.info.classes, data.info.shape) == (3, (2,))
    assert (len(data.train.x), len(data.validation.x), len(data.test.x)) == (36, 12, 12)


def test_the_decisions_are_told(tmp_path: Path) -> None:
    notes = loaded(saved(tmp_path, csv(NAMED))).info.notes
    assert [note.split(":")[0].split(" (")[0] for note in notes] == [
        "labels are taken from column 'class'",
        "labels 'a', 'b', 'c' were mapped to classes 0 to 2",
        "there is no test part",
    ]


def test_what_numbers_the_rows_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    for name in ("", "Id", "Unnamed: 0"):
        rows = [(name, *NAMED[0]), *((str(n), *row) for n, row in enumerate(ROWS))]
        data = loaded(saved(tmp_path, csv(rows)))
        assert rows_of(data) == WANTED
        assert any(f"column {name!r} was left out" in note for note in data.info.notes)


def test_the_index_of_a_data_frame_in_parquet_is_left_out(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"u": np.arange(40) / 40, "label": np.arange(40) % 2})
    frame.sample(frac=1, random_state=0).to_parquet(tmp_path / "data.parquet")
    assert loaded(str(tmp_path / "data.parquet")).info.shape == (1,)


def test_truths_are_ones_and_noughts(tmp_path: Path) -> None:
    rows = [("flag", "u", "y"), *((str(n % 2 == 0), "1.5", str(n % 2)) for n in range(40))]
    data = loaded(saved(tmp_path, csv(rows)))
    assert np.array_equal(data.train.x[:, 0], 1 - data.train.y)


@pytest.mark.parametrize(
    ("text", "target", "told"),
    [
        (csv(ROWS), "", "has no row of names and does not say which column holds the labels"),
        (csv(ROWS), "9", "has no '9': add --target with its number, 1 for the first to 3"),
        (csv([("u", "v", "kind"), *ROWS]), "", "add --target COLUMN, one of u, v, kind"),
        (csv([("u", "class", "y"), *ROWS]), "", "add --target COLUMN, one of u, class, y"),
        (csv(NAMED), "species", "no column 'species': name one of width, legs, class"),
        (csv([("u", "class", "class"), *ROWS]), "class", "has several columns 'class'"),
        (csv([*NAMED, ("1", "", "a")]), "", "column 'legs' holds no value in row 61: give a num"),
        (csv([*NAMED, ("1", "?", "a")]), "", "column 'legs' holds no value in row 61"),
        (csv([*NAMED, ("1", "NaN", "a")]), "", "column 'legs' holds no value in row 61"),
        (csv([*NAMED, ("1", "two", "a")]), "", "column 'legs' holds 'two' in row 61: give a numb"),
        (csv([*NAMED, ("1", "inf", "a")]), "", "column 'legs' holds NaN or infinity"),
        (csv([*NAMED, ("1", "1e99", "a")]), "", "column 'legs' holds NaN or infinity"),
        (csv([*NAMED, ("1", "2", "")]), "", "column 'class' holds '' in 1 of 61 samples"),
        (csv([*NAMED, ("1", "2")]), "", "row 61 has 2 values, not 3"),
        (csv([*NAMED, ("1", "2", "a", "b")]), "", "row 61 has 4 values, not 3"),
        (csv(NAMED), "legs", "column class holds 'a', no numbers: leave it out, or write it"),
        (csv([("u", "y"), *((str(n), str(n * 1.5)) for n in range(50))]), "", "amounts"),
        (csv([("y", "id"), *((str(n % 2), str(n)) for n in range(50))]), "", "no column beside"),
        ("width,legs,class\n", "", "holds names of columns and no row"),
        ("", "", "is empty"),
        ("some text\nof no table\n", "", "has one column alone"),
        (b"\xff\xfe" + csv(NAMED).encode("utf-16le"), "", "is written in UTF-16"),
        (csv(NAMED).encode() + b"1,2,\xe9\n", "", "is not written in UTF-8"),
        (csv(NAMED).encode() + bytes(30), "", "is no table in text"),
        ("x" * 5_000_000, "", "its first line is longer than"),
        (csv(NAMED) + "1,2," + "x" * 10_000_000, "", "a line is longer than 4.2 MB"),
    ],
    ids=range(26),
)
def test_what_is_no_table_of_numbers_and_labels_is_told(
    tmp_path: Path, text: str | bytes, target: str, told: str
) -> None:
    assert told in line(saved(tmp_path, text), target)


def test_what_is_packed_wrongly_is_told(tmp_path: Path) -> None:
    packed = gzip.compress(csv(NAMED).encode())
    assert "cannot be read" in line(saved(tmp_path, packed[:-30], "data.csv.gz"))


def test_what_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prunelab.data.formats.limits.HARMLESS_BYTES", 10_000_000)
    packed = gzip.compress(b"u,y\n" + b"1,1\n" * 8_000_000, 1)
    assert "more than 100 times as much: unpack it" in line(saved(tmp_path, packed, "data.csv.gz"))


def test_more_rows_than_memory_takes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    free = psutil.virtual_memory()._replace(available=300)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    assert "more samples than the 300 bytes of memory" in line(saved(tmp_path, csv(NAMED)))
    columns = {"u": np.arange(60.0), "v": np.arange(60.0), "y": np.arange(60) % 2}
    assert "more than the 300 bytes of memory" in line(table(tmp_path, columns))


def test_several_blocks_of_a_table_come_out_in_order(tmp_path: Path) -> None:
    numbers = np.arange(400_000)
    text = "u,v,y\n" + "".join(f"{number},{number % 11},{number % 3}\n" for number in numbers)
    columns = {"u": numbers, "v": numbers % 11, "y": numbers % 3}
    for path in (saved(tmp_path, text), table(tmp_path, columns)):
        data = load(path, 0.25, "none")
        for part in (data.train, data.validation, data.test):
            u = part.x[:, 0].astype(int)
            assert np.array_equal(part.x[:, 1].astype(int), u % 11)
            assert np.array_equal(part.y, u % 3)
        every = np.concatenate([part.x[:, 0] for part in (data.train, data.validation, data.test)])
        assert np.array_equal(np.sort(every), numbers)


COLUMNS: dict[str, Any] = {
    "a.b": np.arange(60) / 60,
    "a": np.arange(60) % 7,
    "truth": np.arange(60) % 2 == 0,
    "half": (np.arange(60) / 60).astype(np.float16),
    "target": np.arange(60) % 3 + 1,
}


def test_a_parquet_file_is_its_numbers(tmp_path: Path) -> None:
    data = loaded(table(tmp_path, COLUMNS))
    number = np.round(data.train.x[:, 0] * 60).astype(int)
    wanted = np.stack([number / 60, number % 7, number % 2 == 0, number / 60], axis=1)
    assert np.allclose(data.train.x, wanted, atol=1e-3)
    assert np.array_equal(data.train.y, number % 3)
    assert "labels 1 to 3 were mapped to classes 0 to 2" in data.info.notes


def test_names_of_classes_in_parquet(tmp_path: Path) -> None:
    kinds = pa.array([KINDS[number % 3] for number in range(60)])
    for column in (kinds, kinds.dictionary_encode()):
        data = loaded(table(tmp_path, {**COLUMNS, "target": column}))
        number = np.round(data.train.x[:, 0] * 60).astype(int)
        assert np.array_equal(data.train.y, number % 3)


def test_bytes_in_parquet_are_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 4)).astype(np.uint8)
    columns = {f"p{number}": pixels[:, number] for number in range(4)}
    data = loaded(table(tmp_path, {**columns, "label": np.arange(60) % 3}))
    assert data.train.x.max() <= 1.0
    assert any("divided by 255" in note for note in data.info.notes)


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ({"name": ["x"] * 60}, "column name holds string, no numbers: leave it out"),
        ({"day": pa.array([1] * 60, pa.timestamp("ms"))}, "column day holds timestamp"),
        ({"list": [[1, 2]] * 60}, "column list holds list<element: int64>, no numbers"),
        ({"a": [1] * 59 + [None]}, "column 'a' holds no value in row 60"),
        ({"half": [0.5] * 59 + [np.inf]}, "column 'half' holds NaN or infinity"),
        ({"target": [1, 2] * 29 + [None, 1]}, "column 'target' holds None in 1 of 60 samples"),
        ({"target": [[1]] * 60}, "column 'target' holds list"),
        ({"target": np.arange(60) / 7}, "amounts"),
        ({"label": [1] * 60}, "add --target COLUMN, one of"),
    ],
    ids=str,
)
def test_what_is_no_number_in_parquet_is_told(
    tmp_path: Path, instead: dict[str, Any], told: str
) -> None:
    assert told in line(table(tmp_path, {**COLUMNS, **instead}))


def test_two_columns_of_one_name_in_parquet_are_told(tmp_path: Path) -> None:
    columns = [np.arange(60.0), np.arange(60.0), np.arange(60) % 2]
    twice = pa.table([pa.array(column) for column in columns], names=["u", "u", "y"])
    parquet.write_table(twice, tmp_path / "data.parquet")
    assert "has several columns 'u': give each a name" in line(str(tmp_path / "data.parquet"))


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"a,b\n1,2\n"])
def test_what_is_no_parquet_is_told(tmp_path: Path, raw: bytes) -> None:
    assert "is no Parquet file" in line(saved(tmp_path, raw, "data.parquet"), "y")


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = table(tmp_path, {"column_u": np.arange(60.0), "y": np.arange(60) % 2})
    raw = Path(path).read_bytes()
    Path(path).write_bytes(raw.replace(b"column_u", b"column_\xdb"))
    assert path in line(path)


def test_parquet_without_rows_is_told(tmp_path: Path) -> None:
    empty = {"u": pa.array([], pa.float64()), "y": pa.array([], pa.int64())}
    assert "holds no row" in line(table(tmp_path, empty))


def test_a_small_parquet_of_gigabytes_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prunelab.data.formats.limits.HARMLESS_BYTES", 10_000_000)
    columns = {"u": np.zeros(4_000_000), "y": np.zeros(4_000_000, np.int8)}
    assert "more than 100 times as much: save it as" in line(table(tmp_path, columns))


def test_wherever_a_parquet_file_is_damaged_it_is_one_line(tmp_path: Path) -> None:
    path = table(tmp_path, COLUMNS)
    whole = Path(path).read_bytes()
    refused = []
    for place in range(0, len(whole), 29):
        Path(path).write_bytes(whole[:place] + b"\xfe" * 9 + whole[place + 9 :])
        try:
            describe(path)
        except UsageError as error:
            refused.append(str(error))
    assert len(refused) > 20
    assert not any("\n" in told for told in refused)


def test_target_and_scale_are_options_of_both_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from prunelab.cli.arguments.from_options import run_config
    from prunelab.cli.arguments.parser import parser

    path = saved(tmp_path, csv(ROWS))
    words = ["--dataset", path, "--target", "-1", "--scale", "standard", "--batch-size", "6"]
    config = run_config(parser().parse_args(["train", "--schedule", "none", *words]))
    assert (config.target, config.scale, config.samples) == ("-1", "standard", 39)
    assert main(["plan", "--schedule", "none", *words]) == 0
    assert "210 steps" in capsys.readouterr().out
    again = RunConfig.from_record(config.to_record())
    assert again == config
