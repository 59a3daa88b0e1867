package e2e

// Fault is something that goes wrong in an environment, and what the alerts must make of it: all
// Expected fire, reach the receiver and resolve; Allowed may; any other that fires is a wrong diagnosis.
type Fault struct {
	// Name says what happens.
	Name string
	// Place is the environment it happens in; places run side by side, the faults of one in order.
	Place    Place
	Expected []string
	// Holds are PromQL conditions that are true of the namespace $ns while it goes wrong: the fault is
	// what its name says.
	Holds []string
	// Allowed has a reason in Why.
	Allowed []string
	Why     string
	// Forgotten is a PromQL condition that must be true of $ns before the next fault of the place: an alert that counts
	// events within a window is calm while the window still holds as many as it allows, and one more would fire it.
	Forgotten string
}

// Place is one environment of the run.
type Place string

// The places. A ratio over minutes remembers the fault before, so each has a place of its own; the others
// are spread so that the run takes minutes.
const (
	Pods         Place = "e2e-pods"
	Deaths       Place = "e2e-deaths"
	Paths        Place = "e2e-paths"
	Errors       Place = "e2e-errors"
	Slowness     Place = "e2e-slowness"
	Jobs         Place = "e2e-jobs"
	Silence      Place = "e2e-silence"
	Restarts     Place = "e2e-restarts"
	Multiprocess Place = "e2e-multiprocess"
	Changes      Place = "e2e-changes"
	Routing      Place = "e2e-routing"
	Views        Place = "e2e-views"
	Statements   Place = "e2e-statements"
	Tenants      Place = "e2e-tenants"
)

// users explains alerts on what users really met.
const users = "users really got errors meanwhile"

// ProvenOtherwise are alerts that no fault makes fire, each with how it is proven. The first two look back
// over spans that cannot be shortened: what is left of them would be another alert.
var ProvenOtherwise = map[string]string{
	"TuxErrorBudgetBurn": "its windows are hours and days, which pass in seconds on Prometheus' own engine in internal/plan/rules. In " +
		"the places with faults it is disabled, since the windows remember every fault before",
	"TuxObjectiveNoData": "an increase over 5 minutes sees a series for 5 minutes after it is gone, which is longer than a fault of " +
		"the run lasts; so on Prometheus' own engine as well",
	"TuxTrafficDrop": "it compares with a week ago, which on Prometheus' own engine is nine days of samples in internal/plan/rules: " +
		"two weekends, campaigns, deploys, pods that are not scraped",
	"TuxCertificateExpiry": "there is no Ingress with TLS in the run. That the blackbox exporter tells the date of such a host is tested " +
		"with its own code in internal/plan/probes, the rest on Prometheus' own engine",
	"TuxCPUThrottled":    "nothing there limits the CPU of a pod, so no period is throttled; on Prometheus' own engine",
	"TuxMemoryNearLimit": "there is no kube-state-metrics in the run, which tells the limit; on Prometheus' own engine",
	"TuxOutOfMemory":     "there is no kube-state-metrics in the run and no limit the kernel would kill for; on Prometheus' own engine",
	"TuxPropagationStalled": "it compares with the same hour a week ago; weeks pass on Prometheus' own engine, with an office, a holiday " +
		"and a stall in the middle of the day",
	"TuxWatchdog": "it always fires: the run sees it arrive again and again at a dead man's switch, and nowhere else",
}

