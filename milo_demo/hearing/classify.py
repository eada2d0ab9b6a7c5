"""The ear: a stream of sound in, scores per step of the analysis grid out, with bounded memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from milo_demo import weights
from milo_demo.analysis import ModelUsed
from milo_demo.features.log_mel import ALL_WINDOWS, STEP, WINDOWS, log_mel
from milo_demo.features.loudness import REACH, is_silent, levels_dbfs, normalise
from milo_demo.features.patches import patches
from milo_demo.hearing.singing import sung
from milo_demo.instruments import LABELS
from milo_demo.models.masks import MaskNet
from milo_demo.models.naming.company import Company
from milo_demo.models.naming.vocabulary import Vocabulary
from milo_demo.models.sound import accumulate
from milo_demo.models.spectrogram import PatchNet
from milo_demo.models.tags import TagFCN
from milo_demo.outside import OTHERS

BLOCK = 80
"""Steps scored at a time (41 s), with CONTEXT on either side. Of three minutes, half as many take a third more time,
half as many again a tenth less, and more memory."""
PATCHES = 16
"""That the classifier looks at together; more take longer each on a processor."""
CONTEXT = 2 * REACH
"""Steps of sound on either side of a block that its scores depend on: the reach of the loudness, twice (a level of
reference decides on silence and on gain). What else reaches further, through accumulation and the wider vocabulary's
neighbourhood, weighs less than a millionth there."""
SPECTROGRAM_SHARE = 0.5
"""Weight of the spectrogram classifier's logits beside the sound model's."""
VOICE, PERHAPS = LABELS.index("voice"), 0.05
"""Where no step of a block scores so much for a voice, nobody looks for it any further."""
ALONE_SHARE, LEAST = 0.3, 1e-4
"""Weight of how much like a voice what the mask network takes for one sounds alone, log-odds beside those of the whole,
both at least LEAST. Of 12 songs whose voice is 5 / 8 / 11 dB under the band (none in training) a voice counts in 11 / 9
/ 9, without it in 8 / 4 / 2; of their bands alone in one, without it in none. With 0.5 it would in about 12 / 11 / 10,
but in four of the bands as well."""
SIGMA, VOICE_SIGMA = 1.2, 0.2
"""Widths, in steps, over which scores are accumulated. Instruments play on: on calibration mixtures it raises their
mean average precision from .70 to .74. Singers stop for breath: in real songs the voice's AUC falls from .95 to .93."""


@dataclass(frozen=True)
class Ear:
    """The networks that listen together, in eval mode, on one device.

    sound          : log-mels at three windows to logits (batch, label, step), calibrated to be combined with the next
    spectrogram    : patches (n, 96, 64) to logits (n, label); None: the sound model hears alone, all too easily
    vocabulary     : the classifier's features and what is heard to words, names judged anew, and families; None: names
                     as they are, no families, nothing else
    tags           : log-mels at six windows to logits (batch, tag, step); None: no tags
    tag_thresholds : of the tag model, 0-1, by tag
    used           : what the result says about the networks
    masks          : says what may be a voice, and how loud that is; None: nobody asks
    company        : what names are worth where several families play; None: what they are worth alone
    """

    sound: nn.Module
    spectrogram: PatchNet | None = None
    vocabulary: Vocabulary | None = None
    tags: TagFCN | None = None
    tag_thresholds: Mapping[str, float] = field(default_factory=dict)
    used: tuple[ModelUsed, ...] = ()
    masks: MaskNet | None = None
    company: Company | None = None


NOTHING = np.zeros((0, 0), np.float32)


class Scores(NamedTuple):
    """Scores 0-1 of some steps: `instruments` (step, label), where 0.5 is each label's threshold; `tags` (step, tag),
    not yet accumulated over time; `names` (step, label), how far the wider vocabulary believes each; `families` (step,
    family) and `others` (step, other); `features` (step, 1024), what the classifier makes of each step; and `voice_db`
    (step, 1), how loud a voice is there, see `singing`, -inf where there is hardly one; `together` (step, label), what
    `instruments` are worth if several families play. What nobody listens for is empty."""

    instruments: NDArray[np.float32]
    tags: NDArray[np.float32]
    names: NDArray[np.float32] = NOTHING
    families: NDArray[np.float32] = NOTHING
    others: NDArray[np.float32] = NOTHING
    features: NDArray[np.float32] = NOTHING
    voice_db: NDArray[np.float32] = NOTHING
    together: NDArray[np.float32] = NOTHING


def load(tags: bool = True) -> Ear:
    """The bundled ear, or with the tag model that the user has imported. Raises MiloError where a checkpoint cannot be
    had.

    tags : whether it listens for tags
    """
    loaded = [weights.load(role) for role in ("sound", "spectrogram", "vocabulary", "masks", "company")]
    *networks, masks, company = (one.module for one in loaded)
    ear = Ear(*networks, used=tuple(one.used for one in loaded), masks=masks, company=company)
    if not tags:
        return ear
    tagger = weights.load("tags")
    return replace(ear, tags=tagger.module, tag_thresholds=tagger.card.thresholds, used=(*ear.used, tagger.used))


