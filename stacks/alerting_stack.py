"""Mail to people: the curator's daily report and alerts, the operator's alarms."""

from typing import Final

from aws_cdk import CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from constructs import Construct

from contracts.museum_toml import DeploymentConfig
from contracts.museums import Museum, parse_clock
from stacks.analytics_stack import AnalyticsStack
from stacks.constructs.mail_topic import (
    allow_alarms,
    allow_publishing,
    curators_prefix,
    mail_topic,
)
from stacks.constructs.object_access import allow_objects
from stacks.constructs.operator_alarms import OperatorAlarms
from stacks.constructs.python_function import InCommon, PythonFunction
from stacks.constructs.queues import dead_letter_queue, private_queue
from stacks.constructs.scheduled_function import (
    DAILY,
    Due,
    ScheduledFunction,
    dead_letters_output,
    every,
)
from stacks.ingestion_stack import IngestionStack
from stacks.storage_stack import StorageStack

WATCH_EVERY_MINUTES: Final = 15
DEVICES_EVERY_MINUTES: Final = 2
_MAIL_TIMEOUT_S: Final = 30
_MAIL_ATTEMPTS: Final = 5


class AlertingStack(Stack):
    """Tells people.

    It is the last stack but those of the museums, so it sees every queue, rule and function and
    holds the alarms of all of them: none needs a name before it exists.

    Attributes:
        daily_report: Mails yesterday's report once a day.
        watch_expressions: Mails at once when many visitors look unhappy, or come at once.
        watch_devices: Mails the operators when a camera falls silent in the opening hours.
        send_mail: Hands what they write to SNS; nothing else may publish to the topics, but alarms.
        operators: Topic of the technical alarms.
        key: Encrypts all topics.
        scheduled: What the museums' schedules call.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        common: InCommon,
        storage: StorageStack,
        ingestion: IngestionStack,
        analytics: AnalyticsStack,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._config = config
        self._common = common
        self._storage = storage
        self.key = kms.Key(
            self,
            "MailKey",
            description=f"{config.deployment.name}: messages to curators and operators",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,  # holds nothing: topics keep no messages
        )
        self.operators = self._build_operators_topic()
        self._mail_dead_letters = dead_letter_queue(self, "MailDeadLetters", fifo=True)
        self._mail = private_queue(
            self,
            "Mail",
            visibility_timeout=Duration.seconds(6 * _MAIL_TIMEOUT_S),
            dead_letters=self._mail_dead_letters,
            max_receive_count=_MAIL_ATTEMPTS,
            fifo=True,
        )
        self.send_mail = self._build_send_mail()
        self.daily_report = self._build_daily_report()
        self.watch_expressions = self._build_watch_expressions()
        self.watch_devices = self._build_watch_devices()
        self.scheduled = (self.daily_report, self.watch_expressions, self.watch_devices)
        self._add_alarms(ingestion, analytics)
        dead_letters_output(self, "AlertingDeadLetters", self.scheduled)
        CfnOutput(self, "MailQueueUrl", value=self._mail.queue_url)
        CfnOutput(self, "MailDeadLetterQueueUrl", value=self._mail_dead_letters.queue_url)
        CfnOutput(self, "OperatorTopicArn", value=self.operators.topic_arn)

    def _build_operators_topic(self) -> sns.Topic:
        topic = mail_topic(
            self,
            "Operators",
            display_name=f"{self._config.deployment.name} operators",
            key=self.key,
            emails=self._config.deployment.operator_emails,
        )
        allow_alarms(topic, self.key)
        return topic

    def _build_send_mail(self) -> PythonFunction:
        built = PythonFunction(
            self,
            "SendMail",
            name="send_mail",
            description="Hands the letters of the mail queue to SNS, one after the other",
            common=self._common,
            environment={
                "CURATOR_TOPICS": self.format_arn(
                    service="sns", resource=curators_prefix(self._config.deployment.name)
                ),
                "OPERATOR_TOPIC": self.operators.topic_arn,
            },
            timeout=Duration.seconds(_MAIL_TIMEOUT_S),
        )
        # The museums' topics let it publish themselves.
        allow_publishing(built.function, self.operators, self.key)
        # One letter a call: SNS is asked once, and the function cannot die between two letters.
        built.function.add_event_source(event_sources.SqsEventSource(self._mail, batch_size=1))
        return built

    def _build_daily_report(self) -> ScheduledFunction:
        storage = self._storage
        built = ScheduledFunction(
            self,
            "DailyReport",
            name="daily_report",
            description="Mails the curators yesterday's report, once",
            common=self._common,
            environment={
                "ROLLUPS_TABLE": storage.rollups.table_name,
                "REPORTS_BUCKET": storage.reports.bucket_name,
                "MAIL_QUEUE": self._mail.queue_url,
            },
            timeout=Duration.minutes(2),
            rhythm=DAILY,
            due=_at_report_time,
        )
        storage.rollups.grant(
            built.function, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"
        )
        allow_objects(
            built,
            built.function,
            storage.reports,
            actions=["s3:PutObject"],
            prefix="reports",
            reason="One object a museum and day, whose names come with time.",
        )
        self._mail.grant(built.function, "sqs:SendMessage")
        return built

    def _build_watch_expressions(self) -> ScheduledFunction:
        storage = self._storage
        built = ScheduledFunction(
            self,
            "WatchExpressions",
            name="watch_expressions",
            description="Mails the curators at once of many negative expressions, and of crowds",
            common=self._common,
            environment={
                "VISITS_TABLE": storage.visits.table_name,
                "ROLLUPS_TABLE": storage.rollups.table_name,
                "MAIL_QUEUE": self._mail.queue_url,
            },
            timeout=Duration.minutes(2),
            rhythm=every(WATCH_EVERY_MINUTES),
            due=lambda _: Due(minute=f"0/{WATCH_EVERY_MINUTES}"),
        )
        storage.visits.grant(built.function, "dynamodb:Query")
        storage.rollups.grant(built.function, "dynamodb:PutItem", "dynamodb:Query")
        self._mail.grant(built.function, "sqs:SendMessage")
        return built

    def _build_watch_devices(self) -> ScheduledFunction:
        storage = self._storage
        built = ScheduledFunction(
            self,
            "WatchDevices",
            name="watch_devices",
            description="Mails the operators when a camera falls silent in the opening hours",
            common=self._common,
            environment={
                "DEVICES_TABLE": storage.devices.table_name,
                "ROLLUPS_TABLE": storage.rollups.table_name,
                "MAIL_QUEUE": self._mail.queue_url,
            },
            timeout=Duration.minutes(1),
            rhythm=every(DEVICES_EVERY_MINUTES),
            due=lambda _: Due(minute=f"0/{DEVICES_EVERY_MINUTES}"),
        )
        storage.devices.grant(built.function, "dynamodb:BatchGetItem", "dynamodb:Query")
        storage.rollups.grant(built.function, "dynamodb:PutItem")
        self._mail.grant(built.function, "sqs:SendMessage")
        return built

    def _add_alarms(self, ingestion: IngestionStack, analytics: AnalyticsStack) -> None:
        alarms = OperatorAlarms(self, "Alarms", topic=self.operators, polled=self._mail)
        alarms.watch_queue("Visits", ingestion.queue)
        alarms.watch_dead_letters("Visits", ingestion.dead_letters)
        alarms.watch_queue("Mail", self._mail)
        alarms.watch_dead_letters("Mail", self._mail_dead_letters)
        alarms.watch_rule(ingestion.visits_rule)
        alarms.watch_rule(ingestion.status_rule)
        alarms.watch_rule(ingestion.disconnects_rule)
        alarms.watch_quarantine()
        for function in (
            ingestion.store_visits,
            analytics.roll_up,
            analytics.publish_statistics,
            self.daily_report,
            self.watch_expressions,
            self.watch_devices,
            self.send_mail,
        ):
            alarms.watch_function(function)


def _at_report_time(museum: Museum) -> Due:
    at = parse_clock("report_time", museum.report_time)
    return Due(hour=str(at.hour), minute=str(at.minute))
