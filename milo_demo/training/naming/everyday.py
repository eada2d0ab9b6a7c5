"""The document's network for everyday sounds (Liu 2018, section 3.5), learnt from clips with one word each.

It is the sound model's network in the sizes of section 3.5.2. A clip says *that* a dog barks, never when: its score of
each class is the highest of all steps (max pooling). What the document adds to that one by one (table 3.8) is a design
here: several windows, every clip also louder and softer, and Gaussians of learned widths over time.

Departures: Adam and batches, for clips of one length, in place of AdaGrad and single clips; no first derivative beside
the spectrogram, which a convolution of length 5 can take by itself.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from milo_demo.features.log_mel import WINDOWS, log_mel
from milo_demo.models.sound import Gaussian, SoundFCN

FILTERS, LATE, DROPOUT = 60, 128, 0.5
FIRST_SIGMA = 2.0
"""Steps, before training."""
LOUDER_DB = 5.0
SINGLE = (512,)
"""Of the sound model's windows, the one that lasts about as long as the document's 1,024 samples at 44.1 kHz."""
BATCH, RATE, EPOCHS = 16, 3e-3, 40


class Design(NamedTuple):
    """scales : three windows, or one
    volumes : every clip also 5 dB louder and softer
    gaussian : accumulation over time
    """

    scales: bool = True
    volumes: bool = True
    gaussian: bool = True


def learn(sounds: Tensor, classes: Tensor, count: int, design: Design, seed: int = 0) -> SoundFCN:
    """A network that has learnt clips; in eval mode.

    sounds  : (clip, sample), mono at 16 kHz, all of one length
    classes : (clip,) of each, 0 to `count` - 1
    """
    torch.manual_seed(seed)
    if design.volumes:
        gain = 10 ** (LOUDER_DB / 20)
        sounds, classes = torch.cat([sounds, sounds * gain, sounds / gain]), classes.repeat(3)
    windows = WINDOWS if design.scales else SINGLE
    kind = "learned" if design.gaussian else "none"
    network = SoundFCN(count, windows, FILTERS, LATE, DROPOUT, kind)
    if isinstance(network.accumulate, Gaussian):
        torch.nn.init.constant_(network.accumulate.log_sigma, torch.tensor(FIRST_SIGMA).log().item())
    pictures = torch.cat([log_mel(part, windows) for part in sounds.split(BATCH)])
    # As many steps whether or not every clip is there three times: only what is learnt from differs.
    steps = EPOCHS * len(classes) // (BATCH * (3 if design.volumes else 1))
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        chosen = torch.randperm(len(classes))[:BATCH]
        loss = F.cross_entropy(network(pictures[chosen]).amax(dim=2), classes[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        slower.step()
    return network.eval()


@torch.inference_mode()
def classify(network: SoundFCN, sounds: Tensor) -> Tensor:
    """The likeliest class of each clip: (clip, sample) -> (clip,)."""
    return torch.cat(
        [network(log_mel(part, network.windows)).amax(dim=2).argmax(dim=1) for part in sounds.split(BATCH)]
    )
