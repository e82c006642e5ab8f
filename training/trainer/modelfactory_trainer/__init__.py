"""The trainer process of ModelFactory.

One process does one job. It reads a request from standard input and answers with JSON lines (protocol.py).
Start at __main__.py; train.py is the job that matters most.
"""

__version__ = "1.1.0"
