"""Puts the checks together: what each looks at, and what they share."""

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from edge.adapters import broker_probe
from edge.adapters.board_facts import BoardFacts, read_board
from edge.adapters.board_health import BoardHealth
from edge.adapters.broker_probe import BrokerError, Handshake, Session
from edge.adapters.choose_detector import choose_detector
from edge.adapters.credentials import certificate_dates
from edge.adapters.outbox_reader import files_set_aside, read_outbox
from edge.adapters.pause_note import PauseNote
from edge.adapters.storage_facts import read_storage
from edge.adapters.tflite_classifier import TfliteClassifier
from edge.assembly import open_source
from edge.config import BrokerConfig, EdgeConfig, Measuring, load_config
from edge.doctor import service as service_state
from edge.doctor.broker import broker, unreachable
from edge.doctor.camera import FREE_IT, HOLDS, PLUG, camera
from edge.doctor.certificates import certificates
from edge.doctor.clock import clock
from edge.doctor.configuration import configuration
from edge.doctor.detector import FETCH, detector
from edge.doctor.disk import disk
from edge.doctor.face_size import face_size
from edge.doctor.focus import focus
from edge.doctor.key import key
from edge.doctor.lighting import lighting
from edge.doctor.memory import memory
from edge.doctor.model import model
from edge.doctor.outbox import outbox
from edge.doctor.policy import policy
from edge.doctor.power import power
from edge.doctor.report import Finding, failed, skipped, warned
from edge.doctor.runner import Check, NotKnownError, Once
from edge.doctor.scene import RATE_S, SETTLE_S, Scene, watch_scene
from edge.doctor.temperature import temperature
from edge.doctor.throttling import throttling
from edge.doctor.versions import versions
from edge.doctor.watch import watch
from edge.errors import CameraError, CredentialsError, ModelError
from edge.gate import decide, trusted_ms
from edge.heartbeat import last_will
from edge.ports import Clock, FaceDetector
from edge.smallest_face import smallest_face

NAMES: Final = (
    "config", "versions", "watch", "camera", "light", "focus", "face", "detector", "model",
    "temperature", "throttling", "power", "memory", "clock", "certificate", "key", "broker",
    "policy", "disk", "outbox",
)  # fmt: skip
"""All checks, in the order in which they run and are told."""

OPENING_S: Final = 12.0
"""Patience with a camera that is slow to open, seconds."""
NETWORK_S: Final = 8.0
"""Patience with each step to the broker, seconds."""
_SHORT_S: Final = 8.0
_LOADING_S: Final = 20.0
"""A model that is loaded and run under emulation takes some seconds."""
_SEARCHED: Final = 0.5
"""Share of the smallest face that counts down to which doctor looks, to tell its size."""
_SMALLEST_PX: Final = 16
_NO_CLOUD: Final = "no [broker] is configured: visits go to a log on this machine"
_ONLY_COUNTS: Final = "watch.mode is count-only: the expression model is never loaded"
_REINSTALL: Final = "install this version again: sudo edge/install.sh --upgrade"
_SUDO: Final = "check the paths in edge.toml; who is not root needs: sudo museum-edge doctor"
_RESTART: Final = "try again; then restart the machine, and look at sudo dmesg"
_MENDS: Final = {
    "config": "correct that; edge/edge.example.toml shows every key. Another file: --config",
    "camera": "take the camera's power away for ten seconds, and restart the machine",
    "detector": FETCH,
    "model": _REINSTALL,
    "certificate": _SUDO,
    "key": _SUDO,
    "broker": _SUDO,
    "policy": "see broker: museum-edge doctor --only broker",
    "outbox": "sudo systemctl restart museum-edge: at its start it sets a damaged one aside",
}
"""What to do when a check ends in an error that says what happened, or not in time."""


