"""Statistics of an expression log: the figures, and what happens to rows that are broken."""

import json
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from edge import log_analysis
from edge.__main__ import main
from edge.errors import LogFileError
from edge.expression_log import HEADER
from edge.log_analysis import (
    MOST_LABELS,
    MOST_LOCATIONS,
    MOST_NAMED,
    LogAnalysis,
    analyse_log,
    per_cent,
)
from edge.log_table import log_table

ROWS = """\
2025-04-05 14:14:11.569,Museum Entrance,Neutral,0.5037186741828918
2025-04-05 14:14:11.998,Museum Entrance,Neutral,0.7557017207145691
2025-04-05 14:59:59.999,Museum Entrance,Happy,0.6
2025-04-05 15:00:00.000,Hall A,Sad,0.61
2025-04-06 14:00:00.000,Hall A,Surprise,0.99
2025-04-06 09:00:00.000,Hall A,Fear,0.5999
2025-04-06 09:30:00.000,Hall A,Happy,1.0
2025-04-06 09:31:00.000,Hall A,Disgust,0.8
"""


def analyse(folder: Path, text: str, threshold: float = 0.6) -> LogAnalysis:
    """The analysis of a log that holds this text."""
    file = folder / "log.csv"
    file.write_bytes(text.encode())
    return analyse_log(file, threshold)


def rows(folder: Path, text: str, threshold: float = 0.6) -> LogAnalysis:
    """The same for rows below the usual header."""
    return analyse(folder, f"{HEADER}\n{text}", threshold)


def test_the_document_is_the_one_that_such_programs_know(tmp_path: Path) -> None:
    """Keys, counts, order and rounding, down to the last one."""
    document = rows(tmp_path, ROWS).document()

    assert list(document) == [
        "metadata",
        "overall_sentiment_summary",
        "overall_emotion_counts",
        "analysis_by_location",
        "analysis_by_hour",
    ]
    assert document["metadata"] == {
        "log_file": str(tmp_path / "log.csv"),
        "confidence_threshold": 0.6,
        "total_rows_read": 8,
        "rows_analyzed": 6,
    }
    assert document["overall_sentiment_summary"] == {
        "total_valid_detections": 6,
        "sentiment_counts": {"Neutral": 2, "Positive": 2, "Negative": 2},
        "sentiment_percentages": {"Neutral": 33.33, "Positive": 33.33, "Negative": 33.33},
    }
    counts = {"Happy": 2, "Neutral": 1, "Sad": 1, "Surprise": 1, "Disgust": 1}
    assert list(document["overall_emotion_counts"].items()) == list(counts.items())
    assert list(document["analysis_by_location"]) == ["Hall A", "Museum Entrance"]
    assert document["analysis_by_location"]["Museum Entrance"] == {
        "overall_sentiment": {
            "total_valid_detections": 2,
            "sentiment_counts": {"Neutral": 1, "Positive": 1},
            "sentiment_percentages": {"Neutral": 50.0, "Positive": 50.0},
        },
        "emotion_counts": {"Neutral": 1, "Happy": 1},
    }
    hours = document["analysis_by_hour"]
    assert list(hours) == ["09:00 - 09:59", "14:00 - 14:59", "15:00 - 15:59"]
    assert hours["14:00 - 14:59"]["emotion_counts"] == {"Neutral": 1, "Happy": 1, "Surprise": 1}
    assert hours["14:00 - 14:59"]["overall_sentiment"]["sentiment_percentages"] == {
        "Neutral": 66.67,
        "Positive": 33.33,
    }


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, 33.33), (2, 3, 66.67), (1, 800, 0.12), (3, 800, 0.38), (7, 7, 100.0)],
)
def test_percentages_have_two_decimals(part: int, whole: int, expected: float) -> None:
    """A half goes to the even neighbour."""
    assert per_cent(part, whole) == expected


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + "\r\n" + ROWS.replace("\n", "\r\n"),
        HEADER + "\n" + ROWS.rstrip("\n"),
        HEADER + "\n\n" + ROWS.replace("\n", "\n\n"),
        HEADER
        + "\n"
        + ROWS.replace("Museum Entrance", '"Museum Entrance"').replace("Happy", "happy"),
        HEADER.replace(",", ";") + "\n" + ROWS.replace(",", ";").replace("0.", "0,"),
        HEADER + "\n" + ROWS.replace("\n", f"\n{HEADER}\n"),
        ("\n".join(",".join(reversed(r.split(","))) for r in (HEADER + "\n" + ROWS).split("\n"))),
    ],
    ids=[
        "windows",
        "no last line end",
        "blank lines",
        "quoted",
        "semicolons",
        "joined",
        "reversed",
    ],
)
def test_the_form_of_the_log_makes_no_difference(tmp_path: Path, text: str) -> None:
    """The same figures from the same rows."""
    assert analyse(tmp_path, text).document() == rows(tmp_path, ROWS).document()


