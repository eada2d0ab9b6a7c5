import numpy as np
import pytest

from milo_demo import AnalysisOptions
from milo_demo.media.normalise import normalise
from milo_demo.media.probe import probe
from milo_demo.pipeline import left_out
from milo_demo.pipeline.intake import begin, read
from milo_demo.separation.separated import about_tracks
from tests.media.making import clip


def outcome(work):
    """What a generator returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def begun(source, folder, options=None):
    """The analysis as it stands when the clip has been made."""
    options = options or AnalysisOptions()
    found, warnings = outcome(read(source, options))
    list(normalise(found, folder / "video.mp4", options.start_s, options.duration_s))
    return begin(found, folder / "video.mp4", options, warnings)


@pytest.mark.parametrize("start_s, duration_s, said", [
    (0.0, None, []),
    (0.0, 9.0, []),
    (0.0, 1.0, ["0:00 to 0:01 of 0:04 is analysed."]),
    (2.0, None, ["0:02 to 0:04 of 0:04 is analysed."]),
])  # fmt: skip
def test_what_was_not_asked_for_is_said(tmp_path, start_s, duration_s, said):
    source = clip(tmp_path / "whole.mp4", duration_s=4.0)
    analysis = begun(source, tmp_path, AnalysisOptions(start_s, duration_s))
    assert analysis.warnings == left_out(analysis.media, analysis.options) == said


def test_whoever_was_to_have_a_track_while_there_are_none_is_told(tmp_path):
    source = clip(tmp_path / "whole.mp4", duration_s=1.0)
    for separator, told in (("none", ["Tracks are switched off, and so none is made of: violin."]), ("notes", [])):
        analysis = begun(source, tmp_path, AnalysisOptions(separator=separator, players="Violins"))
        assert analysis.warnings == told and all(map(about_tracks, told))


def test_what_a_damaged_file_does_not_hold_is_said(tmp_path):
    source = clip(tmp_path / "whole.mp4", "-movflags", "+faststart", duration_s=8.0)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(source.read_bytes()[: round(0.75 * source.stat().st_size)])
    assert probe(broken).duration_s == pytest.approx(8, abs=0.2), "it says that it is whole"
    analysis = begun(broken, tmp_path)
    [said] = left_out(analysis.media, analysis.options)
    assert said in analysis.warnings and said.endswith("could be read: the file is damaged or incomplete.")
    assert np.isclose(float(said.split()[1]), analysis.media.duration_s, atol=0.1)
