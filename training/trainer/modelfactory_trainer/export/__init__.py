"""Models for other programs: written, read back by a program that is not ours, and compared with the run.

Read job.py first. lora.py is the adapter as numbers, merged.py and gguf_file.py write, vocabulary.py is the tokenizer
inside a GGUF file, compare.py asks the run and the exported files the same questions.
"""
