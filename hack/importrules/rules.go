package main

// Rule says what packages may import. Patterns are import paths, relative ones (no dot in the first
// element) meaning packages of this module, "std:" meaning the standard library, and a trailing
// "/..." everything below as well.
type Rule struct {
	// Packages the rule is for.
	Packages string
	// Allow, if set, lists all they may import.
	Allow []string
	// Deny lists what they may not import, even if Allow has it.
	Deny []string
	// Unreachable lists what they may not reach through any number of other packages.
	Unreachable []string
	// Calls lists functions they may not use, as "time.Now".
	Calls []string
	// Tests makes the rule hold for test files too, and for the packages that only tests import: those
	// whose name ends with test, as net/http/httptest.
	Tests bool
	// Reason ends the message of a violation.
	Reason string
}

// inputsFromOutside are the packages of the standard library by which something other than the
// arguments can get into a result.
var inputsFromOutside = []string{
	"std:os/...", "std:net", "std:net/http/...", "std:context", "std:math/rand/...", "std:crypto/rand", "std:syscall",
	"std:log/...",
}

// clocks are the functions by which the time of day gets into a result.
var clocks = []string{
	"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick",
	"time.NewTicker", "time.NewTimer",
}

// Rules is the architecture.
var Rules = []Rule{
	{
		Packages: "api/...",
		Allow: []string{
			"std:...", "api/...",
			"k8s.io/apimachinery/pkg/apis/meta/v1", "k8s.io/apimachinery/pkg/runtime/...", "k8s.io/apimachinery/pkg/util/intstr",
		},
		Reason: "others import our types into their programs, and get whatever we import",
	},
	{
		Packages: "internal/plan/...",
		Allow: []string{
			"std:...", "api/...", "internal/plan/...", "internal/fault", "internal/promql/...",
			"k8s.io/api/...", "k8s.io/apimachinery/...", "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1",
			"sigs.k8s.io/yaml", "github.com/prometheus/common/model",
			"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1",
			"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1",
		},
		Deny:        inputsFromOutside,
		Unreachable: []string{"k8s.io/client-go/...", "sigs.k8s.io/controller-runtime/...", "std:testing/..."},
		Calls:       clocks,
		Reason:      "the plan is a pure function: same input, same bytes, in the cluster and offline",
	},
	{
		Packages: "internal/promql/...",
		Allow:    []string{"std:...", "internal/promql/...", "github.com/prometheus/..."},
		Reason:   "expressions know nothing about Kubernetes",
	},
	{
		Packages: "internal/preview",
		Allow:    []string{"std:...", "github.com/prometheus/common/model", "golang.org/x/sync/errgroup"},
		Deny:     []string{"std:os/...", "std:net/http/...", "std:math/rand/..."},
		Calls:    clocks,
		Reason:   "a page follows from dashboards and answers alone: same input, same bytes",
	},
	{
		Packages: "internal/logcheck",
		Allow:    []string{"std:...", "internal/plan/retention"},
		Deny:     inputsFromOutside,
		Calls:    clocks,
		Reason:   "what is said about log lines follows from the lines alone",
	},
	{
		Packages: "internal/fault/...",
		Allow:    []string{"std:..."},
		Reason:   "everybody imports the kinds of failure, so that they import nobody",
	},
	{
		Packages: "internal/apply/...",
		Deny:     []string{"api/...", "internal/plan/...", "internal/status/...", "controllers/..."},
		Reason:   "applying knows objects, not monitoring",
	},
	{
		Packages: "internal/status/...",
		Allow: []string{
			"std:...", "api/...", "internal/status/...", "internal/fault", "internal/apply", "k8s.io/apimachinery/...",
		},
		Calls:  clocks,
		Reason: "conditions follow from outcomes alone; a clock in status writes forever",
	},
	{
		Packages: "internal/external",
		Allow:    []string{"std:...", "internal/fault", "github.com/sony/gobreaker/v2", "golang.org/x/time/rate"},
		Deny:     []string{"std:os/...", "std:log/..."},
		Reason:   "reaching outside systems knows neither the cluster nor what any system means",
	},
	{
		Packages: "internal/external/sentry/...",
		Allow: []string{
			"std:...", "internal/fault", "internal/external", "internal/external/sentry/...", "internal/plan/sentry",
			"github.com/getsentry/sentry-go",
		},
		Deny:        []string{"std:os/...", "std:log/..."},
		Unreachable: []string{"api/...", "k8s.io/...", "sigs.k8s.io/...", "std:testing/..."},
		Calls:       clocks,
		Reason:      "a client of an outside system takes its settings from the plan, and nothing else from us",
	},
	{
		Packages: "internal/external/loki/...",
		Allow: []string{
			"std:...", "internal/fault", "internal/external", "internal/plan/retention/...", "sigs.k8s.io/yaml",
			"github.com/prometheus/common/expfmt", "github.com/prometheus/common/model",
		},
		Deny:        []string{"std:os/...", "std:log/..."},
		Unreachable: []string{"api/...", "k8s.io/...", "sigs.k8s.io/controller-runtime/...", "std:testing/..."},
		Calls:       clocks,
		Reason:      "a client of an outside system takes its settings from the plan, and nothing else from us",
	},
	{
		Packages:    "internal/external/logstore",
		Allow:       []string{"std:...", "internal/fault", "internal/external", "internal/plan/retention/..."},
		Deny:        []string{"std:os/...", "std:log/..."},
		Unreachable: []string{"api/...", "k8s.io/...", "sigs.k8s.io/...", "std:testing/..."},
		Calls:       clocks,
		Reason:      "what clients of log stores have in common knows none of them",
	},
	{
		Packages: "internal/external/elastic/...",
		Allow: []string{
			"std:...", "internal/fault", "internal/external", "internal/external/elastic/...", "internal/external/logstore",
			"internal/plan/retention/...",
			"github.com/elastic/elastic-transport-go/v8/elastictransport", "github.com/elastic/go-elasticsearch/v9/typedapi/...",
		},
		Deny:        []string{"std:os/...", "std:log/..."},
		Unreachable: []string{"api/...", "k8s.io/...", "sigs.k8s.io/...", "std:testing/..."},
		Calls:       clocks,
		Reason:      "a client of an outside system takes its settings from the plan, and nothing else from us",
	},
	{
		Packages: "internal/external/opensearch/...",
		Allow: []string{
			"std:...", "internal/fault", "internal/external", "internal/external/opensearch/...", "internal/external/logstore",
			"internal/plan/retention/...",
			"github.com/opensearch-project/opensearch-go/v4", "github.com/opensearch-project/opensearch-go/v4/opensearchapi",
			"github.com/opensearch-project/opensearch-go/v4/plugins/ism",
		},
		Deny:        []string{"std:os/...", "std:log/..."},
		Unreachable: []string{"api/...", "k8s.io/...", "sigs.k8s.io/...", "std:testing/..."},
		Calls:       clocks,
		Reason:      "a client of an outside system takes its settings from the plan, and nothing else from us",
	},
	{
		Packages:    "internal/lint/...",
		Deny:        []string{"sigs.k8s.io/controller-runtime/...", "k8s.io/client-go/...", "controllers/..."},
		Unreachable: []string{"sigs.k8s.io/controller-runtime/..."},
		Reason:      "lint works without a cluster",
	},
	{
		Packages: "controllers/...",
		Deny:     []string{"std:net/http"},
		Reason:   "outside systems are reached by packages of their own, with their own timeouts",
	},
	{
		Packages:    "internal/cmd/...",
		Unreachable: []string{"std:testing/..."},
		Reason:      "what only tests need is not shipped",
	},
	{
		Packages: "internal/plan/...",
		Deny:     []string{"controllers/..."},
		Tests:    true,
		Reason:   "imports go one way: controllers use the plan",
	},
	{
		Packages: "internal/apply/...",
		Deny:     []string{"controllers/..."},
		Tests:    true,
		Reason:   "imports go one way: controllers use apply",
	},
	{
		Packages: "internal/status/...",
		Deny:     []string{"controllers/..."},
		Tests:    true,
		Reason:   "imports go one way: controllers use status",
	},
}
