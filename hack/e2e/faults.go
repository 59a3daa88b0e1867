package e2e

// Fault is something that goes wrong in an environment, and what the alerts must make of it: all
// Expected fire, reach the receiver and resolve; Allowed may; any other that fires is a wrong diagnosis.
type Fault struct {
	// Name says what happens.
	Name string
	// Place is the environment it happens in; places run side by side, the faults of one in order.
	Place    Place
	Expected []string
	// Allowed has a reason in Why.
	Allowed []string
	Why     string
}

// Place is one environment of the run.
type Place string

// The places. What can be told apart goes to different places, so that the run takes minutes.
const (
	Pods         Place = "e2e-pods"
	Deaths       Place = "e2e-deaths"
	Paths        Place = "e2e-paths"
	Requests     Place = "e2e-requests"
	Silence      Place = "e2e-silence"
	Multiprocess Place = "e2e-multiprocess"
	Changes      Place = "e2e-changes"
)

// users explains alerts on what users really met.
const users = "users really got errors meanwhile"

// Faults is the table the run goes through.
var Faults = []Fault{
	{
		Name: "the database is down: no pod is ready, the Service has no endpoints", Place: Pods,
		Expected: []string{"TuxDatabaseUnavailable"}, Allowed: []string{"TuxUnhandledExceptions"}, Why: users,
	},
	{
		Name: "the database goes up and down", Place: Pods,
		Expected: []string{"TuxHealthFlapping"}, Allowed: []string{"TuxUnhandledExceptions", "TuxHighErrorRate"}, Why: users,
	},
	{
		Name: "the cache is dead, /health/ stays 200", Place: Pods,
		Expected: []string{"TuxCacheUnhealthy"}, Allowed: []string{"TuxUnhandledExceptions"}, Why: users,
	},
	{
		Name: "string propagation is unhealthy", Place: Pods,
		Expected: []string{"TuxComponentUnhealthy"},
	},
	{
		Name: "the health view fails on living pods", Place: Deaths,
		Expected: []string{"TuxHealthUnreachable"},
	},
	{
		Name: "one of two pods is not ready", Place: Deaths,
		Expected: []string{"TuxNotReady"},
	},
	{
		Name: "one of two pods is dead", Place: Deaths,
		Expected: []string{"TuxNotLive"},
	},
	{
		Name: "all pods are dead", Place: Deaths,
		Expected: []string{"TuxBackendAbsent"},
	},
	{
		Name: "the blackbox exporter is dead", Place: Paths,
		Expected: []string{"TuxProbeAbsent"},
	},
	{
		Name: "the Service leads nowhere although its pods are ready", Place: Paths,
		Expected: []string{"TuxEntryDown"},
	},
	{
		Name: "the metrics of one pod fail", Place: Paths,
		Expected: []string{"TuxBackendScrapeDown"},
	},
	{
		Name: "the liveness answer of one pod is 500", Place: Paths,
		Expected: []string{"TuxNotLive"},
	},
	{
		Name: "a migration has not run", Place: Paths,
		Expected: []string{"TuxNotReady", "TuxEntryDown"},
	},
	{
		Name: "a pod takes too much memory", Place: Paths,
		Expected: []string{"TuxMemoryHigh"},
	},
	{
		Name: "half of all requests end with an exception", Place: Requests,
		Expected: []string{"TuxHighErrorRate", "TuxUnhandledExceptions"},
	},
	{
		Name: "a fifth of all requests is slow", Place: Requests,
		Expected: []string{"TuxSlowResponses"},
	},
	{
		Name: "propagation jobs fail", Place: Requests,
		Expected: []string{"TuxPropagationFailures"},
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
		Name: "a pod of two processes takes too much memory", Place: Multiprocess,
		Expected: []string{"TuxMemoryHigh"},
	},
}
