package elastic

import (
	"encoding/json"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// LifecyclePolicy is the kind of policies of index lifecycle management.
const LifecyclePolicy store.Kind = "lifecycle policy"

// Dialect is that of Elasticsearch.
func Dialect() store.Dialect {
	return store.Dialect{
		Name: "Elasticsearch", Policy: LifecyclePolicy, Path: "_ilm/policy/", Start: "POST _ilm/start",
		Lifecycle: lifecycle, Mark: mark, Normal: normal, Template: template,
	}
}

// lifecycle is the policy of a class. All ages count from the rollover.
func lifecycle(tenant, codec string, class retention.Promised, tiers retention.Tiers) any {
	rollover := store.Tree{"max_age": store.Days(store.RolloverDays(class.Days)), "max_primary_shard_size": store.ShardSize}
	phases := store.Tree{
		"hot": phase(0, store.Tree{"rollover": rollover}),
		// The youngest line of an index is due when the index is.
		"delete": phase(class.Days, store.Tree{"delete": store.Tree{"delete_searchable_snapshot": true}}),
	}
	if tiers.WarmDays > 0 {
		merge := store.Tree{"max_num_segments": 1}
		if codec == store.Best {
			merge["index_codec"] = codec // the one codec a merge may change to
		}
		phases["warm"] = phase(tiers.WarmDays, store.Tree{"forcemerge": merge})
	}
	if tiers.ColdDays > 0 {
		phases["cold"] = phase(tiers.ColdDays, store.Tree{})
	}
	if tiers.FrozenDays > 0 {
		phases["frozen"] = phase(tiers.FrozenDays, store.Tree{
			"searchable_snapshot": store.Tree{"snapshot_repository": tiers.Repository, "force_merge_index": true},
		})
	}
	return store.Tree{"policy": store.Tree{
		"_meta": store.Mark{
			ManagedBy: store.ManagedBy, Managed: true, Tenant: tenant, Class: class.Name, Days: class.Days, Protected: class.Protected,
		},
		"phases": phases,
	}}
}

func phase(after int, actions store.Tree) store.Tree {
	age := "0ms"
	if after > 0 {
		age = store.Days(after)
	}
	return store.Tree{"min_age": age, "actions": actions}
}

func mark(policy []byte) store.Mark {
	var of struct {
		Policy struct {
			Meta store.Mark `json:"_meta"`
		} `json:"policy"`
	}
	if json.Unmarshal(policy, &of) != nil {
		return store.Mark{}
	}
	return of.Policy.Meta
}

// template names the policy, and a component that need not be there.
func template(of store.Tree, tenant, class string, _ store.State) {
	of["composed_of"] = []string{store.Component(tenant), store.CustomComponent(tenant)}
	of["ignore_missing_component_templates"] = []string{store.CustomComponent(tenant)}
	of["template"] = store.Tree{"settings": store.Tree{"index.lifecycle.name": store.Name(tenant, class)}}
}

func normal(of store.Tree) store.Tree {
	phases := store.Tree{}
	for name, value := range store.Below(of, "policy", "phases") {
		one, _ := value.(store.Tree)
		phases[name] = normalPhase(one)
	}
	return store.Tree{"_meta": store.Below(of, "policy")["_meta"], "phases": phases}
}

// defaults are what Elasticsearch adds to actions that do not say otherwise.
var defaults = map[string]store.Tree{
	"delete":              {"delete_searchable_snapshot": true},
	"searchable_snapshot": {"force_merge_index": true},
}

func normalPhase(of store.Tree) store.Tree {
	actions := store.Tree{}
	for name, value := range store.Below(of, "actions") {
		action := store.Tree{}
		for key, value := range defaults[name] {
			action[key] = value
		}
		given, _ := value.(store.Tree)
		for key, value := range given {
			action[key] = store.Period(value)
		}
		actions[name] = action
	}
	age, there := of["min_age"]
	if !there {
		age = "0ms"
	}
	return store.Tree{"min_age": store.Period(age), "actions": actions}
}
