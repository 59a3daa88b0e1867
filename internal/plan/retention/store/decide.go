package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// ReasonNotOwned means an object of a log store with a name of ours is somebody else's; rename or delete it.
const ReasonNotOwned = "NotOwned"

// Want is what one resource wants of a tenant.
type Want struct {
	// Owner is the resource, as namespace/name.
	Owner  string
	Policy retention.Policy
	// Acknowledged accepts decreases; see retention.Acknowledgement.
	Acknowledged string
}

// Decision is what follows from what is wanted and what there is.
type Decision struct {
	Result retention.Result
	// Objects are all that shall be, in the order of writing; none if nothing may be written.
	Objects []Object
}

// Decide says what holds from now on. An error means that nothing may be written.
//
// A tenant that was never ours has nothing to be held: a new policy reaches only indices that are made by our
// templates, and what others have made keeps the policy it has.
func (d Dialect) Decide(w Want, have State) (Decision, error) {
	made := Decision{Result: retention.Result{Owner: w.Owner, Tenant: w.Policy.Tenant, State: retention.Included}}
	ledger, err := d.readLedger(w.Policy.Tenant, have)
	if err != nil {
		return Decision{}, err
	}
	if ledger != nil && ledger.Owner != "" && ledger.Owner != w.Owner {
		made.Result.State, made.Result.Winner = retention.Conflict, ledger.Owner
		return made, nil
	}
	if ledger != nil {
		made.Result.Holds = &ledger.Commitment
	}
	if made.Result.Findings = w.Policy.Validate("spec.logs"); len(made.Result.Findings) > 0 {
		made.Result.State = retention.Invalid
		return made, nil
	}
	holds := w.Policy.Commitment()
	if ledger != nil {
		holds, made.Result.Held = ledger.Judge(w.Policy.Tenant, holds, w.Acknowledged)
		made.Result.Acknowledgement = retention.Acknowledgement(w.Policy.Tenant, made.Result.Held)
	}
	if len(made.Result.Held) > 0 {
		made.Result.State = retention.Held
	}
	made.Result.Holds = &holds
	if made.Objects, err = d.render(w, holds, have); err != nil {
		return Decision{}, err
	}
	return made, d.owned(made.Objects, w.Policy.Tenant, have)
}

// owned fails if one of the names is taken by somebody else. It looks at all of them before one is written.
func (d Dialect) owned(objects []Object, tenant string, have State) error {
	var foreign []string
	for _, object := range objects {
		if body, there := have.Objects[object.Ref]; there {
			if _, ours := d.markOf(object.Kind, body, tenant); !ours {
				foreign = append(foreign, object.String())
			}
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	return d.notOwned(strings.Join(foreign, ", "))
}

func (d Dialect) notOwned(what string) error {
	return fault.Terminal(ReasonNotOwned, errors.New("somebody else has "+what+" in "+d.Name+", nothing was written"))
}

// readLedger returns what was promised so far, nil if nothing. A ledger that is lost is made again from the policies,
// which say what they stand for; nobody owns it then.
func (d Dialect) readLedger(tenant string, have State) (*Ledger, error) {
	ref := Ref{ComponentTemplate, Component(tenant)}
	body, there := have.Objects[ref]
	if !there {
		return d.recovered(tenant, have), nil
	}
	found, ours := d.markOf(ref.Kind, body, tenant)
	if !ours {
		return nil, d.notOwned(ref.String())
	}
	if found.Ledger == nil || found.Ledger.DefaultDays < 1 {
		return d.recovered(tenant, have), nil
	}
	for _, class := range found.Ledger.Classes {
		if class.Name == "" || class.Days < 1 {
			return nil, fmt.Errorf("cannot read the ledger in the _meta of %s", ref)
		}
	}
	return found.Ledger, nil
}

func (d Dialect) recovered(tenant string, have State) *Ledger {
	var ledger Ledger
	for _, name := range slices.Sorted(maps.Keys(have.Revisions)) {
		of, ours := d.markOf(d.Policy, have.Objects[Ref{d.Policy, name}], tenant)
		switch {
		case !ours || of.Days < 1 || name != Name(tenant, of.Class):
		// Lines without a class live as long as the default, so that either tells of it.
		case of.Class == retention.DefaultClass, of.Class == retention.UnparsedClass:
			ledger.DefaultDays = max(ledger.DefaultDays, of.Days)
		default:
			ledger.Classes = append(ledger.Classes, retention.Promised{Name: of.Class, Days: of.Days, Protected: of.Protected})
		}
	}
	if ledger.DefaultDays == 0 && len(ledger.Classes) == 0 {
		return nil
	}
	// Of the default nothing is known then, so that no days are too few for it.
	ledger.DefaultDays = max(ledger.DefaultDays, 1)
	return &ledger
}

// Policies are the names of all policies that a decision may be about: of what is wanted, was promised, or has a template.
func (d Dialect) Policies(w Want, have State) []string {
	tenant, all := w.Policy.Tenant, []string{}
	classes := Classes(w.Policy.Commitment())
	if ledger, err := d.readLedger(tenant, have); err == nil && ledger != nil {
		classes = append(classes, Classes(ledger.Commitment)...)
	}
	for _, class := range classes {
		all = append(all, Name(tenant, class.Name))
	}
	for ref, body := range have.Objects {
		if of, ours := d.markOf(ref.Kind, body, tenant); ours && ref.Kind == IndexTemplate && ref.Name == Name(tenant, of.Class) {
			all = append(all, ref.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Drift are the objects that a log store does not have, or has otherwise.
func (d Dialect) Drift(objects []Object, have State) ([]Object, error) {
	var all []Object
	for _, object := range objects {
		body, there := have.Objects[object.Ref]
		if there {
			same, err := d.same(object.Kind, object.Body, body)
			if err != nil {
				return nil, fmt.Errorf("cannot compare %s: %w", object.Ref, err)
			}
			if same {
				continue
			}
		}
		all = append(all, object)
	}
	return all, nil
}

func decode(body []byte) (Tree, error) {
	var of Tree
	if err := json.Unmarshal(body, &of); err != nil {
		return nil, errors.New("it is no JSON object")
	}
	return of, nil
}
