package loki

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Contribution is what one resource wants of the document.
type Contribution struct {
	// Owner is the resource, as namespace/name.
	Owner string
	// Created is when the resource was made. Of two that want the same tenant the older one gets it.
	Created time.Time
	Policy  retention.Policy
	// Acknowledged accepts decreases; see retention.Acknowledgement.
	Acknowledged string
	// Before is what holds for the tenant in Loki when we have never written it, nil if it has no logs:
	// taking over a tenant can take lines away just as any later change. For ever is retention.MaxDays:
	// nothing longer can be promised.
	Before *retention.Commitment
	// Erasing opens the tenant for requests to delete lines.
	Erasing bool
	// Leaving: the resource is being deleted, and shall take its block along.
	Leaving bool
}

// State is what became of a contribution.
type State string

// The states.
const (
	// Included: the document says what the resource wants.
	Included State = "Included"
	// Held: the document says so, but for decreases that are protected or nobody has acknowledged.
	Held State = "Held"
	// Invalid: the policy has findings, and the last good block stays.
	Invalid State = "Invalid"
	// Conflict: the tenant belongs to another resource, and this one adds nothing.
	Conflict State = "Conflict"
	// Removed: the resource has no block any more, and the logs live as long as Loki's own default says.
	Removed State = "Removed"
	// Refused: the block stays though the resource leaves, because it has protected classes.
	Refused State = "Refused"
)

// Result is what became of the contribution of one resource.
type Result struct {
	Owner, Tenant string
	State         State
	// Findings are those of an invalid policy.
	Findings []fault.Finding
	// Held are the decreases that were not made, and Acknowledgement what accepts those that can be.
	Held            []retention.Decrease
	Acknowledgement string
	// Winner is the resource that has the tenant in a conflict.
	Winner string
}

// Aggregate returns the document that follows the last one when exactly these resources use it, and what
// became of each, sorted by owner. Order does not matter, and neither does how often: with the answer as
// the last document and the same contributions, the same bytes come out. On an error nothing may be
// written; what Loki has stays.
//
// Every tenant of the last document is in the next, except those that a resource removed.
func Aggregate(last Document, contributions []Contribution) (Document, []Result, error) {
	before, err := last.read()
	if err != nil {
		return Document{}, nil, err
	}
	next, erasing := buryAll(before), map[string]bool{}
	var results []Result
	for tenant, rivals := range byTenant(contributions) {
		winner := before.choose(tenant, rivals)
		for i := range rivals {
			if i != winner {
				results = append(results, Result{Owner: rivals[i].Owner, Tenant: tenant, State: Conflict, Winner: rivals[winner].Owner})
			}
		}
		results = append(results, next.settle(before, &rivals[winner]))
		erasing[tenant] = rivals[winner].Erasing
	}
	slices.SortFunc(results, func(a, b Result) int { return strings.Compare(a.Owner, b.Owner) })
	document, err := next.document(erasing)
	return document, results, err
}

// buryAll returns the ledger as it is when no resource wants anything any more.
func buryAll(last Ledger) Ledger {
	next := maps.Clone(last)
	for tenant, entry := range next {
		entry.Tombstone = true
		next[tenant] = entry
	}
	return next
}

// byTenant groups contributions; those of a tenant are sorted by age, then by owner.
func byTenant(contributions []Contribution) map[string][]Contribution {
	groups := map[string][]Contribution{}
	for _, c := range contributions {
		groups[c.Policy.Tenant] = append(groups[c.Policy.Tenant], c)
	}
	for _, rivals := range groups {
		slices.SortFunc(rivals, func(a, b Contribution) int {
			return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.Owner, b.Owner))
		})
	}
	return groups
}

// choose returns which of the rivals gets the tenant: the one that has it, so that nobody can take over
// another's logs by naming their tenant, or else the oldest.
func (l Ledger) choose(tenant string, rivals []Contribution) int {
	return max(0, slices.IndexFunc(rivals, func(c Contribution) bool { return c.Owner == l[tenant].Owner }))
}

// settle puts what c wants into the ledger, as far as what was promised before allows.
func (l Ledger) settle(before Ledger, c *Contribution) Result {
	tenant := c.Policy.Tenant
	result := Result{Owner: c.Owner, Tenant: tenant, State: Included}
	entry, known := before[tenant]
	owned := known && entry.Owner == c.Owner
	result.Findings = c.Policy.Validate("spec.logs")
	switch {
	case c.Leaving:
		result.Findings, result.State = nil, l.leave(tenant, entry, owned)
		return result
	case len(result.Findings) > 0:
		result.State = Invalid
		if owned {
			l[tenant] = Entry{Owner: entry.Owner, Commitment: entry.Commitment}
		}
		return result
	}
	if !known && c.Before != nil {
		entry.Commitment, known = *c.Before, true
	}
	wanted := c.Policy.Commitment()
	if known {
		wanted, result.Held = entry.Judge(tenant, wanted, c.Acknowledged)
		result.Acknowledgement = retention.Acknowledgement(tenant, result.Held)
	}
	if len(result.Held) > 0 {
		result.State = Held
	}
	l[tenant] = Entry{Owner: c.Owner, Commitment: wanted}
	return result
}

// leave takes the block of a tenant out, unless a class in it is protected. A block that is another's, or
// of which nobody knows whose it is, stays, and the resource has none to leave.
func (l Ledger) leave(tenant string, entry Entry, owned bool) State {
	if !owned {
		return Removed
	}
	if slices.ContainsFunc(entry.Classes, func(p retention.Promised) bool { return p.Protected }) {
		return Refused
	}
	delete(l, tenant)
	return Removed
}

// String is for logs and tests.
func (r Result) String() string { return fmt.Sprintf("%s %s %s", r.Owner, r.Tenant, r.State) }
