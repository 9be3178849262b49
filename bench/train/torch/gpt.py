"""The transformer of src/policy/transformer.ts, with the same parameter names and shapes."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

# PyTorch 2 brings fused attention; 1.13 (Debian 12) does not.
fused_attention = getattr(F, "scaled_dot_product_attention", None)


def gelu(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


class Cache:
    """Keys and values of the tokens seen so far: [B, H, T, D / H] for each layer."""

    def __init__(self, model: "GPT", rows: int, length: int) -> None:
        shape = (rows, model.heads, length, model.width // model.heads)
        self.layers = [
            (torch.zeros(shape, device=model.device), torch.zeros(shape, device=model.device))
            for _ in range(model.depth)
        ]

    def keep(self, rows: Tensor) -> None:
        self.layers = [(keys[rows], values[rows]) for keys, values in self.layers]


class GPT:
    def __init__(self, config: dict, values: dict[str, Tensor], device: str = "cpu") -> None:
        self.width, self.depth, self.heads = config["width"], config["layers"], config["heads"]
        self.device = device
        self.p = {name: value.clone().to(device).requires_grad_() for name, value in values.items()}
        length = config["contextLength"]
        self.mask = torch.full((length, length), float("-inf"), device=device).triu(1)

    def parameters(self) -> list[Tensor]:
        return list(self.p.values())

    def linear(self, x: Tensor, name: str) -> Tensor:
        return torch.addmm(self.p[f"{name}.bias"], x, self.p[f"{name}.weight"])

    def norm(self, x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, (self.width,), self.p[f"{name}.scale"], self.p[f"{name}.shift"])

    def mlp(self, x: Tensor, layer: str) -> Tensor:
        return self.linear(gelu(self.linear(self.norm(x, f"{layer}.mlp.norm"), f"{layer}.mlp.up")), f"{layer}.mlp.down")

    def forward(self, tokens: Tensor, cache: Cache | None = None) -> Tensor:
        """tokens [B, T] -> logits [B * T, V]; fills the first T places of an empty cache."""
        rows, length = tokens.shape
        x = F.embedding(tokens, self.p["embedding.tokens"]) + self.p["embedding.positions"][:length]
        x = x.reshape(rows * length, self.width)
        for i in range(self.depth):
            layer = f"layer{i}"
            qkv = self.linear(self.norm(x, f"{layer}.attention.norm"), f"{layer}.attention.qkv")
            q, k, v = qkv.view(rows, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            if cache is not None:
                cache.layers[i][0][:, :, :length], cache.layers[i][1][:, :, :length] = k, v
            if fused_attention is not None:
                mixed = fused_attention(q, k, v, is_causal=True)
            else:
                scores = (q * (1 / math.sqrt(q.shape[-1]))) @ k.transpose(-1, -2)
                mixed = torch.softmax(scores + self.mask[:length, :length], -1) @ v
            mixed = mixed.transpose(1, 2).reshape(rows * length, self.width)
            x = x + self.linear(mixed, f"{layer}.attention.output")
            x = x + self.mlp(x, layer)
        return self.norm(x, "norm") @ self.p["head.weight"]

    def advance(self, tokens: Tensor, position: int, cache: Cache) -> Tensor:
        """One further token of every row, [B] -> logits [B, V]."""
        rows = tokens.shape[0]
        x = F.embedding(tokens, self.p["embedding.tokens"]) + self.p["embedding.positions"][position]
        for i, (keys, values) in enumerate(cache.layers):
            layer = f"layer{i}"
            qkv = self.linear(self.norm(x, f"{layer}.attention.norm"), f"{layer}.attention.qkv")
            q, k, v = qkv.view(rows, 3, self.heads, 1, -1).unbind(1)
            keys[:, :, position : position + 1], values[:, :, position : position + 1] = k, v
            seen_keys, seen_values = keys[:, :, : position + 1], values[:, :, : position + 1]
            scale = 1 / math.sqrt(q.shape[-1])
            if self.device == "cpu":
                # For a single query, products and sums are 1.5 times as fast as batched matrix products.
                attention = torch.softmax((seen_keys * q).sum(-1) * scale, -1)
                mixed = (attention.unsqueeze(-1) * seen_values).sum(2)
            else:
                mixed = torch.softmax(q * scale @ seen_keys.transpose(-1, -2), -1) @ seen_values
            mixed = mixed.reshape(rows, self.width)
            x = x + self.linear(mixed, f"{layer}.attention.output")
            x = x + self.mlp(x, layer)
        return self.norm(x, "norm") @ self.p["head.weight"]


@torch.inference_mode()
def sample(model: GPT, rows: int, count: int, bos: int = 1) -> Tensor:
    """`count` tokens after one `<bos>`, at temperature 1: [B, 1 + count]."""
    tokens = torch.full((rows, 1 + count), bos, dtype=torch.long, device=model.device)
    cache = Cache(model, rows, count)
    for t in range(count):
        logits = model.advance(tokens[:, t], t, cache)
        tokens[:, t + 1] = torch.multinomial(torch.softmax(logits, -1), 1)[:, 0]
    return tokens
