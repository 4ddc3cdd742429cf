"""Headers, moments and labels of expression logs, in the forms that are about."""

import pytest

from edge.errors import LogFileError
from edge.expression_log import HEADER
from edge.log_fields import Memo, emotion_of, fields_of, hour_of, location_of, read_header


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("Timestamp,CameraLocation,Emotion,Confidence\r\n", (0, 1, 2, 3)),
        ("\ufeffTimestamp,CameraLocation,Emotion,Confidence", (0, 1, 2, 3)),
        ('"Confidence","Emotion","Timestamp","CameraLocation"\n', (2, 3, 1, 0)),
        ("confidence;emotion;camera_location;TIMESTAMP\n", (3, 2, 1, 0)),
        (" Emotion ,Confidence", (None, None, 0, 1)),
        ("Id\tTimestamp\tCamera Location\tEmotion\tConfidence\tx", (1, 2, 3, 4)),
    ],
)
def test_columns_are_found_by_name(line: str, order: tuple[int | None, ...]) -> None:
    """In any order, case and quoting, with a byte order mark, between others."""
    header = read_header(line, "log.csv")
    assert (header.timestamp, header.location, header.emotion, header.confidence) == order


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("Timestamp,CameraLocation,Emotion", "Confidence"),
        ("Timestamp,CameraLocation,Confidence", "Emotion"),
        ("2025-04-05 14:14:11.569,Entrance,Happy,0.9", "Emotion, Confidence"),
        ('"Timestamp,Emotion,Confidence', "Emotion, Confidence"),
        ("", "Confidence"),
    ],
)
def test_a_header_that_lacks_a_column_is_refused(line: str, named: str) -> None:
    """The message names the file, the column, and what the first line must be."""
    with pytest.raises(LogFileError) as caught:
        read_header(line, "some/log.csv")
    assert str(caught.value).startswith(f"some/log.csv: {named}: ")
    assert HEADER in str(caught.value)


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        ("2025-04-05 14:14:11.569", 14),
        ("2025-04-05T09:14", 9),
        (" 2025-04-05 23:59:59 ", 23),
        ("2025-04-05 14:14:11,569", 14),
        ("2025-04-05T14:14:11Z", 14),
        ("2025-04-05 14:14:11.569123+02:00", 14),
        ("20250405T141411", 14),
        ("2025/04/05 7:05", 7),
        ("5/4/2025 2:01 PM", 14),
        ("05/04/2025 12:30:00 am", 0),
        ("04/25/2025 12:30 p.m.", 12),
        ("25.04.25 14.30", 14),
        ("2025-04-05", None),
        ("2025-02-30 10:00:00", None),
        ("2025-04-05 24:00:00", None),
        ("2025-04-05 10:60:00", None),
        ("2025-04-05 10:00:61", None),
        ("2025x04-05 10:00:00", None),
        ("31/31/2025 10:00", None),
        ("1/2/2025 13:00 PM", None),
        ("1/2/2025 25:00", None),
        ("14:15", None),
        ("", None),
        ("garbage of some length", None),
    ],
)
def test_the_hour_is_read_as_written(moment: str, hour: int | None) -> None:
    """Whatever the form of the date; no hour without a date that exists."""
    assert hour_of(moment) == hour


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("Happy", "Happy"),
        (" happy ", "Happy"),
        ("ANGRY", "Angry"),
        ("happiness", "Happy"),
        ("sadness", "Sad"),
        ("contempt", "Contempt"),
        ("uncertain", "Uncertain"),
        ("Bored", "Bored"),
        ("", None),
        ("NaN", None),
        ("x" * 300, None),
    ],
)
def test_labels_are_spelt_alike(label: str, word: str | None) -> None:
    """Case and this project's own names make no difference; unknown labels stay as they are."""
    assert emotion_of(label) == word


def test_a_location_is_a_name() -> None:
    """Without surrounding blanks; what pandas takes for missing is missing."""
    assert location_of(" Hall A ") == "Hall A"
    assert location_of(" ") is None
    assert location_of("N/A") is None


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("a,b\r\n", ["a", "b"]),
        ('"a, b",c\n', ["a, b", "c"]),
        ('"the ""nook""",c', ['the "nook"', "c"]),
        ('"a,b\n', None),
        ('"a"b,c', None),
    ],
)
def test_quoted_fields(line: str, fields: list[str] | None) -> None:
    """A quotation mark out of place costs its own line only."""
    assert fields_of(line, ",") == fields


def test_a_memo_keeps_a_bounded_number_of_short_texts() -> None:
    """It still answers for the others."""
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    memo = Memo(length)
    assert [memo["ab"], memo["ab"], memo["x" * 1000], memo["x" * 1000]] == [2, 2, 1000, 1000]
    assert asked == ["ab", "x" * 1000, "x" * 1000]
    for number in range(10_000):
        assert memo[str(number)] == len(str(number))
    assert len(memo) < 5000
