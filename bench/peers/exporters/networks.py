"""The networks: one of each family of timm, torchvision's, and Keras' applications, with random weights."""

import torch
from torch import nn

# One small member of each family that timm has with a classifier.
TIMM = """
beit_base_patch16_224 halonet_h1 mobileone_s0 cait_xxs24_224 coat_tiny convit_tiny convmixer_768_32 convnext_atto cpubone_nano
crossvit_tiny_240 csatv2 cs3darknet_focus_s cspnext_tiny davit_tiny deit_tiny_patch16_224 densenet121 dla46x_c dpn48b
edgenext_xx_small efficientformer_l1 efficientformerv2_s0 efficientnet_lite0 efficientvim_m1 efficientvit_b0 efficientvit_m0
eva02_tiny_patch14_224 fasternet_t0 fastvit_t8 focalnet_tiny_srf gcvit_xxtiny ghostnet_050 hardcorenas_b hgnetv2_b0 hiera_tiny_224
hrnet_w18_small iformer_t inception_next_atto inception_resnet_v2 inception_v3 inception_v4 lcnetv2_small levit_128s lowformer_b0
mambaout_femto coatnet_nano_rw_224 poolformerv2_s12 gmlp_ti16_224 mobilenetv3_small_050 mobilevit_xxs mvitv2_tiny nest_tiny
nextvit_small nf_regnet_b0 pit_ti_224 pvt_v2_b0 rdnet_tiny regnetx_002 repghostnet_050 repvit_m1 res2next50 resnest14d resnet18d
resnetv2_18 rexnet_100 selecsls42 legacy_seresnet18 sequencer2d_s shvit_s1 skresnet18 starnet_s050 swiftformer_xs
swin_tiny_patch4_window7_224 swinv2_tiny_window8_256 swinv2_cr_tiny_224 tiny_vit_5m_224 tnt_s_legacy_patch16_224 tresnet_m
twins_svt_small vgg11_bn visformer_tiny vit_tiny_patch16_224 vit_tiny_r_s16_p8_224 vit_relpos_small_patch16_224
samvit_base_patch16_224 vitamin_small_224 volo_d1_224 ese_vovnet19b_slim_dw legacy_xception xception41p xcit_nano_12_p8_224
mixer_s32_224
""".split()

# Those that the newest exporter writes too.
BOTH = """
beit_base_patch16_224 mobileone_s0 cait_xxs24_224 coatnet_nano_rw_224 convit_tiny convmixer_768_32 convnext_atto crossvit_tiny_240 davit_tiny
deit_tiny_patch16_224 edgenext_xx_small efficientformerv2_s0 efficientnet_lite0 efficientvit_b0 eva02_tiny_patch14_224 fastvit_t8
focalnet_tiny_srf ghostnet_050 hgnetv2_b0 hiera_tiny_224 hrnet_w18_small levit_128s mambaout_femto mixer_s32_224 mobilenetv3_small_050
mobilevit_xxs mvitv2_tiny nf_regnet_b0 poolformerv2_s12 repvit_m1 resnet18d rexnet_100 swinv2_cr_tiny_224 tiny_vit_5m_224
vit_tiny_patch16_224
""".split()

TORCHVISION = """
alexnet convnext_tiny densenet121 efficientnet_b0 efficientnet_v2_s googlenet inception_v3 maxvit_t mnasnet1_0 mobilenet_v2
mobilenet_v3_large regnet_y_400mf resnet18 resnet50 resnext50_32x4d shufflenet_v2_x1_0 squeezenet1_1 swin_t swin_v2_t vgg11 vgg16_bn
vit_b_16 wide_resnet50_2
""".split()

# Keras' applications and two networks of its tutorials: pictures' side and channels.
KERAS = {
    "Xception": 299, "DenseNet169": 224, "ResNet50": 224, "ResNet50V2": 224, "InceptionV3": 299, "InceptionResNetV2": 299, "MobileNet": 224,
    "MobileNetV2": 224, "MobileNetV3Small": 224, "MobileNetV3Large": 224, "DenseNet121": 224, "NASNetMobile": 224, "EfficientNetB0": 224,
    "EfficientNetV2B0": 224, "ConvNeXtTiny": 224, "ResNet101": 224, "mlp28": 28, "convnet28": 28,
}


def timm_net(name):
    """The network that timm calls name, and its pictures' side."""
    import timm

    net = timm.create_model(name)
    return net, net.pretrained_cfg["input_size"][1]


def torchvision_net(name):
    """The network that torchvision calls name, and its pictures' side."""
    from torchvision import models

    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    side = {"inception_v3": 299, "efficientnet_v2_s": 384, "swin_v2_t": 256}.get(name, 224)
    return getattr(models, name)(**options), side


def enliven(net, pictures, seed):
    """Gives every parameter that begins at 0 or 1 a random value near it, and batch norms the statistics of pictures."""
    g = torch.Generator().manual_seed(seed)
    net.eval()
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.numel() == 0:
                continue
            flat = float(p.min()) == float(p.max())
            if flat and 0 < abs(float(p.max())) < 0.1:
                p.copy_(0.1 + 0.2 * torch.rand(p.shape, generator=g))  # layer scales, which hide all that lies before them
            elif flat:
                p.add_(0.1 * torch.randn(p.shape, generator=g))
            elif p.dim() > 1 and float(p.std()) < 0.05 and p[0].numel() > 1:
                # As large as keeps a product's size: many constructors take .02 for all.
                p.mul_(max(1.0, (1 / p[0].numel()) ** 0.5 / float(p.std())))
        norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.track_running_stats]
        for m in norms:
            m.train()
            m.reset_running_stats()
            m.momentum = None
        if norms:
            net(pictures)
        for m in norms:
            m.eval()
            m.running_var.clamp_(min=0.05 * float(m.running_var.mean()))


def keras_net(name):
    """The network that keras.applications calls name, or a tutorial's, and the shape (H,W,C) or (H,W) of its pictures."""
    import keras

    layers, side = keras.layers, KERAS[name]
    if name == "mlp28":
        return keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.2), layers.Dense(10)]), (28, 28)
    if name == "convnet28":
        net = keras.Sequential([layers.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
        for n in (32, 64):
            net.add(layers.Conv2D(n, 3, activation="relu"))
            net.add(layers.MaxPooling2D())
        for layer in (layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")):
            net.add(layer)
        return net, (28, 28, 1)
    return getattr(keras.applications, name)(weights=None), (side, side, 3)
