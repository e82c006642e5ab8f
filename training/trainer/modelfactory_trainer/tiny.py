"""A tiny random base for tests: python -m modelfactory_trainer.tiny OUT_DIR

A Llama with two layers of width 64 and a byte-level tokenizer with a ChatML template; the same seed gives the same
bytes. It knows nothing, trains in seconds and needs no download.
"""

import json
import sys
from pathlib import Path

NAME, SEED = "tiny-random-llama", 1

TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make(out: Path, seed: int = SEED, template: str = TEMPLATE) -> dict:
    """Make the base folder `out`, which must not exist. Returns base.json's record."""
    from .device import prepare_environment

    prepare_environment(1)
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from . import base, canonical, files

    backend = _tokenizer()
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=backend.get_vocab_size(),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    lm = LlamaForCausalLM(config)
    with files.new_folder(out) as tmp:
        lm.save_pretrained(tmp)
        backend.save(str(tmp / "tokenizer.json"))
        tokenizer_config = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<|im_start|>",
            "eos_token": "<|im_end|>",
            "pad_token": "<|pad|>",
            "model_max_length": 2048,
        }
        (tmp / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=2), "utf-8")
        (tmp / "chat_template.jinja").write_text(template, "utf-8")
        parameters = sum(p.numel() for p in lm.parameters())
        record = base.record(tmp, NAME, "", "CC0-1.0", "LLaMA", parameters)
        files.write_new(tmp / "base.json", canonical.dumps(record))
    return record


def _tokenizer():
    """Byte-level: three special tokens, then the 256 bytes; no merges."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    special = ["<|im_start|>", "<|im_end|>", "<|pad|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(special + alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
    return tokenizer


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m modelfactory_trainer.tiny OUT_DIR")
    print(json.dumps(make(Path(sys.argv[1])), indent=2))
