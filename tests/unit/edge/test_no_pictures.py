"""No code path of the edge package can write or send a picture."""

import ast
from pathlib import Path

WRITERS = {
    "imwrite", "imwritemulti", "imencode", "imencodemulti", "imwriteanimation", "VideoWriter",
    "imshow", "save", "savez", "savez_compressed", "savetxt", "tofile", "tobytes", "dump", "memmap",
}  # fmt: skip
"""What OpenCV and numpy have for bringing a picture out of memory."""


def test_the_edge_package_calls_nothing_that_writes_a_picture(repository: Path) -> None:
    """Frames live and die in memory: nothing in the package could store, show or encode one."""
    for file in (repository / "edge").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in WRITERS, f"{file.relative_to(repository)}:{node.lineno}"


def test_only_camera_adapters_and_the_vision_path_ever_hold_a_frame(repository: Path) -> None:
    """What queues and publishes does not even know OpenCV or numpy."""
    for name in ("forwarder.py", "delivery.py", "heartbeat.py", "recorder.py", "validation.py",
                 "adapters/sqlite_outbox.py", "adapters/sqlite_rows.py",
                 "adapters/sqlite_salvage.py", "adapters/iot_publisher.py"):  # fmt: skip
        tree = ast.parse((repository / "edge" / name).read_text("utf-8"))
        imported = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (node.module or "").split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert not imported & {"cv2", "numpy"}, name
