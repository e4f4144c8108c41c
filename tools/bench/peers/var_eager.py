"""VAR (Tian et al. 2024) in eager PyTorch: the peer of the recipe `var`.

As fast as eager PyTorch allows without leaving the plain way: the modulation of all blocks is computed once a
generation, the sum of the coarser maps is carried from step to step, and keys and values go to a cache allocated once.
"""

import math

import torch
from decoder_eager import Decoder
from peer import Attention, captured, linear, quantized, serve
from torch.nn import functional as F


class Var:
    def __init__(self, job, weights):
        self.w = weights
        self.network = network = job["network"]
        self.is_int8 = job["decoder"]["format"] == "int8"
        self.sides = network["sides"]
        self.length = sum(side * side for side in self.sides)
        levels = torch.cat(
            [torch.full((side * side,), index) for index, side in enumerate(self.sides)]
        ).to(weights["pos_1LC"].device)
        self.offsets = weights["pos_1LC"].view(self.length, -1) + weights["lvl_embed.weight"][levels]
        self.blocks = [self.block_weights(index) for index in range(network["depth"])]
        count = len(network["multipliers"])
        names = {
            "middle": ("mid.block_1", "mid.attn_1", "mid.block_2"),
            "levels": [f"up.{level}" for level in reversed(range(count))],
            "block": "block",
        }
        self.decoder = Decoder(weights, names, min(32, network["tokenizerChannels"]))

    def matrix(self, weight, bias):
        """What `linear` takes behind x."""
        return (quantized(weight, bias),) if self.is_int8 else (weight, bias)

    def block_weights(self, index):
        w, name = self.w, f"blocks.{index}"
        query = w[f"{name}.attn.q_bias"]
        scale = w[f"{name}.attn.scale_mul_1H11"].view(1, -1, 1, 1)
        bias = torch.cat([query, torch.zeros_like(query), w[f"{name}.attn.v_bias"]])
        return {
            "qkv": self.matrix(w[f"{name}.attn.mat_qkv.weight"], bias),
            "scale": scale.clamp(max=math.log(100)).exp(),
            "proj": self.matrix(w[f"{name}.attn.proj.weight"], w[f"{name}.attn.proj.bias"]),
            "fc1": self.matrix(w[f"{name}.ffn.fc1.weight"], w[f"{name}.ffn.fc1.bias"]),
            "fc2": self.matrix(w[f"{name}.ffn.fc2.weight"], w[f"{name}.ffn.fc2.bias"]),
            "ada": (w[f"{name}.ada_lin.1.weight"], w[f"{name}.ada_lin.1.bias"]),
        }

    def generate(self, labels):
        w, network = self.w, self.network
        batch, width = len(labels), network["width"]
        null = torch.full_like(labels, network["classes"])
        condition = w["class_emb.weight"][torch.cat([labels, null])]
        active = F.silu(condition)
        modulations = [
            F.linear(active, *block["ada"]).view(-1, 1, 6, width).unbind(2)
            for block in self.blocks
        ]
        final_scale, final_shift = (
            F.linear(active, w["head_nm.ada_lin.1.weight"], w["head_nm.ada_lin.1.bias"])
            .view(-1, 1, 2, width)
            .unbind(2)
        )
        heads = network["heads"]
        shape = (2 * batch, heads, self.length, width // heads)
        caches = [Attention(shape, condition) for _ in self.blocks]
        last = self.sides[-1]
        total = condition.new_zeros(batch, w["quantize.embedding.weight"].shape[1], last, last)
        x = (condition + w["pos_start"].view(1, -1)).unsqueeze(1)
        begin = 0
        drawn = []
        for step, side in enumerate(self.sides):
            end = begin + side * side
            x = x + self.offsets[begin:end]
            for block, modulation, cache in zip(self.blocks, modulations, caches):
                x = self.run_block(block, modulation, cache, x, begin)
            x = F.layer_norm(x, (width,), eps=1e-6) * (1 + final_scale) + final_shift
            logits = F.linear(x, w["head.weight"], w["head.bias"])
            share = step / (len(self.sides) - 1) if len(self.sides) > 1 else 1
            guidance = 1 + (network["guidanceScale"] - 1) * share
            cond, uncond = logits.chunk(2)
            ids = (uncond + guidance * (cond - uncond)).argmax(-1)
            drawn.append(ids)
            begin = end
            if step + 1 == len(self.sides):
                break
            total = total + self.contribution(ids, step)
            x = self.next_input(total, self.sides[step + 1]).repeat(2, 1, 1)
        return torch.cat(drawn, 1)

    def run_block(self, block, modulation, cache, x, begin):
        gate1, gate2, scale1, scale2, shift1, shift2 = modulation
        batch, rows, width = x.shape
        heads = self.network["heads"]
        h = F.layer_norm(x, (width,), eps=1e-6) * (1 + scale1) + shift1
        qkv = linear(h, *block["qkv"])
        q, k, v = qkv.view(batch, rows, 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        q = F.normalize(q, dim=-1) * block["scale"]
        mixed = cache(q, F.normalize(k, dim=-1), v, begin, 1.0)
        x = x + gate1 * linear(mixed.transpose(1, 2).reshape(x.shape), *block["proj"])
        h = F.layer_norm(x, (width,), eps=1e-6) * (1 + scale2) + shift2
        return x + gate2 * linear(
            F.gelu(linear(h, *block["fc1"]), approximate="tanh"), *block["fc2"]
        )

    def contribution(self, ids, step):
        side, last = self.sides[step], self.sides[-1]
        codes = self.w["quantize.embedding.weight"][ids]
        codes = codes.transpose(1, 2).reshape(len(ids), -1, side, side)
        if side != last:
            codes = F.interpolate(codes, size=(last, last), mode="bicubic")
        which = f"quantize.quant_resi.qresi_ls.{self.refinement(step)}"
        refined = F.conv2d(codes, self.w[f"{which}.weight"], self.w[f"{which}.bias"], padding=1)
        return 0.5 * codes + 0.5 * refined

    def refinement(self, step):
        """The nearest of evenly spaced ticks, the first on a tie, rounded as numpy.linspace rounds them."""
        count = self.network["sharedConvolutions"]
        first = 1 / (3 if count == 4 else 2) / count
        spacing = (1 - first - first) / max(1, count - 1)
        ticks = [first + tick * spacing for tick in range(count)]
        if count > 1:
            ticks[-1] = 1 - first
        at = step / max(1, len(self.sides) - 1)
        distances = [abs(tick - at) for tick in ticks]
        return distances.index(min(distances))

    def next_input(self, total, side):
        small = F.interpolate(total, size=(side, side), mode="area")
        rows = small.flatten(2).transpose(1, 2)
        return F.linear(rows, self.w["word_embed.weight"], self.w["word_embed.bias"])

    def decode(self, ids):
        total, begin = 0, 0
        for step, side in enumerate(self.sides):
            total = total + self.contribution(ids[:, begin : begin + side * side], step)
            begin += side * side
        return self.decoder(total)


def build(job, weights):
    model = Var(job, weights)
    is_graph = job["decoder"]["mode"] == "graph"
    return captured(model.generate) if is_graph else model.generate, model.decode


if __name__ == "__main__":
    serve(build)
