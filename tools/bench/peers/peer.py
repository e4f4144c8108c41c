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


def linear(x, weight, bias=None):
    """`x · weight^T + bias`, by a matrix or by one that `quantized` packed."""
    if isinstance(weight, torch.Tensor):
        return F.linear(x, weight, bias)
    return torch.ops.quantized.linear_dynamic(x, weight)


def quantized(weight, bias=None):
    """A matrix in int8 with a scale for each output, for products that quantize x as they come (int8 dynamic)."""
    scales = (weight.abs().amax(1) / 127).clamp(min=1e-12).double()
    zeros = torch.zeros(len(scales), dtype=torch.long)
    whole = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
    return torch.ops.quantized.linear_prepack(whole, bias)


def serve(build):
    """`build(job, weights)` gives two functions: labels to ids, and ids to pictures."""
    with open(sys.argv[1]) as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    # Products and convolutions in whole float32, as nextx has them.
    torch.backends.cudnn.allow_tf32 = False
    device = torch.device(job["decoder"]["device"])
    kind = {"f16": torch.float16}.get(job["decoder"]["format"], torch.float32)
    with torch.inference_mode():
        weights = load_safetensors(job["officialWeights"])
        placed = {name: weight.to(device, kind) for name, weight in weights.items()}
        generate, decode = build(job, placed)
        answer({"ready": True, "version": torch.__version__})
        classes = job["network"]["classes"]
        labels = torch.tensor([item % classes for item in range(job["batch"])], device=device)
        for _ in sys.stdin:
            begin = time.perf_counter()
            ids = generate(labels).tolist()
            middle = time.perf_counter()
            result = {"tokensSeconds": middle - begin, "tokens": [id for row in ids for id in row]}
            if job["hasPixels"]:
                pixels = decode(torch.tensor(ids, device=device)).double().mean().item()
                result["pixelsSeconds"] = time.perf_counter() - middle
                result["meanPixel"] = pixels
            answer({**result, "peakMegabytes": peak_megabytes()})


def captured(generate):
    """The same, its kernels recorded as one CUDA graph by its first call and replayed since."""
    recorded = {}

    def replay(labels):
        if not recorded:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                generate(labels)
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            recorded["labels"] = labels.clone()
            with torch.cuda.graph(graph):
                recorded["ids"] = generate(recorded["labels"])
            recorded["graph"] = graph
        recorded["labels"].copy_(labels)
        recorded["graph"].replay()
        return recorded["ids"]

    return replay


def answer(value):
    print(json.dumps(value), flush=True)


class Attention:
    """Self-attention over a cache of full length that each step writes into."""

    def __init__(self, shape, like):
        """`shape` is `[B, H, capacity, D]`."""
        self.keys = torch.empty(shape, dtype=like.dtype, device=like.device)
        self.values = torch.empty_like(self.keys)

    def __call__(self, q, k, v, begin, scale):
        """`[B, H, n, D]` each; no row of a step is hidden from another, as the networks here have it."""
        end = begin + q.shape[2]
        self.keys[:, :, begin:end] = k
        self.values[:, :, begin:end] = v
        return F.scaled_dot_product_attention(
            q, self.keys[:, :, :end], self.values[:, :, :end], scale=scale
        )
