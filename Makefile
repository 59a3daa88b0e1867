# Everything a developer types. `make help` lists it; `make verify test` is what CI asks for.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
MODULE := github.com/tux-io/tux-monitoring-operator
# One way to compile for tests, tools and the binary: nothing is compiled twice because of a flag.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(filter-out -trimpath,$(GOFLAGS)) -trimpath)
# Compilers, the linter and the tests of expressions spend a fifth of their time collecting garbage by the default of 100.
export GOGC ?= 200
LDFLAGS := -s -w -X $(MODULE)/internal/cmd.version=$(VERSION)

# Tools are pinned in a module of their own, so that theirs never become our dependencies.
tool = go tool -modfile=hack/tools/go.mod $(1)
# A real control plane, built on first use; see hack/controlplane/assets.sh.
assets = KUBEBUILDER_ASSETS="$$(hack/controlplane/assets.sh)"; export KUBEBUILDER_ASSETS
# Everything that tests start, built on first use; two at a time, because one that downloads or links needs no two processors.
programs = controlplane/assets parts/parts parts/oldest loki/server loki/check collector/collector helm/helm flux/flux \
	argo/argo manifests/manifests
built = printf '%s\n' $(programs) | xargs -P 2 -I PROGRAM sh -c 'hack/PROGRAM.sh >/dev/null'
scripts = $(shell git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)

##@ Everyday

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN {FS = ":.*## "; print "Usage: make TARGET"} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/tuxmon, the operator and the command line.
	go build -ldflags="$(LDFLAGS)" -o bin/tuxmon .

.PHONY: demo
demo: ## Watch the operator at work on this machine (needs root; DEMO=fast: less to see, no root; CI=true: end after the checks).
	@$(if $(filter fast,$(DEMO)),,hack/demo/requirements.sh)
	@$(MAKE) --no-print-directory build
	@go build -o bin/demo ./hack/demo
	@$(assets); exec bin/demo $(if $(filter fast,$(DEMO)),-fast) $(if $(CI),-once)

.PHONY: clean
clean: ## Remove what was built here. The control plane's binaries stay in the user's cache.
	rm -rf bin dist

##@ Checking

.PHONY: test
test: ## Run all tests.
	@hack/backend/packages.sh; hack/test-packages.sh
	@$(built); $(assets); (cd hack/image && go test ./...); hack/test.sh ./...

.PHONY: e2e
e2e: build ## Prove it on real parts: every alert against its fault (needs root; 10 to 15 minutes).
	@hack/backend/packages.sh; $(assets); hack/parts/parts.sh >/dev/null
	@$(assets); hack/test.sh -tags e2e -count=1 -p 1 -parallel 24 -timeout 30m -v -run "$(E2E)" ./hack/cluster/... ./hack/e2e

.PHONY: mutate
mutate: ## Make mistakes in the rules and see whether the generated tests notice (RULES=pattern: in some only).
	go run ./hack/mutate -rules '$(RULES)'

.PHONY: mutate-page
mutate-page: ## The same, and write docs/mutation.md.
	go run ./hack/mutate -page

.PHONY: bench
bench: ## Run the benchmarks of the controller against a real API server.
	@$(assets); go test -run '^$$' -bench . -benchtime 2x -timeout 30m ./controllers/

.PHONY: lint
lint: ## Run the linter, the import rules and the checks of shell scripts.
	$(call tool,golangci-lint) run
	go run ./hack/importrules
	hack/shellcheck.sh $(scripts)

.PHONY: vulncheck
vulncheck: ## Ask vuln.go.dev whether something we call is known to be vulnerable (needs the network).
	go tool -modfile=hack/vuln/go.mod govulncheck ./...
	cd hack/image && go tool -modfile=../vuln/go.mod govulncheck ./...

.PHONY: verify
verify: ## Generate, lint and vet; fail if generating changed a file.
	hack/verify.sh

##@ Generated files

.PHONY: generate
generate: ## Write all generated files: deepcopy, CRDs, RBAC, docs/reference.md, parts of the chart.
	$(call tool,controller-gen) object paths=./api/...
	$(call tool,controller-gen) crd:crdVersions=v1 paths=./api/... output:crd:dir=config/crd/bases
	$(call tool,controller-gen) rbac:roleName=tuxmon-manager paths=./controllers/... output:rbac:dir=config/rbac
	$(call tool,crd-ref-docs) --log-level=ERROR --source-path=api/v1alpha1 --renderer=markdown \
		--config=hack/docs/crd-ref-docs.yaml --templates-dir=hack/docs/templates --output-path=docs/reference.md
	hack/controlplane/crds/generate.sh
	go run ./hack/operatorrules > config/prometheus/rules.yaml
	go run ./hack/chart
	"$$(hack/helm/helm.sh)/helm-docs" --log-level=warning --chart-search-root=charts

.PHONY: update-golden
update-golden: ## Rewrite the golden files of the tests; review the difference.
	@$(assets); go test $$(git grep --untracked -l 'Bool("update"' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|') -update

.PHONY: fmt
fmt: ## Format the Go files.
	$(call tool,golangci-lint) fmt

.PHONY: pictures
pictures: ## Write docs/pictures: the dashboards with a made-up day in them (needs chromium; about 3 minutes).
	go run ./hack/pictures

##@ Releasing

.PHONY: image
image: ## Write dist/image.tar, an OCI archive for amd64 and arm64, and an SBOM each (PUSH=reference: push it too).
	cd hack/image && go run . -root ../.. -dir ../../dist -version $(VERSION) -revision $$(git rev-parse HEAD) $(if $(PUSH),-push $(PUSH))

.PHONY: install-yaml
install-yaml: ## Write dist/install.yaml and dist/crds.yaml: everything for kubectl apply, and the CRD alone.
	@$(assets); hack/release/manifests.sh $(VERSION) dist

.PHONY: chart
chart: ## Package the chart into dist.
	hack/release/chart.sh $(VERSION) dist
