package preview

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Table is the contents of a table panel.
type Table struct {
	Columns []Column `json:"columns"`
	// Rows have a cell per column: text, a Number, or nil.
	Rows [][]any `json:"rows"`
}

// Column is one column of a table.
type Column struct {
	Name string `json:"name"`
	// Kind is time (milliseconds since 1970), text or number.
	Kind   string         `json:"kind"`
	Config map[string]any `json:"config,omitempty"`
	refID  string
}

// The kinds of columns.
const (
	timeColumn   = "time"
	textColumn   = "text"
	numberColumn = "number"
)

// tabulate makes the table of all answers: for each series a row with time, labels and last value, then
// the transformations of the panel, then the settings of each column.
func tabulate(p *panel, answers []answer, notes []string) (*Table, []string) {
	t := &Table{Rows: [][]any{}}
	for i := range answers {
		t.add(&answers[i], len(answers) > 1)
	}
	for i := range p.Transformations {
		tr := &p.Transformations[i]
		apply, known := transformations[tr.ID]
		switch {
		case tr.Disabled:
		case !known:
			notes = append(notes, fmt.Sprintf("the transformation %q is not supported", tr.ID))
		default:
			apply(t, tr.Options)
		}
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Config = p.FieldConfig.settings(c.Name, c.refID, c.Kind == numberColumn)
		if shown := lookup[string](c.Config, "displayName"); shown != "" {
			c.Name = shown
		}
	}
	t.sortAs(p.Options)
	t.dropHidden()
	return t, notes
}

// add appends the series of one answer. Rows of several answers with the same labels become one, as the
// transformation merge of Grafana does; their value columns are told apart by the letter of the query.
func (t *Table) add(a *answer, several bool) {
	value := "Value"
	if several {
		value = "Value #" + a.target.RefID
	}
	labels := map[string]bool{}
	for i := range a.series {
		for label := range a.series[i].Metric {
			labels[label] = true
		}
	}
	names := slices.Sorted(maps.Keys(labels))
	at := t.column("Time", timeColumn, a.target.RefID)
	for _, name := range names {
		t.column(name, textColumn, a.target.RefID)
	}
	number := t.column(value, numberColumn, a.target.RefID)
	for i := range a.series {
		s := &a.series[i]
		row := make([]any, len(t.Columns))
		row[at] = (a.query.End) * 1000
		for _, name := range names {
			if label, has := s.Metric[name]; has {
				row[t.find(name)] = label
			}
		}
		last, _ := reduce("lastNotNull", s.Values)
		t.put(row, number, Number(last))
	}
}

// put sets the number in the row with the same time and labels, or adds the row.
func (t *Table) put(row []any, number int, value Number) {
	for _, other := range t.Rows {
		same := other[number] == nil
		for i := range t.Columns {
			same = same && (t.Columns[i].Kind == numberColumn || other[i] == row[i])
		}
		if same {
			other[number] = value
			return
		}
	}
	row[number] = value
	t.Rows = append(t.Rows, row)
}

// column returns the index of a column, which is added if it is not there.
func (t *Table) column(name, kind, refID string) int {
	if i := t.find(name); i >= 0 {
		return i
	}
	t.Columns = append(t.Columns, Column{Name: name, Kind: kind, refID: refID})
	for i := range t.Rows {
		t.Rows[i] = append(t.Rows[i], nil)
	}
	return len(t.Columns) - 1
}

func (t *Table) find(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// keep reorders the columns: the table has those with the given indexes, in that order.
func (t *Table) keep(order []int) {
	cols := make([]Column, 0, len(order))
	for _, i := range order {
		cols = append(cols, t.Columns[i])
	}
	for r, row := range t.Rows {
		cells := make([]any, 0, len(order))
		for _, i := range order {
			cells = append(cells, row[i])
		}
		t.Rows[r] = cells
	}
	t.Columns = cols
}

func (t *Table) dropHidden() {
	var order []int
	for i := range t.Columns {
		if !lookup[bool](t.Columns[i].Config, "custom", "hidden") {
			order = append(order, i)
		}
	}
	t.keep(order)
}

// transformations of Grafana that tables of Prometheus answers use.
var transformations = map[string]func(*Table, map[string]any){
	// Rows are merged as they are read.
	"merge":              func(*Table, map[string]any) {},
	"organize":           organize,
	"sortBy":             sortBy,
	"limit":              limit,
	"filterFieldsByName": filterFields,
}

func organize(t *Table, options map[string]any) {
	excluded := lookup[map[string]any](options, "excludeByName")
	places := lookup[map[string]any](options, "indexByName")
	var order []int
	for i := range t.Columns {
		if hidden, _ := excluded[t.Columns[i].Name].(bool); !hidden {
			order = append(order, i)
		}
	}
	place := func(i int) float64 {
		if at, ok := places[t.Columns[i].Name].(float64); ok {
			return at
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(place(x), place(y)) })
	t.keep(order)
	renames := lookup[map[string]any](options, "renameByName")
	for i := range t.Columns {
		if name, _ := renames[t.Columns[i].Name].(string); name != "" {
			t.Columns[i].Name = name
		}
	}
}

func filterFields(t *Table, options map[string]any) {
	names := texts(lookup[[]any](options, "include", "names"))
	var order []int
	for i := range t.Columns {
		if slices.Contains(names, t.Columns[i].Name) {
			order = append(order, i)
		}
	}
	t.keep(order)
}

func sortBy(t *Table, options map[string]any) {
	for _, by := range lookup[[]any](options, "sort") {
		by, _ := by.(map[string]any)
		t.sort(lookup[string](by, "field"), lookup[bool](by, "desc"))
	}
}

func limit(t *Table, options map[string]any) {
	count, ok := options["limitField"].(float64)
	if !ok {
		count = 10
	}
	t.Rows = t.Rows[:min(len(t.Rows), int(count))]
}

// sortAs sorts as the options of the panel say.
func (t *Table) sortAs(options map[string]any) {
	for _, by := range lookup[[]any](options, "sortBy") {
		by, _ := by.(map[string]any)
		t.sort(lookup[string](by, "displayName"), lookup[bool](by, "desc"))
	}
}

func (t *Table) sort(name string, descending bool) {
	column := t.find(name)
	if column < 0 {
		return
	}
	slices.SortStableFunc(t.Rows, func(x, y []any) int {
		order := compareCells(x[column], y[column])
		if descending {
			return -order
		}
		return order
	})
}

func compareCells(x, y any) int {
	a, aIs := x.(Number)
	b, bIs := y.(Number)
	if aIs && bIs {
		return cmp.Compare(a, b)
	}
	return strings.Compare(fmt.Sprint(x), fmt.Sprint(y))
}
