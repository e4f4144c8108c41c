"""Writes a checkpoint with given names and shapes and random values, as torch.save writes it.

Usage: python3 random_state_dict.py PUBLISHED_KEYS.json FILE_NAME OUT.pth
"""

import json
import sys

import torch


def main() -> None:
    keys_path, file_name, out = sys.argv[1:4]
    with open(keys_path, encoding="utf-8") as file:
        shapes = json.load(file)[file_name]["keys"]
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, shape in shapes.items():
        if name == "lvl_1L":
            state[name] = torch.zeros(shape, dtype=torch.int64)
        elif name == "attn_bias_for_masking":
            state[name] = torch.full(shape, -torch.inf)
        else:
            state[name] = torch.randn(shape, generator=generator) * 0.02
    torch.save(state, out)


if __name__ == "__main__":
    main()
