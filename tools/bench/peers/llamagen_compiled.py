"""LlamaGen by PyTorch at its fastest: kernels compiled (torch.compile), every token one replayed CUDA graph.

As gpt-fast has it: caches of full length, a mask over the slots to come, and the token drawn on the device feeds the
next step, so that the host does nothing but replay.
"""

import torch
from llamagen_eager import LlamaGen
from peer import serve
from torch.nn import functional as F


class CompiledLlamaGen(LlamaGen):
    def prepare(self, batch):
        network = self.network
        width, heads, length = network["width"], network["heads"], self.side**2
        self.copies = 1 if network["guidanceScale"] == 1 else 2
        device, kind = self.like.device, self.like.dtype
        rows = self.copies * batch
        shape = (rows, heads, length, width // heads)
        self.caches = [
            tuple(torch.zeros(shape, device=device, dtype=kind) for _ in range(2))
            for _ in self.layers
        ]
        self.x = torch.zeros(rows, 1, width, device=device, dtype=kind)
        self.position = torch.zeros(1, device=device, dtype=torch.long)
        self.drawn = torch.zeros(batch, length, device=device, dtype=torch.long)
        self.slots = torch.arange(length, device=device)
        table = self.rotary_table()
        self.cosines = table.real.to(device, kind).contiguous()
        self.sines = table.imag.to(device, kind).contiguous()
        self.compiled_layer = torch.compile(layer_step, fullgraph=True, dynamic=False)
        self.compiled_end = torch.compile(end_step, fullgraph=True, dynamic=False)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.position.zero_()
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        self.position.zero_()
        with torch.cuda.graph(self.graph):
            self.step()

    def step(self):
        heads = self.network["heads"]
        mask = (self.slots <= self.position).view(1, 1, 1, -1)
        turn = (self.cosines[self.position], self.sines[self.position])
        x = self.x
        for layer, cache in zip(self.layers, self.caches):
            x = self.compiled_layer(layer, cache, x, (self.position, mask, turn, heads))
        guidance = self.network["guidanceScale"]
        ids = self.compiled_end(x, self.w["norm.weight"], self.head, guidance)
        self.drawn.index_copy_(1, self.position, ids.unsqueeze(1))
        self.x.copy_(self.w["tok_embeddings.weight"][ids].repeat(self.copies, 1).unsqueeze(1))
        self.position.add_(1)

    def generate(self, labels):
        if not hasattr(self, "graph"):
            self.prepare(len(labels))
        null = torch.full_like(labels, self.network["classes"])
        rows = torch.cat([labels, null])[: self.copies * len(labels)]
        self.x.copy_(self.w["cls_embedding.embedding_table.weight"][rows].unsqueeze(1))
        self.position.zero_()
        for _ in range(self.side**2):
            self.graph.replay()
        return self.drawn


def layer_step(layer, cache, x, place):
    position, mask, (cosines, sines), heads = place
    batch, rows, width = x.shape
    h = F.rms_norm(x, (width,), layer["norm1"], eps=1e-5)
    qkv = F.linear(h, layer["qkv"]).view(batch, rows, 3, heads, -1)
    q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
    keys, values = cache
    keys.index_copy_(2, position, turned(k, cosines, sines))
    values.index_copy_(2, position, v)
    mixed = F.scaled_dot_product_attention(
        turned(q, cosines, sines), keys, values, attn_mask=mask
    )
    x = x + F.linear(mixed.transpose(1, 2).reshape(x.shape), layer["out"])
    h = F.rms_norm(x, (width,), layer["norm2"], eps=1e-5)
    return x + F.linear(F.silu(F.linear(h, layer["w1"])) * F.linear(h, layer["w3"]), layer["w2"])


def end_step(x, norm, head, guidance):
    x = F.rms_norm(x, (x.shape[-1],), norm, eps=1e-5)
    logits = F.linear(x[:, 0], head)
    if guidance != 1:
        cond, uncond = logits.chunk(2)
        logits = uncond + guidance * (cond - uncond)
    return logits.argmax(-1)


def turned(x, cosines, sines):
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cosines - b * sines, a * sines + b * cosines], -1).flatten(-2)


def build(job, weights):
    model = CompiledLlamaGen(job, weights)
    return model.generate, model.decode


serve(build)
