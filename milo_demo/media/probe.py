"""What a file is: the one place that looks at what people bring, and the one way to open it.

The source's clock starts at 0 with whatever begins first, picture or sound: that is where players show 0:00, and where
`start_s` counts from. Files lie about their names and their contents may be hostile (a playlist called .mp4 that names
other files or servers), so only plain containers are opened, and they may read nothing but themselves.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.error import FFmpegError

from milo_demo.errors import MiloError
from milo_demo.media import duration, tracks
from milo_demo.media.colour import UNSAID, Colour, colour_of
from milo_demo.media.glances import glances
from milo_demo.media.limits import cost
from milo_demo.media.limits.encryption import refuse_encrypted
from milo_demo.media.projection import FLAT, SPHERE, has_two_readings, likely_projection, said_projection
from milo_demo.media.stereo3d import NO_STEREO, Stereo, seen_size, stereo_of
from milo_demo.media.tracks import Track, video_streams

CONTAINERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dv,eac3,flac,flv,gif,ivf,matroska,mov,mp3,mpeg,mpegts,mxf,nut,ogg,rm,tta,"
    "voc,w64,wav,wv,yuv4mpegpipe"
)
"""FFmpeg's names of the formats that may be opened: none that refers to other files, none without time stamps."""

INPUT_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}

LOOKED_AT = (1 / 6, 1 / 2, 5 / 6)
"""Where in a file, as shares of its length, a picture is looked at that does not say what it is."""


@dataclass(frozen=True)
class Probe:
    """What one file holds.

    path                  : where it lies
    name                  : its name as it may be shown to people, without control characters
    duration_s            : of the picture and sound that are used, from the file's first frame or sample
    has_video, has_audio  : whether there is a moving picture (cover art is none) and sound, both decodable
    width, height         : of the picture as one eye sees it: upright, square pixels; 0 without picture
    fps                   : average frame rate, Hz; 0 without picture
    rotation_deg          : clockwise turn that makes the stored picture upright: 0, 90, 180, 270 where phones did it
    audio_rate_hz, audio_channels : as stored; 0 without sound
    audio_layout          : FFmpeg's name of it, such as ``stereo`` or ``ambisonic 1``; empty without sound
    projection            : ``flat`` or ``equirectangular``
    video_index, audio_index : FFmpeg's numbers of the streams used; None where there is none
    sound_tracks          : all that there are to choose from
    notes                 : what people should know about the choice of tracks, a sentence each
    only_channel          : the one channel to listen to, from 0, where the sum would cancel (see `downmix`); else None
    projection_assumed    : whether nothing in the file says which of the two it is, though it could be either
    stereo                : how two eyes' pictures are put together in a frame, where the file says that they are
    colour                : what the numbers of the picture mean as colours
    picture_from_s        : when the first frame is shown, 0 for most files
    """

    path: Path
    name: str
    duration_s: float
    has_video: bool
    has_audio: bool
    width: int
    height: int
    fps: float
    rotation_deg: int
    audio_rate_hz: int
    audio_channels: int
    audio_layout: str
    projection: str
    video_index: int | None
    audio_index: int | None
    sound_tracks: tuple[Track, ...] = ()
    notes: tuple[str, ...] = ()
    only_channel: int | None = None
    projection_assumed: bool = False
    stereo: Stereo = NO_STEREO
    colour: Colour = UNSAID
    picture_from_s: float = 0.0


