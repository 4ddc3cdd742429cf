"""A classifier whose answer is known."""

from edge.crop import CROP_PX
from edge.models import Image, ModelInfo

HAPPY = (0.1, 0.7, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01)


class FakeClassifier:
    """Gives the same eight probabilities for every crop, and keeps count."""

    def __init__(
        self, probabilities: tuple[float, ...] = HAPPY, abstain_below: float = 0.4
    ) -> None:
        self._probabilities = probabilities
        self.info = ModelInfo(version="fake-1", abstain_below=abstain_below)
        self.calls = 0
        self.releases = 0

    def classify(self, crop: Image) -> tuple[float, ...]:
        """The fixed answer; insists on a grey crop [48, 48]."""
        if crop.shape != (CROP_PX, CROP_PX) or crop.dtype.name != "uint8":
            raise ValueError(f"not a crop: {crop.shape} {crop.dtype}")
        self.calls += 1
        return self._probabilities

    def release(self) -> None:
        """Counted."""
        self.releases += 1
