"""Tiny random bases of every family the decoder covers, made by transformers."""

from pathlib import Path

import torch

SIZES = {
    "vocab_size": 259,
    "hidden_size": 64,
    "intermediate_size": 112,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 2,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
# Name -> (class of the config, its settings beyond SIZES)
CONFIGS = {
    "llama": ("LlamaConfig", {"tie_word_embeddings": True}),
    "llama-3.1": ("LlamaConfig", {"rope_parameters": LLAMA3, "num_key_value_heads": 1}),
    "llama-biased": ("LlamaConfig", {"attention_bias": True, "mlp_bias": True}),
    "mistral": ("MistralConfig", {"sliding_window": 9, "head_dim": 24}),
    "qwen2": ("Qwen2Config", {"tie_word_embeddings": True}),
    "qwen3": ("Qwen3Config", {"head_dim": 32}),
    "gemma2": ("Gemma2Config", {"head_dim": 16, "query_pre_attn_scalar": 20, "sliding_window": 8}),
    "gemma3": ("Gemma3TextConfig", {"head_dim": 16, "query_pre_attn_scalar": 20, "sliding_window": 8}),
    "phi3": ("Phi3Config", {"sliding_window": 12, "tie_word_embeddings": False}),
}


def make(name: str, folder: Path, seed: int = 3, **more):
    """Save a random base of the family and return transformers' model, float32, eager attention. more: settings."""
    import transformers

    kind, settings = CONFIGS[name]
    torch.manual_seed(seed)
    settings = SIZES | settings | more
    config = getattr(transformers, kind)(**settings, attn_implementation="eager")
    lm = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for key, p in lm.named_parameters():
            # Norms, biases and weights away from their plain start, so that a forgotten one shows.
            if p.dim() == 1:
                p.add_(torch.randn_like(p) * 0.2)
            elif "embed" not in key:
                p.mul_(4)
    lm.save_pretrained(folder)
    return lm.eval()
