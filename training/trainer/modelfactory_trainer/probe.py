"""Job probe: multiply matrices and take one real training step on the device."""

import importlib
import time

import torch
from torch import nn

from . import device as devices
from .errors import JobError

SIZE = 1024
# What the other jobs import beside torch: an environment that cannot load it is not ready.
PACKAGES = ("transformers", "peft", "safetensors.torch", "tokenizers", "numpy", "gguf")


def run(job: dict, device: torch.device) -> dict:
    """Returns the result event's `probe` part. Fails where the device's sums are wrong, or a package does not load."""
    for package in PACKAGES:
        importlib.import_module(package)
    torch.manual_seed(0)
    a = torch.randn(SIZE, SIZE)
    on_device = a.to(device)
    product = on_device @ on_device  # first use sets libraries up; it is not timed
    if not torch.allclose(product.cpu(), a @ a, rtol=1e-2, atol=1e-1):
        raise JobError("device", "the device multiplies matrices wrongly", "Update its driver or use the processor.")
    begun, count = time.monotonic(), 0
    while time.monotonic() - begun < 0.3:
        product = on_device @ on_device
        if device.type != "cpu":
            product[0, 0].item()  # wait for the device
        count += 1
    gflops = count * 2 * SIZE**3 / (time.monotonic() - begun) / 1e9
    total, free = devices.memory(device)
    return {
        "device": device.type,
        "device_name": devices.name(device),
        "gflops": round(gflops, 1),
        "step_seconds": round(_training_step(device), 4),
        "memory_bytes": total,
        "free_bytes": free,
        "bf16": device.type == "cuda" and torch.cuda.is_bf16_supported(),
        "threads_asked": int(job.get("threads") or 0),
        "threads": torch.get_num_threads(),
    }


def _training_step(device: torch.device) -> float:
    """Seconds of one AdamW step of a small network; its loss has to fall."""
    net = nn.Sequential(nn.Linear(256, 512), nn.SiLU(), nn.Linear(512, 256)).to(device)
    x = torch.randn(64, 256).to(device)
    adam = torch.optim.AdamW(net.parameters(), lr=1e-3)
    losses = []
    begun = time.monotonic()
    for _ in range(2):
        begun = time.monotonic()
        value = (net(x) - x).square().mean()
        adam.zero_grad()
        value.backward()
        adam.step()
        losses.append(float(value.detach()))
    if not losses[1] < losses[0]:
        raise JobError("device", "a training step on the device did not lower the loss", "Update its driver.")
    return time.monotonic() - begun
