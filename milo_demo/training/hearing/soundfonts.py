"""Sound fonts, played: every program of every sound font, in made-up and in real parts.

Sound fonts copy from each other, so none can be kept apart as a whole. Instead, for every General MIDI program, the one
sound font that shares the fewest samples with the others is kept for calibration, by the samples' names; what has the
same samples under other names is not trained on. They lie in a folder each, with a file per program.
"""

import io
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import librosa
import numpy as np
import soundfile
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import resample_poly

from milo_demo.features.log_mel import RATE_HZ
from milo_demo.instruments import ALIASES
from milo_demo.training.hearing import scores
from milo_demo.training.hearing.instrumentation import MORE_PROGRAMS, OTHER_PART, OTHER_PROGRAMS, PARTS
from milo_demo.training.hearing.library import Take

SYSTEM_FONTS = (  # full General MIDI fonts of Debian's packages; used where installed
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
    Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
)
PIECE_S = 24.0
BEGINNING, READ = 2048, 16384
"""Of a font's sample, so much is compared, from where it is loud on; that is looked for in so much of it."""
ALIKE, COPIED = 0.99, 0.2
"""Cosine of two beginnings' spectra from which one is a copy of the other, encoded anew at worst; and the share of a
font's samples from which on another that has copies of them is the same font."""


class Job(NamedTuple):
    """What is to be played: parts, arrays (note, 4) as in `scores`, by one program of a sound font's file."""

    font: Path
    program: int
    take: Take
    pieces: list[NDArray[np.float64]]


def fonts(data: Path, rng: Generator, processes: int = 2) -> Iterator[tuple[Take, NDArray[np.float32]]]:
    """Every program of every sound font in `data`, and of the system's, playing made-up and real parts.

    Yields takes and their sound (sample,). Needs `fluidsynth` on the path; takes some ten minutes on two cores.
    """
    parts = scores.read_parts(data, rng)
    files = sorted((data / "soundfonts").glob("*/*.sf3"))
    apart = held_apart(files)
    jobs = [*_of_files(usable(files, apart), apart, parts, rng), *_of_system_fonts(apart, parts, rng)]
    seeds = rng.integers(1 << 31, size=len(jobs))
    with ProcessPoolExecutor(processes) as pool:
        for job, sound in zip(jobs, pool.map(_render_job, jobs, seeds, chunksize=4), strict=True):
            if job.take.source.endswith("raised"):
                # A small guitar: everything, its body too, sounds a fourth to a sixth higher.
                faster = rng.uniform(1.3, 1.65)
                sound = librosa.resample(sound, orig_sr=RATE_HZ * faster, target_sr=RATE_HZ)
            yield job.take, sound


def _of_files(
    files: list[Path], apart: dict[int, Path], parts: dict[int, list[NDArray]], rng: Generator
) -> Iterator[Job]:
    for path in files:
        program, font = int(path.stem), path.parent.name
        label = label_of_program(program)
        split = "calibration" if apart.get(program) == path else "train"
        take = Take(label, (), "font", f"{font}/{program:03d}", split)
        yield Job(path, program, take, _pieces(label, program, parts, rng, 4))
        if program == scores.DRUM_KIT:
            congas = Take("congas", (), "font", f"{font}/congas", split)
            yield Job(path, program, congas, _pieces("congas", program + 1, parts, rng, 4))
        if program in (24, 25):
            ukulele = Take("ukulele", (), "font", f"{font}/{program:03d} raised", split)
            yield Job(path, program, ukulele, _ukulele_pieces(rng))


def _of_system_fonts(apart: dict[int, Path], parts: dict[int, list[NDArray]], rng: Generator) -> Iterator[Job]:
    named = {int(p): label for p, label in ALIASES["general_midi"].items()} | MORE_PROGRAMS
    for path, copies in system_fonts(apart).items():
        # The two that are here a second time, split into files, only add the programs missing there.
        fresh = named if path.stem.startswith("MuseScore") else MORE_PROGRAMS
        for program in sorted(fresh.keys() - copies):
            label = fresh[program]
            take = Take(label, (), "font", f"{path.stem}/{program:03d}", "train")
            yield Job(path, program, take, _pieces(label, program, parts, rng, 4))
        for program, unknown in OTHER_PROGRAMS.items():
            take = Take(None, unknown, "other", f"{path.stem}/{program:03d}", "train")
            yield Job(path, program, take, _pieces(None, program, parts, rng, 2))


def label_of_program(program: int) -> str:
    """What a program of the sound fonts plays; of drum keys 60 to 64, which play program 129, congas."""
    return MORE_PROGRAMS.get(program) or ALIASES["general_midi"].get(f"{program:03d}", "congas")


def _pieces(
    label: str | None, program: int, parts: dict[int, list[NDArray]], rng: Generator, count: int
) -> list[NDArray[np.float64]]:
    """Parts to play, half made up and half from real scores where there are any."""
    low, high, textures = PARTS[label] if label else OTHER_PART
    real = parts.get(program, [])
    pieces = []
    for number in range(count):
        if number % 2 and real:
            pieces.append(scores.excerpt(rng, real[rng.integers(len(real))], PIECE_S))
        else:
            pieces.append(scores.invent(rng, low, high, textures, PIECE_S))
    return [piece for piece in pieces if len(piece)]


