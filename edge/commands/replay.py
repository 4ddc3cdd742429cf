"""``museum-edge replay``: a clip as a camera."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from contracts.errors import ContractError
from edge.commands.subparsers import Subparsers
from edge.config import DetectorConfig, DetectorKind
from edge.replay import ReplayResult, Truth, load_truth, replay


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``replay`` to the command line."""
    parser = subparsers.add_parser("replay", help="play a clip as a camera and count its visits")
    parser.epilog = (
        "exit code: 0; 1 where the clip does not give what the truth file says; "
        "2 where a file cannot be used; 64 the command line is wrong"
    )
    parser.add_argument("file", type=Path, help="video file, GIF, or folder of pictures")
    parser.add_argument("--truth", type=Path, help="JSON file that says what is in the clip")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument(
        "--detector", type=DetectorKind, choices=list(DetectorKind), default=DetectorKind.AUTO
    )
    parser.add_argument("--yunet-model", type=Path, help="YuNet's ONNX file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Plays the clip and prints what was seen.

    Returns:
        0, or 1 when the truth file says otherwise.

    Raises:
        EdgeError: The clip or a model cannot be used.
        ContractError: The truth file or the command line cannot be used.
    """
    if args.detector is DetectorKind.YUNET and args.yunet_model is None:
        raise ContractError("--yunet-model", "is missing; --detector yunet needs it")
    truth = load_truth(args.truth) if args.truth else None
    detector = DetectorConfig(kind=args.detector, yunet_model=args.yunet_model)
    result = replay(args.file, start_ms=time.time_ns() // 1_000_000, detector=detector)
    errors = result.errors(truth) if truth else None
    if args.json:
        print(json.dumps(_document(result, truth, errors)))  # noqa: T201 - a command prints
    else:
        print(_text(result, truth, errors))  # noqa: T201 - as above
    return 1 if errors and any(errors.values()) else 0


def _document(
    result: ReplayResult, truth: Truth | None, errors: dict[str, int] | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "visits": len(result.visits),
        "suppressed_still_faces": result.suppressed_still_faces,
        "passers_by": result.passers_by,
        "frames": result.frames,
        "frames_per_s": round(result.frames / result.seconds, 1) if result.seconds else 0.0,
        "stages_ms": dict(result.stages_ms),
        "detector": result.detector,
        "records": [
            {
                "dwell_ms": v.dwell_ms,
                "expression": v.emotion_id.label,
                "confidence": v.confidence,
                "samples": v.samples,
                "facing_share": facing,
            }
            for v, facing in zip(result.visits, result.facing, strict=True)
        ],
    }
    if truth is not None:
        document["truth"] = {"visits": truth.visits, "still_faces": truth.still_faces}
        document["errors"] = errors
    return document


def _text(result: ReplayResult, truth: Truth | None, errors: dict[str, int] | None) -> str:
    lines = [
        f"visits                  {len(result.visits)}",
        f"suppressed still faces  {result.suppressed_still_faces}",
        f"passers-by              {result.passers_by}",
        f"frames                  {result.frames} in {result.seconds:.1f} s ({result.detector})",
    ]
    lines += [
        f"  {v.dwell_ms / 1000:6.1f} s  {v.emotion_id.label:<9}  {v.confidence:.2f}"
        for v in result.visits
    ]
    if truth is not None and errors is not None:
        lines.append(f"truth                   {truth.visits} visits")
        lines += [f"error in {name}: {error:+d}" for name, error in errors.items()]
    return "\n".join(lines)
