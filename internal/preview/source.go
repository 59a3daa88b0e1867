package preview

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Query is one question to Prometheus. All times are seconds since 1970.
type Query struct {
	// Expr is PromQL without variables.
	Expr string `json:"query"`
	// Start and End of the range, both multiples of Step. For an instant query both are its time.
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	// Step between two values in seconds. If 0: an instant query.
	Step int64 `json:"step,omitempty"`
}

// points is how many values each series of the answer has.
func (q *Query) points() int {
	if q.Step <= 0 {
		return 1
	}
	return int((q.End-q.Start)/q.Step) + 1
}

// Series is one series of an answer, with a value for every step; where there is none it is NaN.
type Series struct {
	Metric map[string]string `json:"metric"`
	Values Values            `json:"values"`
}

// Source answers queries. Series come in any order.
type Source interface {
	Query(ctx context.Context, q Query) ([]Series, error)
}

// Values are written to JSON with null for a missing one and "+Inf" or "-Inf" for what JSON has no
// number for.
type Values []float64

// significant digits kept of a value: more than a screen shows, less than a float has, because the rest
// is half of the file.
const significant = 6

// MarshalJSON writes the values.
func (v Values) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 8*len(v)+2)
	out = append(out, '[')
	for i, f := range v {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendNumber(out, f)
	}
	return append(out, ']'), nil
}

func appendNumber(out []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(out, "null"...)
	case math.IsInf(f, 1):
		return append(out, `"+Inf"`...)
	case math.IsInf(f, -1):
		return append(out, `"-Inf"`...)
	case f == 0:
		return append(out, '0')
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return strconv.AppendFloat(out, f, 'f', -1, 64)
	}
	return append(out, shortest(f)...)
}

// shortest writes f with the significant digits and no zeros at the end.
func shortest(f float64) string {
	text := strconv.FormatFloat(f, 'g', significant, 64)
	rounded, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(rounded, 'g', -1, 64)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Values) UnmarshalJSON(text []byte) error {
	var raw []any
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*v = make(Values, len(raw))
	for i, item := range raw {
		switch item := item.(type) {
		case nil:
			(*v)[i] = math.NaN()
		case float64:
			(*v)[i] = item
		case string:
			f, err := strconv.ParseFloat(item, 64)
			if err != nil {
				return fmt.Errorf("cannot read value %q: %w", item, err)
			}
			(*v)[i] = f
		default:
			return fmt.Errorf("cannot read value %v", item)
		}
	}
	return nil
}

// Number is one value, written like Values.
type Number float64

// MarshalJSON writes the number.
func (n Number) MarshalJSON() ([]byte, error) { return appendNumber(nil, float64(n)), nil }
