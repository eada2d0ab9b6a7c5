"""The notes as a MIDI file: notes.mid, for notation programs and samplers."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import mido

from milo_demo.analysis import Note
from milo_demo.corrections import Correction
from milo_demo.instruments import ALIASES, BY_NAME

TICKS_PER_BEAT = 960
"""Half a tick is a third of a millisecond at 100 beats per minute: finer than notes are found."""
DEFAULT_BPM = 120.0
"""Of a clip without a steady beat; seconds come out right with any."""

PERCUSSION_CHANNEL = 9
"""The tenth, counted from 0: General MIDI's place for drums."""
PERCUSSION = {"drum", "congas"}
PITCHED_CHANNELS = [channel for channel in range(16) if channel != PERCUSSION_CHANNEL]

PROGRAMS = {
    **{label: int(number) for number, label in reversed(ALIASES["general_midi"].items()) if label not in PERCUSSION},
    "ukulele": 24,  # General MIDI has none: a guitar with nylon strings
    "xylophone": 13,  # and not the marimba
}
"""General MIDI's program for each pitched label, counted from 0: its first where it has several."""


def write_notes(
    notes: list[Note], tempo_bpm: float | None, folder: Path, by_hand: Sequence[Correction] = ()
) -> list[str]:
    """Write notes.mid into an existing folder: a track per instrument, each on a channel of its own with General MIDI's
    program for it. Its name in a list; an empty one where there are no notes.

    tempo_bpm : the clip's tempo; None where it has no steady beat. The file's clock begins with the clip and not with
                a bar, so that bar lines do not mean anything
    by_hand   : corrections, which a text in the file tells

    How loud a note is says how sure it is. Pitches are whole semitones: MIDI bends channels and not notes, so that the
    cents are told in analysis.json only.
    """
    if not notes:
        return []
    tempo = mido.bpm2tempo(tempo_bpm or DEFAULT_BPM)
    header = [mido.MetaMessage("set_tempo", tempo=tempo)]
    header += [mido.MetaMessage("text", text=f"Corrected by hand: {correction}") for correction in by_hand]
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, tracks=[mido.MidiTrack(header)])
    ordered = sorted(notes, key=lambda note: (note.label, note.midi, note.start_s))
    for number, (label, own) in enumerate(groupby(ordered, key=lambda note: note.label)):
        file.tracks.append(_track(number, label, list(own), tempo))
    file.save(folder / "notes.mid")
    return ["notes.mid"]


def _track(number: int, label: str, notes: list[Note], tempo: int) -> mido.MidiTrack:
    """The notes of one instrument, which is the file's `number`th from 0."""
    port, place = divmod(number, len(PITCHED_CHANNELS))
    channel = PERCUSSION_CHANNEL if label in PERCUSSION else PITCHED_CHANNELS[place]
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=BY_NAME[label].title)])
    if port:  # of more instruments than a cable has channels, the others go through a second cable
        track.append(mido.MetaMessage("midi_port", port=port))
    if label not in PERCUSSION:
        track.append(mido.Message("program_change", program=PROGRAMS[label], channel=channel))
    now = 0
    for tick, velocity, pitch in sorted(_changes(notes, tempo)):
        track.append(mido.Message("note_on", note=pitch, velocity=velocity, channel=channel, time=tick - now))
        now = tick
    return track


def _changes(notes: list[Note], tempo: int) -> Iterator[tuple[int, int, int]]:
    """Where keys go down and up: (tick, velocity, pitch), velocity 0 for up, which sorts first.

    notes : sorted by pitch, then by their beginning; a key that is struck again while it is down comes up before, and
            stays down as long as the longer note
    """
    for pitch, same in groupby(notes, key=lambda note: note.midi):
        struck: dict[int, tuple[int, int]] = {}
        end = 0
        for note in same:
            start, own_end = (mido.second2tick(at_s, TICKS_PER_BEAT, tempo) for at_s in (note.start_s, note.end_s))
            end = max(own_end, start + 1, end)
            velocity = max(1, round(127 * note.score), struck.get(start, (0, 0))[1])
            struck[start] = end, velocity
        for (start, (end, velocity)), following in zip(struck.items(), [*list(struck)[1:], None], strict=True):
            yield start, velocity, pitch
            yield end if following is None else min(end, following), 0, pitch
