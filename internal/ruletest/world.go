package ruletest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// world is all series of a test by their notation.
type world map[string]*member

// newWorld parses the series of a situation.
func newWorld(healthy, fault map[string]rules.Behaviour) (world, error) {
	w := world{}
	p := newParser()
	at := func(series string) (*member, error) {
		ls, err := p.ParseMetric(series)
		if err != nil {
			return nil, fmt.Errorf("series %s: %w", series, err)
		}
		text := notation(ls)
		if w[text] == nil {
			w[text] = &member{labels: ls}
		}
		return w[text], nil
	}
	for series, b := range healthy {
		m, err := at(series)
		if err != nil {
			return nil, err
		}
		m.healthy = &b
	}
	for series, b := range fault {
		m, err := at(series)
		if err != nil {
			return nil, err
		}
		m.fault = &b
	}
	return w, nil
}

// well returns the world without the fault.
func (w world) well() world {
	out := world{}
	for series, m := range w {
		if m.healthy != nil {
			out[series] = &member{labels: m.labels, healthy: m.healthy}
		}
	}
	return out
}

// and returns this world and another one beside it. A series of both is as it is here.
func (w world) and(other world) world {
	out := maps.Clone(other)
	maps.Copy(out, w)
	return out
}

// input writes the series, sorted.
func (w world) input(t timeline) []Series {
	out := make([]Series, 0, len(w))
	for _, series := range slices.Sorted(maps.Keys(w)) {
		out = append(out, Series{series, t.values(w[series])})
	}
	return out
}

// somebodyElse are the labels of the same thing at another place.
type somebodyElse func(name, value string) string

// elsewhere is another environment: another namespace. The number tells several apart.
func elsewhere(number int) somebodyElse {
	return func(name, value string) string {
		switch name {
		case "namespace":
			return value + "-other" + ordinal(number)
		case "environment":
			return "other"
		}
		return value
	}
}

func ordinal(number int) string {
	if number == 0 {
		return ""
	}
	return strconv.Itoa(number)
}

// neighbour is another backend of the namespace whose name is as similar as a careless pattern takes for
// the same. The number tells several apart.
func neighbour(backend string, number int) somebodyElse {
	other := backend + "-neighbour" + ordinal(number)
	if dotted := strings.Replace(backend, ".", "x"+ordinal(number), 1); dotted != backend {
		other = dotted
	} else if len(other) > 48 {
		other = "neighbour" + ordinal(number) + "-" + backend
	}
	return func(name, value string) string {
		switch name {
		case "job", "pod", "deployment":
			if rest, ours := strings.CutPrefix(value, backend); ours && (rest == "" || rest[0] == '-') {
				return other + rest
			}
		case "instance":
			return strings.Replace(value, "10.1.", "10."+strconv.Itoa(2+number)+".", 1)
		}
		return value
	}
}

// copied returns the world as somebody else's. A series that is the same for both belongs to nobody; so does
// one of a job the user chose, whoever its pod is of. The kubelet and kube-state-metrics speak of all pods.
func (w world) copied(as somebodyElse) world {
	out := world{}
	for series, m := range w {
		b := labels.NewBuilder(m.labels)
		m.labels.Range(func(l labels.Label) { b.Set(l.Name, as(l.Name, l.Value)) })
		changed := b.Labels()
		sameJob := changed.Get("job") == m.labels.Get("job") && changed.Get("namespace") == m.labels.Get("namespace")
		if text := notation(changed); text != series && (!sameJob || ofAllPods.MatchString(series)) {
			out[text] = &member{changed, m.healthy, m.fault}
		}
	}
	return out
}

var ofAllPods = regexp.MustCompile("^(container|kube)_")

// notation writes labels as every version of Prometheus reads them.
func notation(ls labels.Labels) string {
	var out strings.Builder
	out.WriteString(ls.Get(model.MetricNameLabel))
	out.WriteByte('{')
	first := true
	ls.Range(func(l labels.Label) {
		if l.Name == model.MetricNameLabel {
			return
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		fmt.Fprintf(&out, "%s=%s", l.Name, strconv.QuoteToASCII(l.Value))
	})
	out.WriteByte('}')
	return out.String()
}
