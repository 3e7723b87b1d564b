# Everything a developer or CI runs. Needs Go and, for tests and the demo, the
# Postgres server binaries; the tools below are built on first use into .tools/.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
# What to pass to the binary: make demo ARGS='--headless'
ARGS ?=
# How long each fuzz target runs.
FUZZTIME ?= 10s

# Tools are pinned here and not in go.mod: sqlc and the linter would drag
# hundreds of modules into the module graph of a service that needs none of them.
GOLANGCI_LINT_VERSION := v2.15.0
SQLC_VERSION := v1.31.1
GOVULNCHECK_VERSION := v1.1.4

# The version is part of the path, so that a bump builds the new one.
TOOLS := $(CURDIR)/.tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)/golangci-lint
SQLC := $(TOOLS)/sqlc-$(SQLC_VERSION)/sqlc
GOVULNCHECK := $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION)/govulncheck

# The linter's findings are kept with the tools, apart from other checkouts'.
export GOLANGCI_LINT_CACHE := $(TOOLS)/golangci-lint-cache

# -buildvcs=false and -trimpath: the same source gives the same bytes anywhere.
BUILD_FLAGS := -trimpath -buildvcs=false

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build bin/ferry
	CGO_ENABLED=0 $(GO) build $(BUILD_FLAGS) -o bin/ferry ./cmd/ferry

.PHONY: demo
demo: build ## run the whole product on this machine, nothing to configure
	@bin/ferry demo $(ARGS)

.PHONY: migrate
migrate: build ## migrate the database that DATABASE_URL names (ferry migrate up)
	@bin/ferry migrate up

.PHONY: bench
bench: build ## print the benchmark table (ferry bench)
	@bin/ferry bench $(ARGS)

.PHONY: test
# Eight tests at once in a package: most of their time they wait for processes.
test: ## run every test but the browser's; needs Go and Postgres binaries alone
	$(GO) test ./... -timeout 4m -shuffle=on -parallel 8

.PHONY: race
race: ## run the same tests under the race detector
	$(GO) test ./... -race -timeout 8m -shuffle=on -parallel 8

E2E := app/sim/e2e

.PHONY: e2e
e2e: build $(E2E)/node_modules/.package-lock.json ## run the browser tests; needs Chromium, Node 20 and npm too
	cd $(E2E) && npm test

# npm leaves this file when it is done.
$(E2E)/node_modules/.package-lock.json: $(E2E)/package.json $(E2E)/package-lock.json
	cd $(E2E) && npm ci --no-audit --no-fund

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (10s)
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' app cmd jobs nlp persona sql \
	| sed -E 's|^(.*)/[^/]*:func (.*)|\1 \2|' | sort \
	| while read -r folder target; do \
	    echo "== $$target in $$folder, $(FUZZTIME)"; \
	    $(GO) test "./$$folder" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME); \
	  done

.PHONY: lint
lint: $(GOLANGCI_LINT) ## lint, import directions and formatting included
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run ./...

.PHONY: format
format: $(GOLANGCI_LINT) ## format the Go code (gofumpt, import groups)
	$(GOLANGCI_LINT) fmt ./...

.PHONY: generate
generate: $(SQLC) ## regenerate the Go code of sql/queries from its SQL
	cd sql && $(SQLC) generate

.PHONY: verify
verify: verify-generated verify-format verify-modules verify-migrations verify-docs verify-build verify-vulnerabilities ## all the checks below

.PHONY: verify-generated
verify-generated: $(SQLC) ## the generated code is what its SQL gives
	cd sql && $(SQLC) diff

.PHONY: verify-format
verify-format: $(GOLANGCI_LINT) ## every Go file is formatted
	$(GOLANGCI_LINT) fmt --diff ./...

.PHONY: verify-modules
verify-modules: ## go.mod is tidy and the module cache is what go.sum says
	$(GO) mod tidy -diff
	$(GO) mod verify

.PHONY: verify-migrations
verify-migrations: ## migrations are numbered without gaps, each with its way back
	.ci/verify-migrations

.PHONY: verify-docs
verify-docs: ## links, variables, targets and limits that the documents state
	$(GO) test ./docs -count=1

.PHONY: verify-build
verify-build: ## two builds from two folders are the same bytes
	.ci/verify-build $(BUILD_FLAGS)

.PHONY: verify-vulnerabilities
verify-vulnerabilities: $(GOVULNCHECK) ## no known vulnerability is reachable (VULNDB=url, VULNCHECK=required)
	GOVULNCHECK=$(GOVULNCHECK) .ci/verify-vulnerabilities

.PHONY: tools
tools: $(GOLANGCI_LINT) $(SQLC) $(GOVULNCHECK) ## build the pinned tools into .tools/

$(GOLANGCI_LINT):
	@echo "building golangci-lint $(GOLANGCI_LINT_VERSION), once; this takes minutes" >&2
	GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

# Without cgo sqlc parses SQL in WebAssembly: 1.2 CPU minutes to build instead
# of 3, for a few seconds more on each run.
$(SQLC):
	@echo "building sqlc $(SQLC_VERSION), once; this takes minutes" >&2
	CGO_ENABLED=0 GOBIN=$(@D) $(GO) install github.com/sqlc-dev/sqlc/cmd/sqlc@$(SQLC_VERSION)

$(GOVULNCHECK):
	GOBIN=$(@D) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
