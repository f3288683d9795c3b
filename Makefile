# Thin on purpose: each target is the command it runs. `make` lists them.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help deps build test chaos demo bench format lint check-schemas clean

swift_files := Sources Tests Package.swift
started := $(shell date +%s)

help: ## list the targets
	@[ -t 1 ] && colour=36 || colour=; \
	awk -F ':.*## ' -v colour="$$colour" '/^[a-z-]+:.*## / { \
	    name = sprintf("%-14s", $$1); \
	    if (colour) name = "\033[" colour "m" name "\033[0m"; \
	    print "  make " name " " $$2 }' $(firstword $(MAKEFILE_LIST))

deps: ## install the Debian packages that are missing
	@.ci/deps

build: deps ## build everything, debug
	swift build

test: deps lint check-schemas ## every check and every test; FILTER=name runs only matching tests
	swift build --build-tests
	@.ci/tests '$(FILTER)'; status=$$?; \
	total=$$(($$(date +%s) - $(started))); \
	printf 'make test: %s in %d min %02d s\n' \
	    "$$([ $$status -eq 0 ] && echo passed || echo FAILED)" $$((total / 60)) $$((total % 60)); \
	exit $$status

chaos: deps ## kill, cut and pause real processes; ONLY=a,b SEED=n DURATION=seconds, JSON=1
	swift build --product integration-worker
	swift build --product chaos
	@.build/debug/chaos $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(DURATION),--duration $(DURATION)) $(if $(filter 1 yes true,$(JSON)),--json)

demo: deps ## the whole service with pretend neighbours; KEEP=1 leaves it running
	swift build --product integration-worker
	@.build/debug/integration-worker demo $(if $(filter 1 yes true,$(KEEP)),--keep)

bench: deps ## throughput, latency and memory, in release; ARGS=... goes to bench
	swift build -c release --product integration-worker
	swift build -c release --product bench
	@.build/release/bench $(ARGS)

format: ## lay out every Swift file
	swift format --in-place --parallel --recursive $(swift_files)

lint: ## Swift layout, and the walls between the rooms
	swift format lint --strict --parallel --recursive $(swift_files)
	@.ci/rooms

check-schemas: deps ## every schema, example and the AsyncAPI document
	@.ci/check-schemas

clean: ## remove what was built
	swift package clean
