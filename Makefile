# Everything that a developer or a build machine does with corering. It needs
# make and Go, and a C compiler for the race detector only; `make help` lists
# the targets.

VERSION ?= 0.1.0
FUZZTIME ?= 30s
TESTFLAGS ?=
ARGS ?=

# Go from the PATH, or else from where its own archive is unpacked.
export PATH := $(PATH):/usr/local/go/bin
GO := $(shell PATH="$(PATH)" command -v go)
ifeq ($(GO),)
$(error Go is not installed: see https://go.dev/doc/install)
endif

# giouring reaches into package syscall by linkname, which the linker refuses
# unless told otherwise. What the environment has in GOFLAGS stays.
LINK := -checklinkname=0
override GOFLAGS := $(strip $(shell $(GO) env GOFLAGS) -ldflags=$(LINK))
export GOFLAGS

# An -ldflags on the command line replaces the one in GOFLAGS, so the stamp
# repeats it. git is asked for the revision where there is one, and not needed.
REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
STAMP := -ldflags='$(LINK) -X main.version=$(VERSION) -X main.revision=$(REVISION)'
BUILD := CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath $(STAMP)

.PHONY: run build test test-sysctl lint race fuzz clean help

run: ## build fibd and start it on its defaults; ARGS='--engine gnet' adds flags
	@$(BUILD) -o bin/ ./cmd/fibd
	@echo 'Once it is ready, try in another terminal:'
	@echo '  bash -c "exec 3<>/dev/tcp/127.0.0.1/25000; printf 30 >&3; head -n1 <&3"'
	@echo '  bash -c "exec 3<>/dev/tcp/127.0.0.1/12345; echo doubling 1000 >&3; head -n1 <&3"'
	@echo 'Ctrl-C stops it; bin/fibd serve --help says what else it can do.'
	@bin/fibd serve $(ARGS)

build: ## static binaries in bin/
	$(BUILD) -o bin/ ./cmd/...

test: ## all tests; TESTFLAGS=-count=1 runs them again where nothing changed
	@$(GO) test $(TESTFLAGS) ./...

test-sysctl: ## as root: the tests that switch io_uring off for the whole machine for a moment
	@CORERING_TEST_SYSCTL=1 $(GO) test -count=1 -run Sysctl ./internal/backend

lint: ## gofmt, go vet, staticcheck, and the rules of internal/lint
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) && test -z "$$unformatted" || \
		{ printf 'gofmt would change:\n%s\n' "$$unformatted"; exit 1; }
	@$(GO) vet ./...
	@$(GO) tool staticcheck ./...
	@$(GO) test $(TESTFLAGS) ./internal/lint

race: ## all tests under the race detector, which needs a C compiler
	@CGO_ENABLED=1 $(GO) test -race $(TESTFLAGS) ./...

fuzz: ## every fuzz target, for FUZZTIME (30s) each
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | \
	while IFS=: read -r file func; do \
		$(GO) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x \
			"$${file%/*}" || exit 1; \
	done

clean: ## remove bin/
	rm -rf bin

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
