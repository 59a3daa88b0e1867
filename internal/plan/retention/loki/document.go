package loki

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Document is what all resources that use the same Loki have in common: two values of one ConfigMap.
type Document struct {
	// Overrides is the runtime configuration that Loki loads.
	Overrides string
	// Ledger says what was promised to whom. Loki does not read it. It is beside the overrides and not in
	// annotations, which together may hold 256 KiB only.
	Ledger string
}

// MaxSize is how large a document may be: what a ConfigMap may hold is 1 MiB, with its metadata and the
// names of its keys.
const MaxSize = 1<<20 - 16<<10

// Size is what counts against MaxSize.
func (d Document) Size() int { return len(d.Overrides) + len(d.Ledger) }

// overrides is the form of Document.Overrides. Blocks are pointers so that a tenant without a body can
// be told from one with nothing in it.
type overrides struct {
	Overrides map[string]*Block `json:"overrides"`
}

// Entry is what the ledger knows of a tenant.
type Entry struct {
	// Owner is the resource whose policy holds, as namespace/name. It stays when the resource is gone.
	Owner string `json:"owner,omitempty"`
	// Tombstone: no resource asks for the tenant any more, and its logs are kept as promised last.
	Tombstone bool `json:"tombstone,omitempty"`
	retention.Commitment
}

// Ledger is what was promised, by tenant.
type Ledger map[string]Entry

var errNoLedger = errors.New("the ledger is lost, and so is what the overrides would tell")

// read returns what was promised so far: the ledger, and tenants that somebody has written into the
// overrides besides. A ledger that is lost is made again from the overrides. If those cannot be read
// either, nothing is known, and nothing may be written.
func (d Document) read() (Ledger, error) {
	ledger, lost := parseLedger(d.Ledger)
	blocks, unreadable := parse(d.Overrides)
	if unreadable != nil {
		return ledger, d.heal(ledger, lost, unreadable)
	}
	if lost != nil && d.Ledger != "" && len(blocks) == 0 {
		return nil, fmt.Errorf("%w: %w", errNoLedger, lost)
	}
	if lost != nil {
		ledger = Ledger{}
	}
	for tenant, block := range blocks {
		if _, known := ledger[tenant]; known {
			continue
		}
		commitment, err := block.commitment()
		if err != nil {
			return nil, fmt.Errorf("tenant %q: %w", tenant, err)
		}
		ledger[tenant] = Entry{Commitment: commitment}
	}
	return ledger, nil
}

// heal says whether overrides that cannot be read may be written again from the ledger: not if the ledger
// is lost, and not if there is a tenant in them that it does not know, whose logs would then go.
func (d Document) heal(ledger Ledger, lost, unreadable error) error {
	if lost != nil {
		return fmt.Errorf("%w: %w", errNoLedger, unreadable)
	}
	var loose struct {
		Overrides map[string]any `json:"overrides"`
	}
	if yaml.Unmarshal([]byte(d.Overrides), &loose) != nil {
		return nil
	}
	for tenant := range loose.Overrides {
		if _, known := ledger[tenant]; !known {
			return fmt.Errorf("there are tenants of somebody else in the overrides: %w", unreadable)
		}
	}
	return nil
}

func parseLedger(text string) (Ledger, error) {
	var ledger Ledger
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&ledger); err != nil {
		return nil, fmt.Errorf("cannot read the ledger: %w", err)
	}
	return ledger, ledger.intact()
}

// intact says whether every entry can be rendered.
func (l Ledger) intact() error {
	if l == nil {
		return errors.New("there is nothing in the ledger")
	}
	for _, tenant := range slices.Sorted(maps.Keys(l)) {
		if tenant == "" {
			return errors.New("there is a tenant without a name")
		}
		if _, err := render(l[tenant].Commitment, false); err != nil {
			return fmt.Errorf("tenant %q: %w", tenant, err)
		}
	}
	return nil
}

// parse reads overrides as strictly as Loki does, and more strictly: no tenant without a name or a body,
// and nothing that we do not write.
func parse(text string) (map[string]*Block, error) {
	var all overrides
	if err := yaml.UnmarshalStrict([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("cannot read the overrides: %w", err)
	}
	for _, tenant := range slices.Sorted(maps.Keys(all.Overrides)) {
		block := all.Overrides[tenant]
		if tenant == "" || block == nil {
			return nil, fmt.Errorf("tenant %q has no name or no body", tenant)
		}
		if err := block.validate(); err != nil {
			return nil, fmt.Errorf("tenant %q: %w", tenant, err)
		}
	}
	return all.Overrides, nil
}

// header tells a person who opens the file where to change it.
const header = "# Written by the TuxMonitoring operator from all resources that name this file. Edits are overwritten;\n" +
	"# a tenant that is taken out loses its stored logs within minutes.\n"

// document renders a ledger. What is written is read back before anybody gets it.
func (l Ledger) document(erasing map[string]bool) (Document, error) {
	all := overrides{Overrides: map[string]*Block{}}
	for tenant, entry := range l {
		block, err := render(entry.Commitment, erasing[tenant])
		if err != nil {
			return Document{}, fmt.Errorf("tenant %q: %w", tenant, err)
		}
		all.Overrides[tenant] = &block
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		return Document{}, fmt.Errorf("cannot write the overrides: %w", err)
	}
	promised, err := json.Marshal(l)
	if err != nil {
		return Document{}, fmt.Errorf("cannot write the ledger: %w", err)
	}
	d := Document{Overrides: header + string(text), Ledger: string(promised) + "\n"}
	if _, err := parse(d.Overrides); err != nil {
		return Document{}, err
	}
	if d.Size() > MaxSize {
		return Document{}, fmt.Errorf("%d tenants take %d bytes, more than the %d of a ConfigMap", len(l), d.Size(), MaxSize)
	}
	return d, nil
}
