"""What comes before the senses: what the source is, how much room its result takes, and the clip that is made of it."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from milo_demo import machine
from milo_demo.analysis import Analysis, Media
from milo_demo.errors import MiloError
from milo_demo.grid import SIDE_PX, steps_in
from milo_demo.instruments import BY_NAME
from milo_demo.maps import Maps
from milo_demo.media import decode, downmix
from milo_demo.media.limits.clock import restarts_at_s
from milo_demo.media.normalise import LONGEST_S, copy_bytes, span
from milo_demo.media.presence import LEAST_S, picture_span
from milo_demo.media.probe import Probe, open_media, probe
from milo_demo.media.projection import assumption
from milo_demo.options import AnalysisOptions
from milo_demo.separation.separated import SWITCHED_OFF, about_tracks

SMALLEST_RESULT = 32_000_000
"""Bytes that a result may take whatever the clip: maps, tables, and FFmpeg's needs on the way."""

TRACKS_BYTES = 2 * 4 * 2
"""For each sample: four tracks in FLAC, which takes about two of 24-bit sound's three bytes, and their copies."""


def read(source: str | Path, options: AnalysisOptions) -> Generator[float, None, tuple[Probe, list[str]]]:
    """What the source is, and what people should know about it."""
    found = probe(source, options.audio_track)
    if options.projection != "auto":
        found = replace(found, projection=options.projection, projection_assumed=False)
    taken_s, warnings = span(found, options.start_s, options.duration_s)
    warnings = [*found.notes, *warnings]
    if found.projection_assumed:
        warnings.append(assumption(found.name, found.projection))
    warnings += _restart(found)
    yield 0.5
    if found.audio_channels > 1:
        from milo_demo.features.log_mel import RATE_HZ
        from milo_demo.hearing.localise import recognise

        pieces = []
        for piece in decode.pieces(found, RATE_HZ, options.start_s, taken_s):  # many channels take seconds
            pieces.append(piece)
            yield 0.5
        found, doubts = recognise(found, pieces)
        found, losses = downmix.settle(found, pieces, RATE_HZ)
        warnings += doubts + losses
    return found, warnings


def size(found: Probe, options: AnalysisOptions) -> int:
    """About how many bytes the result takes."""
    copies = 2 if options.annotated else 1
    taken = SMALLEST_RESULT + copies * copy_bytes(found, options.start_s, options.duration_s)
    if options.separator == "none" or not found.has_audio:
        return taken
    taken_s, _ = span(found, options.start_s, options.duration_s)
    return taken + round(taken_s * found.audio_rate_hz * found.audio_channels * TRACKS_BYTES)


def begin(found: Probe, video: Path, options: AnalysisOptions, warnings: list[str]) -> Analysis:
    """The analysis as it stands once the clip is normalised: the media, an empty grid, the first warnings."""
    from milo_demo.models.trunk import MIN_SIDE_PX

    copy = probe(video)
    picture = picture_span(found, video, options.start_s)
    narrow = copy.has_video and SIDE_PX * min(copy.width, copy.height) < MIN_SIDE_PX * max(copy.width, copy.height)
    media = Media(
        source_name=found.name,
        duration_s=copy.duration_s,
        width=copy.width,
        height=copy.height,
        fps=copy.fps,
        has_video=copy.has_video and picture is not None and not narrow,
        has_audio=copy.has_audio,
        projection=found.projection,
        projection_assumed=found.projection_assumed,
        picture_from_s=picture.from_s if picture else 0.0,
        picture_to_s=picture.to_s if picture else None,
        source_s=found.duration_s,
        audio_layout=found.audio_layout,
    )
    analysis = Analysis(media, Maps.empty(steps_in(media.duration_s)), options)
    if not media.has_audio:
        analysis.warnings.append("The clip has no sound: only what is seen is shown.")
    if narrow:
        analysis.warnings.append(
            f"The picture is too narrow to be looked at: it may be {SIDE_PX // MIN_SIDE_PX} times as long as wide."
        )
    if not media.has_video:
        analysis.warnings.append("The clip has no picture: only what is heard is shown.")
    elif picture:
        analysis.warnings += picture.warnings()
    if options.playing and options.separator == "none":  # the page's own wish may be from when there were tracks
        analysis.warnings.append(SWITCHED_OFF.format(", ".join(BY_NAME[label].title for label in options.playing)))
    analysis.warnings += warnings + left_out(media, options)
    return analysis


def take_over(earlier: Path, folder: Path, options: AnalysisOptions) -> Analysis:
    """An earlier result of the same part as it was before there were tracks, its clip in `folder`.

    Raises MiloError where the result or its clip is gone, or there is no room for it.
    """
    analysis = Analysis.load(earlier)
    try:
        machine.also_at(earlier / "video.mp4", folder / "video.mp4")
    except OSError as error:
        raise MiloError("The clip of the last result is gone or cannot be copied: analyse the clip again.") from error
    analysis.options = replace(analysis.options, separator=options.separator, players=options.players)
    analysis.warnings = [warning for warning in analysis.warnings if not about_tracks(warning)]
    analysis.tracks, analysis.notes, analysis.files = [], [], {}
    return analysis


def left_out(media: Media, options: AnalysisOptions) -> list[str]:
    """What of the source is not in the analysis, a sentence each: what was not asked for, what could not be read."""
    if media.source_s is None:
        return []
    left_s = media.source_s - options.start_s
    asked_s = min(left_s, LONGEST_S, options.duration_s or left_s)
    end_s, said = options.start_s + asked_s, []
    if options.start_s >= LEAST_S or media.source_s - end_s >= LEAST_S:
        said.append(f"{_clock(options.start_s)} to {_clock(end_s)} of {_clock(media.source_s)} is analysed.")
    if asked_s - media.duration_s >= LEAST_S:
        said.append(
            f"Only {media.duration_s:.1f} s of these {asked_s:.1f} s could be read: the file is damaged or incomplete."
        )
    return said


def _restart(found: Probe) -> list[str]:
    """A sentence where the file's clock starts anew on its way."""
    used = [index for index in (found.video_index, found.audio_index) if index is not None]
    with open_media(found.path) as container:
        at_s = restarts_at_s(container, used)
    if at_s is None:
        return []
    return [
        f"The clock of {found.name} starts anew at {_clock(at_s)}: what comes after that is left out; join the pieces "
        "into an MP4 to have all of it."
    ]


def _clock(time_s: float) -> str:
    """Minutes and seconds, as players show them: 5:12."""
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes}:{seconds:02d}"
