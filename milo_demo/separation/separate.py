"""The sense of separating: a clip's sound in, a file per instrument and the notes that it plays out."""

import math
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo import weights
from milo_demo.analysis import Analysis, Note, Track
from milo_demo.features.stft import TRACK_HZ
from milo_demo.folder import MASK, MIX, TRACKS
from milo_demo.instruments import BY_NAME, RESIDUAL
from milo_demo.media import decode
from milo_demo.media.downmix import mixed
from milo_demo.media.opus import OpusWriter
from milo_demo.media.probe import Probe
from milo_demo.models.spectrogram import PatchNet
from milo_demo.separation.files import TrackWriters
from milo_demo.separation.gate import by_ear
from milo_demo.separation.mask_picture import write_mask
from milo_demo.separation.namer import Namer
from milo_demo.separation.names import alone, players, renamed, suspects, there
from milo_demo.separation.networks import Networks, load
from milo_demo.separation.notes.joined import TimedNote
from milo_demo.separation.notes.owners import find_notes, owners, pitched
from milo_demo.separation.notes.salience import Salience
from milo_demo.separation.published.plans import Plan, by_htdemucs, by_nmf, by_semantic
from milo_demo.separation.separated import NOBODY, NOT_THERE, UNNAMED, Separated
from milo_demo.separation.stream import separated
from milo_demo.separation.stretch import Stretch, both_ways, heard_notes, take_apart

SAMPLES, SAMPLE_S = 5, 8.0
"""How many parts of a clip are heard first, and how long each is at most."""
RESTS = 0.5
"""Whoever plays in the loudest part less than so much of what they play in another is named by that other."""
MOST_CHANNELS = 8
"""What a FLAC file holds."""
EARS = 2
DOUBTFUL_DB = 3.0
UNSURE = 0.6
"""Mean score of a track's notes below which they may be somebody else's."""
LEAK = "Probably more of other instruments than of this one."
SWAPPED = "Some of these notes may be another instrument's."


