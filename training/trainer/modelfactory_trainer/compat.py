"""The engine for every other architecture: transformers' model code, PEFT's LoRA.

It answers to the same calls as engine.decoder.Decoder, so that data, loss, optimiser, checkpoints and protocol are the
same for both.
"""

import contextlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .batch import Batch
from .errors import JobError
from .flat import Flat


class Compat:
    """A causal language model with at most one adapter.

    lm: the transformers model, its linear layers wrapped by PEFT once an adapter is attached; peft: PEFT's wrapper.
    """

    recompute = offload = 0

    def __init__(self, lm: nn.Module, device: torch.device):
        self.lm, self.device = lm.eval(), device
        self.flat: Flat | None = None
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

    def logits(self, batch: Batch) -> Tensor:
        """Logits (n, vocabulary) at batch.where, float32.

        The rows are padded on the right: attention is causal, so nothing before the padding changes. Only the asked
        positions pass the head.
        """
        if not batch.spans:
            return torch.zeros(0, self.lm.config.vocab_size, device=self.device)
        longest = max(b - a for a, b in batch.spans)
        ids = torch.zeros(len(batch.spans), longest, dtype=torch.int64, device=self.device)
        asked = torch.zeros(len(batch.ids), dtype=torch.bool, device=self.device)
        asked[batch.where] = True
        where = torch.zeros_like(ids, dtype=torch.bool)
        for row, (a, b) in enumerate(batch.spans):
            ids[row, : b - a] = batch.ids[a:b]
            where[row, : b - a] = asked[a:b]
        if self._head_apart:
            hidden = self.lm.model(input_ids=ids, use_cache=False).last_hidden_state  # (rows, time, width)
            return self.lm.get_output_embeddings()(hidden[where]).float()
        return self.lm(input_ids=ids, use_cache=False).logits[where].float()

    def token_losses(self, batch: Batch) -> Tensor:
        """-log p of each trained token in nats, (n,), in the order of batch.where."""
        return F.cross_entropy(self.logits(batch), batch.targets, reduction="none")

    @torch.no_grad()
    def next_logits(self, rows: list[list[int]], caches: list) -> tuple[Tensor, list]:
        """Logits (n, vocabulary) behind each of n rows, float32, and their caches to go on with; None starts a row
        anew."""
        outs = [
            self.lm(
                input_ids=torch.tensor([ids], device=self.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            for ids, cache in zip(rows, caches, strict=True)
        ]
        return torch.cat([out.logits[:, -1].float() for out in outs]), [out.past_key_values for out in outs]

    def targets(self) -> list[str]:
        """Names of the linear layers an adapter goes on: all but the head."""
        head = self.lm.get_output_embeddings()
        return sorted(
            {n.rpartition(".")[2] for n, m in self.lm.named_modules() if isinstance(m, nn.Linear) and m is not head}
        )

    def attach_config(self, config: dict) -> None:
        """Put the adapter that an adapter_config.json describes on the base, with fresh weights in float32."""
        from peft import LoraConfig, get_peft_model

        known = {k: v for k, v in config.items() if k not in ("peft_type", "base_model_name_or_path")}
        known |= {"inference_mode": False, "lora_dropout": float(config.get("lora_dropout", 0))}
        base_config = self.lm.config
        self.peft = get_peft_model(self.lm, LoraConfig(**known))
        base_config._name_or_path = ""
        named = {_file_name(n): p for n, p in self.peft.named_parameters() if p.requires_grad}
        self.flat = Flat({n: tuple(p.shape) for n, p in named.items()}, self.device)
        self.flat.load(self.flat.vector, {n: p.data for n, p in named.items()})
        numbers, gradients = self.flat.views(self.flat.vector), self.flat.views(self.flat.grad)
        for name, p in named.items():
            p.data, p.grad = numbers[name], gradients[name]

    def refresh(self) -> None:
        """Nothing to do: the parameters are the flat vector's own numbers."""

    def without_adapter(self):
        """Context in which the model is the bare base."""
        return self.peft.disable_adapter() if self.peft is not None else contextlib.nullcontext()

    def train(self, on: bool) -> None:
        """Switch dropout on or off."""
        (self.peft or self.lm).train(on)


def _file_name(parameter: str) -> str:
    """PEFT's name of a parameter in its file."""
    return parameter.replace("lora_magnitude_vector.default.weight", "lora_magnitude_vector").replace(".default.", ".")


def load(folder: Path, device: torch.device, dtype: torch.dtype, four_bits: bool) -> Compat:
    """Load a base through transformers; four_bits holds its linear layers as NF4 in bitsandbytes."""
    from transformers import AutoModelForCausalLM

    more = {}
    if four_bits:
        from transformers import BitsAndBytesConfig

        more["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
        )
        more["device_map"] = {"": device}
    lm, told = AutoModelForCausalLM.from_pretrained(
        folder,
        output_loading_info=True,
        dtype=dtype,
        attn_implementation="sdpa",
        trust_remote_code=False,
        use_safetensors=True,
        local_files_only=True,
        **more,
    )
    if missing := sorted(told["missing_keys"]):
        raise JobError(
            "base",
            f"the base has no weights for {len(missing)} parts of a {lm.config.model_type} model ({missing[0]})",
            "Add the base again: config.json and the weights do not belong together.",
        )
    return Compat(lm if four_bits else lm.to(device), device)
