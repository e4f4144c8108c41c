"""A raster transformer of latents with a flow head, in eager PyTorch: LlamaGen's blocks and MAR's MLP.

The head is Li et al. 2024 (MAR); a latent follows its velocity in Euler steps, here from zeros, as temperature 0 has it.
"""

import torch
from llamagen_eager import LlamaGen
from peer import captured, serve
from torch.nn import functional as F

STEPS = 25


class Flow(LlamaGen):
    def __init__(self, job, weights):
        super().__init__(job, weights)
        self.blocks = sum(name.endswith(".norm.weight") for name in weights if "flow.blocks" in name)
        self.times = self.time_table()

    def time_table(self):
        """Embedded times of all steps, `[STEPS, W]`; times 0 to 1 reach the sinusoids as 0 to 1000."""
        times = 1000 * torch.arange(STEPS, dtype=torch.float64) / STEPS
        frequencies = 10000.0 ** (-torch.arange(128, dtype=torch.float64) / 128)
        angles = times[:, None] * frequencies
        features = torch.cat([angles.cos(), angles.sin()], -1).to(self.like.device, self.like.dtype)
        return self.flow_linear("time.1", F.silu(self.flow_linear("time.0", features)))

    def flow_linear(self, name, x):
        return F.linear(x, self.w[f"flow.{name}.weight"], self.w[f"flow.{name}.bias"])

    def generate(self, labels):
        w, network = self.w, self.network
        batch, length = len(labels), self.side**2
        width, heads = network["width"], network["heads"]
        x = w["cls_embedding.embedding_table.weight"][labels].unsqueeze(1)
        caches = self.caches(batch, heads, length, width // heads)
        drawn = []
        for position in range(length):
            for layer, cache in zip(self.layers, caches):
                x = self.run_layer(layer, cache, x, (position, self.angles[position]))
            hidden = F.rms_norm(x, (width,), w["norm.weight"], eps=1e-5)
            latent = self.draw(hidden[:, 0])
            drawn.append(latent)
            x = F.linear(latent, w["latent_embedding.weight"], w["latent_embedding.bias"])
            x = x.unsqueeze(1)
        return torch.stack(drawn, 1).flatten(1)

    def draw(self, hidden):
        condition = self.flow_linear("condition", hidden)
        latent = hidden.new_zeros(len(hidden), self.w["flow.input.weight"].shape[1])
        for step in range(STEPS):
            latent = latent + self.velocity(latent, condition + self.times[step]) / STEPS
        return latent

    def velocity(self, latent, context):
        active = F.silu(context)
        h = self.flow_linear("input", latent)
        size = (h.shape[-1],)
        for index in range(self.blocks):
            name = f"blocks.{index}"
            shift, scale, gate = self.flow_linear(f"{name}.modulation", active).chunk(3, -1)
            norm = (self.w[f"flow.{name}.norm.weight"], self.w[f"flow.{name}.norm.bias"])
            entering = F.layer_norm(h, size, *norm, eps=1e-6) * (1 + scale) + shift
            change = self.flow_linear(f"{name}.down", F.silu(self.flow_linear(f"{name}.up", entering)))
            h = h + gate * change
        shift, scale = self.flow_linear("final.modulation", active).chunk(2, -1)
        return self.flow_linear("final.output", F.layer_norm(h, size, eps=1e-6) * (1 + scale) + shift)


def build(job, weights):
    model = Flow(job, weights)
    is_graph = job["decoder"]["mode"] == "graph"
    return captured(model.generate) if is_graph else model.generate, model.decode


serve(build)
