"""What of a sound is sung, and how loud that is step by step, as the mask network has it.

The ear knows that somebody sings, but calls only half of the steps of real songs in which somebody does. The mask
network does not know whether there is a singer, but where its voice is loud and where it pauses. `judging` joins both.
And what it takes for the voice the ear hears better alone than through a band: see `classify`.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from milo_demo.features.log_mel import STEP
from milo_demo.features.stft import LEARNT, spectrum
from milo_demo.features.stft import sound as inverse
from milo_demo.models.masks import BINS, MaskNet

FRAMES = STEP // LEARNT.hop
"""Of the network's spectrogram in a step."""
SILENT = 1e-10
"""Energy of a frame that holds nothing."""


@torch.inference_mode()
def sung(sound: Tensor, network: MaskNet) -> tuple[Tensor, Tensor]:
    """What is taken for a voice, (sample,), and its level in every step begun, decibels against nothing in particular,
    (step,).

    sound : (sample,) at 16 kHz
    """
    mixture = spectrum(sound, LEARNT)
    magnitudes = mixture.abs()
    share = network.shares(magnitudes, ["voice"])[0]
    energy = (share * magnitudes[:BINS].square()).sum(dim=0)
    steps = -(-len(sound) // STEP)
    missing = steps * FRAMES - len(energy)  # of a last step cut short; it may be one too many
    by_step = pad(energy, (0, missing), value=torch.nan).unflatten(0, (steps, FRAMES))
    voice = inverse(pad(share, (0, 0, 0, len(mixture) - BINS)) * mixture, LEARNT, len(sound))
    return voice, 10 * torch.log10(by_step.nanmean(dim=1) + SILENT)
