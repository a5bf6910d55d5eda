# 医联 Yilian. `make` lists what there is.
SHELL := bash
.DEFAULT_GOAL := help
export GOFLAGS ?= -buildvcs=false

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO_FILES := $(shell git ls-files '*.go' 2>/dev/null)

.PHONY: help demo build web binary test lint test-go test-web test-e2e peers fuzz bench clean generate

help: ## List the targets.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: build ## Build all, start the service with a fictional county, print address and accounts. ENGINES=cluster uses PostgreSQL, S3 and Redis.
	@deploy/demo.sh $(ENGINES)

build: web binary ## Build the page and the program (bin/yilian).

web: ## Build the page into web/dist/app.
	@deploy/web.sh build

binary: ## Build bin/yilian (static, with the page if it was built).
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/yilian ./cmd/yilian

test: ## Install what the tests need and run everything.
	@deploy/test.sh

peers: ## Install the foreign programs that the tests talk to (Debian).
	@deploy/peers.sh

lint: ## Formatting and the analysers that find bugs.
	@deploy/lint.sh

test-go: ## Go tests with the race detector, shuffled.
	go test -race -shuffle=on ./...

test-web: ## Types, style, dead code and unit tests of the page.
	@deploy/web.sh check

test-e2e: build ## The real program with real browsers and real DICOM peers.
	@deploy/e2e.sh

generate: ## Write the OpenAPI document, the TypeScript types and the state machines' pictures again.
	cd web/app && npm run --silent generate
	go test ./consult/request -run Picture -write
	go test ./consult/reading ./consult/order -run Picture -update

fuzz: ## Each fuzzer for 20 seconds.
	@deploy/fuzz.sh 20s

bench: binary ## C-STORE beside Orthanc and storescp, in the same run.
	bin/yilian bench imaging

clean: ## Remove what was built.
	rm -rf bin artefacts web/dist/app web/app/node_modules
