"""The gallery film's pictures."""

import itertools

import numpy as np

from workload.choreography import choreograph
from workload.cutouts import astronaut, hopper
from workload.film import frames
from workload.gallery import HEIGHT, STILL_FACE, WIDTH, paint_room


def test_same_seed_same_pixels_other_seed_other_pixels() -> None:
    """A film can be made again anywhere, and varied."""
    choreography = choreograph(44.0, 7)
    first, second = frames(choreography, 7), frames(choreography, 7)
    for a, b in itertools.islice(zip(first, second, strict=True), 3):
        assert a.shape == (HEIGHT, WIDTH, 3)
        np.testing.assert_array_equal(a, b)
    (a,), (b,) = (list(itertools.islice(frames(choreography, s), 1)) for s in (7, 8))
    assert (a != b).any()


def test_the_wall_portrait_differs_from_frame_to_frame_by_noise_only() -> None:
    """The portrait hangs still: its mean over frames is as painted, its spread the sensor's."""
    x, y, w, h = STILL_FACE
    sample = list(itertools.islice(frames(choreograph(44.0, 7), 7), 40))[::4]
    faces = np.array([f[y : y + h, x : x + w] for f in sample], np.float64)
    painted = paint_room()[y : y + h, x : x + w].astype(np.float64)
    assert abs(faces.mean(axis=0) - painted).mean() < 1.0
    assert 1.0 < faces.std(axis=0).mean() < 3.0


def test_cutouts_have_clear_corners_and_a_solid_face() -> None:
    """What is not the person is transparent."""
    for person in (astronaut(), hopper()):
        alpha = person.pixels[..., 3]
        x, y = (int(v) for v in person.face)
        assert alpha[0, 0] == alpha[0, -1] == 0
        assert alpha[y, x] == 255
        assert not person.pixels[alpha == 0].any()


def test_a_resized_and_mirrored_cutout_keeps_its_face_in_place() -> None:
    """Face position and width follow the picture."""
    person = hopper()
    half = person.resized(person.face_px / 2)
    assert half.pixels.shape[1] == person.pixels.shape[1] // 2
    assert half.face == (person.face[0] / 2, person.face[1] / 2)
    twice = person.mirrored().mirrored()
    np.testing.assert_array_equal(twice.pixels, person.pixels)
    assert twice.face == person.face
