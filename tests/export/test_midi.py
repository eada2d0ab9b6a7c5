from pathlib import Path

import mido
import pytest

from milo_demo.analysis import Note
from milo_demo.export.midi import PROGRAMS, write_notes
from milo_demo.instruments import LABELS

SCALE = [Note("violin", 0.25 * k, 0.25 * k + 0.2, 60 + k, 12.0, 0.5) for k in range(8)]


def read(folder: Path, notes: list[Note], tempo_bpm: float | None = None) -> mido.MidiFile:
    assert write_notes(notes, tempo_bpm, folder) == ["notes.mid"]
    return mido.MidiFile(folder / "notes.mid")


def keys(track: mido.MidiTrack, file: mido.MidiFile) -> list[tuple[int, float, float, int]]:
    """What is played in a track: (pitch, start_s, end_s, velocity)."""
    tempo = next(message.tempo for message in file.tracks[0] if message.type == "set_tempo")
    now, down, found = 0, {}, []
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            assert message.note not in down, "struck while it is down"
            down[message.note] = now, message.velocity
        elif message.type == "note_on":
            start, velocity = down.pop(message.note)
            ticks = (mido.tick2second(tick, file.ticks_per_beat, tempo) for tick in (start, now))
            found.append((message.note, *ticks, velocity))
    assert not down
    return sorted(found, key=lambda key: key[1])


@pytest.mark.parametrize("tempo_bpm", [None, 47.3, 120.0, 211.7])
def test_notes_come_at_their_seconds_at_any_tempo(tmp_path, tempo_bpm):
    file = read(tmp_path, SCALE, tempo_bpm)
    assert file.tracks[0][0].tempo == mido.bpm2tempo(tempo_bpm or 120)
    for key, note in zip(keys(file.tracks[1], file), SCALE, strict=True):
        assert key == (note.midi, pytest.approx(note.start_s, abs=1e-3), pytest.approx(note.end_s, abs=1e-3), 64)


def test_every_instrument_has_its_track_its_channel_and_its_sound(tmp_path):
    file = read(tmp_path, [Note(label, 0, 1, 60, 0, 1) for label in ("violin", "french_horn", "ukulele")])
    assert [track.name for track in file.tracks[1:]] == ["French horn", "ukulele", "violin"]
    sounds = [message for track in file.tracks for message in track if message.type == "program_change"]
    assert [message.program for message in sounds] == [60, 24, 40]
    assert len({message.channel for message in sounds}) == 3


def test_the_drums_have_the_tenth_channel_for_themselves(tmp_path):
    file = read(tmp_path, [Note(label, 0, 1, 60, 0, 1) for label in LABELS])
    channels = {track.name: {m.channel for m in track if m.type == "note_on"} for track in file.tracks[1:]}
    assert {name for name, used in channels.items() if 9 in used} == {"congas", "drum"}
    assert len(channels) == len(LABELS) and all(len(used) == 1 for used in channels.values())


def test_no_two_of_all_instruments_share_a_channel_of_one_cable(tmp_path):
    file = read(tmp_path, [Note(label, 0, 1, 60, 0, 1) for label in PROGRAMS])
    places = []
    for track in file.tracks[1:]:
        port = next((message.port for message in track if message.type == "midi_port"), 0)
        places.append((port, next(message.channel for message in track if message.type == "program_change")))
    assert len(set(places)) == len(PROGRAMS) == 24


def test_a_key_that_is_struck_again_comes_up_before(tmp_path):
    again = [Note("piano", 0.0, 1.0, 60, 0, 1), Note("piano", 0.5, 1.5, 60, 0, 1), Note("piano", 0.0, 2.0, 67, 0, 1)]
    file = read(tmp_path, again)
    found = {(pitch, round(start_s, 2), round(end_s, 2)) for pitch, start_s, end_s, _ in keys(file.tracks[1], file)}
    assert found == {(60, 0.0, 0.5), (60, 0.5, 1.5), (67, 0.0, 2.0)}


def test_two_players_of_one_pitch_sound_as_long_as_either(tmp_path):
    """As where a track was renamed to another's name."""
    both = [(0.0, 10.0), (2.0, 3.0), (20.0, 22.0), (20.0, 21.0)]
    file = read(tmp_path, [Note("piano", *when, 60, 0, 1) for when in both])
    found = [(round(start_s, 2), round(end_s, 2)) for _, start_s, end_s, _ in keys(file.tracks[1], file)]
    assert found == [(0.0, 2.0), (2.0, 10.0), (20.0, 22.0)]


def test_the_shortest_and_the_faintest_note_are_notes(tmp_path):
    file = read(tmp_path, [Note("flute", 1.0, 1.0, 72, 0, 0.0)])
    ((pitch, start_s, end_s, velocity),) = keys(file.tracks[1], file)
    assert (pitch, velocity) == (72, 1) and start_s < end_s


def test_without_notes_there_is_no_file(tmp_path):
    assert write_notes([], 96.0, tmp_path) == [] and list(tmp_path.iterdir()) == []