def separate(
    source: Probe, start_s: float, duration_s: float, analysis: Analysis, folder: Path
) -> Generator[float, None, Separated]:
    """Take a part of a source apart; yield the fraction done, return what was found.

    analysis : what is heard and seen in it, which says who gets a track, and by which separator
    folder   : where the tracks' files are written, all or none

    Raises MiloError where a checkpoint cannot be had or the disk has no room.

    See also `stream.separated`, which takes any sound apart, and `hearing.listen`.
    """
    classifier = weights.load("spectrogram").module
    channels = source.audio_channels if source.audio_channels <= MOST_CHANNELS else 1

    def mono(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        return mixed(sound, source.audio_layout, source.only_channel)[0]

    method, asked = analysis.options.separator, analysis.options.playing
    samples, sounding = list[NDArray[np.float32]](), list[Salience]()
    if method == "semantic":
        plan = by_semantic(analysis, list(_samples(source, start_s, duration_s)), mono)
    elif method == "htdemucs":
        plan = by_htdemucs()
    else:
        networks, suspected = load(), {} if asked else suspects(analysis.clip)
        for sample in _samples(source, start_s, duration_s) if suspected else ():
            samples.append(sample)
            sounding.append(heard_notes(sample, networks))
            yield 0.0  # a moment to cancel
        if asked:
            scores = {row.label: row.heard or 0.0 for row in analysis.clip}
            named = there(asked, scores, _samples(source, start_s, duration_s), networks, classifier)
        else:
            lonely = alone(analysis.maps.sound)
            named = name_players(suspected, samples, networks, classifier, _surely(analysis), lonely, sounding)
        plan = by_nmf(named, mono) if method == "nmf" else _by_notes(named, networks, analysis, mono)
    labels = plan.labels
    namer = Namer(classifier, len(labels))
    energy, promised, notes, done_s = np.zeros(len(labels) + 1), np.zeros(len(labels)), list[Note](), 0.0
    with (
        TrackWriters(folder, [*labels, RESIDUAL], TRACK_HZ, channels) as writers,
        OpusWriter(folder / MIX, TRACK_HZ, EARS * (len(labels) + 1)) as mix,
    ):
        for piece in separated(_sound(source, start_s, duration_s, channels), plan.apart):
            writers.write(piece.tracks)
            mix.write(np.concatenate([_to_two_ears(track, source) for track in piece.tracks]))
            own = np.square(piece.tracks).sum(axis=(1, 2), dtype=np.float64)
            energy += own
            promised += own[:-1] * (piece.expected or [np.nan])
            namer.listen(np.array([mono(track) for track in piece.tracks[:-1]]))
            notes += (_note(note, labels, duration_s) for note in piece.notes)
            done_s += piece.tracks.shape[-1] / TRACK_HZ
            yield min(1.0, done_s / duration_s)
    write_mask(writers.paths, [*labels, RESIDUAL], folder / MASK)
    shares = energy / max(energy.sum(), 1e-12)
    named = [*namer.names(), []]
    quality = [
        float(part / whole) if whole and np.isfinite(part) else None
        for part, whole in zip(promised, energy, strict=False)
    ]
    tracks = [
        Track(TRACKS[label], label, method, quality_db, float(share), names, _doubt(label, quality_db, notes))
        for label, quality_db, share, names in zip([*labels, RESIDUAL], [*quality, None], shares, named, strict=True)
    ]
    warnings = _of_names(asked, labels, analysis) if asked else [] if labels else [NOBODY]
    return Separated(tuple(tracks), tuple(sorted(notes, key=lambda note: note.start_s)), tuple(warnings), plan.used)


def _by_notes(
    labels: list[str],
    networks: Networks,
    analysis: Analysis,
    mono: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> Plan:
    """Ours: each player by notes or by the mask network, as it promises more."""
    heard = by_ear(analysis.maps.sound, analysis.maps.others, labels)

    def apart(sound: NDArray[np.float32], at_s: float) -> Stretch:
        return take_apart(sound, mono(sound), labels, networks, heard=heard.since(at_s))

    return Plan(labels, apart, networks.used)


def name_players(
    suspected: Mapping[str, float],
    samples: Sequence[NDArray[np.float32]],
    networks: Networks,
    classifier: PatchNet,
    surely: Collection[str] = (),
    lonely: Collection[str] = (),
    sounding: Sequence[Salience] | None = None,
) -> list[str]:
    """Who gets a track.

    suspected  : label -> score of the ear, from `suspects`
    samples    : of the clip's sound, (sample,) each, at 44.1 kHz
    classifier : that names what it hears alone
    surely     : labels that are known otherwise to be there
    lonely     : those that are heard alone, from `names.alone`
    sounding   : what the note network hears in each of the samples; None where nobody has asked it yet
    """
    sounding = [heard_notes(sample, networks) for sample in samples] if sounding is None else sounding
    labels = players(suspected, sounding, networks.owner, surely, lonely)
    known = {*surely, *lonely}
    if len(pitched(labels)) < 2 or known.issuperset(pitched(labels)):  # one among drums is known well enough
        return labels
    namer = Namer(classifier, len(labels))
    named_by = _named_by(labels, samples, sounding, networks)
    for part in {part for label, part in named_by.items() if label not in known}:
        sample, those = samples[part], [[named_by.get(label) == part] for label in labels]
        tracks = both_ways(sample[None], sample, labels, networks).by_notes[:-1, 0]
        namer.listen(np.where(those, tracks, np.float32(0)))
    return renamed(labels, namer.scores, suspected, known)


def _named_by(
    labels: Sequence[str], samples: Sequence[NDArray[np.float32]], sounding: Sequence[Salience], networks: Networks
) -> dict[str, int]:
    """By which of the samples each who plays notes is named: the loudest, but whoever rests there by one in which they
    play most."""
    loudest = int(np.argmax([np.square(sample).sum() for sample in samples]))
    playing = pitched(labels)
    lengths = np.zeros((len(samples), len(playing)))
    for part, heard in enumerate(sounding):
        for note in find_notes(heard, owners(heard, networks.owner, playing), playing):
            lengths[part, note.player] += note.end - note.start
    rest = lengths[loudest] < RESTS * lengths.max(axis=0)
    return dict(zip(playing, np.where(rest, lengths.argmax(axis=0), loudest).tolist(), strict=True))


def _of_names(asked: Collection[str], labels: Collection[str], analysis: Analysis) -> list[str]:
    """What those should know who said who plays."""
    sounding = [row.label for row in analysis.clip if (row.heard or 0) >= analysis.options.threshold]
    told = (
        (NOT_THERE, [label for label in asked if label not in labels]),
        (UNNAMED, [label for label in sounding if label not in asked]),
    )
    return [words.format(", ".join(BY_NAME[label].title for label in some)) for words, some in told if some]


def _surely(analysis: Analysis) -> list[str]:
    """Labels that are heard and seen, and the voice, which the ear knows among all others."""
    both = [row.label for row in analysis.clip if min(row.heard or 0, row.seen or 0) >= analysis.options.threshold]
    return [*both, "voice"]


def _to_two_ears(sound: NDArray[np.float32], source: Probe) -> NDArray[np.float32]:
    """A track (channel, sample) as a page plays it: in stereo where the source is, else the same on both sides."""
    if len(sound) == EARS and source.only_channel is None:
        return sound
    return np.repeat(mixed(sound, source.audio_layout, source.only_channel), EARS, axis=0)


def _doubt(label: str, quality_db: float | None, notes: Sequence[Note]) -> str:
    """What may be wrong with a track, in a sentence; nothing where nothing is known against it."""
    if quality_db is None:
        return ""
    if quality_db < DOUBTFUL_DB:
        return LEAK
    own = [note for note in notes if note.label == label]
    lengths = [note.end_s - note.start_s for note in own]
    sure = np.average([note.score for note in own], weights=lengths) if sum(lengths) else 1.0
    return SWAPPED if sure < UNSURE else ""


def parts(duration_s: float) -> list[tuple[float, float]]:
    """From when and how long, s, the parts of a clip are by which one knows who plays: alike, and evenly spread.

    >>> parts(12)
    [(0.0, 6.0), (6.0, 6.0)]
    >>> parts(100)[-1]
    (80.0, 8.0)
    """
    count = min(SAMPLES, math.ceil(duration_s / SAMPLE_S))
    return [(k * duration_s / count, min(SAMPLE_S, duration_s / count)) for k in range(count)]


def _samples(source: Probe, start_s: float, duration_s: float) -> Iterator[NDArray[np.float32]]:
    """The clip in its `parts`, (sample,) each."""
    for at_s, length_s in parts(duration_s):
        chunks = decode.audio(source, TRACK_HZ, start_s + at_s, length_s, mono=True)
        yield np.concatenate([chunk.reshape(-1) for chunk in chunks])


def _sound(source: Probe, start_s: float, duration_s: float, channels: int) -> Iterator[NDArray[np.float32]]:
    return decode.audio(source, TRACK_HZ, start_s, duration_s, mono=channels == 1)


def _note(note: TimedNote, labels: Sequence[str], duration_s: float) -> Note:
    """The note network's frames go on for a moment after the clip."""
    end_s = min(note.end_s, duration_s)
    return Note(labels[note.player], note.start_s, end_s, note.pitch, note.cents, note.score)
