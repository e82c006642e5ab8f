// Package trainer carries the trainer, a Python project, inside the Go binary.
//
// It knows nothing but its own files: training/local unpacks FS to a folder
// named by Digest, installs requirements/runtime.txt beside it and starts
// "python -P -m modelfactory_trainer" with that folder as PYTHONPATH. What the
// two say to one another is the package training/protocol.
//
// Start reading at modelfactory_trainer/__main__.py, then train.py.
package trainer
