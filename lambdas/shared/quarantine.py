"""Refused messages in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.shared.aws import service_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Quarantine:
    """``Quarantine`` (see ports) on S3."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes) -> None:
        """One object."""
        with service_errors("s3:PutObject"):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType="application/json"
            )
