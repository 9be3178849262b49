"""PyTorch as a contestant of `npm run bench -- train`: answers JSON lines, see bench/train/protocol.ts."""

import argparse
import json
import math
import platform
import sys
import time
from pathlib import Path

try:
    import torch
except ImportError as error:
    print(json.dumps({"error": f"{sys.executable} has no torch ({error}); on Debian: apt-get install python3-torch libopenblas0-pthread"}))
    sys.exit(0)

import torch.nn.functional as F

from gpt import GPT, sample
from grpo import Grpo, Settings

WAY_OUT = "on Debian: apt-get install libopenblas0-pthread; elsewhere PyTorch's own wheels bring a fast one"


def gigaflops(m: int, k: int, n: int, device: str, seconds: float = 0.2) -> float:
    """Of the fastest a @ b of these sizes."""
    a, b = torch.randn(m, k, device=device), torch.randn(k, n, device=device)
    # A GPU is kept busy with many; waiting for each would be most of the time.
    products = 100 if device == "cuda" else 1
    best = math.inf
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(products):
            a @ b
        synchronize(device)
        best = min(best, time.perf_counter() - start)
    return 2 * m * k * n * products / best / 1e9


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def blas() -> str:
    """Which library multiplies matrices. Debian's PyTorch falls back to the reference BLAS, 18 times slower."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        name = "the system's BLAS"
    elif torch.backends.mkl.is_available():
        name = "MKL"
    elif "openblas" in maps.read_text():
        name = "OpenBLAS"
    else:
        raise RuntimeError(f"this PyTorch has neither OpenBLAS nor MKL: {WAY_OUT}")
    speed = gigaflops(512, 512, 512, "cpu")
    if speed < 15:
        raise RuntimeError(f"this PyTorch multiplies 512 x 512 with {speed:.1f} GFLOP/s only ({name}): {WAY_OUT}")
    return name


class Contestant:
    def __init__(self, device: str, threads: int) -> None:
        self.device, self.threads = device, threads

    def hello(self) -> dict:
        if self.device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("this PyTorch sees no CUDA device")
        device = torch.cuda.get_device_name() if self.device == "cuda" else blas()
        return {"device": device, "versions": f"PyTorch {torch.__version__}, Python {platform.python_version()}"}

    def peak(self, shape: list[int]) -> dict:
        return {"gigaflops": gigaflops(*shape, self.device, 0.5)}

    def open(self, model: dict, parameters: dict, tokens: dict) -> dict:
        flat = torch.frombuffer(bytearray(Path(parameters["path"]).read_bytes()), dtype=torch.float32)
        sizes = [math.prod(shape) for _, shape in parameters["shapes"]]
        parts = zip(parameters["shapes"], flat.split(sizes))
        self.model = GPT(model, {name: part.view(shape) for (name, shape), part in parts}, self.device)
        batches = torch.frombuffer(bytearray(Path(tokens["path"]).read_bytes()), dtype=torch.int32)
        self.batches = batches.view(tokens["shape"]).long().to(self.device)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-8, foreach=True
        )
        self.steps = 0
        return {"parameters": flat.numel()}

    def step(self, steps: int) -> dict:
        """Forward, cross entropy of all predictions, backward, Adam with the gradient's norm clipped to 1."""
        milliseconds, losses = [], []
        for _ in range(steps):
            batch = self.batches[self.steps % len(self.batches)]
            self.steps += 1
            start = time.perf_counter()
            loss = F.cross_entropy(self.model.forward(batch[:, :-1]), batch[:, 1:].reshape(-1))
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            losses.append(loss.item())
            synchronize(self.device)
            milliseconds.append((time.perf_counter() - start) * 1e3)
        return {"milliseconds": milliseconds, "losses": losses}

    def sample(self, rows: int, count: int) -> dict:
        start = time.perf_counter()
        sample(self.model, rows, count).tolist()
        return {"milliseconds": (time.perf_counter() - start) * 1e3}

    def grpo_open(self, environment: str, checkpoint: str, learningRate: float, prompts: int, groupSize: int, seed: int) -> dict:
        self.grpo_run = Grpo(Settings(environment, checkpoint, learningRate, prompts, groupSize, seed), self.device)
        return {}

    def grpo(self, updates: int) -> dict:
        answer: dict = {"milliseconds": [], "success": [], "tokens": [], "trained": []}
        for _ in range(updates):
            start = time.perf_counter()
            update = self.grpo_run.update()
            synchronize(self.device)
            answer["milliseconds"].append((time.perf_counter() - start) * 1e3)
            for name in ("success", "tokens", "trained"):
                answer[name].append(getattr(update, name))
        return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    contestant = Contestant(arguments.device, arguments.threads)
    commands = {
        "hello": contestant.hello,
        "peak": contestant.peak,
        "open": contestant.open,
        "step": contestant.step,
        "sample": contestant.sample,
        "grpo.open": contestant.grpo_open,
        "grpo": contestant.grpo,
    }
    for line in sys.stdin:
        message = json.loads(line)
        try:
            answer = commands[message.pop("command")](**message)
        except Exception as error:  # whatever it is, the bench reports it and goes on with the others
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
