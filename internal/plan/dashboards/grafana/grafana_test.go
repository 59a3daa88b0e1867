package grafana

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func row(widths ...int) Row {
	r := Row{ID: 1, Title: "Row", Height: 4}
	for i, w := range widths {
		r.Panels = append(r.Panels, Panel{ID: 10 + i, Title: "Panel", Width: w, View: Stat{}, Targets: []Target{{Expr: "up"}}})
	}
	return r
}

func TestWidths(t *testing.T) {
	cases := map[string]struct {
		in      Row
		want    []int
		wantErr bool
	}{
		"given widths stay":                            {in: row(6, 18), want: []int{6, 18}},
		"panels without one share the row":             {in: row(0, 0, 0), want: []int{8, 8, 8}},
		"what cannot be shared goes to the first ones": {in: row(0, 0, 0, 0, 0), want: []int{5, 5, 5, 5, 4}},
		"panels without one share what is left":        {in: row(10, 0, 0), want: []int{10, 7, 7}},
		"a row may be narrower than the grid":          {in: row(6), want: []int{6}},
		"a row without panels is only a title":         {in: row(), want: []int{}},
		"wider than the grid is refused":               {in: row(12, 13), wantErr: true},
		"no room for the rest is refused":              {in: row(24, 0), wantErr: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := tc.in.widths()
			if (err != nil) != tc.wantErr {
				t.Fatalf("got error %v", err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRowsFollowEachOther(t *testing.T) {
	d := Dashboard{Rows: []Row{row(0, 0), row(24)}}
	want := []position{{1, 24, 0, 0}, {4, 12, 0, 1}, {4, 12, 12, 1}, {1, 24, 0, 5}, {4, 24, 0, 6}}
	var got struct{ Panels []struct{ GridPos position } }
	decode(t, &d, &got)
	for i, w := range want {
		if diff := cmp.Diff(w, got.Panels[i].GridPos); diff != "" {
			t.Errorf("panel %d: %s", i, diff)
		}
	}
}

func TestTooWideRowIsNamed(t *testing.T) {
	d := Dashboard{Rows: []Row{row(25)}}
	if _, err := d.JSON(); err == nil || !strings.Contains(err.Error(), `"Row"`) {
		t.Errorf("got %v", err)
	}
}

func TestEmptyDashboardHasListsAndNotNulls(t *testing.T) {
	text, err := (&Dashboard{Tags: []string{}, Rows: []Row{row()}}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "null") {
		t.Errorf("Grafana reads lists without asking:\n%s", text)
	}
}

func TestPromQLStaysReadable(t *testing.T) {
	r := row(24)
	r.Panels[0].Targets[0].Expr = "up > 0 and up < 2"
	text, err := (&Dashboard{Rows: []Row{r}}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "up > 0 and up < 2") {
		t.Error("comparisons are escaped")
	}
}

func TestBaseOfThresholdsHasNoValue(t *testing.T) {
	r := row(24)
	r.Panels[0].Field.Thresholds = Thresholds{Base: Green, Steps: []Step{{From: 0, Color: Red}}}
	var got struct {
		Panels []struct {
			FieldConfig struct {
				Defaults struct{ Thresholds json.RawMessage }
			}
		}
	}
	decode(t, &Dashboard{Rows: []Row{r}}, &got)
	var compact strings.Builder
	for _, word := range strings.Fields(string(got.Panels[1].FieldConfig.Defaults.Thresholds)) {
		compact.WriteString(word)
	}
	want := `{"mode":"absolute","steps":[{"color":"green","value":null},{"color":"red","value":0}]}`
	if compact.String() != want {
		t.Errorf("got %s, want %s", compact.String(), want)
	}
}

func TestChoiceBeginsWithAll(t *testing.T) {
	d := Dashboard{Variables: []Variable{DataSource{}, Choice{Name: "backend", Values: []string{"web", "api"}}}}
	var got struct {
		Templating struct {
			List []struct {
				Name, Type, Query string
				Multi             bool
				Options           []option
				Current           current
			}
		}
	}
	decode(t, &d, &got)
	if v := got.Templating.List[0]; v.Name != "datasource" || v.Type != "datasource" || v.Query != "prometheus" {
		t.Errorf("data source: %+v", v)
	}
	v := got.Templating.List[1]
	if v.Type != "custom" || v.Query != "web,api" || !v.Multi || len(v.Options) != 3 {
		t.Errorf("choice: %+v", v)
	}
	if diff := cmp.Diff(current{Text: []string{"All"}, Value: []string{"$__all"}}, v.Current); diff != "" {
		t.Error(diff)
	}
}

func decode(t *testing.T, d *Dashboard, into any) {
	t.Helper()
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
