"""How loud a voice is, step by step, in what the mask network makes of a sound.

The ear knows that somebody sings, but calls only half of the steps of real songs in which somebody does. The mask
network does not know whether there is a singer, but where its voice is loud and where it pauses. `judging` joins both.
"""

import torch
from torch import Tensor

from milo_demo.features.log_mel import STEP
from milo_demo.features.stft import LEARNT, spectrum
from milo_demo.models.masks import BINS, MaskNet

FRAMES = STEP // LEARNT.hop
"""Of the network's spectrogram in a step."""
SILENT = 1e-10
"""Energy of a frame that holds nothing."""


@torch.inference_mode()
def voice_db(sound: Tensor, network: MaskNet) -> Tensor:
    """Level of the voice in every step begun, decibels against nothing in particular.

    sound : (sample,) at 16 kHz

    Returns (step,).
    """
    magnitudes = spectrum(sound, LEARNT).abs()
    energy = (network.shares(magnitudes, ["voice"])[0] * magnitudes[:BINS].square()).sum(dim=0)
    steps = -(-len(sound) // STEP)
    missing = steps * FRAMES - len(energy)  # of a last step cut short; it may be one too many
    by_step = torch.nn.functional.pad(energy, (0, missing), value=torch.nan).unflatten(0, (steps, FRAMES))
    return 10 * torch.log10(by_step.nanmean(dim=1) + SILENT)
