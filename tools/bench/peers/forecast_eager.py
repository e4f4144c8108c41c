"""The forecasters of nextx in eager PyTorch: AutoTimes' form on GPT-2's blocks, and iTransformer.

Started with a job (JSON) as its last argument, it reads weights under official names and one batch of windows, trains on it
by Adam, forecasts it, and prints one JSON answer. Dropout is 0 on both sides.
"""

import json
import os
import statistics
import sys
import time

import torch
from peer import load_safetensors
from torch.nn import functional as F

LEARNING_RATE = 1e-3


def rows_of(values):
    """`[B, T, V]` to `[B * V, T]`."""
    return values.transpose(1, 2).reshape(-1, values.shape[1])


def scale_of(rows):
    mean = rows.mean(1, keepdim=True)
    return mean, (rows.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()


def attend(q, k, v, heads, causal):
    """`[B, N, C]` each."""
    split = lambda x: x.unflatten(-1, (heads, -1)).transpose(1, 2)
    mixed = F.scaled_dot_product_attention(split(q), split(k), split(v), is_causal=causal)
    return mixed.transpose(1, 2).flatten(2)


class AutoTimes:
    def __init__(self, job, weights):
        self.w = weights
        network = job["network"]
        self.options, self.past = network["options"], network["lookBack"]
        self.segment = network["horizon"]

    def linear(self, name, x):
        return F.linear(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def conv1d(self, name, x):
        return x @ self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.w[f"{name}.weight"], self.w[f"{name}.bias"], 1e-5)

    def outputs(self, rows):
        """What each segment says of the next, `[R, lookBack]`."""
        mean, deviation = scale_of(rows)
        segments = ((rows - mean) / deviation).unflatten(1, (-1, self.segment))
        x = self.linear("encoder", segments) + self.w["gpt2.wpe.weight"][: segments.shape[1]]
        for index in range(self.options["depth"]):
            name = f"gpt2.h.{index}"
            q, k, v = self.conv1d(f"{name}.attn.c_attn", self.norm(f"{name}.ln_1", x)).chunk(3, -1)
            x = x + self.conv1d(f"{name}.attn.c_proj", attend(q, k, v, self.options["heads"], True))
            up = self.conv1d(f"{name}.mlp.c_fc", self.norm(f"{name}.ln_2", x))
            x = x + self.conv1d(f"{name}.mlp.c_proj", F.gelu(up, approximate="tanh"))
        return self.linear("decoder", self.norm("gpt2.ln_f", x)).flatten(1) * deviation + mean

    def loss(self, values, _):
        outputs = self.outputs(rows_of(values[:, : self.past]))
        following = rows_of(values[:, self.segment : self.segment + self.past])
        return (outputs - following).square().mean()

    def predict(self, values, _):
        rows = self.outputs(rows_of(values[:, : self.past]))[:, -self.segment :]
        return rows.unflatten(0, (values.shape[0], -1)).transpose(1, 2)


class ITransformer(AutoTimes):
    heads, blocks = 8, 2

    def predict(self, values, marks):
        past = values[:, : self.past]
        rows = rows_of(past)
        mean, deviation = scale_of(rows)
        series = ((rows - mean) / deviation).unflatten(0, (values.shape[0], -1))
        tokens = torch.cat([series, marks[:, : self.past].transpose(1, 2)], 1)
        x = self.linear("enc_embedding.value_embedding", tokens)
        for index in range(self.blocks):
            name = f"encoder.attn_layers.{index}"
            q, k, v = (self.linear(f"{name}.attention.{p}_projection", x) for p in ("query", "key", "value"))
            mixed = self.linear(f"{name}.attention.out_projection", attend(q, k, v, self.heads, False))
            x = self.norm(f"{name}.norm1", x + mixed)
            up = F.gelu(self.pointwise(f"{name}.conv1", x))
            x = self.norm(f"{name}.norm2", x + self.pointwise(f"{name}.conv2", up))
        x = self.norm("encoder.norm", x)[:, : series.shape[1]]
        ahead = self.linear("projector", x).flatten(0, 1) * deviation + mean
        return ahead.unflatten(0, (values.shape[0], -1)).transpose(1, 2)

    def pointwise(self, name, x):
        return F.linear(x, self.w[f"{name}.weight"].flatten(1), self.w[f"{name}.bias"])

    def loss(self, values, marks):
        return (self.predict(values, marks) - values[:, self.past :]).square().mean()


def timed(work, count):
    """Median seconds of `count` calls after one that warms up, and what all of them gave."""
    seconds, results = [], []
    for _ in range(count + 1):
        begin = time.perf_counter()
        results.append(work())
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:]), results


def main():
    job = json.loads(sys.argv[-1])
    torch.set_num_threads(job["threads"])
    weights = load_safetensors(os.path.join(job["folder"], "weights.safetensors"))
    windows = load_safetensors(os.path.join(job["folder"], "windows.safetensors"))
    values, marks = windows["values"], windows.get("marks")
    trained = {name: weight.requires_grad_() for name, weight in weights.items()}
    forms = {"autotimes": AutoTimes, "itransformer": ITransformer}
    network = forms[job["network"]["recipe"]](job, trained)
    adam = torch.optim.Adam(trained.values(), lr=LEARNING_RATE)

    def step():
        adam.zero_grad()
        loss = network.loss(values, marks)
        loss.backward()
        adam.step()
        return loss.item()

    step_seconds, losses = timed(step, job["steps"])
    with torch.inference_mode():
        past = values[:, : network.past]
        forecast_seconds, _ = timed(lambda: network.predict(past, marks), job["forecasts"])
    answer = {
        "version": torch.__version__,
        "losses": losses,
        "stepSeconds": step_seconds,
        "forecastSeconds": forecast_seconds,
    }
    print(json.dumps(answer))


main()
