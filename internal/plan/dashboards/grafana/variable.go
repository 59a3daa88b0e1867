package grafana

import "strings"

// Variable is a choice above the panels: DataSource, Choice or Query.
type Variable interface{ wire() wireVariable }

// DataSource lets the reader choose the Prometheus that is asked; every target uses the choice. Grafana
// preselects its default.
type DataSource struct{}

func (DataSource) wire() wireVariable {
	return wireVariable{
		Name: dataSourceVariable, Label: "Data source", Type: "datasource",
		Query: prometheusPlugin, Refresh: onLoad, Options: []option{},
	}
}

// Choice is a list of values of which one, several or all are chosen; at first all.
type Choice struct {
	Name, Label, Description string
	// Values must not contain commas.
	Values []string
}

func (c Choice) wire() wireVariable {
	options := []option{{Selected: true, Text: "All", Value: allValues}}
	for _, v := range c.Values {
		options = append(options, option{Text: v, Value: v})
	}
	return wireVariable{
		Name: c.Name, Label: c.Label, Description: c.Description, Type: "custom",
		Query: strings.Join(c.Values, ","), Multi: true, IncludeAll: true, Options: options, Current: chosenAll,
	}
}

// Query offers what Prometheus knows in the time range; one, several or all are chosen, at first all. All
// matches everything, also what the list has no room for.
type Query struct {
	Name, Label, Description string
	// Expr is PromQL or a function of Grafana such as label_values.
	Expr string
	// Kind says which of the two.
	Kind QueryKind
	// Regex takes the value out of what the query returns, in its first group. If empty: the whole.
	Regex string
}

// QueryKind is how the Prometheus data source calls the query of a variable.
type QueryKind int

// The kinds of queries we use.
const (
	LabelValues QueryKind = 1
	Results     QueryKind = 3
)

func (q Query) wire() wireVariable {
	return wireVariable{
		Name: q.Name, Label: q.Label, Description: q.Description, Type: "query",
		DataSource: &chosenSource, Definition: q.Expr,
		Query: variableQuery{QryType: int(q.Kind), Query: q.Expr, RefID: "PrometheusVariableQueryEditor-VariableQuery"},
		Regex: q.Regex, Refresh: onTimeRange, Sort: alphabetical,
		Multi: true, IncludeAll: true, AllValue: ".*", Options: []option{}, Current: chosenAll,
	}
}

const (
	dataSourceVariable = "datasource"
	prometheusPlugin   = "prometheus"
	allValues          = "$__all"

	onLoad       = 1
	onTimeRange  = 2
	alphabetical = 1
)

var chosenAll = &current{Text: []string{"All"}, Value: []string{allValues}}
