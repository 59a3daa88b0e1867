package collector_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// marked are lines that can be told apart, each with so many bytes besides.
func marked(from, to, size int) []string {
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, fmt.Sprintf(`{"logger": "tux.audit", "level": "INFO", "message": "marker-%05d %s"}`, i, strings.Repeat("x", size)))
	}
	return lines
}

var marker = regexp.MustCompile(`marker-\d{5}`)

// markers counts them in what is stored.
func (n *node) markers(count int) map[string]int {
	n.t.Helper()
	found := map[string]int{}
	for _, line := range n.stored(count) {
		found[marker.FindString(line.Text)]++
	}
	return found
}

// once fails unless each of so many is there exactly once.
func (n *node) once(found map[string]int, count int) {
	n.t.Helper()
	twice := 0
	for _, times := range found {
		if times > 1 {
			twice++
		}
	}
	if len(found) != count || twice > 0 {
		n.t.Errorf("%d of %d lines are stored, %d of them more than once", len(found), count, twice)
	}
}

// small is the configuration with a queue that is full after a few batches.
func small(config string) string {
	replaced := strings.NewReplacer("queue_size: 536870912", "queue_size: 262144", "min_size: 524288", "min_size: 4096", "max_size: 2097152", "max_size: 16384").Replace(config)
	if strings.Count(replaced, "262144")+strings.Count(replaced, "16384") != 2 {
		panic("the configuration has other sizes:\n" + config)
	}
	return replaced
}

// TestAFullQueueHoldsReadersBack: while Loki is away the queue fills, then nobody reads on, and afterwards every line is there,
// and once.
func TestAFullQueueHoldsReadersBack(t *testing.T) {
	n := newNode(t, func(*retention.Policy) {})
	config := small(n.config)
	n.must(n.Validate(t.Context(), config))
	const count = 2000 // of half a KiB each: several times what the queue holds
	n.must(n.Pod("shop", pod, "web", marked(0, count, 512)...))
	n.must(n.Start(config))
	time.Sleep(8 * time.Second)
	n.must(n.loki.Start(t.Context(), false))
	n.once(n.markers(count), count)
}

// TestAFileThatIsRotatedIsReadToItsEnd: by the kubelet, while there is no Collector and while there is one.
func TestAFileThatIsRotatedIsReadToItsEnd(t *testing.T) {
	n := newNode(t, func(*retention.Policy) {})
	n.must(n.loki.Start(t.Context(), false))
	n.must(n.Pod("shop", pod, "web", marked(0, 100, 10)...))
	n.must(n.Start(n.config))
	n.markers(100)
	n.Stop()
	n.must(n.Pod("shop", pod, "web", marked(100, 200, 10)...))
	n.must(n.Rotate("shop", pod, "web", "20261124-030000"))
	n.must(n.Pod("shop", pod, "web", marked(200, 300, 10)...))
	n.must(n.Start(n.config))
	n.markers(300)
	n.must(n.Pod("shop", pod, "web", marked(300, 400, 10)...))
	n.must(n.Rotate("shop", pod, "web", "20261124-040000"))
	n.must(n.Pod("shop", pod, "web", marked(400, 500, 10)...))
	n.once(n.markers(500), 500)
}

// TestALineInPiecesIsOne: the container runtime cuts lines at 16 KiB, and one that is not at its end yet is waited for.
func TestALineInPiecesIsOne(t *testing.T) {
	n := newNode(t, func(*retention.Policy) {})
	n.must(n.loki.Start(t.Context(), false))
	whole := marked(0, 1, 40000)[0]
	n.must(n.Pieces("shop", pod, "web", whole[:16384], whole[16384:32768], whole[32768:]))
	n.must(n.Pod("shop", pod, "web", marked(1, 2, 10)...))
	n.must(n.Start(n.config))
	lines := n.stored(2)
	found := false
	for _, line := range lines {
		found = found || line.Text == whole && line.Labels[retention.ClassLabel] == "audit"
	}
	if len(lines) != 2 || !found {
		t.Errorf("%d lines, the long one whole: %t", len(lines), found)
	}
}
