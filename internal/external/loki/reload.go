package loki

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
)

// reloadMetric is 0 after the last reload of the runtime configuration failed.
const reloadMetric = "loki_runtime_config_last_reload_successful"

// maxMetric is how many lines of that one metric are read; there is one of a process.
const maxMetric = 100

// ReloadFailed says whether the process that answers could not load its runtime configuration last, and so goes on with the
// one before. Where nobody shows its metrics, or it has no runtime configuration, that is not known, and no failure.
func (c *Client) ReloadFailed(ctx context.Context, tenant string) (bool, error) {
	const name = "read the metrics"
	body, err := c.get(ctx, name, tenant, "/metrics", nil)
	var answer *external.Answer
	if errors.As(err, &answer) && answer.Status < http.StatusInternalServerError && answer.Status != http.StatusTooManyRequests {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(linesOf(body, reloadMetric)))
	if err != nil {
		return false, fmt.Errorf("cannot %s: the answer is not that of Loki", name)
	}
	for _, metric := range families[reloadMetric].GetMetric() {
		gauge, untyped := metric.GetGauge(), metric.GetUntyped()
		if gauge != nil && gauge.GetValue() == 0 || untyped != nil && untyped.GetValue() == 0 {
			return true, nil
		}
	}
	return false, nil
}

// linesOf are those of one metric: a Loki has thousands of others, which nobody needs to parse.
func linesOf(text []byte, metric string) []byte {
	var out bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxBody)
	for count := 0; lines.Scan() && count < maxMetric; {
		line := lines.Bytes()
		if bytes.HasPrefix(line, []byte(metric)) || bytes.HasPrefix(line, []byte("# TYPE "+metric)) {
			out.Write(line)
			out.WriteByte('\n')
			count++
		}
	}
	return out.Bytes()
}
