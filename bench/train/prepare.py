"""Writes what every engine of a comparison starts from: the base, the rows, the run folders, the initial adapter.

    python prepare.py REQUEST.json        one JSON line on standard output

Runs in the trainer's environment with the trainer on its path: rows are tokenised and put in order by the trainer's own
code, and the other engines are given the result.
"""

import hashlib
import json
import math
import random
import re
import shutil
import sys
from pathlib import Path

SPREAD = 0.6  # of the logarithm of the log-normal lengths
SEED = 20
WARM = 128  # tokens of a row that only warms up

# Shapes of published models, for random weights (their config.json files).
LLAMA3 = {"rope_type": "llama3", "low_freq_factor": 1.0, "high_freq_factor": 4.0}
LLAMA3 |= {"original_max_position_embeddings": 8192, "rope_theta": 500000.0}
CONFIGS = {
    "tiny": {  # nobody's: to try the bench out
        "model_type": "llama", "vocab_size": 49152, "hidden_size": 64, "intermediate_size": 128,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": True, "max_position_embeddings": 8192,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
    },
    "qwen3-0.6b": {
        "model_type": "qwen3", "vocab_size": 151936, "hidden_size": 1024, "intermediate_size": 3072,
        "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
        "rms_norm_eps": 1e-6, "tie_word_embeddings": True, "max_position_embeddings": 40960,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
    },
    "llama-3.2-1b": {
        "model_type": "llama", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192,
        "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": True, "max_position_embeddings": 131072,
        "rope_parameters": LLAMA3 | {"factor": 32.0},
    },
    "llama-3.1-8b": {
        "model_type": "llama", "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": False, "max_position_embeddings": 131072,
        "rope_parameters": LLAMA3 | {"factor": 8.0},
    },
}  # fmt: skip


def random_base(name: str, tokenizer_of: Path, out: Path, device: str) -> None:
    """A base folder with random weights in bfloat16 of a published shape and the tokenizer of another base, whose
    vocabulary is the smaller one."""
    import torch
    from modelfactory_trainer import base, canonical
    from transformers import AutoConfig, AutoModelForCausalLM

    given = dict(CONFIGS[name])
    special = json.loads((tokenizer_of / "config.json").read_text("utf-8"))
    given |= {k: special.get(k) for k in ("bos_token_id", "eos_token_id", "pad_token_id")}
    config = AutoConfig.for_model(given.pop("model_type"), **given)
    torch.manual_seed(SEED)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(out)
    for path in tokenizer_of.iterdir():
        if path.name.startswith(("tokenizer", "chat_template", "special_tokens")):
            shutil.copy(path, out)
    parameters = sum(p.numel() for p in model.parameters())
    record = base.record(out, f"random-{name}", "", "CC0-1.0", given.get("model_type", ""), parameters)
    (out / "base.json").write_bytes(canonical.dumps(record))


class Words:
    """Texts of random words that the tokenizer has as one token each."""

    def __init__(self, tokenizer, folder: Path):
        vocabulary = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        self._words = sorted(t[1:] for t in vocabulary if re.fullmatch(r"[Ġ▁][a-z]{3,}", t))
        self._tokenizer = tokenizer

    def text(self, draw: random.Random, tokens: int) -> str:
        """A text of exactly so many tokens, its first word's included."""
        words = draw.choices(self._words, k=max(1, tokens))
        while len(words) > 1 and self._count(words) > tokens:
            words.pop()
        while self._count(words) < tokens:
            words.append(draw.choice(self._words))
        return " ".join(words)

    def _count(self, words: list[str]) -> int:
        return len(self._tokenizer.encode(" ".join(words)).ids)


