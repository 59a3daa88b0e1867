package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

const (
	// Priority is above those that Elasticsearch (100) and Fleet (200) give to templates of logs.
	Priority = 500
	// ShardSize is the largest that Elastic recommends.
	ShardSize = "50gb"
	// Best is the codec that takes less room than Quick, and more time.
	Best = "best_compression"
	// Quick is the codec that both use by themselves.
	Quick = "default"
)

func codecOf(p *retention.Policy) string {
	if p.Compression == retention.QuickCompression {
		return Quick
	}
	return Best
}

// RolloverDays is how old an index may be before the next one is begun. Lines live that much longer than promised, since
// an index is deleted as a whole when its youngest line is due; each index costs a shard, so those that live long get more.
func RolloverDays(days int) int { return min(max(days/30, 1), 7) }

// Days is a time as both write it.
func Days(n int) string { return fmt.Sprintf("%dd", n) }

// render returns what says that holds is kept, in the order of writing. The ledger comes first: what is promised has to
// be known before anybody relies on it.
func (d Dialect) render(w Want, holds retention.Commitment, have State) ([]Object, error) {
	tenant := w.Policy.Tenant
	all := []Object{{Ref{ComponentTemplate, Component(tenant)}, nil}}
	bodies := []any{component(tenant, codecOf(&w.Policy), Ledger{Owner: w.Owner, Commitment: holds})}
	classes := Classes(holds)
	for _, class := range classes {
		all = append(all, Object{Ref{d.Policy, Name(tenant, class.Name)}, nil})
		bodies = append(bodies, d.Lifecycle(tenant, codecOf(&w.Policy), class, tiersOf(&w.Policy, class)))
	}
	for _, class := range classes {
		all = append(all, Object{Ref{IndexTemplate, Name(tenant, class.Name)}, nil})
		bodies = append(bodies, d.indexTemplate(tenant, class.Name, have))
	}
	for i := range all {
		var err error
		if all[i].Body, err = json.MarshalIndent(bodies[i], "", "  "); err != nil {
			return nil, fmt.Errorf("cannot write %s: %w", all[i].Ref, err)
		}
	}
	return all, nil
}

// tiersOf are those of a class; one that is held and not wanted any more has none.
func tiersOf(p *retention.Policy, class retention.Promised) retention.Tiers {
	i := slices.IndexFunc(p.Classes, func(c retention.Class) bool { return c.Name == class.Name })
	if i < 0 {
		return retention.Tiers{}
	}
	return p.Classes[i].Tiers
}

// Tree is a JSON object.
type Tree = map[string]any

func component(tenant, codec string, ledger Ledger) Tree {
	return Tree{
		"_meta": Mark{ManagedBy: ManagedBy, Managed: true, Tenant: tenant, Ledger: &ledger},
		"template": Tree{
			"settings": Tree{"index.codec": codec},
			"mappings": Tree{"properties": Tree{"@timestamp": Tree{"type": "date"}}},
		},
	}
}

func (d Dialect) indexTemplate(tenant, class string, have State) Tree {
	template := Tree{
		"_meta": Mark{ManagedBy: ManagedBy, Managed: true, Tenant: tenant, Class: class},
		// The whole name: a pattern could match the data streams of another tenant.
		"index_patterns": []string{Stream(tenant, class)},
		"data_stream":    Tree{},
		"priority":       Priority,
		"composed_of":    []string{Component(tenant)},
	}
	d.Template(template, tenant, class, have)
	return template
}
