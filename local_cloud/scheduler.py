"""Fires the templates' schedules, as fast as the functions go."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from local_cloud.account import arn
from local_cloud.clock import Clock
from local_cloud.declared import ScheduleSpec
from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.invoker import Invoker
from local_cloud.schedule_expression import parse_schedule
from local_cloud.stats import Stats

_KEYWORD: Final = re.compile(r"<aws\.scheduler\.([a-z-]+)>")

Progress = Callable[[int, int], None]
"""Takes how many occurrences have been fired and how many there are."""


class Scheduler:
    """The enabled schedules of all stacks.

    Raises:
        LocalCloudError: An expression, a time zone, an input or a target cannot be read.
    """

    def __init__(
        self, specs: Sequence[ScheduleSpec], invoker: Invoker, clock: Clock, stats: Stats
    ) -> None:
        self._schedules = [
            (spec, parse_schedule(spec.expression, spec.timezone, spec.place))
            for spec in sorted(specs, key=lambda spec: spec.name)
            if spec.enabled
        ]
        for spec, _ in self._schedules:
            _event(spec, dt.datetime.now(dt.UTC))
        self._invoker = invoker
        self._clock = clock
        self._stats = stats

    def fire(
        self,
        start: dt.datetime,
        end: dt.datetime,
        progress: Progress | None = None,
        *,
        least_apart: dt.timedelta = dt.timedelta(0),
    ) -> None:
        """Invokes for each occurrence in ``[start, end)``, the clock set to it.

        In order of time; at one instant in the order of the schedules' names. Of a schedule whose
        occurrences lie closer than ``least_apart``, those too close to the one before are left out.

        Raises:
            FunctionError: A function failed for good; later occurrences are not fired.
        """
        due = sorted(
            (moment, spec.name, spec)
            for spec, expression in self._schedules
            for moment in _thinned(expression.between(start, end), least_apart)
        )
        for done, (moment, _, spec) in enumerate(due, start=1):
            self._clock.set(moment)
            self._stats.add("schedules_fired")
            self._invoker.invoke_async(spec.function_arn.rsplit(":", 1)[-1], _event(spec, moment))
            if progress is not None:
                progress(done, len(due))


def _thinned(moments: Iterable[dt.datetime], least_apart: dt.timedelta) -> Iterator[dt.datetime]:
    latest: dt.datetime | None = None
    for moment in moments:
        if latest is None or moment - latest >= least_apart:
            latest = moment
            yield moment


def _event(spec: ScheduleSpec, moment: dt.datetime) -> object:
    def fill(match: re.Match[str]) -> str:
        if match[1] == "scheduled-time":
            return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if match[1] == "schedule-arn":
            return arn("scheduler", f"schedule/default/{spec.name}")
        if match[1] == "execution-id":
            return str(uuid.uuid4())
        if match[1] == "attempt-number":
            return "1"
        raise UnsupportedError(f"the keyword <aws.scheduler.{match[1]}>", spec.place)

    try:
        event: object = json.loads(_KEYWORD.sub(fill, spec.payload))
    except ValueError as error:
        raise LocalCloudError(f"{spec.place}: its input is no JSON: {error}") from error
    return event