def mixed(tokenizer, folder: Path, rows: int, warm: int, longest: int) -> list[dict]:
    """Chats of log-normal length, median 350 tokens, of which about the first half is the question. The first `warm`
    are short."""
    words, draw = Words(tokenizer, folder), random.Random(SEED)

    def chat(question: str, answer: str) -> list[dict]:
        return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]

    one = words.text(draw, 1)
    rendered = tokenizer.render(chat(one, one), add_generation_prompt=False)
    template = len(tokenizer.encode(rendered).ids) - 2 * len(tokenizer.encode(one).ids)
    out = []
    for i in range(rows):
        wanted = min(longest, max(16, round(350 * math.exp(SPREAD * draw.gauss(0, 1))))) if i >= warm else WARM
        answer = max(1, wanted // 2 - 2)
        question = max(1, wanted - template - answer - 2)  # two to spare: words can join with the template's text
        out.append({"messages": chat(words.text(draw, question), words.text(draw, answer))})
    return out


def dense(tokenizer, folder: Path, rows: int, warm: int, length: int) -> list[dict]:
    """Documents of exactly `length` tokens, the end mark included, all trained. The first `warm` are short."""
    words, draw = Words(tokenizer, folder), random.Random(SEED + 1)
    marks = len(tokenizer.encode("a", add_special_tokens=True).ids) - len(tokenizer.encode("a").ids)
    return [{"text": words.text(draw, (length if i >= warm else WARM) - marks - 1)} for i in range(rows)]


def placed(rows: list[dict], net: str, per_step: int) -> list[dict]:
    """The rows at such places of the file that the trainer takes them in the order given."""
    from modelfactory_trainer import mix

    plan = mix.Plan([mix.Share(net, len(rows), 1_000_000)], per_step, 1, 1)
    order = [place for step in range(plan.steps_per_pass) for _, place in plan.rows(step)]
    return [row for _, row in sorted(zip(order, rows, strict=True), key=lambda pair: pair[0])]


def write_net(net: Path, rows: list[dict]) -> None:
    from modelfactory_trainer import canonical

    net.mkdir(parents=True)
    lines = [canonical.dumps({"contributor": "0x" + "0" * 40, "row": row}) + b"\n" for row in rows]
    (net / "rows.jsonl").write_bytes(b"".join(lines))


def source(path: Path, name: str) -> dict:
    data = (path / "rows.jsonl").read_bytes()
    return {
        "net": name, "version": 1, "path": str(path / "rows.jsonl"), "rows_sha256": hashlib.sha256(data).hexdigest(),
        "root": "", "digest": "", "rows": data.count(b"\n"), "weight_ppm": 1_000_000, "spdx": "CC0-1.0",
    }  # fmt: skip


def freeze(shape: dict, listed: list[dict], base, folder: Path, request: dict) -> None:
    """Write a run folder, and in rows.json the tokens of each of its steps."""
    from modelfactory_trainer import canonical, data, recipe, rows
    from modelfactory_trainer.tokenizer import Tokenizer

    settings = {
        "base": base.ref, "data": [{k: s[k] for k in ("net", "version", "weight_ppm")} for s in listed],
        "method": "lora", "rank": request["rank"], "alpha": request["alpha"], "dropout": 0,
        "learning_rate": request["learning_rate"], "scheduler": "constant", "warmup_share": 0, "passes": 1,
        "batch_size": shape["rows_per_step"], "accumulation": 1, "max_length": shape["longest"], "clip_norm": 1,
        "weight_decay": 0, "seed": 1, "eval_ppm": 0, "eval_every": 0, "checkpoint_every": 1_000_000,
        "train_on": "answers", "device": request["device"], "threads": 0,
    }  # fmt: skip
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_bytes(canonical.dumps(settings))
    (folder / "data.json").write_bytes(canonical.dumps(listed))
    tokens = folder / "tokens"
    found = data.load(rows.sources(listed, folder), Tokenizer(base.dir), recipe.parse(settings), folder=tokens)
    if dropped := sum(c["dropped_rows"] for c in found.counts()):
        raise ValueError(f"{dropped} rows of {shape['name']} were dropped: not all engines would see the same")
    plan, steps = found.plan(), []
    for i in range(found.steps()):
        picked = [found.sources[s].train.row(r) for s, r in plan.rows(i)]
        steps.append([{"ids": list(map(int, ids)), "trained": list(map(int, marks))} for ids, marks in picked])
    (folder / "rows.json").write_text(json.dumps({"steps": steps}), "utf-8")
    shutil.rmtree(tokens)


def linear_layers(base) -> dict[str, list[int]]:
    """Shapes (out, in) by name of the layers an adapter goes on: all linear ones but the head."""
    from safetensors import safe_open

    found = {}
    for name in base.files:
        if name.endswith(".safetensors"):
            with safe_open(base.dir / name, framework="pt") as f:
                for key in f.keys():  # noqa: SIM118
                    if re.search(r"\.layers\.\d+\..*_proj\.weight$", key):
                        found[key.removesuffix(".weight")] = f.get_slice(key).get_shape()
    return found


def write_adapter(layers: dict[str, list[int]], base, folder: Path, request: dict) -> None:
    """The start of every engine, as a PEFT folder: A uniform within ±1/√in (PEFT's own bound), B zero."""
    import torch
    from modelfactory_trainer import adapter

    torch.manual_seed(SEED)
    rank, tensors = request["rank"], {}
    for name, (rows, width) in sorted(layers.items()):
        bound = 1 / math.sqrt(width)
        tensors[f"base_model.model.{name}.lora_A.weight"] = torch.empty(rank, width).uniform_(-bound, bound)
        tensors[f"base_model.model.{name}.lora_B.weight"] = torch.zeros(rows, rank)
    config = {
        "base_model_name_or_path": base.ref, "bias": "none", "fan_in_fan_out": False, "inference_mode": True,
        "init_lora_weights": True, "lora_alpha": request["alpha"], "lora_dropout": 0, "modules_to_save": None,
        "peft_type": "LORA", "r": rank, "target_modules": sorted({n.rpartition(".")[2] for n in layers}),
        "task_type": "CAUSAL_LM", "use_dora": False, "use_rslora": False,
    }  # fmt: skip
    adapter.write(folder, config, tensors)


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    from modelfactory_trainer import base as bases
    from modelfactory_trainer.tokenizer import Tokenizer

    work, folder = Path(request["work"]), Path(request["base"])
    if request["model_config"]:
        folder, tokenizer_of = work / "base", folder
        random_base(request["model_config"], tokenizer_of, folder, request["device"])
    base = bases.open_base(folder)
    tokenizer = Tokenizer(folder)
    for shape in request["shapes"]:
        rows = shape["rows_per_step"] * shape["steps"]
        if shape["kind"] == "samples":
            listed = [source(p / "1", p.name) for p in sorted(Path(request["samples"]).iterdir()) if p.is_dir()]
        else:
            make = {"mixed": mixed, "dense": dense}[shape["kind"]]
            net = work / "nets" / shape["name"]
            made = make(tokenizer, folder, rows, shape["warm_rows"], shape["longest"])
            write_net(net, placed(made, shape["name"], shape["rows_per_step"]))
            listed = [source(net, shape["name"])]
        freeze(shape, listed, base, work / "runs" / shape["name"], request)
    layers = linear_layers(base)
    write_adapter(layers, base, work / "adapter", request)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    per_layer = {n: s for n, s in layers.items() if ".layers.0." in n}
    print(
        json.dumps(
            {
                "base": {"dir": str(folder), "ref": base.ref, "digest": base.digest},
                "model": {
                    "name": base.ref.partition("@")[0],
                    "body_parameters": sum(rows * width for rows, width in layers.values()),
                    "vocabulary": config["vocab_size"],
                    "hidden": config["hidden_size"],
                    "layers": config["num_hidden_layers"],
                    "query_width": next(s[0] for n, s in per_layer.items() if n.endswith(("q_proj", "qkv_proj"))),
                    "linear_layers": {n.rpartition(".")[2]: s for n, s in per_layer.items()},
                },
            }
        )
    )


if __name__ == "__main__":
    main()
