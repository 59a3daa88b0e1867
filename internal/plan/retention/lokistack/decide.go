package lokistack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// Decision is what follows for a LokiStack.
type Decision struct {
	// First is written before the limits: what is promised has to be known before anybody relies on it. It has the tenants
	// that go as well: whose they are must stay known until their limits are gone.
	First string
	// Ledger is what is promised from now on. It is written after the limits.
	Ledger string
	// Tenants are all limits that shall be ours.
	Tenants map[string]Limits
	// Results are sorted by owner.
	Results []retention.Result
}

// Of is what became of a resource; false if it is none of those that were asked about.
func (d *Decision) Of(owner string) (retention.Result, bool) {
	i := slices.IndexFunc(d.Results, func(r retention.Result) bool { return r.Owner == owner })
	if i < 0 {
		return retention.Result{}, false
	}
	return d.Results[i], true
}

// Decide says what holds from now on when exactly these resources use the LokiStack. An error means that nothing may be
// written. As with a document, every tenant of the ledger stays, except those that a resource removed.
func Decide(ledger string, have *Stack, contributions []loki.Contribution) (Decision, error) {
	before, err := have.promised(ledger)
	if err != nil {
		return Decision{}, err
	}
	next, results, _ := before.Follow(contributions)
	d := Decision{Tenants: map[string]Limits{}, Results: results}
	for tenant, entry := range next {
		if d.Tenants[tenant], err = render(entry.Commitment); err != nil {
			return Decision{}, fmt.Errorf("tenant %q: %w", tenant, err)
		}
	}
	if d.Ledger, err = ledgerText(next); err != nil {
		return Decision{}, err
	}
	first := maps.Clone(before)
	maps.Copy(first, next)
	d.First, err = ledgerText(first)
	return d, err
}

func ledgerText(of loki.Ledger) (string, error) {
	text, err := json.Marshal(of)
	if err != nil {
		return "", fmt.Errorf("cannot write the ledger: %w", err)
	}
	if len(text)+1 > loki.MaxSize {
		return "", fmt.Errorf("%d tenants take %d bytes, more than the %d of a ConfigMap", len(of), len(text)+1, loki.MaxSize)
	}
	return string(text) + "\n", nil
}

// promised is the ledger, and limits that are ours and not in it. One that is lost is made again from those; if it is
// there and cannot be read, and they tell nothing either, nothing is known.
func (s *Stack) promised(text string) (loki.Ledger, error) {
	ledger, lost := loki.ParseLedger(text)
	ours := s.ours()
	if lost != nil && text != "" && len(ours) == 0 {
		return nil, errors.Join(errors.New("the ledger beside the LokiStack is lost, and no limits of it are ours"), lost)
	}
	if lost != nil {
		ledger = loki.Ledger{}
	}
	for tenant, commitment := range ours {
		if _, known := ledger[tenant]; !known {
			ledger[tenant] = loki.Entry{Commitment: *commitment}
		}
	}
	return ledger, nil
}

// ours are the tenants with a retention that our field manager has applied.
func (s *Stack) ours() map[string]*retention.Commitment {
	all := map[string]*retention.Commitment{}
	for name, value := range s.fields {
		tenant, found := strings.CutPrefix(name, "f:")
		fields, _ := value.(map[string]any)
		kept := s.Tenants[tenant].Retention
		if _, applied := fields["f:retention"]; found && applied && kept != nil {
			all[tenant] = kept.commitment()
		}
	}
	return all
}

// Patch is what to apply below spec; nil if the LokiStack has exactly that, and from us. It has all tenants that shall be
// ours: what was ours and is left out goes.
func Patch(have *Stack, tenants map[string]Limits) (map[string]any, error) {
	text, err := json.Marshal(tenants)
	if err != nil {
		return nil, fmt.Errorf("cannot write the limits: %w", err)
	}
	var wanted map[string]any
	if err := json.Unmarshal(text, &wanted); err != nil {
		return nil, fmt.Errorf("cannot read the limits again: %w", err)
	}
	if reflect.DeepEqual(shape(wanted), have.fields) && have.has(tenants) {
		return nil, nil
	}
	if len(wanted) == 0 {
		return map[string]any{}, nil
	}
	return map[string]any{"limits": map[string]any{"tenants": wanted}}, nil
}

// has says whether the limits are in the LokiStack.
func (s *Stack) has(tenants map[string]Limits) bool {
	for tenant, limits := range tenants {
		if found := s.Tenants[tenant]; !reflect.DeepEqual(found.Retention, limits.Retention) || found.OTLP == nil ||
			!reflect.DeepEqual(found.OTLP.StreamLabels, limits.OTLP.StreamLabels) {
			return false
		}
	}
	return true
}
