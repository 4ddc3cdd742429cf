"""From a queued letter to the topic of those who shall read it."""

from dataclasses import dataclass

from lambdas.shared.letters import Audience, Letter, parse_letter
from lambdas.shared.ports import Log, Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """Asks one thing of one service, once a letter.

    A letter that was published and yet comes again would be mailed twice; because publishing is
    the function's only call, it cannot die between that and another.

    Attributes:
        topics: Where letters go out.
        curator_topics: ARN of a museum's topic as far as the museum's id, its end.
        operator_topic: ARN of the operators'.
        log: Tells of each letter sent.
    """

    topics: Topics
    curator_topics: str
    operator_topic: str
    log: Log

    def send(self, body: str) -> None:
        """Publishes one letter.

        Raises:
            EventError: It is no letter.
            ServiceError: SNS did not take it; its museum may have no topic.
        """
        letter = parse_letter(body)
        self.topics.publish(self._topic(letter), letter.subject, letter.body)
        self.log.info("sent", museum=letter.museum_id, audience=letter.audience.value)

    def _topic(self, letter: Letter) -> str:
        if letter.audience is Audience.OPERATORS:
            return self.operator_topic
        return self.curator_topics + letter.museum_id
