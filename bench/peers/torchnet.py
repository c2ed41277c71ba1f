"""A PyTorch module made from a prototxt and its weights."""

import torch
from torch import nn

import caffemodel


class CaffeNet(nn.Module):
    """The layers of a deploy.prototxt up to the logits, (N,C,H,W) -> (N,K).

    A rectifier works in place where the prototxt says so, and a value is let go of after its last use.
    The weights want no gradients.
    """

    def __init__(self, layers, weights):
        super().__init__()
        unknown = sorted({l["type"][0] for l in layers} - set(BUILDERS) - {"Input", "Softmax"})
        if unknown:
            raise SystemExit(f"PyTorch: no builder for layers of type {', '.join(unknown)}")
        self.input = layers[0]["top"][0]
        layers = [l for l in layers if l["type"][0] in BUILDERS]
        self.layers = nn.ModuleList(BUILDERS[l["type"][0]](l, weights.get(l["name"][0], [])) for l in layers)
        self.bottoms = [l["bottom"] for l in layers]
        self.tops = [l["top"][0] for l in layers]
        last = {b: i for i, bottoms in enumerate(self.bottoms) for b in bottoms}
        self.unused = [[b for b, at in last.items() if at == i and b != self.tops[i]] for i in range(len(layers))]
        self.requires_grad_(False)
        self.eval()

    def forward(self, x):
        values = {self.input: x}
        for layer, bottoms, top, unused in zip(self.layers, self.bottoms, self.tops, self.unused):
            values[top] = layer(*[values[b] for b in bottoms])
            for b in unused:
                del values[b]
        return torch.flatten(values[self.tops[-1]], 1)


def load(definition, weights):
    """Builds the network of a prototxt and a caffemodel."""
    return CaffeNet(caffemodel.read_prototxt(definition), caffemodel.read_weights(weights))


def settings(layer, name, **defaults):
    """The fields of a layer's parameters that defaults names, as numbers of the defaults' types."""
    given = layer.get(name, [{}])[0]
    return [type(d)(given[k][0]) if k in given else d for k, d in defaults.items()]


def set_parameters(module, weights):
    with torch.no_grad():
        for parameter, w in zip(module.parameters(), weights):
            parameter.copy_(torch.from_numpy(w.copy()).reshape(parameter.shape))
    return module


def convolution(layer, weights):
    pad, stride, group = settings(layer, "convolution_param", pad=0, stride=1, group=1)
    outputs, inputs, height, width = weights[0].shape
    module = nn.Conv2d(inputs * group, outputs, (height, width), stride, pad, groups=group, bias=len(weights) > 1)
    return set_parameters(module, weights)


def inner_product(layer, weights):
    outputs, inputs = weights[0].shape[-2:]
    return nn.Sequential(nn.Flatten(1), set_parameters(nn.Linear(inputs, outputs, bias=len(weights) > 1), weights))


def pooling(layer, weights):
    pool, everywhere, rounding = settings(layer, "pooling_param", pool="MAX", global_pooling="false", round_mode="CEIL")
    if everywhere == "true":
        return nn.AdaptiveMaxPool2d(1) if pool == "MAX" else nn.AdaptiveAvgPool2d(1)
    size, stride, pad = settings(layer, "pooling_param", kernel_size=0, stride=1, pad=0)
    kind = nn.MaxPool2d if pool == "MAX" else nn.AvgPool2d
    return kind(size, stride, pad, ceil_mode=rounding == "CEIL")


def relu(layer, weights):
    return nn.ReLU(inplace=layer["bottom"][0] == layer["top"][0])


class LRN(nn.LocalResponseNorm):
    """nn.LocalResponseNorm, which means what Caffe's LRN across channels means.

    It is exported as the one operator ONNX has for it, not as the nine PyTorch computes it with.
    """

    def forward(self, x):
        if torch.onnx.is_in_onnx_export():
            return ExportedLRN.apply(x, self.size, self.alpha, self.beta, self.k)
        return super().forward(x)


class ExportedLRN(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, size, alpha, beta, k):
        return nn.functional.local_response_norm(x, size, alpha, beta, k)

    @staticmethod
    def symbolic(g, x, size, alpha, beta, k):
        return g.op("LRN", x, size_i=size, alpha_f=alpha, beta_f=beta, bias_f=k)


def lrn(layer, weights):
    return LRN(*settings(layer, "lrn_param", local_size=5, alpha=1.0, beta=0.75, k=1.0))


class Concat(nn.Module):
    def forward(self, *x):
        return torch.cat(x, 1)


class Sum(nn.Module):
    def forward(self, a, b):
        return a + b


BUILDERS = {
    "Convolution": convolution,
    "InnerProduct": inner_product,
    "Pooling": pooling,
    "ReLU": relu,
    "LRN": lrn,
    "Concat": lambda layer, weights: Concat(),
    "Eltwise": lambda layer, weights: Sum(),
    "Dropout": lambda layer, weights: nn.Identity(),
}
