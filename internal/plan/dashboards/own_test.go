package dashboards

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// TestOwnAsksOnlyForTheOperator: every query parses, and every series it asks for is one of the given job.
func TestOwnAsksOnlyForTheOperator(t *testing.T) {
	text, err := Own(OwnOptions{UID: "tux-operator", Title: "TUX / Operator", Namespace: "here", Job: "the-operator"})
	if err != nil {
		t.Fatal(err)
	}
	var b board
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if len(b.pictures()) < 11 {
		t.Errorf("got %d panels", len(b.pictures()))
	}
	ids := map[int]bool{}
	for i := range b.Panels {
		if ids[b.Panels[i].ID] {
			t.Errorf("two panels have the ID %d", b.Panels[i].ID)
		}
		ids[b.Panels[i].ID] = true
	}
	selectors := 0
	for _, message := range eachNode(&b, func(node parser.Node, _ []parser.Node) error {
		s, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		selectors++
		if text := s.String(); !strings.Contains(text, `namespace="here"`) || !strings.Contains(text, `job="the-operator"`) {
			t.Errorf("%s is not limited to the operator", text)
		}
		return nil
	}) {
		t.Error(message)
	}
	if selectors < 12 {
		t.Errorf("only %d selectors were looked at", selectors)
	}
	for _, message := range checkParses(nil, &b) {
		t.Error(message)
	}
}

func TestOwnNeedsToKnowTheOperator(t *testing.T) {
	if _, err := Own(OwnOptions{UID: "u", Title: "t", Namespace: "n"}); err == nil {
		t.Error("a dashboard without a job was rendered")
	}
}
