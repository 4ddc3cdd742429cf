"""Tables as the storage stack declares them, in moto."""

from lambdas.shared.aws import make_client


def create_table(name: str, partition_key: str = "pk", sort_key: str = "sk") -> None:
    """An empty table with two text keys."""
    make_client("dynamodb").create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": partition_key, "KeyType": "HASH"},
            {"AttributeName": sort_key, "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in (partition_key, sort_key)
        ],
        BillingMode="PAY_PER_REQUEST",
    )
