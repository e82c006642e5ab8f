"""One peer in one process: TRL's SFTTrainer, a plain PEFT loop or Unsloth, over rows that are tokenised already.

    python peer.py REQUEST.json        events as JSON lines on standard output

Trials come as JSON lines on standard input, one after another as they are asked for ("ready"), null at the end: a timed
block has one, a search for the best settings several.
Nothing of the product is imported here, and Unsloth only where it is the peer.
"""

import gc
import json
import os
import sys
import time
import warnings
from pathlib import Path

OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print goes to the log
warnings.simplefilter("ignore")

REQUEST = json.loads(Path(sys.argv[1]).read_text("utf-8"))
if REQUEST["engine"] == "unsloth":  # before torch, transformers, PEFT and TRL: it sets the allocator and changes them
    from unsloth import FastLanguageModel

import torch  # noqa: E402

BATCH = {"trl": 8, "unsloth": 4}  # of each one's own SFTConfig when nothing is said
LORA = {"lora_dropout": 0.0, "bias": "none", "target_modules": "all-linear", "task_type": "CAUSAL_LM"}


def emit(event: str, **fields) -> None:
    print(json.dumps({"event": event} | fields), file=OUT, flush=True)


class Clock:
    """Times steps from end to end, as the trainer's own events are timed, and ends a trial that takes too long."""

    def __init__(self, request: dict):
        self.device, self.limit, self.least = request["device"], request["limit_seconds"], request["least_steps"]
        self.begun = self.last = time.perf_counter()
        self.number = 0

    def start(self) -> None:
        self.begun = self.last = time.perf_counter()

    def step(self, loss: float) -> bool:
        """Tell of a finished step. Returns whether there is time for another one."""
        if self.device == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.number += 1
        reserved = torch.cuda.max_memory_reserved() if self.device == "cuda" else 0
        emit("step", step=self.number, seconds=now - self.last, loss=loss, reserved_bytes=reserved)
        self.last = now
        if self.number == 1:  # the limit leaves out what a first step compiles, as it does for the trainer
            self.begun = now
        return self.number < self.least or now - self.begun < self.limit


def load_adapter(model, request: dict) -> None:
    """Give the adapter the start that the trainer has."""
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    weights = load_file(Path(request["adapter"]) / "adapter_model.safetensors")
    found = set_peft_model_state_dict(model, weights)
    missing = [n for n in found.missing_keys if "lora_" in n]
    if missing or found.unexpected_keys:
        raise ValueError(f"the initial adapter does not fit: {missing[:3]} {found.unexpected_keys[:3]}")


def lora_config(request: dict):
    from peft import LoraConfig

    return LoraConfig(r=request["rank"], lora_alpha=request["alpha"], **LORA)


def trl(request: dict, trial: dict, steps: list) -> None:
    """SFTTrainer; trial["options"] are those options that differ from its defaults."""
    sft(request, trial, steps, model=request["base"], peft_config=lora_config(request))


def unsloth(request: dict, trial: dict, steps: list) -> None:
    """Unsloth as its notebooks use it, on a base of 16 bits: its own model, adapter and checkpointing, then TRL's
    SFTTrainer with the defaults that Unsloth gives it (AdamW of 8 bits, rows behind one another without padding)."""
    model, tokenizer = FastLanguageModel.from_pretrained(
        model_name=request["base"], max_seq_length=request["longest"], load_in_4bit=False
    )
    model = FastLanguageModel.get_peft_model(
        model, r=request["rank"], lora_alpha=request["alpha"], use_gradient_checkpointing="unsloth"
    )
    sft(request, trial, steps, model=model, processing_class=tokenizer)


