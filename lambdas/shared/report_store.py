"""Reports in S3: ``reports/<museum>/<day>.json`` and ``.txt``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lambdas.shared.aws import service_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3ReportStore:
    """``ReportStore`` (see ports) on S3."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, museum_id: str, day: date, *, data: str, text: str) -> None:
        """Two objects."""
        stem = f"reports/{museum_id}/{day.isoformat()}"
        for suffix, content, kind in (
            ("json", data, "application/json"),
            ("txt", text, "text/plain; charset=utf-8"),
        ):
            with service_errors("s3:PutObject"):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=f"{stem}.{suffix}",
                    Body=content.encode(),
                    ContentType=kind,
                )
