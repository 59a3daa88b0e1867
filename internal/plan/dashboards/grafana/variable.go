package grafana

import "strings"

// Variable is a choice above the panels: DataSource or Choice.
type Variable interface{ wire() any }

// DataSource lets the reader choose the Prometheus that is asked; every target uses the choice. Grafana
// preselects its default.
type DataSource struct{}

func (DataSource) wire() any {
	return wireVariable{
		Name: dataSourceVariable, Label: "Data source", Type: "datasource",
		Query: prometheusPlugin, Refresh: 1, Options: []option{},
	}
}

// Choice is a list of values of which one, several or all are chosen; at first all.
type Choice struct {
	Name, Label, Description string
	// Values must not contain commas.
	Values []string
}

func (c Choice) wire() any {
	options := []option{{Selected: true, Text: "All", Value: allValues}}
	for _, v := range c.Values {
		options = append(options, option{Text: v, Value: v})
	}
	return wireVariable{
		Name: c.Name, Label: c.Label, Description: c.Description, Type: "custom",
		Query: strings.Join(c.Values, ","), Multi: true, IncludeAll: true, Options: options,
		Current: current{Text: []string{"All"}, Value: []string{allValues}},
	}
}

const (
	dataSourceVariable = "datasource"
	prometheusPlugin   = "prometheus"
	allValues          = "$__all"
)
