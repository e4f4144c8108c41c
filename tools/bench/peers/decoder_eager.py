"""The convolutional decoder that both tokenizers have, from latents to pictures."""

from torch.nn import functional as F


class Decoder:
    def __init__(self, weights, names, groups):
        self.w = weights
        self.names = names
        self.groups = groups

    def __call__(self, x):
        names, w = self.names, self.w
        x = self.conv("post_quant_conv", x)
        x = self.conv("decoder.conv_in", x)
        first, attention, second = names["middle"]
        x = self.residual(f"decoder.{first}", x)
        x = self.attention(f"decoder.{attention}", x)
        x = self.residual(f"decoder.{second}", x)
        for level in names["levels"]:
            block = 0
            while f"decoder.{level}.{names['block']}.{block}.conv1.weight" in w:
                x = self.residual(f"decoder.{level}.{names['block']}.{block}", x)
                if f"decoder.{level}.attn.{block}.norm.weight" in w:
                    x = self.attention(f"decoder.{level}.attn.{block}", x)
                block += 1
            if f"decoder.{level}.upsample.conv.weight" in w:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
                x = self.conv(f"decoder.{level}.upsample.conv", x)
        x = self.conv("decoder.conv_out", F.silu(self.norm("decoder.norm_out", x)))
        return x.clamp(-1, 1)

    def conv(self, name, x):
        weight = self.w[f"{name}.weight"]
        return F.conv2d(x, weight, self.w[f"{name}.bias"], padding=weight.shape[2] // 2)

    def norm(self, name, x):
        return F.group_norm(
            x, self.groups, self.w[f"{name}.weight"], self.w[f"{name}.bias"], eps=1e-6
        )

    def residual(self, name, x):
        h = self.conv(f"{name}.conv1", F.silu(self.norm(f"{name}.norm1", x)))
        h = self.conv(f"{name}.conv2", F.silu(self.norm(f"{name}.norm2", h)))
        if f"{name}.nin_shortcut.weight" in self.w:
            x = self.conv(f"{name}.nin_shortcut", x)
        return x + h

    def attention(self, name, x):
        batch, channels, height, width = x.shape
        h = self.norm(f"{name}.norm", x)
        if f"{name}.qkv.weight" in self.w:
            q, k, v = self.conv(f"{name}.qkv", h).chunk(3, 1)
        else:
            q, k, v = (self.conv(f"{name}.{part}", h) for part in "qkv")
        rows = [part.reshape(batch, channels, -1).transpose(1, 2) for part in (q, k, v)]
        mixed = F.scaled_dot_product_attention(*rows).transpose(1, 2)
        return x + self.conv(f"{name}.proj_out", mixed.reshape(x.shape))
