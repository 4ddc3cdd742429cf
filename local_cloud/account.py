"""Names that the local AWS account goes by."""

from typing import Final

ACCOUNT: Final = "123456789012"
"""The account that moto plays."""
REGION: Final = "eu-west-1"
PARTITION: Final = "aws"
METRICS_PATH: Final = "/local-cloud/metrics"
"""Where the server tells what PutMetricData put."""
METER_PATH: Final = "/local-cloud/meter"
"""Where the server tells what all calls used."""


def arn(service: str, rest: str) -> str:
    """An ARN in the local account and Region."""
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{rest}"
