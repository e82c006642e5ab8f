# ModelFactory. `make help` lists the targets; continuous integration calls only these.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export MODELFACTORY_RUNTIME ?= $(CURDIR)/.runtime
export CGO_ENABLED ?= 1
# One set of flags everywhere, so that build, vet and test share one build cache.
TAGS    := x11,migrated_fynedo
VERSION := $(shell sed -n 's/.*Version = "\(.*\)".*/\1/p' FyneApp.toml)
LDFLAGS := -s -w -X github.com/modelfactory/modelfactory/cmd/internal/studio.Version=$(VERSION)
BIN     := $(MODELFACTORY_RUNTIME)/bin
PYTHON  := $(MODELFACTORY_RUNTIME)/python/bin/python
STARTED := $(shell date +%s)
DISPLAYED := $(strip $(DISPLAY)$(WAYLAND_DISPLAY))

.PHONY: help setup setup-dev run demo test check race soak generate contracts trainer-test smoke bench build mf package clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what building and running needs (idempotent)
	.ci/setup

setup-dev: ## install what the tests need too
	.ci/setup --dev

run: setup ## build and open the window; without a display, do the same job in the terminal
ifeq ($(DISPLAYED),)
	@echo "There is no display here: doing the whole job in the terminal (mf demo)."
	bin/mf demo
	@echo "make run: $$(($$(date +%s) - $(STARTED))) s with set-up and build"
else
	go build -tags $(TAGS) -ldflags "$(LDFLAGS)" -o bin/modelfactory ./cmd/modelfactory
	bin/modelfactory
endif

demo: setup ## the whole job in the terminal: licence, training, questions, registration, verification
	bin/mf demo

build: kernels ## bin/mf and bin/modelfactory
	go build -ldflags "$(LDFLAGS)" -o bin/mf ./cmd/mf
	go build -tags $(TAGS) -ldflags "$(LDFLAGS)" -o bin/modelfactory ./cmd/modelfactory

.PHONY: kernels
kernels: # the trainer's compiled code, which both programs carry
	training/trainer/modelfactory_trainer/engine/native/build.sh

mf: kernels ## bin/mf only (no window libraries needed)
	go build -ldflags "$(LDFLAGS)" -o bin/mf ./cmd/mf

test: setup-dev build ## every test, quick ones first: Go, contracts, trainer, the demo on the real base, the window
	.ci/test

.PHONY: test-ollama
test-ollama: setup-dev build ## exports in a real Ollama: the server of OLLAMA_HOST, or one built (3 minutes) and started for it
	.ci/ollama

check: setup-dev ## formatting, vet, staticcheck of Go (every build tag) and Python
	@out=$$($(BIN)/gofumpt -l $$(git ls-files '*.go' | grep -v '^chain/bindings/')); [ -z "$$out" ] || { echo "not gofumpt'ed:"; echo "$$out"; exit 1; }
	go vet -tags $(TAGS),real,ollama,smoke,pictures ./...
	$(BIN)/staticcheck -tags $(TAGS),real,ollama,smoke,pictures $$(go list -tags $(TAGS) ./... | grep -v /chain/bindings/)
	$(MAKE) --no-print-directory lint-trainer

.PHONY: lint-trainer
lint-trainer:
	cd training/trainer && PYTHONPATH=$(MODELFACTORY_RUNTIME)/dev $(PYTHON) -m ruff check . ../../bench/train && PYTHONPATH=$(MODELFACTORY_RUNTIME)/dev $(PYTHON) -m ruff format --check . ../../bench/train

race: ## the Go tests with the race detector
	go test -race -p 1 -tags $(TAGS) -timeout 40m ./...

soak: setup-dev build ## long kill and fuzz runs; their output is kept in docs/soak
	.ci/soak

generate: ## docs/cli.md and other generated files
	go generate ./...

contracts: setup-dev ## compile the contracts, write artefacts and bindings
	chain/contracts/check.sh --write

trainer-test: kernels ## the trainer's own tests, on the processor
	.ci/trainer-test

smoke: build ## open the window on a virtual display, visit every screen, train the tiny model
	.ci/smoke

.PHONY: pictures
pictures: build ## the window's busy and failed states as pictures in .runtime/pictures, to be looked at
	.ci/pictures

bench: setup build ## the figures of docs/benchmarks.md: Go benchmarks, the trainer beside others (30 minutes)
	.ci/bench

package: build ## a .tar.xz for this system, in dist/
	.ci/package

clean: ## remove what was built (the runtime in .runtime stays)
	rm -rf bin dist