def sft(request: dict, trial: dict, steps: list, **trained) -> None:
    """Train with TRL's SFTTrainer; trained is what it is to train."""
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    device = request["device"]
    clock = Clock(request)

    class Report(TrainerCallback):
        def on_train_begin(self, args, state, control, **kwargs):
            clock.start()

        def on_log(self, args, state, control, logs=None, **kwargs):
            if "loss" in (logs or {}) and not clock.step(logs["loss"]):
                control.should_training_stop = True

    rows = [row for step in steps for row in step]
    data = Dataset.from_list(
        [
            {"input_ids": r["ids"], "labels": [i if t else -100 for i, t in zip(r["ids"], r["trained"], strict=True)]}
            for r in rows
        ]
    )
    options = dict(trial["options"])
    batch = options.setdefault("per_device_train_batch_size", BATCH[request["engine"]])
    if len(steps[0]) % batch:
        raise ValueError(f"{len(steps[0])} rows a step are no multiple of batches of {batch}")
    # Equal for every engine: rows, order, optimiser step, learning rate, decay. One log a step, for its loss.
    config = SFTConfig(
        output_dir=request["scratch"],
        use_cpu=device == "cpu",
        gradient_accumulation_steps=len(steps[0]) // batch,
        max_steps=len(steps),
        learning_rate=request["learning_rate"],
        lr_scheduler_type="constant",
        weight_decay=0.0,
        train_sampling_strategy="sequential",
        max_length=None,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        **options,
    )
    trainer = SFTTrainer(args=config, train_dataset=data, callbacks=[Report()], **trained)
    config = trainer.args
    load_adapter(trainer.model, request)
    base = next(p for n, p in trainer.model.named_parameters() if "lora_" not in n)
    emit(
        "settings",
        threads=torch.get_num_threads(),
        batch=batch,
        checkpointing=config.gradient_checkpointing,
        padding_free=trainer.padding_free,
        base_dtype=str(base.dtype).removeprefix("torch."),
        autocast="bfloat16" if config.bf16 else "float16" if config.fp16 else "",
        optimiser=str(getattr(config.optim, "value", config.optim)),
    )
    trainer.train()


def peft(request: dict, trial: dict, steps: list) -> None:
    """The loop that PEFT's examples show: padded batches, labels of -100 where nothing is trained."""
    from peft import get_peft_model
    from torch.nn.utils.rnn import pad_sequence
    from transformers import AutoModelForCausalLM

    device, batch = request["device"], trial["options"]["batch"]
    dtype = getattr(torch, trial["options"]["dtype"])
    model = AutoModelForCausalLM.from_pretrained(request["base"], dtype=dtype, local_files_only=True)
    model = get_peft_model(model, lora_config(request)).to(device)
    load_adapter(model, request)
    model.config.use_cache = False
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    adam = torch.optim.AdamW(parameters, lr=request["learning_rate"], weight_decay=0.0)
    emit(
        "settings",
        threads=torch.get_num_threads(),
        batch=batch,
        checkpointing=False,
        padding_free=False,
        base_dtype=str(dtype).removeprefix("torch."),
        autocast="bfloat16" if dtype == torch.bfloat16 else "",
        optimiser="adamw",
    )
    clock = Clock(request)
    for step in steps:
        trained = sum(sum(r["trained"]) for r in step)
        adam.zero_grad(set_to_none=True)
        total = 0.0
        for at in range(0, len(step), batch):
            part = step[at : at + batch]
            ids = [torch.tensor(r["ids"]) for r in part]
            marks = [torch.tensor(r["trained"], dtype=torch.bool) for r in part]
            labels = [i.masked_fill(~m, -100) for i, m in zip(ids, marks, strict=True)]
            inputs = {
                "input_ids": pad_sequence(ids, batch_first=True, padding_value=0),
                "attention_mask": pad_sequence([torch.ones_like(i) for i in ids], batch_first=True),
                "labels": pad_sequence(labels, batch_first=True, padding_value=-100),
            }
            inputs = {k: v.to(device) for k, v in inputs.items()}
            with torch.autocast(device, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
                loss = model(**inputs).loss * (sum(sum(r["trained"]) for r in part) / trained)
            loss.backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()
        if not clock.step(total):
            break


def main() -> None:
    rows = json.loads(Path(REQUEST["rows"]).read_text("utf-8"))["steps"]
    engine = {"trl": trl, "peft": peft, "unsloth": unsloth}[REQUEST["engine"]]
    while True:
        emit("ready")
        trial = json.loads(sys.stdin.readline())
        if trial is None:
            break
        if trial["threads"]:
            torch.set_num_threads(trial["threads"])
        try:
            engine(REQUEST, trial, [rows[i] for i in trial["steps"]])
        except torch.OutOfMemoryError as e:
            emit("failed", message=str(e))
        gc.collect()


if __name__ == "__main__":
    main()
