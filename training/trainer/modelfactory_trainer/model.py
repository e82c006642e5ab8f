"""The base in memory and the adapter on it: transformers' model code, PEFT's LoRA.

Everything the other modules need from a model is the class Model, so that another engine can take its place:
hidden states and head apart (for the loss), the adapter's tensors by name, the adapter switched off and on.
"""

import contextlib
import json
from pathlib import Path

import torch
from torch import Tensor, nn

from .base import Base
from .errors import JobError
from .recipe import Recipe


class Model:
    """A causal language model with at most one adapter.

    lm: the transformers model, its linear layers wrapped by PEFT once an adapter is attached.
    peft: PEFT's wrapper, None without an adapter.
    """

    def __init__(self, lm: nn.Module, device: torch.device):
        self.lm = lm.to(device).eval()
        self.device = device
        self.peft = None
        for p in self.lm.parameters():
            p.requires_grad_(False)
        self._head_apart = self._head_is_plain()

    def _head_is_plain(self) -> bool:
        """Whether logits are just the head applied to the decoder's output. Tried out on a few tokens, so that
        a family that scales or caps its logits is computed by its own forward instead."""
        body = getattr(self.lm, "model", None)
        head = self.lm.get_output_embeddings()
        if body is None or head is None:
            return False
        ids = torch.arange(3, device=self.device).unsqueeze(0)  # (1, 3)
        with torch.no_grad():
            hidden = getattr(body(input_ids=ids, use_cache=False), "last_hidden_state", None)
            if hidden is None:
                return False
            return torch.allclose(head(hidden), self.lm(input_ids=ids, use_cache=False).logits, rtol=1e-4, atol=1e-4)

    def logits_at(self, ids: Tensor, where: Tensor) -> Tensor:
        """Logits (n, vocabulary), float32, at the n positions where `where` (batch, time) is true.

        ids: (batch, time) int64, padded on the right. Attention is causal, so padding behind a row changes nothing
        before it and no mask is needed. Only the asked positions pass the head: for a vocabulary of 49,152 it costs as
        much as a third of a small model.
        """
        if self._head_apart:
            hidden = self.lm.model(input_ids=ids, use_cache=False).last_hidden_state  # (batch, time, width)
            return self.lm.get_output_embeddings()(hidden[where]).float()
        return self.lm(input_ids=ids, use_cache=False).logits[where].float()

    def last_logits(self, ids: list[int]) -> Tensor:
        """Logits (vocabulary,) after a sequence, float32, without gradients."""
        x = torch.tensor([ids], device=self.device)
        where = torch.zeros_like(x, dtype=torch.bool)
        where[0, -1] = True
        with torch.no_grad():
            return self.logits_at(x, where)[0]

    # -- adapter ------------------------------------------------------------------------------------------------

    def targets(self) -> list[str]:
        """Names of the linear layers an adapter goes on: all but the head. Attention alone learns worse
        ("LoRA Without Regret", Schulman et al. 2025)."""
        head = self.lm.get_output_embeddings()
        return sorted(
            {n.rpartition(".")[2] for n, m in self.lm.named_modules() if isinstance(m, nn.Linear) and m is not head}
        )

    def attach(self, recipe: Recipe, base_ref: str) -> dict:
        """Put a fresh adapter on the base and return its adapter_config.json. A is drawn from torch's generator,
        which the caller has seeded; B is zero, so the adapted model starts as the base."""
        config = {
            "base_model_name_or_path": base_ref,
            "bias": "none",
            "fan_in_fan_out": False,
            "inference_mode": True,
            "init_lora_weights": True,
            "lora_alpha": recipe.alpha,
            "lora_dropout": recipe.dropout,
            "modules_to_save": None,
            "peft_type": "LORA",
            "r": recipe.rank,
            "target_modules": self.targets(),
            "task_type": "CAUSAL_LM",
            "use_dora": False,
            "use_rslora": recipe.method == "rslora",
        }
        self.attach_config(config)
        return config

    def attach_config(self, config: dict) -> None:
        """Put the adapter that an adapter_config.json describes on the base, with fresh weights in float32."""
        from peft import LoraConfig, get_peft_model

        known = {k: v for k, v in config.items() if k not in ("peft_type", "base_model_name_or_path")}
        known |= {"inference_mode": False, "lora_dropout": float(config.get("lora_dropout", 0))}
        base_config = self.lm.config
        self.peft = get_peft_model(self.lm, LoraConfig(**known))
        base_config._name_or_path = ""
        for p in self.trainable():
            p.data = p.data.float()

    def trainable(self) -> list[nn.Parameter]:
        return [p for _, p in self.named_trainable()]

    def named_trainable(self) -> list[tuple[str, nn.Parameter]]:
        """The adapter's parameters under PEFT's file names, sorted by name."""
        named = [
            (n.replace(".default.", "."), p)
            for n, p in self.peft.named_parameters()
            if ".lora_A." in n or ".lora_B." in n
        ]
        return sorted(named, key=lambda np: np[0])

    def adapter(self) -> dict[str, Tensor]:
        """A copy of the adapter in CPU memory, float32."""
        return {n: p.detach().to("cpu", torch.float32, copy=True).contiguous() for n, p in self.named_trainable()}

    def load_adapter(self, tensors: dict[str, Tensor]) -> None:
        """Set the adapter's weights. Refused when names or shapes differ."""
        own = dict(self.named_trainable())
        if own.keys() != tensors.keys() or any(own[n].shape != t.shape for n, t in tensors.items()):
            raise JobError("base", "the adapter does not fit this base", "Use the base that the adapter names.")
        with torch.no_grad():
            for n, t in tensors.items():
                own[n].copy_(t)

    def without_adapter(self):
        """Context in which the model is the bare base."""
        return self.peft.disable_adapter() if self.peft is not None else contextlib.nullcontext()

    def train(self, on: bool) -> None:
        """Switch dropout on or off."""
        (self.peft or self.lm).train(on)


def refuse_code(folder: Path) -> None:
    """Refuse a base that wants to bring its own program code."""
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        if path.exists() and "auto_map" in json.loads(path.read_text("utf-8")):
            raise JobError(
                "refused",
                f"{name} names program code of its own (auto_map); such bases are never run",
                "Choose a base of a family that the trainer knows by itself.",
            )


def load(base: Base, device: torch.device) -> Model:
    """Load a base: float32 on the CPU, whose bfloat16 is slow, bfloat16 elsewhere."""
    from transformers import AutoModelForCausalLM

    refuse_code(base.dir)
    lm = AutoModelForCausalLM.from_pretrained(
        base.dir,
        dtype=torch.float32 if device.type in ("cpu", "mps") else torch.bfloat16,
        attn_implementation="sdpa",
        trust_remote_code=False,
        use_safetensors=True,
        local_files_only=True,
    )
    return Model(lm, device)