def hear(chunks: Iterable[NDArray[np.float32]], ear: Ear) -> Iterator[Scores]:
    """Score a clip of any length, block by block (Liu 2018, section 4.2.1).

    chunks : mono sound at 16 kHz in pieces of any length, (1, sample) or (sample,)

    Yields scores that one after another make up the clip's grid of 1.953125 steps per second, the last step possibly
    begun only. In silent steps no instrument scores anything. How the sound was cut into chunks makes no difference. A
    clip without a single sample yields nothing.
    """
    sound = np.zeros(0, np.float32)
    before = 0  # steps of context at the head of `sound` that are scored already
    for chunk in chunks:
        sound = np.concatenate([sound, np.asarray(chunk, np.float32).reshape(-1)])
        while len(sound) >= (before + BLOCK + CONTEXT) * STEP:
            # Cut on a fixed grid, so that chunking cannot change what a block sees.
            window = sound[: (before + BLOCK + CONTEXT) * STEP]
            yield _score(window, ear, before, before + BLOCK)
            drop = max(0, before + BLOCK - CONTEXT)
            sound, before = sound[drop * STEP :], before + BLOCK - drop
    if len(sound) > before * STEP:
        yield _score(sound, ear, before, None)


def combine(sound: Tensor, spectrogram: Tensor | None) -> Tensor:
    """What is heard, from what each network makes of it.

    sound, spectrogram : logits (batch, label, step)

    Returns logits (batch, label, step), accumulated over time (Liu 2018, section 3.1.1).
    """
    both = sound if spectrogram is None else torch.lerp(sound, spectrogram, SPECTROGRAM_SHARE)
    sigma = torch.tensor([VOICE_SIGMA if label == VOICE else SIGMA for label in range(len(LABELS))], device=both.device)
    return accumulate(both, sigma)


@torch.inference_mode()
def _score(sound: NDArray[np.float32], ear: Ear, first: int, end: int | None) -> Scores:
    """Steps `first` to `end` of a sound (sample,)."""
    as_it_is = torch.from_numpy(sound).to(next(ear.sound.parameters()).device)
    levels = levels_dbfs(as_it_is)
    audio = normalise(as_it_is, levels)[None]
    mels = log_mel(audio, WINDOWS if ear.tags is None else ALL_WINDOWS)
    known = mels if ear.tags is None else mels[:, [ALL_WINDOWS.index(window) for window in WINDOWS]]
    heard, features = _heard(ear.sound(known), audio, ear)
    words, names, families = (heard.new_zeros(len(heard), 0),) * 3
    if ear.vocabulary is not None:
        words, names, families = ear.vocabulary(features, heard)
        places = [[ear.vocabulary.classes.index(word) for word in words_of] for words_of in OTHERS.values()]
        words = torch.stack([words[:, place].amax(dim=1) for place in places], dim=1)
    tags = mels.new_zeros(len(levels), 0) if ear.tags is None else ear.tags(mels)[0].T.sigmoid()
    silent = is_silent(levels)[:, None]
    heard, names, families, words = (part.sigmoid().masked_fill(silent, 0) for part in (heard, names, families, words))
    voice = heard.new_full((len(heard), 0 if ear.masks is None else 1), -torch.inf)
    if ear.masks is not None and heard[:, VOICE].max() >= PERHAPS:
        alone, level_db = sung(as_it_is, ear.masks)
        heard[:, VOICE], voice = _voiced(heard[:, VOICE], alone, ear), level_db[:, None]
    together = heard.new_zeros(len(heard), 0)
    if ear.company is not None:
        together = ear.company(heard.logit(LEAST)).sigmoid().masked_fill(heard == 0, 0)
    rows = (heard, tags, names, families, words, features, voice, together)
    return Scores(*(_numbers(some[first:end]) for some in rows))


def _heard(sound: Tensor, audio: Tensor, ear: Ear) -> tuple[Tensor, Tensor]:
    """What is heard, logits (step, label), and the classifier's features (step, 1024), of the sound model's logits (1,
    label, step) and the audio (1, sample)."""
    if ear.spectrogram is None:
        return combine(sound, None)[0].T, sound.new_zeros(sound.shape[-1], 0)
    features = torch.cat([ear.spectrogram.embed(some) for some in patches(audio)[0].split(PATCHES)])
    return combine(sound, ear.spectrogram.head(features).T[None])[0].T, features


def _voiced(whole: Tensor, alone: Tensor, ear: Ear) -> Tensor:
    """How surely somebody sings, (step,), 0-1, when what may be a voice, (sample,), is listened to alone as well.

    whole : (step,), 0-1, how surely it was heard through all the rest
    """
    levels = levels_dbfs(alone)
    audio = normalise(alone, levels)[None]
    logits, _ = _heard(ear.sound(log_mel(audio, WINDOWS)), audio, ear)
    by_itself = logits[:, VOICE].sigmoid().masked_fill(is_silent(levels), 0)
    both = torch.lerp(whole.logit(LEAST), by_itself.logit(LEAST), ALONE_SHARE).sigmoid()
    return both.masked_fill(whole == 0, 0)


def _numbers(rows: Tensor) -> NDArray[np.float32]:
    return rows.float().cpu().numpy()
