from tests.infrastructure.synthesised import Synthesised, as_list, names

TABLE = "AWS::DynamoDB::Table"
BUCKET = "AWS::S3::Bucket"


def test_tables_have_the_keys_that_the_functions_use(synthesised: Synthesised) -> None:
    """Visits and roll-ups are kept under pk and sk, devices under museum and device."""
    keys = {
        name: [key["AttributeName"] for key in table["KeySchema"]]
        for name, table in synthesised.resources(TABLE).items()
    }
    assert keys == {
        "Visits": ["pk", "sk"],
        "Rollups": ["pk", "sk"],
        "Devices": ["museum_id", "device_id"],
    }


def test_visits_and_rollups_expire_but_devices_stay(synthesised: Synthesised) -> None:
    """Time to live is the attribute ttl; the latest heartbeat has none."""
    tables = synthesised.resources(TABLE)
    for name in ("Visits", "Rollups"):
        assert tables[name]["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert "TimeToLiveSpecification" not in tables["Devices"]


def test_tables_are_paid_by_use_under_a_fuse(synthesised: Synthesised) -> None:
    """No table can cost without bound, and each can be restored to a point in time."""
    for name, table in synthesised.resources(TABLE).items():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["OnDemandThroughput"] == {
            "MaxReadRequestUnits": 1000,
            "MaxWriteRequestUnits": 1000,
        }
        assert table["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": 7 if name == "Visits" else 35,  # visits are promised to go
        }
        assert table["SSESpecification"] == {"SSEEnabled": True}


def test_production_keeps_its_data(synthesised: Synthesised) -> None:
    """Deleting the stack deletes neither tables nor buckets."""
    for resource in (synthesised.whole(TABLE) | synthesised.whole(BUCKET)).values():
        assert resource["DeletionPolicy"] == "Retain"
        assert resource["UpdateReplacePolicy"] == "Retain"
    for table in synthesised.resources(TABLE).values():
        assert table["DeletionProtectionEnabled"] is True


def test_a_trial_leaves_nothing_behind(trial: Synthesised) -> None:
    """Without production, tables and buckets go with their stack."""
    for resource in (trial.whole(TABLE) | trial.whole(BUCKET)).values():
        assert resource["DeletionPolicy"] == "Delete"
    for table in trial.resources(TABLE).values():
        assert table["DeletionProtectionEnabled"] is False


def test_objects_are_kept_as_long_as_the_configuration_says(
    synthesised: Synthesised, trial: Synthesised
) -> None:
    """Every bucket has a lifecycle; its days come from museum.toml."""

    def days(of: Synthesised) -> dict[str, int]:
        return {
            name: rule["ExpirationInDays"]
            for name, bucket in of.resources(BUCKET).items()
            for rule in bucket["LifecycleConfiguration"]["Rules"]
        }

    assert days(synthesised) == {"AccessLogs": 30, "Quarantine": 30, "Reports": 1825}
    assert days(trial) == {"AccessLogs": 14, "Quarantine": 3, "Reports": 60}


def test_buckets_are_closed_encrypted_and_logged(synthesised: Synthesised) -> None:
    """No bucket can be made public; access to the data buckets is logged."""
    for name, bucket in synthesised.resources(BUCKET).items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        algorithm = encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
        if name == "AccessLogs":
            assert algorithm == "AES256"  # S3 delivers no log into a bucket with KMS
        else:
            assert algorithm == "aws:kms"
            assert encryption["BucketKeyEnabled"] is True
            assert names(bucket["LoggingConfiguration"]["DestinationBucketName"]) == "AccessLogs"


def test_reports_can_be_brought_back_and_refused_messages_cannot(synthesised: Synthesised) -> None:
    """An overwritten report has an older version for a month; nothing else outlives its days."""
    buckets = synthesised.resources(BUCKET)
    assert {n for n, b in buckets.items() if "VersioningConfiguration" in b} == {"Reports"}
    assert buckets["Reports"]["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = buckets["Reports"]["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}


def test_logs_are_encrypted_with_a_key_for_them_alone(
    synthesised: Synthesised, trial: Synthesised
) -> None:
    """Every log group uses the key; it serves this deployment's log groups and no others."""
    for of, prefixes in (
        (synthesised, {"smart-museum-*", "AWSIotLogsV2"}),
        (trial, {"trial-museums-lab-*"}),
    ):
        groups = of.resources("AWS::Logs::LogGroup")
        assert groups
        assert {names(group["KmsKeyId"]) for group in groups.values()} == {"LogsKey"}
        key = of.resources("AWS::KMS::Key")["LogsKey"]
        assert key["EnableKeyRotation"] is True
        _owners, service = key["KeyPolicy"]["Statement"]
        assert not {action for action in service["Action"] if "*" in action}
        patterns = as_list(service["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
        assert {names(pattern).rpartition(":log-group:")[2] for pattern in patterns} == prefixes


def test_tools_find_the_storage_in_the_outputs(synthesised: Synthesised) -> None:
    """The outputs that the local cloud and the operators' commands read are there."""
    outputs = synthesised.templates["storage"]["Outputs"]
    assert {
        "VisitsTableName",
        "RollupsTableName",
        "DevicesTableName",
        "QuarantineBucketName",
        "ReportsBucketName",
    } <= set(outputs)
