"""The architectures: torchvision's own, full-sized, and small instances made by the same constructors."""

from functools import partial

from torch import nn
from torchvision import models
from torchvision.models import convnext, efficientnet, maxvit, mobilenetv3, regnet, swin_transformer

CLASSES = 10  # of a small network

# Pictures' sides where they are not 224: those the networks were trained for.
SIDES = {"inception_v3": 299, "efficientnet_v2_s": 384, "swin_v2_t": 256}

# These two undo, inside the network, the way its trained weights want pictures normalised.
FULL = {
    "googlenet": partial(models.googlenet, aux_logits=False, transform_input=True, init_weights=False),
    "inception_v3": partial(models.inception_v3, aux_logits=False, transform_input=True, init_weights=False),
}


def full(name):
    """The network torchvision calls name, and its pictures' side."""
    return FULL.get(name, getattr(models, name))(), SIDES.get(name, 224)


def small(name):
    """A little network of the same architecture with CLASSES outputs, and its pictures' side."""
    make, side = SMALL[name]
    return make(), side


def thin(net, by):
    """Divides the outputs of all convolutions and linear layers of a plain CNN by the number, rounding up.

    The inputs follow from what comes in when the network first runs. A depthwise convolution stays one,
    other groups are divided by 16.
    """
    for name, m in net.named_children():
        if isinstance(m, nn.Conv2d):
            out = -(-m.out_channels // by)
            groups = out if m.groups == m.out_channels else max(1, m.groups // 16)
            m = nn.LazyConv2d(out, m.kernel_size, m.stride, m.padding, m.dilation, groups, m.bias is not None)
        elif isinstance(m, nn.BatchNorm2d):
            m = nn.LazyBatchNorm2d(m.eps)
        elif isinstance(m, nn.Linear):
            m = nn.LazyLinear(-(-m.out_features // by))
        elif isinstance(m, nn.AdaptiveAvgPool2d) and m.output_size != (1, 1):
            m = nn.AdaptiveAvgPool2d(1)  # of so small pictures little is left to pool
        else:
            thin(m, by)
        setattr(net, name, m)
    return net


def thinned(make, by, **options):
    return lambda: thin(make(num_classes=CLASSES * by, **options), by)


def vgg(cfg, batch_norm):
    return thin(models.VGG(models.vgg.make_layers(cfg, batch_norm), CLASSES * 64, init_weights=False), 64)


def mobilenet_v3():
    layer = partial(mobilenetv3.InvertedResidualConfig, dilation=1, width_mult=1)
    settings = [
        layer(8, 3, 8, 8, False, "RE", 1),
        layer(8, 3, 16, 8, False, "RE", 2),
        layer(8, 5, 24, 8, True, "RE", 1),
        layer(8, 3, 24, 16, False, "HS", 2),
        layer(16, 5, 32, 16, True, "HS", 1),
    ]
    return models.MobileNetV3(settings, last_channel=32, num_classes=CLASSES)


def efficientnet_b0():
    b = efficientnet.MBConvConfig
    return models.EfficientNet([b(1, 3, 1, 8, 8, 1), b(6, 3, 2, 8, 8, 2), b(6, 5, 2, 8, 16, 1)], 0.2, num_classes=CLASSES)


def efficientnet_v2():
    f, b = efficientnet.FusedMBConvConfig, efficientnet.MBConvConfig
    settings = [f(1, 3, 1, 8, 8, 2), f(4, 3, 2, 8, 8, 2), b(4, 3, 2, 8, 16, 2), b(6, 3, 1, 16, 16, 1)]
    return models.EfficientNet(settings, 0.2, num_classes=CLASSES, last_channel=32)


def regnet_y():
    params = regnet.BlockParams([1, 2], [8, 16], [4, 8], [1.0, 1.0], [2, 2], se_ratio=0.25)
    return models.RegNet(params, CLASSES, stem_width=8)


def convnext_tiny():
    b = convnext.CNBlockConfig
    return models.ConvNeXt([b(8, 16, 1), b(16, None, 2)], num_classes=CLASSES)


def swin(**options):
    return models.SwinTransformer([4, 4], 8, [2, 1], [2, 2], [4, 4], num_classes=CLASSES, **options)


def swin_v2():
    return swin(block=swin_transformer.SwinTransformerBlockV2, downsample_layer=swin_transformer.PatchMergingV2)


def maxvit_t():
    return maxvit.MaxVit((32, 32), 8, 4, [8, 16], [1, 1], 4, 0.2, num_classes=CLASSES)


MOBILENET_V2 = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 2, 2]]  # expansion, channels, layers, stride

# Name: constructor and side. With 36 Swin has to pad its windows.
SMALL = {
    "alexnet": (thinned(models.AlexNet, 64), 63),
    "vgg11": (lambda: vgg([64, "M", 128, "M", 256, 256, "M", 512, "M"], False), 32),
    "vgg16_bn": (lambda: vgg([64, 64, "M", 128, 128, "M", 256, 256, 256, "M"], True), 32),
    "squeezenet1_1": (thinned(partial(models.SqueezeNet, "1_1"), 10), 40),
    "googlenet": (thinned(FULL["googlenet"], 32), 40),
    "inception_v3": (thinned(FULL["inception_v3"], 40), 75),
    "resnet18": (thinned(partial(models.ResNet, models.resnet.BasicBlock, [2, 1, 1, 1]), 32), 36),
    "resnet50": (thinned(partial(models.ResNet, models.resnet.Bottleneck, [2, 1, 1, 1]), 64), 36),
    "resnext50_32x4d": (
        thinned(partial(models.ResNet, models.resnet.Bottleneck, [1, 1, 1, 1], groups=32, width_per_group=4), 64), 36),
    "wide_resnet50_2": (thinned(partial(models.ResNet, models.resnet.Bottleneck, [1, 1, 1, 1], width_per_group=128), 64), 36),
    "densenet121": (lambda: models.DenseNet(4, (2, 2, 2), 8, bn_size=2, num_classes=CLASSES), 40),
    "mobilenet_v2": (thinned(models.MobileNetV2, 4, inverted_residual_setting=MOBILENET_V2), 36),
    "mobilenet_v3_large": (mobilenet_v3, 36),
    "mnasnet1_0": (thinned(partial(models.MNASNet, 0.25), 8), 40),
    "shufflenet_v2_x1_0": (lambda: models.ShuffleNetV2([2, 2, 2], [8, 8, 16, 32, 32], CLASSES), 40),
    "efficientnet_b0": (efficientnet_b0, 32),
    "efficientnet_v2_s": (efficientnet_v2, 36),
    "regnet_y_400mf": (regnet_y, 36),
    "convnext_tiny": (convnext_tiny, 32),
    "vit_b_16": (lambda: models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=CLASSES), 32),
    "swin_t": (swin, 36),
    "swin_v2_t": (swin_v2, 36),
    "maxvit_t": (maxvit_t, 32),
}

NAMES = list(SMALL)
