"""Makes a fake service fail now and then."""

from collections.abc import Callable
from dataclasses import dataclass

from lambdas.shared.errors import ServiceError


def never() -> bool:
    """A service that does not fail."""
    return False


def always() -> bool:
    """A service that is down."""
    return True


@dataclass
class Failing:
    """Base of the fakes: ``fails`` is asked before every call."""

    fails: Callable[[], bool] = never

    def check(self, action: str) -> None:
        """Raises as the adapter would."""
        if self.fails():
            raise ServiceError(action, "ThrottlingException")
