// Package logstores knows all kinds of log stores that are told by an API, so that whoever keeps one need not know which.
package logstores

import (
	"maps"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	elasticplan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
	opensearchplan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/opensearch"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Kind is a kind of log store.
type Kind struct {
	Dialect store.Dialect
	// Credentials reads a Secret.
	Credentials func(data map[string][]byte) (logstore.Credentials, error)
	// Open returns who keeps tenants of one; it does not ask anything yet.
	Open func(logstore.Config) (logstore.Keeper, error)
	// Eraser returns who erases lines of tenants of one; it does not ask anything yet.
	Eraser func(logstore.Config) (logstore.Eraser, error)
}

// Of is the kind of a backend; false for one that is not told by an API.
func Of(backend retention.Backend) (Kind, bool) {
	kind, ok := kinds()[backend]
	return kind, ok
}

// Backends are all that have a kind, sorted.
func Backends() []retention.Backend { return slices.Sorted(maps.Keys(kinds())) }

func kinds() map[retention.Backend]Kind {
	return map[retention.Backend]Kind{
		retention.Elasticsearch: {
			Dialect: elasticplan.Dialect(), Credentials: logstore.NewCredentials,
			Open: opened(elastic.New, elastic.Keeper), Eraser: opened(elastic.New, elastic.Eraser),
		},
		retention.OpenSearch: {
			Dialect: opensearchplan.Dialect(), Credentials: opensearch.NewCredentials,
			Open: opened(opensearch.New, opensearch.Keeper), Eraser: opened(opensearch.New, opensearch.Eraser),
		},
	}
}

// opened makes a client, and of it who uses it.
func opened[Client, User any](open func(logstore.Config) (Client, error), use func(Client) User) func(logstore.Config) (User, error) {
	return func(config logstore.Config) (User, error) {
		client, err := open(config)
		if err != nil {
			var none User
			return none, err
		}
		return use(client), nil
	}
}
