"""The tracks in rows: whose each is, how clean it is, what it looks like, and what the mixer does with it.

The controls are brought to life by player/sound/mixer.js, which plays all tracks from one file.
"""

from collections import Counter
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo import pipeline
from milo_demo.analysis import Analysis, Track
from milo_demo.grid import per_cent
from milo_demo.instruments import BY_NAME
from milo_demo.pipeline import MIX
from milo_demo.ui import words
from milo_demo.ui.colours import style
from milo_demo.ui.player_data import fresh_url

PEAKS = 300
"""Of a waveform: one for every two or three pixels."""
SAID = 3
"""What a track sounds like: the best few names."""

QUALITIES = ((10.0, "clear"), (3.0, "some leak"), (-np.inf, "mostly leak"))
"""From how many dB on which words are said: at 3 dB half as much leaks in as is the instrument's own."""

OFTEN = 0.3
"""Share of the steps with an instrument in the picture in which there have to be several of it to count."""

REST = ("everything else", "…", "#94A3B8", "#000000")
"""The residual's title, sign, colour, and what can be read on it."""

SWITCHES = (
    '<p class="milo-switches">'
    '<label title="The clip as it was: whatever the rows say, every track at its own level">'
    '<input type="checkbox" role="switch" data-do="original"> Original</label>'
    '<label title="Instruments that are soft in the clip are raised, loud ones lowered">'
    '<input type="checkbox" role="switch" data-do="even"> Even loudness</label>'
    '<span class="milo-mixer-says" role="status"></span></p>'
)

DOWNLOADS = {"tracks.zip": "All tracks", "notes.mid": "Notes as MIDI"}


def as_html(analysis: Analysis, folder: Path) -> str:
    """A row for each track, whose files lie in `folder`; empty where there are none."""
    if not analysis.tracks:
        return ""
    outlines = [pipeline.outline(folder / track.path, PEAKS) for track in analysis.tracks]
    highest = max(1e-6, *(float(outline.max()) for outline in outlines))
    rows = (
        _row(analysis, track, outline / highest, folder)
        for track, outline in zip(analysis.tracks, outlines, strict=True)
    )
    return (
        f'<section class="milo-mixer" aria-label="Mixer" data-src="{fresh_url(folder / MIX)}">'
        f'<h2>Tracks</h2>{SWITCHES}<ol class="milo-tracks">{"".join(rows)}</ol></section>'
    )


def pending(analysis: Analysis) -> str:
    """The place of the rows while the clip is being separated: as many as may come, so that what stands below moves
    little. Empty where none will."""
    if not analysis.media.has_audio or analysis.options.separator == "none":
        return ""
    heard = [row for row in analysis.clip if (row.heard or 0) >= analysis.options.threshold]
    places = "<li></li>" * (len(heard) + 1)
    return f'<h2>Tracks</h2><ol class="milo-tracks milo-pending" aria-hidden="true">{places}</ol>'


def downloads(folder: Path) -> str:
    """Buttons for what there is to take away of the tracks."""
    links = (
        f'<a class="milo-download" href="{fresh_url(folder / name)}" download="{name}">{words} <span>{name},'
        f" {_size((folder / name).stat().st_size)}</span></a>"
        for name, words in DOWNLOADS.items()
        if (folder / name).is_file()
    )
    return f'<p class="milo-downloads">{"".join(links)}</p>'


def quality(track: Track) -> str:
    """How clean it is, in words and in dB: "some leak, about 7 dB". Empty where nothing says so."""
    if track.quality_db is None:
        return ""
    words = next(words for least_db, words in QUALITIES if track.quality_db >= least_db)
    return f"{words}, about {track.quality_db:.0f}\u202fdB".replace("-", "−")


def colour(label: str) -> str:
    """Of a track's instrument, or of the residual."""
    return BY_NAME[label].colour if label in BY_NAME else REST[2]


def shared(analysis: Analysis, label: str) -> str:
    """That several players share the track, in a sentence; empty where no more than one is seen for most of the time.

    Who plays the same instrument sounds alike: neither ear nor notes tell such players apart.
    """
    seen = Counter(box.time_s for box in analysis.boxes if box.label == label and box.score >= words.THRESHOLD)
    several = [count for count in seen.values() if count > 1]
    if len(several) <= OFTEN * len(seen):
        return ""
    count, title = round(float(np.median(several))), BY_NAME[label].title
    return f"{count} players of the {title} are in the picture: by ear they cannot be told apart, and share this track."


def _row(analysis: Analysis, track: Track, outline: NDArray[np.float32], folder: Path) -> str:
    instrument = BY_NAME.get(track.label)
    look = (instrument.title, instrument.sign, instrument.colour, instrument.ink) if instrument else REST
    title, sign, colour, ink = look
    named = ", ".join(f"{_title(it['label'])} {per_cent(it['score'])}" for it in track.classified[:SAID])
    told = [f"{track.energy * 100:.0f}\u202f% of the sound", *([f"sounds like {named}\u202f%"] if named else [])]
    said = [note for note in (track.doubt, shared(analysis, track.label)) if note]
    notes = "".join(f'<p class="milo-note">{escape(note)}</p>' for note in said)
    name = escape(title)
    return (
        f'<li class="milo-track" data-track="{escape(track.label)}" data-title="{name}"'
        f' data-energy="{track.energy:.6f}"'
        f' style="{style(colour, ink)}">'
        f'<span class="milo-sign" aria-hidden="true">{sign}</span>'
        f'<span class="milo-name">{name}<span class="milo-remark">{quality(track)}</span></span>'
        f'<span class="milo-alike">{escape("; ".join(told))}</span>'
        f"{_waveform(outline)}"
        f'<span class="milo-faders" role="group" aria-label="{name}">'
        f'<button type="button" data-do="solo" aria-pressed="false" aria-label="Solo {name}" title="Solo">S</button>'
        f'<button type="button" data-do="mute" aria-pressed="false" aria-label="Mute {name}" title="Mute">M</button>'
        f'<button type="button" data-do="only" aria-pressed="false" aria-label="Only {name}">Only</button>'
        f'<button type="button" data-do="cut" aria-label="Mute {name} in the part that is shown"'
        f' title="Mute it in the part that the timelines show; or drag over the waveform">✂</button>'
        f'<input type="range" min="0" max="100" value="100" aria-label="Volume of {name}" aria-valuetext="100 %">'
        f'<a href="{fresh_url(folder / track.path)}" download="{track.path}" aria-label="{name} as FLAC">FLAC</a>'
        f"</span>{notes}</li>"
    )


def _waveform(outline: NDArray[np.float32]) -> str:
    """A waveform's upper and lower edge, (part,) of 0-1, as one shape as wide and high as there is room."""
    heights = (100 * outline).round().astype(int).tolist()
    upper = " ".join(f"{x},{100 - height}" for x, height in enumerate(heights))
    lower = " ".join(f"{x},{101 + height}" for x, height in reversed(list(enumerate(heights))))
    return (
        f'<span class="milo-wave"><svg viewBox="0 0 {len(heights) - 1} 201" preserveAspectRatio="none"'
        f' aria-hidden="true"><path d="M{upper} {lower}Z"/></svg></span>'
    )


def _title(label: str) -> str:
    return BY_NAME[label].title if label in BY_NAME else label


def _size(count: int) -> str:
    """So many bytes, for people."""
    return f"{count / 1e6:.1f}\u202fMB" if count >= 1e5 else f"{count / 1e3:.1f}\u202fkB"
