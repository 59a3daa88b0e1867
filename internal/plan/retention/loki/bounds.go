package loki

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"
)

// Bounds are the limits of a tenant within which its lines can be read.
type Bounds struct {
	// Entries is how many lines one answer may have.
	Entries int
	// Lookback is how old a line may be that is found; 0 is any age. What is older is left out without a word.
	Lookback time.Duration
}

// defaultEntries is what an answer may have by Loki's default, and where it says that there is no limit.
const defaultEntries = 5000

// ReadBounds reads the answer of /config/tenant/v1/limits.
func ReadBounds(text []byte) (Bounds, error) {
	var limits struct {
		Entries  *int   `json:"max_entries_limit_per_query"`
		Lookback string `json:"max_query_lookback"`
	}
	if err := yaml.Unmarshal(text, &limits); err != nil || limits.Entries == nil || limits.Lookback == "" {
		return Bounds{}, errors.New("the limits of the tenant do not say how many lines an answer has, and how old they may be")
	}
	lookback, err := model.ParseDuration(limits.Lookback)
	if err != nil {
		return Bounds{}, fmt.Errorf("cannot read the limits of the tenant: %w", err)
	}
	b := Bounds{Entries: *limits.Entries, Lookback: time.Duration(lookback)}
	if b.Entries <= 0 || b.Entries > defaultEntries {
		b.Entries = defaultEntries
	}
	return b, nil
}

// Reaches says whether lines from a time on are found.
func (b Bounds) Reaches(from, now time.Time) bool {
	return b.Lookback == 0 || from.After(now.Add(-b.Lookback))
}
