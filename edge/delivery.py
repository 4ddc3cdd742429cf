"""Waiting for the broker's acknowledgement."""

from concurrent.futures import Future

from edge.errors import NotDeliveredError


def wait_for_ack(sent: Future[None], topic: str, timeout_s: float) -> None:
    """Returns once the broker has acknowledged.

    Raises:
        NotDeliveredError: It has not, or not within ``timeout_s``.
        RefusedError: The broker's policy refuses the message.
    """
    try:
        sent.result(timeout_s)
    except TimeoutError as exc:
        raise NotDeliveredError(topic, f"no acknowledgement within {timeout_s:g} s") from exc
