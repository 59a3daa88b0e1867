package loki

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

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
	// Unasked: nobody could ask Loki yet what holds. A tenant that we never wrote waits for that.
	Unasked bool
	// Paused: nothing may be changed for the resource. Its block stays as it is, and it claims no tenant.
	Paused bool
}

// Aggregate returns the document that follows the last one when exactly these resources use it, and what
// became of each, sorted by owner. Order does not matter, and neither does how often: with the answer as
// the last document and the same contributions, the same bytes come out. On an error nothing may be
// written; what Loki has stays.
//
// Every tenant of the last document is in the next, except those that a resource removed.
func Aggregate(last Document, contributions []Contribution) (Document, []retention.Result, error) {
	before, err := last.read()
	if err != nil {
		return Document{}, nil, err
	}
	next, results, erasing := before.Follow(contributions)
	document, err := next.document(erasing)
	return document, results, err
}

// Follow returns the ledger after the last one, what became of each resource, and which tenants are open for requests to
// delete lines.
func (l Ledger) Follow(contributions []Contribution) (next Ledger, results []retention.Result, erasing map[string]bool) {
	next, erasing = buryAll(l), map[string]bool{}
	results, contenders := l.split(contributions)
	for tenant, rivals := range byTenant(contenders) {
		winner := l.choose(tenant, rivals)
		for i := range rivals {
			if i != winner {
				results = append(results, retention.Result{
					Owner: rivals[i].Owner, Tenant: tenant, State: retention.Conflict, Winner: rivals[winner].Owner,
				})
			}
		}
		result := next.settle(l, &rivals[winner])
		if entry, ok := next[tenant]; ok && entry.Owner == result.Owner {
			result.Holds = &entry.Commitment
		}
		results = append(results, result)
		erasing[tenant] = rivals[winner].Erasing
	}
	slices.SortFunc(results, func(a, b retention.Result) int { return strings.Compare(a.Owner, b.Owner) })
	return next, results, erasing
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

// split tells those who are paused and have nothing from those who contend for tenants.
func (l Ledger) split(contributions []Contribution) (idle []retention.Result, contenders []Contribution) {
	for _, c := range contributions {
		if tenant := c.Policy.Tenant; c.Paused && l[tenant].Owner != c.Owner {
			idle = append(idle, retention.Result{Owner: c.Owner, Tenant: tenant, State: retention.Paused})
			continue
		}
		contenders = append(contenders, c)
	}
	return idle, contenders
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
func (l Ledger) settle(before Ledger, c *Contribution) retention.Result {
	tenant := c.Policy.Tenant
	result := retention.Result{Owner: c.Owner, Tenant: tenant, State: retention.Included}
	entry, known := before[tenant]
	owned := known && entry.Owner == c.Owner
	result.Findings = c.Policy.Validate("spec.logs")
	switch {
	case c.Paused:
		result.Findings, result.State = nil, retention.Paused
		l[tenant] = entry
		return result
	case c.Leaving:
		result.Findings, result.State = nil, l.leave(tenant, entry, owned)
		return result
	case len(result.Findings) > 0:
		result.State = retention.Invalid
		if owned {
			l[tenant] = Entry{Owner: entry.Owner, Commitment: entry.Commitment}
		}
		return result
	case !known && c.Unasked:
		result.State = retention.Waiting
		return result
	}
	wanted := c.Policy.Commitment()
	if !known && c.Before != nil {
		entry.Commitment, known = takeover(*c.Before, wanted), true
	}
	if known {
		wanted, result.Held = entry.Judge(tenant, wanted, c.Acknowledged)
		result.Acknowledgement = retention.Acknowledgement(tenant, result.Held)
	}
	if len(result.Held) > 0 {
		result.State = retention.Held
	}
	l[tenant] = Entry{Owner: c.Owner, Commitment: wanted}
	return result
}

// takeover is what held for a tenant that was never ours. Its lines may carry the names of our classes already, from a
// collector that was there first: until now they lived as long as the default.
func takeover(before, wanted retention.Commitment) retention.Commitment {
	labelled := before
	labelled.Classes = wanted.Classes
	return labelled.Succeed(before)
}

// leave takes the block of a tenant out, unless a class in it is protected. A block that is another's, or
// of which nobody knows whose it is, stays, and the resource has none to leave.
func (l Ledger) leave(tenant string, entry Entry, owned bool) retention.State {
	if !owned {
		return retention.Removed
	}
	if slices.ContainsFunc(entry.Classes, func(p retention.Promised) bool { return p.Protected }) {
		return retention.Refused
	}
	delete(l, tenant)
	return retention.Removed
}