def test_other_encodings_are_read(tmp_path: Path) -> None:
    """UTF-16 as spreadsheets write it; single bytes of an old code page cost nothing but beauty."""
    text = HEADER + "\n" + ROWS.replace("Hall A", "Café")
    file = tmp_path / "log.csv"
    file.write_bytes(text.encode("utf-16"))
    assert set(analyse_log(file, 0.6).by_location) == {"Museum Entrance", "Café"}
    file.write_bytes(text.encode("latin-1"))
    analysis = analyse_log(file, 0.6)
    assert set(analysis.by_location) == {"Museum Entrance", "Caf\\xe9"}
    assert analysis.problems.count == 0


BROKEN = """\
2025-04-05 14:00:00,A,Happy,0.9
2025-04-05 14:00:01,A,Happy,lots
2025-04-05 14:00:02,A,,0.9
2025-04-05 14:00:03,A,Happy,
2025-04-05 14:00:04,A,Happy,nan
2025-04-05 14:00:05,A,Hap
2025-04-05 14:00:06,Hall A, left,Happy,0.9
2025-04-05 14:00:07,"A,Happy,0.9
yesterday,A,Sad,0.9
2025-04-05 14:00:09,,Sad,0.9
2025-04-05 14:00:10,A,Sad,0.9
"""


def test_broken_rows_are_counted_and_named(tmp_path: Path) -> None:
    """By line and reason; each costs itself and no other."""
    analysis = rows(tmp_path, BROKEN)
    document = analysis.document()

    assert document["broken_rows"] == {
        "left_out": 7,
        "without_hour": 1,
        "without_location": 1,
        "first": [
            {"line": 3, "problem": "Confidence 'lots' is no number"},
            {"line": 4, "problem": "no Emotion"},
            {"line": 5, "problem": "no Confidence"},
            {"line": 6, "problem": "no Confidence"},
            {"line": 7, "problem": "3 fields, not 4"},
            {"line": 8, "problem": "5 fields, not 4"},
            {"line": 9, "problem": "a quotation mark is out of place"},
            {"line": 10, "problem": "Timestamp 'yesterday' is no time of day"},
            {"line": 11, "problem": "no CameraLocation"},
        ],
    }
    assert document["metadata"]["total_rows_read"] == 4
    assert document["metadata"]["rows_analyzed"] == 3  # as such programs have always had it
    assert document["overall_sentiment_summary"]["total_valid_detections"] == 4
    assert document["overall_emotion_counts"] == {"Sad": 3, "Happy": 1}
    assert document["analysis_by_location"]["A"]["emotion_counts"] == {"Sad": 2, "Happy": 1}
    assert document["analysis_by_hour"]["14:00 - 14:59"]["emotion_counts"] == {"Sad": 2, "Happy": 1}


def test_a_line_without_end_is_one_row(tmp_path: Path) -> None:
    """What a damaged file system makes of a log; the lines behind it keep their numbers."""
    good = "2025-04-05 14:00:00,A,Happy,0.9\n"
    analysis = rows(tmp_path, good + "\0" * 300_000 + "\n" + good + "torn\n")
    assert (analysis.rows_read, analysis.problems.left_out) == (2, 2)
    assert [line for line, _ in analysis.problems.first] == [3, 5]


def test_only_the_first_broken_rows_are_named(tmp_path: Path) -> None:
    """A log of nothing else does not fill screen and memory."""
    analysis = rows(tmp_path, "torn\n" * 1000)
    assert analysis.problems.left_out == 1000
    assert [line for line, _ in analysis.problems.first] == list(range(2, 2 + MOST_NAMED))
    assert "and 980 more" in log_table(analysis)


def test_rows_below_the_threshold_are_only_counted(tmp_path: Path) -> None:
    """What is wrong with their time and place is nobody's business."""
    analysis = rows(tmp_path, "never,,Happy,0.5\n2025-04-05 14:00:00,A,Happy,0.6\n")
    assert analysis.problems.count == 0
    assert (analysis.rows_read, analysis.overall.rows) == (2, 1)


@pytest.mark.parametrize("text", ["", ROWS])
def test_no_row_may_be_sure_enough(tmp_path: Path, text: str) -> None:
    """All keys are there, and one that says so."""
    document = rows(tmp_path, text, threshold=1.5).document()
    assert document["error"] == "No data meets threshold"
    assert document["metadata"]["rows_analyzed"] == 0
    assert document["overall_sentiment_summary"]["sentiment_counts"] == {}
    assert document["analysis_by_hour"] == {}


def test_labels_of_no_sentiment_are_other(tmp_path: Path) -> None:
    """Contempt and Uncertain are in no other project's log, and in none of its sentiments."""
    text = "".join(
        f"2025-04-05 14:00:00,A,{label},0.9\n"
        for label in ("Contempt", "Uncertain", "Bored", "Sad")
    )
    summary = rows(tmp_path, text).document()["overall_sentiment_summary"]
    assert summary["sentiment_counts"] == {"Other": 3, "Negative": 1}


def test_time_and_place_may_be_missing_altogether(tmp_path: Path) -> None:
    """The sections stay empty, the notes say why."""
    analysis = analyse(tmp_path, "Emotion,Confidence\nHappy,0.9\n")
    document = analysis.document()
    assert (document["analysis_by_location"], document["analysis_by_hour"]) == ({}, {})
    assert document["metadata"]["rows_analyzed"] == 1
    assert [note.split(",")[0] for note in analysis.notes] == [
        "there is no column Timestamp",
        "there is no column CameraLocation",
    ]


