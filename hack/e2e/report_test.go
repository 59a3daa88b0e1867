//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// row is one fault of the table at the end.
type row struct {
	fault  Fault
	result string
	// fired, arrived and resolved are times since the fault began, or for resolved since it was healed.
	fired, arrived, resolved time.Duration
	others                   []string
}

// report collects what the tests saw.
type report struct {
	mu    sync.Mutex
	rows  []row
	notes []string
}

func (r *report) add(line row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, line)
}

// note is a line below the table.
func (r *report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) print(out io.Writer, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	order := func(f Fault) int {
		return slices.IndexFunc(Faults, func(other Fault) bool { return other.Name == f.Name })
	}
	slices.SortFunc(r.rows, func(a, b row) int { return cmp.Compare(order(a.fault), order(b.fault)) })
	fmt.Fprintf(out, "\nFaults and what the alerts made of them (fired and arrived after the fault, resolved after its end)\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RESULT\tFAULT\tEXPECTED\tFIRED\tARRIVED\tRESOLVED\tALSO FIRED")
	for _, line := range r.rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", line.result, line.fault.Name, strings.Join(line.fault.Expected, ", "),
			seconds(line.fired), seconds(line.arrived), seconds(line.resolved), cmp.Or(strings.Join(line.others, ", "), "-"))
	}
	_ = table.Flush()
	for _, note := range r.notes {
		fmt.Fprintln(out, note)
	}
	fmt.Fprintf(out, "\n%d of %d faults tried, %s in all\n", len(r.rows), len(Faults), took.Round(time.Second))
}

func seconds(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return d.Round(time.Second).String()
}
