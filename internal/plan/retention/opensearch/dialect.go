package opensearch

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Policy is the kind of policies of index state management.
const Policy store.Kind = "ISM policy"

// Switch is the setting of the cluster that lets index state management work. Without it that does.
const Switch = "plugins.index_state_management.enabled"

// Dialect is that of OpenSearch.
func Dialect() store.Dialect {
	return store.Dialect{
		Name: "OpenSearch", Policy: Policy, Path: "_plugins/_ism/policies/", Start: "set " + Switch + " to true by _cluster/settings",
		Lifecycle: lifecycle, Mark: mark, Normal: normal, Template: template,
	}
}

// The states, in their order. An index goes from one to the next that the class has.
const (
	hot    = "hot"
	warm   = "warm"
	cold   = "cold"
	remove = "delete"
)

// lifecycle is the policy of a class. All ages count from the rollover.
//
// Every policy has all states, also those that no index gets to: one that stands in a state may then change to another
// revision of its policy whatever tiers the class had before. In a state that is gone it could not go on.
func lifecycle(tenant, _ string, class retention.Promised, tiers retention.Tiers) any {
	rollover := action("rollover", store.Tree{
		"min_index_age": store.Days(store.RolloverDays(class.Days)), "min_primary_shard_size": store.ShardSize,
	})
	merge := action("force_merge", store.Tree{"max_num_segments": 1})
	// The youngest line of an index is due when the index is.
	end := to(remove, class.Days)
	toCold := end
	if tiers.ColdDays > 0 {
		toCold = to(cold, tiers.ColdDays)
	}
	toWarm := toCold
	if tiers.WarmDays > 0 {
		toWarm = to(warm, tiers.WarmDays)
	}
	return store.Tree{"policy": store.Tree{
		"description": description(tenant, class), "default_state": hot,
		"states": []store.Tree{
			{"name": hot, "actions": []store.Tree{rollover}, "transitions": toWarm},
			{"name": warm, "actions": append(moved(tiers, warm), merge), "transitions": toCold},
			{"name": cold, "actions": moved(tiers, cold), "transitions": end},
			{"name": remove, "actions": []store.Tree{action("delete", store.Tree{})}, "transitions": []store.Tree{}},
		},
		// By the name of the data stream. The whole name: a pattern could match the data streams of another tenant.
		"ism_template": []store.Tree{{"index_patterns": []string{store.Stream(tenant, class.Name)}, "priority": store.Priority}},
	}}
}

// to leads to a state so many days after the rollover.
func to(state string, days int) []store.Tree {
	return []store.Tree{{"state_name": state, "conditions": store.Tree{"min_rollover_age": store.Days(days)}}}
}

func action(name string, of store.Tree) store.Tree {
	return store.Tree{"retry": store.Tree{"count": 3, "backoff": "exponential", "delay": "1m"}, name: of}
}

// moved brings an index to the nodes of a tier. OpenSearch has none of its own, only attributes of nodes.
func moved(tiers retention.Tiers, tier string) []store.Tree {
	if tiers.Attribute == "" {
		return []store.Tree{}
	}
	return []store.Tree{action("allocation", store.Tree{"require": store.Tree{tiers.Attribute: tier}})}
}

// description is the mark of a policy, which has no other place for it.
func description(tenant string, class retention.Promised) string {
	text := fmt.Sprintf("Managed by %s: tenant %q, class %q, %d days", store.ManagedBy, tenant, class.Name, class.Days)
	if class.Protected {
		text += ", protected"
	}
	return text
}

var described = regexp.MustCompile(`^Managed by ` + store.ManagedBy + `: tenant "([^"]+)", class "([^"]+)", (\d+) days(, protected)?$`)

func mark(policy []byte) store.Mark {
	var of struct {
		Policy struct {
			Description string `json:"description"`
		} `json:"policy"`
	}
	if json.Unmarshal(policy, &of) != nil {
		return store.Mark{}
	}
	found := described.FindStringSubmatch(of.Policy.Description)
	if found == nil {
		return store.Mark{}
	}
	days, err := strconv.Atoi(found[3])
	if err != nil {
		return store.Mark{}
	}
	return store.Mark{ManagedBy: store.ManagedBy, Tenant: found[1], Class: found[2], Days: days, Protected: found[4] != ""}
}

// template names the component of whoever runs OpenSearch where it is there: one that is missing would be refused.
// Policies find their indices by themselves.
func template(of store.Tree, tenant, _ string, have store.State) {
	custom := store.Ref{Kind: store.ComponentTemplate, Name: store.CustomComponent(tenant)}
	if _, there := have.Objects[custom]; there {
		of["composed_of"] = []string{store.Component(tenant), custom.Name}
	}
}

// normal is what of a policy decides: neither its dates nor whom it tells of errors.
func normal(of store.Tree) store.Tree {
	policy := store.Below(of, "policy")
	var states, templates []store.Tree
	for _, one := range list(policy["states"]) {
		states = append(states, normalState(one))
	}
	for _, one := range list(policy["ism_template"]) {
		templates = append(templates, store.Tree{"index_patterns": one["index_patterns"], "priority": one["priority"]})
	}
	return store.Tree{
		"description": policy["description"], "default_state": policy["default_state"], "states": states, "ism_template": templates,
	}
}

func normalState(of store.Tree) store.Tree {
	var actions, transitions []store.Tree
	for _, one := range list(of["actions"]) {
		actions = append(actions, normalAction(one))
	}
	for _, one := range list(of["transitions"]) {
		transitions = append(transitions, store.Tree{"state_name": one["state_name"], "conditions": with(nil, store.Below(one, "conditions"))})
	}
	return store.Tree{"name": of["name"], "actions": actions, "transitions": transitions}
}

// defaults are what OpenSearch adds to actions that do not say otherwise, in one version or another.
var defaults = map[string]store.Tree{
	"retry":       {"count": float64(3), "backoff": "exponential", "delay": "1m"},
	"rollover":    {"copy_alias": false, "prevent_empty_rollover": false},
	"allocation":  {"include": store.Tree{}, "exclude": store.Tree{}, "wait_for": false},
	"force_merge": {"wait_for_completion": true, "task_execution_timeout": "1h"},
}

func normalAction(of store.Tree) store.Tree {
	all := store.Tree{"retry": with(defaults["retry"], nil)}
	for name, value := range of {
		if given, ok := value.(store.Tree); ok {
			all[name] = with(defaults[name], given)
			continue
		}
		if value != nil {
			all[name] = store.Period(value)
		}
	}
	return all
}

// with is what is given, and what holds without it.
func with(defaults, given store.Tree) store.Tree {
	all := store.Tree{}
	for _, of := range []store.Tree{defaults, given} {
		for key, value := range of {
			if value != nil {
				all[key] = store.Period(value)
			}
		}
	}
	return all
}

func list(value any) []store.Tree {
	values, _ := value.([]any)
	var all []store.Tree
	for _, one := range values {
		tree, _ := one.(store.Tree)
		all = append(all, tree)
	}
	return all
}
