package plan_test

import (
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

// BenchmarkBuild is the cost of one pass over an unchanged resource, but for reading the caches.
func BenchmarkBuild(b *testing.B) {
	in := input(b, "ten-lines")
	b.ReportAllocs()
	for b.Loop() {
		plan.Build(in)
	}
}
