package loki

import (
	"fmt"
	"strconv"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

// Block is the limits of a tenant that are ours, in the words of Loki's limits_config.
type Block struct {
	RetentionPeriod string       `json:"retention_period"`
	RetentionStream []StreamRule `json:"retention_stream,omitempty"`
	DeletionMode    string       `json:"deletion_mode"`
	OTLPConfig      OTLPConfig   `json:"otlp_config"`
}

// StreamRule is how long the streams of a selector live. Of several that match, the highest priority
// decides, and of equal ones the shortest period.
type StreamRule struct {
	Selector string `json:"selector"`
	Priority int    `json:"priority"`
	Period   string `json:"period"`
}

// OTLPConfig says which resource attributes become index labels.
type OTLPConfig struct {
	ResourceAttributes ResourceAttributes `json:"resource_attributes"`
}

// ResourceAttributes are those of OTLP.
type ResourceAttributes struct {
	// IgnoreDefaults leaves out Loki's own list.
	IgnoreDefaults bool         `json:"ignore_defaults"`
	Attributes     []Attributes `json:"attributes_config"`
}

// Attributes become what Action says.
type Attributes struct {
	Action     string   `json:"action"`
	Attributes []string `json:"attributes"`
}

// The deletion modes of a tenant.
const (
	// deletionClosed refuses requests to delete lines. Loki knows no users: whoever reaches it could
	// send one.
	deletionClosed = "disabled"
	// deletionOpen takes them, while an erasure runs.
	deletionOpen = "filter-and-delete"
)

// indexLabels are the attributes that become index labels; all others become structured metadata.
//
// The class must be among them: retention selects by index labels only, and without it every class
// silently lives as long as the default. Loki's own list is left out, since with it a pod can come to
// more than the 15 labels a stream may have, and then its lines are refused. The pod is not in ours: it
// would start new streams with every rollout, and `| k8s_pod_name="..."` finds it all the same.
var indexLabels = []string{
	"deployment.environment.name", "k8s.container.name", "k8s.namespace.name", "level", "logger", retention.ClassLabel, "service.name",
}

// render makes the block that keeps a commitment.
func render(c retention.Commitment, erasing bool) (Block, error) {
	block := Block{
		RetentionPeriod: period(c.DefaultDays),
		DeletionMode:    deletionClosed,
		OTLPConfig: OTLPConfig{ResourceAttributes{
			IgnoreDefaults: true,
			Attributes:     []Attributes{{Action: "index_label", Attributes: indexLabels}},
		}},
	}
	if erasing {
		block.DeletionMode = deletionOpen
	}
	for i, class := range c.Classes {
		selector, err := logql.Selector{logql.Is(retention.ClassLabel, class.Name)}.LogQL()
		if err != nil {
			return Block{}, err
		}
		// A line has one class, so that one rule matches; the order is kept for readers.
		rule := StreamRule{Selector: selector, Priority: len(c.Classes) - i, Period: period(class.Days)}
		block.RetentionStream = append(block.RetentionStream, rule)
	}
	return block, block.validate()
}

func period(days int) string { return strconv.Itoa(days) + "d" }

// validate holds the block to the rules by which Loki refuses a whole document, and to two that Loki
// lacks: a period for ever (0) and one that overflows are refused.
func (b Block) validate() error {
	if _, err := daysOf(b.RetentionPeriod); err != nil {
		return fmt.Errorf("retention_period: %w", err)
	}
	if b.DeletionMode != deletionClosed && b.DeletionMode != deletionOpen {
		return fmt.Errorf("deletion_mode %q is not one of ours", b.DeletionMode)
	}
	seen := map[string]bool{}
	for _, rule := range b.RetentionStream {
		class, err := classOf(rule.Selector)
		if err != nil {
			return fmt.Errorf("retention_stream: %w", err)
		}
		if seen[class] {
			return fmt.Errorf("retention_stream: class %q has two rules", class)
		}
		seen[class] = true
		if _, err := daysOf(rule.Period); err != nil {
			return fmt.Errorf("retention_stream: class %q: %w", class, err)
		}
	}
	return nil
}
