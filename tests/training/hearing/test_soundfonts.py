import struct

import numpy as np
import pytest

from milo_demo.training.hearing import soundfonts

RNG = np.random.default_rng(0)
SOUNDS = {name: RNG.standard_normal(6000) * np.exp(-np.arange(6000) / 3000) for name in ("a", "b", "c", "d", "e")}


def font(path, **samples):
    """A sound font of nothing but samples, by their names."""
    sounds = [np.round(8000 * sound).astype("<i2") for sound in samples.values()]
    ends = np.cumsum([len(sound) for sound in sounds]).tolist()
    headers = [
        struct.pack("<20s2I18x", name.encode(), end - len(sound), end)
        for name, sound, end in zip([*samples, "EOS"], [*sounds, ""], [*ends, ends[-1]], strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"".join([b"smpl", bytes(4), *map(bytes, sounds), b"shdr", struct.pack("<I", 46 * len(headers)), *headers])
    )
    return path


@pytest.fixture
def files(tmp_path):
    """The second has the samples of the first under other names, a little later and softer; the others have not."""
    later = {f"Cello {name}": np.pad(0.7 * SOUNDS[name], (40, 0)) for name in ("a", "b")}
    return [
        font(tmp_path / "alex" / "042.sf3", a=SOUNDS["a"], b=SOUNDS["b"]),
        font(tmp_path / "livehq" / "042.sf3", **later, c=SOUNDS["c"]),
        font(tmp_path / "retro90" / "042.sf3", d=SOUNDS["d"]),
        font(tmp_path / "retro90" / "060.sf3", e=SOUNDS["e"], short=SOUNDS["a"][:100]),
    ]


def test_what_has_the_samples_of_a_font_held_apart_is_not_trained_on(files, monkeypatch):
    assert soundfonts.held_apart(files)[42] == files[0]
    apart = {42: files[0]}
    assert soundfonts.usable(files, apart) == [files[0], *files[2:]]
    monkeypatch.setattr(soundfonts, "SYSTEM_FONTS", (files[1], files[2], files[0].with_name("missing.sf2")))
    assert soundfonts.system_fonts(apart) == {files[1]: {42}, files[2]: set()}
