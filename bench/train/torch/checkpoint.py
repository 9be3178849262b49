"""Reads a policy's checkpoint: a safetensors file (https://huggingface.co/docs/safetensors), float32 only."""

import json
import math
import struct
from pathlib import Path

import torch
from torch import Tensor

SPECIAL_TOKENS = ["<pad>", "<bos>", "<eos>", "<call>", "</call>", "<obs>", "</obs>", "<ans>"]


def read_safetensors(path: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, and the header's texts."""
    data = Path(path).read_bytes()
    (header_length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + header_length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: tensor {name} is {entry['dtype']}, not F32")
        start = 8 + header_length + entry["data_offsets"][0]
        flat = torch.frombuffer(bytearray(data[start : start + 4 * math.prod(entry["shape"])]), dtype=torch.float32)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors, metadata


def read_checkpoint(path: str) -> tuple[dict[str, Tensor], dict, list[str]]:
    """Parameters, configuration and vocabulary, special tokens first."""
    tensors, metadata = read_safetensors(path)
    return tensors, json.loads(metadata["config"]), SPECIAL_TOKENS + json.loads(metadata["vocabulary"])
