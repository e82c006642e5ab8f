"""The fast engine: one decoder for the dense families, LoRA inside the base's own matrix products.

Read families.py (what a config.json asks for), then decoder.py (the model), lora.py (one product for base and adapter),
attention.py and head.py. model.py, one folder up, chooses between this engine and compat.py.
"""
