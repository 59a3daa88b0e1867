package erasure

import (
	"slices"
	"strconv"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Streams are those data streams of the tenant whose lines go, and those that are spared, both sorted. Names of other
// tenants may match the pattern by which streams were asked for.
func (r *Request) Streams(all []store.DataStream) (going, spared []string) {
	for _, stream := range all {
		class, ok := store.ClassOfStream(stream.Name, r.Tenant)
		switch {
		case !ok:
		case r.Spares(class):
			spared = append(spared, stream.Name)
		default:
			going = append(going, stream.Name)
		}
	}
	slices.Sort(going)
	slices.Sort(spared)
	return going, spared
}

// Fields are the names under which the id may be indexed as it is, the best first: by the mapping that both
// make by themselves a text has a keyword below it.
func (r *Request) Fields() []string { return []string{r.Key, r.Key + ".keyword"} }

// Field is the one of them to ask for, by the types that each has in the data streams, and the indices that do not have it. An
// analysed text would match lines of others, one of whose words is the id. An index that has the id, and not in this field, would
// seem to have no line.
func (r *Request) Field(types, unmapped map[string][]string) (string, bool) {
	for _, name := range r.Fields() {
		of := types[name]
		exact := len(of) > 0 && !slices.ContainsFunc(of, func(kind string) bool { return !r.isExact(kind) })
		without := slices.ContainsFunc(unmapped[name], func(index string) bool { return !slices.Contains(unmapped[r.Key], index) })
		if exact && !without {
			return name, true
		}
	}
	return "", false
}

// isExact: values of the type are compared as a whole. A number can only be asked for one.
func (r *Request) isExact(kind string) bool {
	switch kind {
	case "keyword", "constant_keyword", "wildcard":
		return true
	case "long", "integer", "short", "byte", "unsigned_long":
		n, err := strconv.ParseInt(r.Value, 10, 64)
		return err == nil && strconv.FormatInt(n, 10) == r.Value
	}
	return false
}

// Query is the query of Elasticsearch and OpenSearch for the lines of the subject, by a field of Field. Indices are left out, or with
// only taken alone.
func (r *Request) Query(field string, indices []string, only bool) map[string]any {
	filter := []any{
		map[string]any{"term": map[string]any{field: map[string]any{"value": r.Value}}},
		map[string]any{"range": map[string]any{"@timestamp": map[string]any{
			"gte": r.From.UnixMilli(), "lte": r.To.UnixMilli(), "format": "epoch_millis",
		}}},
	}
	query := map[string]any{"filter": filter}
	in := map[string]any{"terms": map[string]any{"_index": indices}}
	switch {
	case only:
		query["filter"] = append(filter, in)
	case len(indices) > 0:
		query["must_not"] = []any{in}
	}
	return map[string]any{"query": map[string]any{"bool": query}}
}

// Mark is the X-Opaque-Id of everything that is sent, by which a task is found again.
func (r *Request) Mark() string { return "tuxlogerasure-" + r.UID }
