package loki

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

// daysOf reads a period as we write it.
func daysOf(text string) (int, error) {
	digits, found := strings.CutSuffix(text, "d")
	days, err := strconv.Atoi(digits)
	if err != nil || !found || days < 1 || days > retention.MaxDays || period(days) != text {
		return 0, fmt.Errorf("%q is no period from 1d to %s", text, period(retention.MaxDays))
	}
	return days, nil
}

// classOf reads a selector as we write it: what comes out must give the same text again, so that nothing
// else can be read as ours.
func classOf(selector string) (string, error) {
	quoted, opened := strings.CutPrefix(selector, "{"+retention.ClassLabel+"=")
	quoted, closed := strings.CutSuffix(quoted, "}")
	class, err := strconv.Unquote(quoted)
	if err == nil && opened && closed {
		if again, err := (logql.Selector{logql.Is(retention.ClassLabel, class)}).LogQL(); err == nil && again == selector {
			return class, nil
		}
	}
	return "", fmt.Errorf("%q is no selector of a class", selector)
}

// commitment is what a block promises. Whether a class is protected is not in it. None is then: a
// decrease has to be acknowledged all the same, while a protection that nobody asked for could not be
// taken away again.
func (b Block) commitment() (retention.Commitment, error) {
	if err := b.validate(); err != nil {
		return retention.Commitment{}, err
	}
	days, err := daysOf(b.RetentionPeriod)
	c := retention.Commitment{DefaultDays: days}
	for _, rule := range b.RetentionStream {
		class, _ := classOf(rule.Selector)
		days, _ := daysOf(rule.Period)
		c.Classes = append(c.Classes, retention.Promised{Name: class, Days: days})
	}
	return c, err
}
