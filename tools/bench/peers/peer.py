"""What the PyTorch peers share: weights in, one timed generation a request, peak memory.

A peer is started with the path of a job (JSON) and answers on standard output, one JSON line each: first that it
is ready, then the result of one generation for every line on standard input. Eager PyTorch and nothing else.
"""

import json
import sys
import time

import torch
from torch.nn import functional as F


def load_safetensors(path):
    """Tensors by name; float32 only."""
    tensors = {}
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            file.seek(8 + size + begin)
            data = bytearray(file.read(end - begin))
            tensors[name] = torch.frombuffer(data, dtype=torch.float32).reshape(entry["shape"])
    return tensors


def peak_megabytes():
    """Largest resident memory of this process so far, in MB."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def serve(build):
    """`build(job, weights)` gives two functions: labels to ids, and ids to pictures."""
    with open(sys.argv[1]) as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    with torch.inference_mode():
        generate, decode = build(job["network"], load_safetensors(job["officialWeights"]))
        answer({"ready": True, "version": torch.__version__})
        classes = job["network"]["classes"]
        labels = torch.tensor([item % classes for item in range(job["batch"])])
        for _ in sys.stdin:
            begin = time.perf_counter()
            ids = generate(labels)
            middle = time.perf_counter()
            result = {"tokensSeconds": middle - begin, "tokens": ids.flatten().tolist()}
            if job["hasPixels"]:
                pixels = decode(ids)
                result["pixelsSeconds"] = time.perf_counter() - middle
                result["meanPixel"] = pixels.double().mean().item()
            answer({**result, "peakMegabytes": peak_megabytes()})


def answer(value):
    print(json.dumps(value), flush=True)


class Attention:
    """Self-attention over a cache of full length that each step writes into."""

    def __init__(self, batch, heads, capacity, head_size):
        self.keys = torch.empty(batch, heads, capacity, head_size)
        self.values = torch.empty(batch, heads, capacity, head_size)

    def __call__(self, q, k, v, begin, scale):
        """`[B, H, n, D]` each; no row of a step is hidden from another, as the networks here have it."""
        end = begin + q.shape[2]
        self.keys[:, :, begin:end] = k
        self.values[:, :, begin:end] = v
        return F.scaled_dot_product_attention(
            q, self.keys[:, :, :end], self.values[:, :, :end], scale=scale
        )
