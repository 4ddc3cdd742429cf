"""What is one museum's own: its schedules, its curators' topic, its dashboard."""

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from contracts.museums import Museum
from stacks.alerting_stack import AlertingStack
from stacks.analytics_stack import AnalyticsStack
from stacks.constructs.cost_widgets import CostFigures
from stacks.constructs.mail_topic import curators_prefix, let_publish, mail_topic
from stacks.constructs.museum_dashboard import further_dashboards, museum_dashboard
from stacks.ingestion_stack import IngestionStack


class MuseumStack(Stack):
    """One museum of a deployment.

    All that runs is in the other stacks, once for all museums: a museum more is a stack more, and
    none of the others grows by it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: str,
        museum: Museum,
        ingestion: IngestionStack,
        analytics: AnalyticsStack,
        alerting: AlertingStack,
        costs: CostFigures,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        curators = mail_topic(
            self,
            "Curators",
            topic_name=f"{curators_prefix(deployment)}{museum.id}",
            display_name=museum.name,
            key=alerting.key,
            emails=museum.curator_emails,
        )
        let_publish(curators, alerting.send_mail.role)
        for function in (*analytics.scheduled, *alerting.scheduled):
            function.run_for(self, museum)
        name = f"{deployment}-{museum.id}"
        museum_dashboard(
            self,
            "Dashboard",
            name=name,
            museum=museum,
            dead_letters=ingestion.dead_letters,
            metered=analytics.metered,
            costs=costs,
        )
        further_dashboards(self, "Dashboard", name=name, museum=museum)
        CfnOutput(self, "CuratorTopicArn", value=curators.topic_arn)