def test_per_cent_instead_of_shares_is_noticed(tmp_path: Path) -> None:
    """The rows count as they are, the reader is told what may be wrong."""
    analysis = rows(tmp_path, "2025-04-05 14:00:00,A,Happy,20\n")
    assert analysis.overall.rows == 1
    assert "--threshold 60" in analysis.notes[0]
    assert rows(tmp_path, "2025-04-05 14:00:00,A,Happy,70\n", threshold=60).notes == ()


def test_memory_does_not_grow_with_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with its rows, nor with locations, labels, moments and line lengths of every kind."""
    monkeypatch.setattr(log_analysis, "_MOST_CELLS", 2000)
    file = tmp_path / "log.csv"

    def peak(count: int) -> int:
        with file.open("w") as stream:
            stream.write(f"{HEADER}\n")
            for i in range(count):
                moment = f"{2000 + i % 50}-01-{1 + i % 28:02d} {i % 24:02d}:00:00.{i}"
                stream.write(f"{moment},place {i},label {i},0.{i % 10}\n")
                if i % 500 == 0:
                    stream.write("x" * 100_000 + "\n")
        tracemalloc.start()
        analysis = analyse_log(file, 0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert analysis.rows_read == count
        assert len(analysis.by_location) == MOST_LOCATIONS + 1
        assert len(analysis.overall.emotions) == MOST_LABELS + 1
        assert "told apart" in analysis.notes[0]
        return most

    assert peak(14_000) < 1.2 * peak(7_000)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """No traceback, but the reason."""
    with pytest.raises(LogFileError, match=r"none\.csv: cannot be read: No such file"):
        analyse_log(tmp_path / "none.csv", 0.6)


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and messages of ``museum-edge analyze``."""
    code = main(["analyze", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else on stdout; what is wrong with the log on stderr."""
    rows(tmp_path, ROWS + BROKEN)
    file = str(tmp_path / "log.csv")
    code, out, err = command(capsys, file, "--json", "--threshold", "0.95")
    document: dict[str, Any] = json.loads(out)
    assert code == 0
    assert document["metadata"]["confidence_threshold"] == 0.95
    assert document["overall_emotion_counts"] == {"Surprise": 1, "Happy": 1}
    assert "line 11: Confidence 'lots' is no number" in err


def test_the_command_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Aligned, with the problems below."""
    rows(tmp_path, ROWS + BROKEN)
    code, out, err = command(capsys, str(tmp_path / "log.csv"))
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert "log.csv: 12 rows, 10 with a confidence of 0.6 or more" in lines[0]
    assert "Negative      5  50.00 %" in lines
    assert "hour           rows  positive  negative  neutral  other  most frequent" in lines
    assert "09:00 - 09:59     2   50.00 %   50.00 %        -      -  Happy" in lines
    assert "7 rows left out; 1 row not told by hour; 1 row not told by location" in lines
    assert "  line 11: Confidence 'lots' is no number" in lines


def test_a_table_without_rows_says_what_to_do(tmp_path: Path) -> None:
    """A lower threshold."""
    assert "lower --threshold" in log_table(rows(tmp_path, ROWS, threshold=2))


def test_a_log_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Escape sequences in names are not printed, and long names are cut."""
    text = "2025-04-05 14:00:00,\x1b[2Jwiped,Happy,0.9\n"
    text += f"2025-04-05 14:00:00,{'long ' * 20},\x1b]0;x\x07,0.9\n"
    table = log_table(rows(tmp_path, text))
    assert "\x1b" not in table
    assert "?[2Jwiped" in table
    assert max(map(len, table.splitlines()[1:])) < 120  # the first names the file


@pytest.mark.parametrize("threshold", ["x", "-1", "nan", "inf"])
def test_a_threshold_is_a_number(threshold: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused before the log is read."""
    with pytest.raises(SystemExit):
        main(["analyze", "log.csv", f"--threshold={threshold}"])
    assert "must be a number, 0 or more" in capsys.readouterr().err


def test_the_command_names_a_missing_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with file and field, exit code 2."""
    file = tmp_path / "log.csv"
    file.write_text("Timestamp,CameraLocation,Emotion\n")
    code, out, err = command(capsys, str(file), "--json")
    assert (code, out) == (2, "")
    assert err.startswith(f"museum-edge: {file}: Confidence: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_log_may_come_through_a_pipe(tmp_path: Path, encoding: str) -> None:
    """``zcat log.csv.gz | museum-edge analyze /dev/stdin``: it is opened once and never rewound."""
    pipe = tmp_path / "log.csv"
    os.mkfifo(pipe)
    content = f"{HEADER}\n{ROWS}".encode(encoding)
    writer = threading.Thread(target=lambda: pipe.write_bytes(content))
    writer.start()
    analysis = analyse_log(pipe, 0.6)
    writer.join(30)

    assert analysis.rows_read == len(ROWS.splitlines())
