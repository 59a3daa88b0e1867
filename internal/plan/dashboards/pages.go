package dashboards

import (
	"slices"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// page is what others must know of a dashboard to lead to it.
type page struct {
	// choice is its name in spec.dashboards.include.
	choice tuxv1alpha1.DashboardName
	// name is part of the UID, of the object and of the file: renaming a dashboard breaks every link to it.
	name string
	// title of people, and what it is for.
	title, about string
	// refresh is how often it is asked again, from how far it looks back at first.
	refresh, from string
	// works says whether it can show anything; nil: always.
	works func(*env.Environment) bool
}

var (
	overview = &page{
		choice: tuxv1alpha1.DashboardOverview, name: "overview", title: "Overview", refresh: "30s", from: "now-3h",
		about: "Is the TUX backend well, what burns, and what fires? Each panel leads to the dashboard that says more.",
	}
	http = &page{
		choice: tuxv1alpha1.DashboardHTTP, name: "http", title: "HTTP", refresh: "30s", from: "now-6h",
		about: "Requests of users: how many, how many fail, how long they take, and which view it is.",
	}
	objectives = &page{
		choice: tuxv1alpha1.DashboardObjectives, name: "objectives", title: "Objectives", refresh: "5m", from: "now-7d",
		about: "How much of each error budget is left, how fast it burns, and how it came to that.",
		works: func(e *env.Environment) bool { return len(e.Objectives) > 0 },
	}
	health = &page{
		choice: tuxv1alpha1.DashboardHealth, name: "health", title: "Health", refresh: "30s", from: "now-3h",
		about: "What every pod answers to the health questions, by component and by pod, and whether users get through.",
		works: func(e *env.Environment) bool { return e.Probes.Enabled },
	}
	database = &page{
		choice: tuxv1alpha1.DashboardDatabaseAndCache, name: "database-cache", title: "Database and cache", refresh: "30s", from: "now-6h",
		about: "What views ask of the database and of the caches, how long it takes and what fails.",
	}
	business = &page{
		choice: tuxv1alpha1.DashboardBusiness, name: "business", title: "Business", refresh: "1m", from: "now-24h",
		about: "Do the workspaces get their work done: string generation, propagation jobs, and who stands out.",
	}
	saturation = &page{
		choice: tuxv1alpha1.DashboardSaturation, name: "saturation", title: "Saturation", refresh: "30s", from: "now-6h",
		about: "What the pods need: requests in flight, memory, processor, files, restarts.",
	}
	monitoring = &page{
		choice: tuxv1alpha1.DashboardMonitoring, name: "monitoring", title: "Monitoring", refresh: "1m", from: "now-6h",
		about: "Does monitoring itself work: targets, cost of scrapes, series, rules and the operator.",
	}
)

// pages are all dashboards in the order of their links.
var pages = []*page{overview, http, objectives, health, database, business, saturation, monitoring}

// shown says whether the dashboard is wanted and has something to show.
func (p *page) shown(e *env.Environment) bool {
	d := &e.Dashboards
	wanted := len(d.Include) == 0 || slices.Contains(d.Include, p.choice)
	return d.Enabled && wanted && (p.works == nil || p.works(e))
}
