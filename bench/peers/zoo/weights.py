"""Random weights and pictures that leave no part of a network without a say."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.swin_transformer import ShiftedWindowAttentionV2

THREADS = 2  # of PyTorch: with one it gives 1x1 convolutions to BLAS, which rounds in another way

# What constructors set to zero, one or next to nothing: standard deviations and means that can be seen in the outputs.
PARAMETERS = {
    "class_token": (1, 0),
    "pos_embedding": (0.3, 0),
    "relative_position_bias_table": (0.5, 0),
    "layer_scale": (0.1, 0.4),
    "logit_scale": (0.2, 2),
}


def pictures(n, side, generator):
    """(n,3,side,side): sums of noise of many sizes, about as far from zero as normalised photographs."""
    x = torch.zeros(n, 3, side, side)
    size = side
    while size >= 4:
        noise = torch.randn(n, 3, size, size, generator=generator)
        x += F.interpolate(noise, (side, side), mode="bilinear", align_corners=False)
        size //= 3
    return x / x.std()


def prepare(net, side, seed):
    """Fills the network with random weights and sets it to inference, its batch norms to the statistics of pictures."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)  # lazy layers begin with random weights too
    g = torch.Generator().manual_seed(seed)
    net.eval()
    # The mean of batch norms leaves rectifiers mostly open, as training does: in random networks with
    # closed ones, every layer magnifies rounding errors.
    level = 3 if any(isinstance(m, nn.ReLU6) for m in net.modules()) else 1
    with torch.no_grad():
        net(pictures(1, side, g))
        for m in net.modules():
            for name, p in m.named_parameters(recurse=False):
                p.copy_(draw(m, name, p.shape, level, g))
        for m in net.modules():
            if isinstance(m, ShiftedWindowAttentionV2):  # keys have no bias
                m.qkv.bias.view(3, -1)[1].zero_()
        calibrate(net, side, g)
        fuse(net)


def draw(m, name, shape, level, g):
    noise = torch.randn(shape, generator=g)
    if name in PARAMETERS:
        std, mean = PARAMETERS[name]
        return noise * std + mean
    if "bias" in name:
        return (1 + noise * 0.5) * level if isinstance(m, nn.BatchNorm2d) else noise * 0.1
    if isinstance(m, (nn.BatchNorm2d, nn.LayerNorm)):
        return torch.rand(shape, generator=g) + 0.5
    # He's gain suits rectifiers; elsewhere norms take care of the scale.
    gain = 2 if isinstance(m, nn.Conv2d) else 1
    return noise * math.sqrt(gain / math.prod(shape[1:]))


def calibrate(net, side, g):
    """Sets running means and variances to those of two batches; a channel that hardly lives keeps some variance."""
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    if not norms:
        return
    for m in norms:
        m.train()
        m.reset_running_stats()
        m.momentum = None  # the plain mean over batches
    for _ in range(2):
        net(pictures(8, side, g))
    for m in norms:
        m.eval()
        m.running_var.clamp_(min=0.05 * float(m.running_var.mean()))


def fuse(module):
    """Folds batch norms into the convolutions before them, as the exporter does: the file then has the very weights that PyTorch runs."""
    before = None
    for name, m in module.named_children():
        if isinstance(m, nn.BatchNorm2d) and isinstance(before, nn.Conv2d) and before.out_channels == m.num_features:
            setattr(module, place, fuse_conv_bn_eval(before, m))
            setattr(module, name, nn.Identity())
        else:
            fuse(m)
        place, before = name, m
