package grafana

// Table is one line per series and one column per label and query. Its targets should be instant and
// keep the labels of the columns and no others: each that is left becomes a column.
type Table struct {
	// Columns in the order they are shown. Of several queries the values are called Value #A, Value #B
	// and so on, of one Value.
	Columns []Column
	// SortBy is the title of the column whose largest values come first or, if Ascending, its smallest.
	SortBy    string
	Ascending bool
	// Joined makes one line of the lines of several queries that have the same labels.
	Joined bool
}

// Column is a label, or the value of a query.
type Column struct {
	// Field is the name of the label, or Value.
	Field, Title string
	// Unit of values. If empty: that of the panel.
	Unit Unit
	// Decimals of values. If nil: those of the panel.
	Decimals *int
	// Thresholds color the cell. If without color: it is plain.
	Thresholds Thresholds
	Mappings   []Mapping
	Links      []Link
	// Bar draws the value as a bar in its color, between Min and Max of the field.
	Bar bool
	// Width in pixels. If 0: an even share.
	Width int
}

// timeField is a column nobody asked for: that of the query.
const timeField = "Time"

func (v Table) wire(*Field) look {
	organize := organizeOptions{
		ExcludeByName: map[string]bool{timeField: true}, IndexByName: map[string]int{}, RenameByName: map[string]string{},
	}
	out := look{plugin: "table", format: formatTable, colors: colorThresholds,
		options: tableOptions{CellHeight: "sm", ShowHeader: true, SortBy: []tableSort{{DisplayName: v.SortBy, Desc: !v.Ascending}}},
		custom:  tableCustom{Align: "auto", CellOptions: cellOptions{Type: "auto"}},
	}
	for i := range v.Columns {
		c := &v.Columns[i]
		organize.IndexByName[c.Field], organize.RenameByName[c.Field] = i, c.Title
		if properties := c.properties(); len(properties) > 0 {
			out.overrides = append(out.overrides, override{matcher{"byName", c.Title}, properties})
		}
	}
	if v.Joined {
		out.transformations = append(out.transformations, transformation{"merge", struct{}{}})
	}
	out.transformations = append(out.transformations, transformation{"organize", organize})
	return out
}

func (c *Column) properties() []property {
	var out []property
	if c.Unit != "" {
		out = append(out, property{"unit", c.Unit})
	}
	if c.Decimals != nil {
		out = append(out, property{"decimals", c.Decimals})
	}
	if c.Thresholds.Base != "" {
		out = append(out, property{"thresholds", c.Thresholds.wire()})
	}
	if options := c.cell(); options.Type != "" {
		out = append(out, property{"custom.cellOptions", options})
	}
	if len(c.Mappings) > 0 {
		out = append(out, property{"mappings", wireMappings(c.Mappings)})
	}
	if len(c.Links) > 0 {
		out = append(out, property{"links", wireDataLinks(c.Links)})
	}
	if c.Width > 0 {
		out = append(out, property{"custom.width", c.Width})
	}
	return out
}

// cell is how a cell shows its color; none: Grafana's own choice, which is plain text.
func (c *Column) cell() cellOptions {
	switch {
	case c.Bar:
		return cellOptions{Type: "gauge", Mode: "basic", ValueDisplayMode: "color"}
	case c.Thresholds.Base != "" || len(c.Mappings) > 0:
		return cellOptions{Type: "color-background", Mode: "basic"}
	}
	return cellOptions{}
}
