"""LlamaGen (Sun et al. 2024) in eager PyTorch: the peer of the recipe `llamagen`."""

import torch
from decoder_eager import Decoder
from peer import Attention, linear, quantized, serve
from torch.nn import functional as F


class LlamaGen:
    def __init__(self, job, weights):
        self.w = weights
        self.network = network = job["network"]
        self.side = network["sides"][-1]
        self.like = weights["norm.weight"]
        self.is_int8 = job["decoder"]["format"] == "int8"
        angles = self.rotary_table()
        # Complex numbers where they are whole: half floats are turned by cosines and sines.
        is_half = self.like.dtype == torch.float16
        parts = torch.stack([angles.real, angles.imag], 1).half() if is_half else angles
        self.angles = parts.to(self.like.device)
        self.head = self.matrix("output.weight")
        self.layers = [self.layer_weights(index) for index in range(network["depth"])]
        names = {
            "middle": ("mid.0", "mid.1", "mid.2"),
            "levels": [f"conv_blocks.{level}" for level in range(len(network["multipliers"]))],
            "block": "res",
        }
        self.decoder = Decoder(weights, names, min(32, network["tokenizerChannels"]))

    def matrix(self, name):
        return quantized(self.w[name]) if self.is_int8 else self.w[name]

    def layer_weights(self, index):
        name = f"layers.{index}"
        return {
            "norm1": self.w[f"{name}.attention_norm.weight"],
            "qkv": self.matrix(f"{name}.attention.wqkv.weight"),
            "out": self.matrix(f"{name}.attention.wo.weight"),
            "norm2": self.w[f"{name}.ffn_norm.weight"],
            "w1": self.matrix(f"{name}.feed_forward.w1.weight"),
            "w2": self.matrix(f"{name}.feed_forward.w2.weight"),
            "w3": self.matrix(f"{name}.feed_forward.w3.weight"),
        }

    def rotary_table(self):
        """Complex factors of rows and columns, `[1 + N, D / 2]`; the class's are zero, as the official code has it."""
        head_size = self.network["width"] // self.network["heads"]
        pairs = head_size // 4
        frequencies = 10000.0 ** (-torch.arange(pairs, dtype=torch.float64) / pairs)
        along = torch.arange(self.side, dtype=torch.float64)[:, None] * frequencies
        rows = along[:, None, :].expand(self.side, self.side, pairs)
        columns = along[None, :, :].expand(self.side, self.side, pairs)
        angles = torch.cat([rows, columns], -1).reshape(-1, 2 * pairs)
        factors = torch.polar(torch.ones_like(angles), angles).to(torch.complex64)
        return torch.cat([torch.zeros(1, 2 * pairs, dtype=torch.complex64), factors])

    def generate(self, labels):
        w, network = self.w, self.network
        batch, length = len(labels), self.side**2
        width, heads = network["width"], network["heads"]
        guidance = network["guidanceScale"]
        copies = 1 if guidance == 1 else 2
        null = torch.full_like(labels, network["classes"])
        rows = torch.cat([labels, null])[: copies * batch]
        x = w["cls_embedding.embedding_table.weight"][rows].unsqueeze(1)
        caches = self.caches(copies * batch, heads, length, width // heads)
        drawn = torch.empty_like(labels).unsqueeze(1).repeat(1, length)
        for position in range(length):
            factors = self.angles[position]
            for layer, cache in zip(self.layers, caches):
                x = self.run_layer(layer, cache, x, (position, factors))
            x = F.rms_norm(x, (width,), w["norm.weight"], eps=1e-5)
            logits = linear(x[:, 0], self.head)
            if copies == 2:
                cond, uncond = logits.chunk(2)
                logits = uncond + guidance * (cond - uncond)
            ids = logits.argmax(-1)
            drawn[:, position] = ids
            x = w["tok_embeddings.weight"][ids].repeat(copies, 1).unsqueeze(1)
        return drawn

    def caches(self, *shape):
        return [Attention(shape, self.like) for _ in self.layers]

    def run_layer(self, layer, cache, x, place):
        position, factors = place
        batch, rows, width = x.shape
        heads = self.network["heads"]
        h = F.rms_norm(x, (width,), layer["norm1"], eps=1e-5)
        qkv = linear(h, layer["qkv"]).view(batch, rows, 3, heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = cache(rotate(q, factors), rotate(k, factors), v, position, None)
        x = x + linear(mixed.transpose(1, 2).reshape(x.shape), layer["out"])
        h = F.rms_norm(x, (width,), layer["norm2"], eps=1e-5)
        gated = F.silu(linear(h, layer["w1"])) * linear(h, layer["w3"])
        return x + linear(gated, layer["w2"])

    def decode(self, ids):
        codes = F.normalize(self.w["quantize.embedding.weight"], dim=-1)[ids]
        maps = codes.transpose(1, 2).reshape(len(ids), -1, self.side, self.side)
        return self.decoder(maps)


def rotate(x, factors):
    """Turns the pairs of `x`, `[..., D]`, by complex factors, `[D / 2]`, or by cosines and sines, `[2, D / 2]`."""
    if not factors.is_complex():
        a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
        c, s = factors
        return torch.stack([a * c - b * s, a * s + b * c], -1).flatten(-2)
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * factors).flatten(-2)


def build(job, weights):
    model = LlamaGen(job, weights)
    return model.generate, model.decode


if __name__ == "__main__":
    serve(build)