def probe(path: str | Path, audio_track: int | None = None) -> Probe:
    """Look at one file: headers, its first frames and samples. Takes milliseconds for most files; those that do not
    know their length, or whose tracks differ in size only, are read through (without decoding).

    audio_track : the sound track to use, from 1; None takes the one that `tracks` chooses

    Raises MiloError if the file is missing, empty, unreadable, holds neither picture nor sound, or has no such track.

    Examples
    --------
    >>> found = probe("assets/examples/drawn_duet.mp4")
    >>> found.width, found.height, found.has_audio, found.projection
    (640, 360, True, 'flat')

    See also `normalise.normalise`, which takes what is found here.
    """
    path = Path(path)
    name = shown_name(path)
    reopen = partial(open_media, path)
    with reopen() as container:
        refuse_encrypted(container, name)
    with reopen() as container:
        frames = tracks.first_frames(container)
        pictures = tracks.listed([s for s in container.streams.video if not s.disposition & tracks.STILL], frames)
        sounds = tracks.listed(container.streams.audio, frames)
        seen = tracks.choose(pictures, reopen)
        heard = tracks.wished(audio_track, sounds, name) if audio_track else tracks.choose(sounds, reopen)
        if seen is None and any(map(tracks.is_too_large, video_streams(container))):
            raise MiloError(f"{name} is larger than 8192 × 8192 pixels, or 140 MB a frame: scale it down first.")
        if seen is None and heard is None:
            raise MiloError(f"{name} holds neither picture nor sound that can be read: choose a video or sound file.")
        frame, samples = (frames[track.index] if track else None for track in (seen, heard))
        if samples is not None:
            cost.refuse_sound(name, samples.sample_rate, samples.layout.nb_channels)
        notes = tracks.said(name, "picture", seen, pictures)
        found = Probe(
            path=path,
            name=name,
            duration_s=duration.length_s(container, [t.index for t in (seen, heard) if t], reopen),
            has_video=False,
            has_audio=samples is not None,
            width=0,
            height=0,
            fps=0.0,
            rotation_deg=0,
            audio_rate_hz=samples.sample_rate if samples is not None else 0,
            audio_channels=samples.layout.nb_channels if samples is not None else 0,
            audio_layout=samples.layout.name if samples is not None else "",
            projection=FLAT,
            video_index=None,
            audio_index=heard.index if heard else None,
            sound_tracks=tuple(sounds),
            notes=tuple(notes if audio_track else notes + tracks.said(name, "sound", heard, sounds)),
        )
        if seen is None or frame is None:
            return found
        video = cast(av.VideoStream, container.streams[seen.index])
        found = replace(found, fps=cost.frames_per_s(name, video, reopen))
        return _with_picture(found, container, video, frame)


def shown_name(path: Path) -> str:
    """The file's name as it may be shown: no folders, no control, direction or undecodable characters."""
    return "".join(c for c in path.name if c.isprintable()).strip() or "The file"


def open_media(path: Path) -> InputContainer:
    """Open a file for reading, and nothing else through it. Raises MiloError if it is missing, empty or unreadable."""
    name = shown_name(path)
    try:
        if path.is_dir():
            raise MiloError(f"{name} is a folder: choose a video or sound file.")
        if not path.is_file():
            raise MiloError(f"{name} does not exist: check the path.")
        if path.stat().st_size == 0:
            raise MiloError(f"{name} is empty (0 bytes): copy or record it again.")
        # "file:" keeps a name such as "a:b.mp4" from being read as a protocol.
        return av.open(f"file:{path}", options=INPUT_OPTIONS, metadata_errors="replace")
    except PermissionError as error:
        raise MiloError(f"{name} may not be read: check its permissions.") from error
    except FFmpegError as error:
        raise MiloError(
            f"{name} cannot be read as video or sound: it may be damaged, incomplete or another kind of file; "
            "choose one that plays elsewhere."
        ) from error


def origin_s(container: InputContainer) -> float:
    """Where the source's clock starts, in the container's own time stamps."""
    return (container.start_time or 0) / av.time_base


def _with_picture(found: Probe, container: InputContainer, video: av.VideoStream, frame: av.VideoFrame) -> Probe:
    """What the first frame and its stream say of the picture; where they say too little, a look at a few more."""
    rotation_deg = -frame.rotation % 360
    stereo, projection = stereo_of(frame, found.path), said_projection(frame)
    width, height, aspect = frame.width, frame.height, video.sample_aspect_ratio or Fraction(1)
    if rotation_deg in (90, 270):
        width, height, aspect = height, width, 1 / aspect
    width, height = seen_size(width, height, aspect, stereo, spherical=projection == SPHERE)
    assumed = not projection and has_two_readings(width, height)
    if assumed:
        times_s = [share * found.duration_s for share in LOOKED_AT]
        projection = likely_projection(glances(container, video, times_s), width, stereo)
    return replace(
        found,
        has_video=True,
        width=width,
        height=height,
        rotation_deg=rotation_deg,
        projection=projection or FLAT,
        video_index=video.index,
        projection_assumed=assumed,
        stereo=stereo,
        colour=colour_of(frame),
        picture_from_s=max(0.0, (frame.time or 0.0) - origin_s(container)),
    )
