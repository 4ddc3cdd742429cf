"""``museum-edge doctor``: one check a file, each of them judging figures that a probe has read."""