class Checklist:
    """The checks of one configuration; what two of them need is looked at once."""

    def __init__(
        self,
        file: Path,
        clock: Clock,
        *,
        seconds: float,
        root: Path = Path("/"),
        runtime_directory: Path = service_state.RUNTIME_DIRECTORY,
    ) -> None:
        """Looks at nothing yet.

        Args:
            file: ``edge.toml``.
            clock: Time.
            seconds: How long to look for faces.
            root: Where the board's files begin; another folder in tests.
            runtime_directory: Where the service leaves its health note.
        """
        self._file = file
        self._clock = clock
        self._seconds = seconds
        self._board = BoardHealth(root)
        self._facts: Callable[[], BoardFacts] = Once(lambda: read_board(root), "")
        self._config: Callable[[], EdgeConfig] = Once(self._load, "see config")
        self._service = Once(
            lambda: service_state.look_for_service(
                self._config().outbox.file if self._config().broker is not None else None,
                clock.now_ms(),
                runtime_directory,
            ),
            "see config",
        )
        self._scene = Once(self._watch_scene, "see camera")
        self._detector = Once(self._load_detector, "see detector")
        self._classifier = Once(self._load_classifier, "see model")
        self._handshake = Once(self._shake_hands, "see broker")
        self._session = Once(self._open_session, "see broker")

    def checks(self, names: Sequence[str] = NAMES) -> list[Check]:
        """The named checks, in their own order."""
        camera_s = OPENING_S + SETTLE_S + RATE_S + self._seconds
        looks: dict[str, tuple[Callable[[], Finding], float]] = {
            "config": (lambda: configuration(self._config(), self._file), _SHORT_S),
            "versions": (versions, _SHORT_S),
            "watch": (self._watch, _SHORT_S),
            "camera": (self._camera, camera_s),
            "light": (lambda: lighting(self._seen().light), camera_s),
            "focus": (lambda: focus(self._seen().sharpness, self._seen().light), camera_s),
            "face": (self._face, camera_s),
            "detector": (self._finder, _LOADING_S),
            "model": (self._model, _LOADING_S),
            "temperature": (self._temperature, _SHORT_S),
            "throttling": (self._throttling, _SHORT_S),
            "power": (self._power, _SHORT_S),
            "memory": (self._memory, _SHORT_S),
            "clock": (self._wall_clock, _SHORT_S),
            "certificate": (self._certificate, _SHORT_S),
            "key": (self._key, _SHORT_S),
            "broker": (self._broker, 3 * NETWORK_S),
            "policy": (self._policy, 3 * NETWORK_S),
            "disk": (self._disk, _SHORT_S),
            "outbox": (self._outbox, _SHORT_S),
        }
        return [
            Check(
                name=name,
                look=looks[name][0],
                limit_s=looks[name][1],
                mend=_MENDS.get(name, _RESTART),
            )
            for name in NAMES
            if name in names
        ]

    # What several checks need.

    def _load(self) -> EdgeConfig:
        return load_config(self._file)

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._clock.now_ms() / 1000, dt.UTC)

    def _cloud(self) -> BrokerConfig:
        found = self._config().broker
        if found is None:
            raise NotKnownError(_NO_CLOUD)
        return found

    def _load_detector(self) -> FaceDetector:
        wanted = self._config().detector
        return choose_detector(wanted.kind, wanted.yunet_model, wanted.min_face_px)

    def _load_classifier(self) -> TfliteClassifier:
        config = self._config()
        if config.watch.mode is Measuring.COUNT_ONLY:
            raise NotKnownError(_ONLY_COUNTS)
        return TfliteClassifier(config.model.file)

    def _watch_scene(self) -> Scene:
        config = self._config()
        wanted = config.detector
        counted = smallest_face(wanted.min_face_px, config.camera.width)
        smallest = max(_SMALLEST_PX, round(_SEARCHED * counted))
        finder: FaceDetector | None
        try:
            finder = choose_detector(wanted.kind, wanted.yunet_model, smallest)
        except ModelError:
            finder = None  # the check of the detector tells
        source = open_source(config.camera, self._clock)
        live = config.camera.is_live
        return watch_scene(source, finder, self._clock, seconds=self._seconds, live=live)

    def _seen(self) -> Scene:
        """The scene, for those who need at least one look at it."""
        if self._is_held():
            raise NotKnownError(HOLDS)
        scene = self._scene()
        if not scene.looks:
            raise NotKnownError("see camera")
        return scene

    def _is_held(self) -> bool:
        return self._config().camera.is_live and self._service().holds_camera

    def _shake_hands(self) -> Handshake:
        return broker_probe.shake_hands(self._cloud(), NETWORK_S)

    def _open_session(self) -> Session:
        config, now_ms = self._config(), self._clock.now_ms()
        return broker_probe.open_session(
            self._cloud(),
            self._clock,
            client_id=config.device.device_id,
            topic=config.status_topic,
            # The truth: this is only tried while no service runs.
            message=last_will(config.device, model="doctor", now_ms=now_ms),
            timeout_s=NETWORK_S,
        )

    # The checks.

    def _watch(self) -> Finding:
        config = self._config()
        now_ms = trusted_ms(self._clock.now_ms(), config.watch, self._board.clock_synced())
        return watch(decide(config.watch, PauseNote.beside(config.outbox.file).read(), now_ms))

    def _camera(self) -> Finding:
        wanted = self._config().camera
        if self._is_held():
            return warned(HOLDS, FREE_IT)
        try:
            return camera(self._scene(), wanted)
        except CameraError as exc:
            if wanted.is_live and self._service().runs:
                return warned(f"{exc}; perhaps {HOLDS}", FREE_IT)
            return failed(str(exc), PLUG[wanted.source])

    def _face(self) -> Finding:
        scene = self._seen()
        if scene.detector is None:
            raise NotKnownError("see detector")
        scale = 1.0
        with suppress(ModelError, NotKnownError):  # the model's own check tells
            scale = self._classifier.peek().framing(scene.detector).scale
        wanted = self._config().detector.min_face_px
        smallest = smallest_face(wanted, max(scene.width, scene.height))
        return face_size(scene.faces, len(scene.looks), min_face_px=smallest, scale=scale)

    def _finder(self) -> Finding:
        config = self._config()
        wanted = config.detector
        return detector(
            self._detector(),
            kind=wanted.kind,
            yunet_model=wanted.yunet_model,
            width=config.camera.width,
            height=config.camera.height,
        )

    def _model(self) -> Finding:
        classifier = self._classifier()
        name = None
        with suppress(NotKnownError):  # the detector's own check tells
            name = self._detector.peek().name
        return model(classifier, name)

    def _temperature(self) -> Finding:
        return temperature(self._board.temperature_c(), is_pi=self._facts().is_pi)

    def _throttling(self) -> Finding:
        return throttling(self._board.throttle_flags(), is_pi=self._facts().is_pi)

    def _power(self) -> Finding:
        facts = self._facts()
        return power(self._board.throttle_flags(), facts.supply_ma, model=facts.model)

    def _memory(self) -> Finding:
        facts = self._facts()
        return memory(facts.memory_free_mb, facts.swap_used_mb)

    def _wall_clock(self) -> Finding:
        config = self._config()
        issued = None
        if config.broker is not None:
            with suppress(CredentialsError):  # the certificate's own check tells
                issued = certificate_dates(config.broker.certificate_file).not_before
        return clock(
            self._now(),
            synced=self._board.clock_synced(),
            trusted=config.watch.trust_clock,
            zone_name=config.watch.time_zone,
            issued=issued,
        )

    def _certificate(self) -> Finding:
        cloud = self._cloud()
        files = {"device": cloud.certificate_file, "authority": cloud.ca_file}
        dates = {name: certificate_dates(file) for name, file in files.items()}
        return certificates(dates, self._now(), synced=self._board.clock_synced())

    def _key(self) -> Finding:
        return key(self._cloud(), self._config().outbox.file.parent)

    def _broker(self) -> Finding:
        cloud = self._cloud()
        name = f"{cloud.endpoint}:{cloud.port}"
        try:
            handshake = self._handshake()
            session = None if self._service().may_be_connected else self._session()
        except BrokerError as exc:
            return unreachable(exc, name)
        return broker(handshake, session, name=name, now=self._now())

    def _policy(self) -> Finding:
        self._cloud()
        if self._service().may_be_connected:
            return skipped(
                "the service has the one connection of this device's name; stop it to try: "
                "sudo systemctl stop museum-edge"
            )
        self._handshake()  # when that has failed, the broker's check has told
        return policy(self._session(), self._config().status_topic)

    def _disk(self) -> Finding:
        bounds = self._config().outbox
        return disk(read_storage(bounds.file.parent), outbox_max_bytes=bounds.max_bytes)

    def _outbox(self) -> Finding:
        bounds = self._config().outbox
        return outbox(
            read_outbox(bounds.file),
            files_set_aside(bounds.file),
            now_ms=self._clock.now_ms(),
            max_visits=bounds.max_visits,
        )
