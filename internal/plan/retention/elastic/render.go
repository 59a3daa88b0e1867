package elastic

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

const (
	// priority is above those that Elasticsearch (100) and Fleet (200) give to templates of logs.
	priority = 500
	// shardSize is the largest that Elastic recommends.
	shardSize = "50gb"
	// best is smaller than quick, which is what Elasticsearch does by itself.
	best, quick = "best_compression", "default"
)

func codecOf(p *retention.Policy) string {
	if p.Compression == retention.QuickCompression {
		return quick
	}
	return best
}

// rolloverDays is how old an index may be before the next one is begun. Lines live that much longer than promised, since
// an index is deleted as a whole when its youngest line is due; each index costs a shard, so those that live long get more.
func rolloverDays(days int) int { return min(max(days/30, 1), 7) }

func days(n int) string { return fmt.Sprintf("%dd", n) }

// Render returns what says that holds is kept, in the order of writing. The ledger comes first: what is promised has to
// be known before anybody relies on it.
func Render(w Want, holds retention.Commitment) ([]Object, error) {
	tenant := w.Policy.Tenant
	all := []Object{{Ref{ComponentTemplate, Component(tenant)}, nil}}
	bodies := []any{component(tenant, codecOf(&w.Policy), Ledger{Owner: w.Owner, Commitment: holds})}
	classes := classesOf(holds)
	for _, class := range classes {
		all = append(all, Object{Ref{LifecyclePolicy, Name(tenant, class.Name)}, nil})
		bodies = append(bodies, lifecycle(tenant, codecOf(&w.Policy), class, tiersOf(&w.Policy, class)))
	}
	for _, class := range classes {
		all = append(all, Object{Ref{IndexTemplate, Name(tenant, class.Name)}, nil})
		bodies = append(bodies, indexTemplate(tenant, class.Name))
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

type object = map[string]any

func component(tenant, codec string, ledger Ledger) object {
	return object{
		"_meta": meta{ManagedBy: managedBy, Managed: true, Tenant: tenant, Ledger: &ledger},
		"template": object{
			"settings": object{"index.codec": codec},
			"mappings": object{"properties": object{"@timestamp": object{"type": "date"}}},
		},
	}
}

func indexTemplate(tenant, class string) object {
	return object{
		"_meta": meta{ManagedBy: managedBy, Managed: true, Tenant: tenant, Class: class},
		// The whole name: a pattern could match the data streams of another tenant.
		"index_patterns":                     []string{Stream(tenant, class)},
		"data_stream":                        object{},
		"priority":                           priority,
		"composed_of":                        []string{Component(tenant), CustomComponent(tenant)},
		"ignore_missing_component_templates": []string{CustomComponent(tenant)},
		"template":                           object{"settings": object{"index.lifecycle.name": Name(tenant, class)}},
	}
}

// lifecycle is the policy of a class. All ages count from the rollover.
func lifecycle(tenant, codec string, class retention.Promised, tiers retention.Tiers) object {
	phases := object{
		"hot": phase(0, object{"rollover": object{"max_age": days(rolloverDays(class.Days)), "max_primary_shard_size": shardSize}}),
		// The youngest line of an index is due when the index is.
		"delete": phase(class.Days, object{"delete": object{"delete_searchable_snapshot": true}}),
	}
	if tiers.WarmDays > 0 {
		merge := object{"max_num_segments": 1}
		if codec == best {
			merge["index_codec"] = best // the one codec a merge may change to
		}
		phases["warm"] = phase(tiers.WarmDays, object{"forcemerge": merge})
	}
	if tiers.ColdDays > 0 {
		phases["cold"] = phase(tiers.ColdDays, object{})
	}
	if tiers.FrozenDays > 0 {
		phases["frozen"] = phase(tiers.FrozenDays, object{
			"searchable_snapshot": object{"snapshot_repository": tiers.Repository, "force_merge_index": true},
		})
	}
	return object{"policy": object{
		"_meta": meta{
			ManagedBy: managedBy, Managed: true, Tenant: tenant, Class: class.Name, Days: class.Days, Protected: class.Protected,
		},
		"phases": phases,
	}}
}

func phase(after int, actions object) object {
	age := "0ms"
	if after > 0 {
		age = days(after)
	}
	return object{"min_age": age, "actions": actions}
}
