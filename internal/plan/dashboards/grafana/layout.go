package grafana

import "fmt"

// position of a panel or row on the grid.
type position struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// heightOfTitle is what Grafana gives the title of a row.
const heightOfTitle = 1

// widths resolves the widths of the panels of a row: those without one share what the others leave,
// the first ones taking the columns that cannot be shared.
func (r *Row) widths() ([]int, error) {
	left, sharing := Columns, 0
	for i := range r.Panels {
		left -= r.Panels[i].Width
		if r.Panels[i].Width == 0 {
			sharing++
		}
	}
	if left < sharing {
		return nil, fmt.Errorf("cannot lay out row %q: its panels need more than %d columns", r.Title, Columns)
	}
	out := make([]int, 0, len(r.Panels))
	for i := range r.Panels {
		width := r.Panels[i].Width
		if width == 0 {
			width = (left + sharing - 1) / sharing
			left, sharing = left-width, sharing-1
		}
		out = append(out, width)
	}
	return out, nil
}
