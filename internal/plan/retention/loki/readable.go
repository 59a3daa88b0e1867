package loki

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"
)

// Readable is what queries of a tenant may look through; zero is no limit.
type Readable struct {
	// Lookback is how old what they see may be. Loki answers with success and without lines for what is older.
	Lookback time.Duration
	// Length is how much they may look through at once.
	Length time.Duration
}

// ReadReadable reads the answer of /config/tenant/v1/limits.
func ReadReadable(text []byte) (Readable, error) {
	var limits struct {
		Lookback string `json:"max_query_lookback"`
		Length   string `json:"max_query_length"`
	}
	if err := yaml.Unmarshal(text, &limits); err != nil {
		return Readable{}, fmt.Errorf("cannot read the limits of queries: %w", err)
	}
	var r Readable
	for _, one := range []struct {
		text string
		to   *time.Duration
	}{{limits.Lookback, &r.Lookback}, {limits.Length, &r.Length}} {
		if one.text == "" {
			continue
		}
		d, err := model.ParseDuration(one.text)
		if err != nil {
			return Readable{}, fmt.Errorf("cannot read the limits of queries: %w", err)
		}
		*one.to = time.Duration(d)
	}
	return r, nil
}

// From is since when lines can be read; zero if all can.
func (r Readable) From(now time.Time) time.Time {
	if r.Lookback == 0 {
		return time.Time{}
	}
	return now.Add(-r.Lookback)
}