def _ukulele_pieces(rng: Generator) -> list[NDArray[np.float64]]:
    """Parts that lie in the ukulele's range once they are raised."""
    _, _, textures = PARTS["ukulele"]
    return [scores.invent(rng, 54, 76, textures, 1.5 * PIECE_S) for _ in range(4)]


def _render_job(job: Job, seed: int) -> NDArray[np.float32]:
    return render(job.font, job.program, job.pieces, np.random.default_rng(seed))


def render(font: Path, program: int, pieces: list[NDArray[np.float64]], rng: Generator) -> NDArray[np.float32]:
    """Play parts one after the other with one program of a font, each at the same loudness.

    pieces : arrays (note, 4), see `scores`

    Returns (sample,) at 16 kHz, mono, dry.
    """
    period_s = max(piece[:, 0].max() for piece in pieces) + 3.0
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "part.mid"
        scores.write_midi(midi, pieces, period_s, program, rng)
        sound = play(font, midi)
    period = int(period_s * RATE_HZ)
    return np.concatenate([_evened(sound[at : at + period]) for at in range(0, len(sound), period)])


def play(font: Path, midi: Path) -> NDArray[np.float32]:
    """A MIDI file as FluidSynth plays it, dry, mono, at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "played.wav"
        # FluidSynth does not low-pass: at 16 kHz it would alias, so it plays at 32.
        command = ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-g", "0.6", "-r", str(2 * RATE_HZ), "-F", str(wav)]
        subprocess.run([*command, "-T", "wav", "-q", str(font), str(midi)], check=True, capture_output=True)
        sound, _ = soundfile.read(wav, dtype="float32", always_2d=True)
    return resample_poly(sound.mean(axis=1), 1, 2).astype(np.float32)


def _evened(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return sound / max(1e-3, float(np.sqrt(np.mean(np.square(sound)))))


def held_apart(files: list[Path]) -> dict[int, Path]:
    """For every program of at least three sound fonts, the file that shares the fewest samples with the others."""
    samples = {path: _fingerprints(path) for path in files}
    apart = {}
    for program in {int(path.stem) for path in files}:
        rivals = [path for path in files if int(path.stem) == program]
        if len(rivals) >= 3:
            shared = partial(_shared, rivals=rivals, samples=samples)
            # Among those that share nothing, one by the program's number, so that none is held apart altogether.
            # FluidR3 never: the full fonts that are trained on are made from it.
            free = [path for path in rivals if path.parent.name != "fluidr3"]
            alone = [path for path in free if shared(path) == min(map(shared, free))]
            apart[program] = alone[program % len(alone)]
    return apart


def _shared(path: Path, rivals: list[Path], samples: dict[Path, set[str]]) -> float:
    """Share of a font's samples that any rival has too."""
    others = set().union(*(samples[rival] for rival in rivals if rival != path))
    return len(samples[path] & others) / max(1, len(samples[path]))


def _fingerprints(font: Path) -> set[str]:
    """Names of a font's samples, without the channel that some append."""
    names = (name.split(b"\0")[0] for name, *_ in _headers(font.read_bytes()))
    return {name.decode("latin-1").strip().lower().removesuffix("(l)").removesuffix("(r)") for name in names}


def _headers(content: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Of a font's samples the name, begin, end and type (SoundFont 2.01, section 7.10)."""
    at = content.rindex(b"shdr")
    (size,) = struct.unpack_from("<I", content, at + 4)
    headers = struct.iter_unpack("<20s2I16xH", content[at + 8 : at + 8 + size])
    return ((name, begin, end, kind) for name, begin, end, kind in list(headers)[:-1])


def usable(files: list[Path], apart: dict[int, Path]) -> list[Path]:
    """Those that are held apart, and those that have no samples of theirs."""
    return [path for path in files if path in apart.values() or not copied(path, apart)]


def system_fonts(apart: dict[int, Path]) -> dict[Path, set[int]]:
    """Those of SYSTEM_FONTS that are installed, and the programs whose samples in them are held apart."""
    return {path: copied(path, apart) for path in filter(Path.is_file, SYSTEM_FONTS)}


def copied(font: Path, apart: dict[int, Path]) -> set[int]:
    """The programs whose held-apart samples a font has, under whatever names."""
    return {
        program
        for program, path in apart.items()
        if np.mean((_spectra(path) @ _spectra(font).T).max(axis=1, initial=0) >= ALIKE) >= COPIED
    }


@cache
def _spectra(font: Path) -> NDArray[np.float32]:
    """Magnitude spectra (sample, BEGINNING + 1) of how a font's samples begin, of length 1: names and compression
    differ from font to font."""
    content = font.read_bytes()
    start = content.index(b"smpl") + 8
    found = []
    for _, begin, end, kind in _headers(content):
        if kind & 0x10:  # compressed (SF3), where begin and end count bytes
            with soundfile.SoundFile(io.BytesIO(content[start + begin : start + end])) as file:
                sound = file.read(READ, dtype="float32", always_2d=True).mean(axis=1)
        else:
            sound = np.frombuffer(content[start + 2 * begin : start + 2 * min(end, begin + READ)], "<i2").astype(float)
        loud = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max(initial=0))
        if len(loud) and len(sound) - loud[0] >= BEGINNING // 4:
            found.append(np.abs(np.fft.rfft(sound[loud[0] :][:BEGINNING], 2 * BEGINNING)))
    spectra = np.array(found).reshape(-1, BEGINNING + 1)
    return (spectra / np.linalg.norm(spectra, axis=1, keepdims=True)).astype(np.float32)