// Faults is the table the run goes through.
var Faults = []Fault{
	{
		Name: "the database is down: no pod is ready, the Service has no endpoints", Place: Pods,
		Expected: []string{"TuxDatabaseUnavailable"}, Allowed: []string{"TuxUnhandledExceptions"}, Why: users,
		Holds: []string{
			`max(probe_success{namespace="$ns",job="tux-backend-ready"}) == 0`,
			`max(probe_success{namespace="$ns",job="tux-backend-entry"}) == 0`,
			`min(probe_success{namespace="$ns",job="tux-backend-live"}) == 1`,
		},
	},
	{
		Name: "the database goes up and down", Place: Deaths,
		Expected: []string{"TuxHealthFlapping"}, Allowed: []string{"TuxUnhandledExceptions", "TuxHighErrorRate", "TuxViewErrors"}, Why: users,
		Forgotten: `max(changes(probe_success{namespace="$ns"}[1m])) == 0`,
	},
	{
		Name: "the cache is dead, /health/ stays 200", Place: Pods,
		Expected: []string{"TuxCacheUnhealthy"},
		Holds: []string{
			`min(probe_http_status_code{namespace="$ns",job="tux-backend-full"}) == 200`,
			`max(probe_success{namespace="$ns",job="tux-backend-cache"}) == 0`,
		},
	},
	{
		Name: "string propagation is unhealthy", Place: Pods,
		Expected: []string{"TuxComponentUnhealthy"},
	},
	{
		Name: "the health view fails on living pods", Place: Deaths,
		Expected: []string{"TuxHealthUnreachable"},
		Holds: []string{
			`min(probe_http_status_code{namespace="$ns",job="tux-backend-full"}) == 500`,
			`min(probe_success{namespace="$ns",job="tux-backend-live"}) == 1`,
		},
	},
	{
		Name: "one of two pods is not ready", Place: Deaths,
		Expected: []string{"TuxNotReady"},
		Holds: []string{
			`count(probe_success{namespace="$ns",job="tux-backend-ready"} == 0) == 1`,
			`min(probe_success{namespace="$ns",job="tux-backend-live"}) == 1`,
		},
	},
	{
		Name: "one of two pods is dead", Place: Deaths,
		Expected: []string{"TuxNotLive"},
		Holds: []string{
			`count(up{namespace="$ns",job="tux-backend"} == 0) == 1`,
			`min(probe_success{namespace="$ns",job="tux-backend-entry"}) == 1`,
		},
	},
	{
		Name: "all pods are dead", Place: Deaths,
		Expected: []string{"TuxBackendAbsent"},
		Holds: []string{
			`count(up{namespace="$ns",job="tux-backend"} == 0) == 2`,
			`max(probe_success{namespace="$ns",job="tux-backend-entry"}) == 0`,
		},
	},
	{
		Name: "the blackbox exporter is dead", Place: Paths,
		Expected: []string{"TuxProbeAbsent"},
		Holds: []string{
			`max(up{namespace="$ns",job="tux-backend-live"}) == 0`,
			`min(up{namespace="$ns",job="tux-backend"}) == 1`,
		},
	},
	{
		Name: "the Service leads nowhere although its pods are ready", Place: Paths,
		Expected: []string{"TuxEntryDown"},
		Holds: []string{
			`max(probe_success{namespace="$ns",job="tux-backend-entry"}) == 0`,
			`min(probe_success{namespace="$ns",job="tux-backend-ready"}) == 1`,
		},
	},
	{
		Name: "the metrics of one pod fail", Place: Paths,
		Expected: []string{"TuxBackendScrapeDown"},
		Holds: []string{
			`count(up{namespace="$ns",job="tux-backend"} == 0) == 1`,
			`min(probe_success{namespace="$ns",job="tux-backend-ready"}) == 1`,
		},
	},
	{
		Name: "the liveness answer of one pod is 500", Place: Paths,
		Expected: []string{"TuxNotLive"},
		Holds: []string{
			`count(probe_http_status_code{namespace="$ns",job="tux-backend-live"} == 500) == 1`,
			`min(up{namespace="$ns",job="tux-backend"}) == 1`,
		},
	},
	{
		Name: "a migration has not run", Place: Pods,
		Expected: []string{"TuxNotReady", "TuxEntryDown"},
		Holds: []string{
			`max(probe_success{namespace="$ns",job="tux-backend-ready"}) == 0`,
			`min(probe_success{namespace="$ns",job="tux-backend-database"}) == 1`,
		},
	},
	{
		Name: "a pod takes too much memory", Place: Errors,
		Expected: []string{"TuxMemoryHigh"},
	},
	{
		Name: "a pod leaks open files", Place: Jobs,
		Expected: []string{"TuxFileDescriptors"},
		Holds:    []string{`max(process_max_fds{namespace="$ns",job="tux-backend"}) == 256`},
	},
	{
		Name: "many workspaces make a scrape large", Place: Jobs,
		Expected: []string{"TuxScrapeNearSampleLimit"},
	},
	{
		Name: "the worker of one of two pods is killed again and again", Place: Restarts,
		Expected: []string{"TuxRestarting"},
		Holds:    []string{`max(resets(process_start_time_seconds{namespace="$ns",job="tux-backend"}[1m])) == 0`},
	},
	{
		Name: "propagation jobs fail", Place: Jobs,
		Expected: []string{"TuxPropagationFailures"}, Allowed: []string{"TuxPropagationFailuresForWorkspace"},
		Why: "the ratio over ten minutes remembers good jobs of before, which the shortened window of that alert does not",
	},
	{
		Name: "propagation jobs take 2 s longer", Place: Jobs,
		Expected: []string{"TuxPropagationSlow"},
		Holds: []string{
			`sum(increase(tux_propagation_jobs_total{namespace="$ns",status="error"}[20s])) == 0`,
		},
	},
	{
		Name: "string generations fail", Place: Tenants,
		Expected: []string{"TuxStringGenerationFailures"},
		Holds: []string{
			`sum(rate(django_http_responses_total_by_status_view_method_total{namespace="$ns",status="422"}[20s])) > 0`,
		},
	},
	{
		Name: "the jobs of one of three workspaces fail", Place: Tenants,
		Expected: []string{"TuxPropagationFailuresForWorkspace"},
		Holds:    []string{`ALERTS{namespace="$ns",alertname="TuxPropagationFailuresForWorkspace"} == 1`},
	},
	{
		Name: "there are more workspaces than expected", Place: Tenants,
		Expected: []string{"TuxWorkspaceCardinality"}, Allowed: []string{"TuxScrapeNearSampleLimit"},
		Why:   "each workspace makes the scrape larger, and both are true",
		Holds: []string{`min(up{namespace="$ns",job="tux-backend"}) == 1`},
	},
	{
		Name: "half of all requests end with an exception", Place: Errors,
		Expected: []string{"TuxHighErrorRate", "TuxUnhandledExceptions"},
		// It is calm at 0.2, and stays so only while there is enough of other traffic.
		Forgotten: `max(job:tux_http_errors:ratio_rate5m{namespace="$ns"}) < 0.15`,
	},
	{
		Name: "the health answer takes its time and is healthy", Place: Slowness,
		Expected: []string{"TuxHealthSlow"},
		Holds: []string{
			`min(probe_success{namespace="$ns",job="tux-backend-full"}) == 1`,
			`min(probe_success{namespace="$ns",job="tux-backend-entry"}) == 1`,
		},
	},
	{
		Name: "some requests never end", Place: Slowness,
		Expected: []string{"TuxRequestsInFlight"},
		Holds:    []string{`min(probe_success{namespace="$ns",job="tux-backend-live"}) == 1`},
	},
	{
		Name: "a third of all requests is slow", Place: Slowness,
		Expected: []string{"TuxSlowResponses"},
	},
	{
		Name: "the business counters are not exported", Place: Silence,
		Expected: []string{"TuxBusinessMetricsMissing"},
	},
	{
		Name: "the django_prometheus middlewares are left out", Place: Silence,
		Expected: []string{"TuxBackendMetricsMissing"},
	},
	{
		Name: "two workers answer scrapes in turn", Place: Restarts,
		Expected: []string{"TuxMetricsFromOneOfManyWorkers"},
		Holds:    []string{`max(resets(process_start_time_seconds{namespace="$ns",job="tux-backend"}[1m])) > 0`},
	},
	{
		Name: "a pod of two processes takes too much memory", Place: Multiprocess,
		Expected: []string{"TuxMemoryHigh"},
	},
	{
		Name: "every request is refused", Place: Multiprocess,
		Expected: []string{"TuxAuthFailures"},
	},
	{
		Name: "one view fails, and some of its requests are slow", Place: Views,
		Expected: []string{"TuxViewErrors", "TuxViewSlow"}, Allowed: []string{"TuxUnhandledExceptions"}, Why: users,
		Holds: []string{
			`job:tux_http_errors:ratio_rate5m{namespace="$ns"} < 0.2`,
			`job:tux_http_latency_seconds:p95_5m{namespace="$ns"} < 2.5`,
		},
	},
	{
		Name: "a third of the reads of the cache fails, health notices nothing", Place: Errors,
		Expected: []string{"TuxCacheFailures"},
		Holds:    []string{`min(probe_success{namespace="$ns",job="tux-backend-cache"}) == 1`},
	},
	{
		Name: "the cache has nothing that is asked for", Place: Errors,
		Expected: []string{"TuxCacheHitRatioLow"},
	},
	{
		Name: "every tenth connection to the database fails, health notices nothing", Place: Statements,
		Expected: []string{"TuxDatabaseConnectionErrors"}, Allowed: []string{"TuxUnhandledExceptions"}, Why: users,
		Holds: []string{
			`min(probe_success{namespace="$ns",job="tux-backend-database"}) == 1`,
			`min(probe_success{namespace="$ns",job="tux-backend-ready"}) == 1`,
		},
	},
	{
		Name: "statements fail, health notices nothing", Place: Statements,
		Expected: []string{"TuxDatabaseErrors"}, Allowed: []string{"TuxUnhandledExceptions", "TuxViewErrors"}, Why: users,
		Holds: []string{`min(probe_success{namespace="$ns",job="tux-backend-database"}) == 1`},
	},
	{
		Name: "every statement takes a third of a second longer", Place: Statements,
		Expected: []string{"TuxDatabaseSlow"},
		Holds:    []string{`min(probe_success{namespace="$ns",job="tux-backend-database"}) == 1`},
	},
	{
		Name: "a ready pod says that migrations are missing", Place: Statements,
		Expected: []string{"TuxMigrationsUnapplied"},
		Holds:    []string{`min(probe_success{namespace="$ns",job="tux-backend-ready"}) == 1`},
	},
}
