package retention

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ReasonInvalid is the reason of every finding about a policy.
const ReasonInvalid = "InvalidRetention"

// The bounds of a policy.
const (
	MaxClasses = 16
	MaxLoggers = 32
	// MaxDays is ten years: longer than any law asks for, shorter than what overflows anywhere.
	MaxDays = 3650
)

var (
	// tenantName is what Loki, Elasticsearch and OpenSearch all take as a part of a name.
	tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	className  = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$`)
	// loggerName is a Python module path; a dash is no module but occurs in hand-written names.
	loggerName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$`)
)

// maxLoggerName is longer than any module path we have seen.
const maxLoggerName = 128

// validator collects findings; path is that of the policy in the resource.
type validator struct {
	path     string
	findings []fault.Finding
}

func (v *validator) refuse(path, format string, args ...any) {
	v.findings = append(v.findings, fault.Finding{Reason: ReasonInvalid, Path: v.path + path, Message: fmt.Sprintf(format, args...)})
}

// Validate says what is wrong with the policy, whose fields are below path, sorted. A policy with
// findings must not be rendered. The area of the findings is left to the plan, which knows conditions.
func (p *Policy) Validate(path string) []fault.Finding {
	v := &validator{path: path}
	v.target(p)
	v.days(".defaultDays", p.DefaultDays)
	if len(p.Classes) > MaxClasses {
		v.refuse(".classes", "has %d classes, more than %d", len(p.Classes), MaxClasses)
	}
	for i := range p.Classes {
		v.class(p.Backend, p.Classes[:i], &p.Classes[i])
	}
	v.thresholds(p)
	for _, preset := range p.Redaction {
		if _, ok := presets[preset]; !ok {
			v.refuse(".redaction", "there is no preset %q, only %s", preset, join(Presets()))
		}
	}
	fault.SortFindings(v.findings)
	return v.findings
}

func (v *validator) target(p *Policy) {
	backends := []Backend{Loki, LokiStack, Elasticsearch, OpenSearch}
	if !slices.Contains(backends, p.Backend) {
		v.refuse(".backend", "is %q, not one of %s", p.Backend, join(backends))
	}
	if !tenantName.MatchString(p.Tenant) {
		v.refuse(".tenant", "is %q; write up to 63 lower-case letters, digits, dots, dashes and underscores, "+
			"a letter or digit first", p.Tenant)
	}
}

func (v *validator) days(path string, days int) {
	if days < 1 || days > MaxDays {
		v.refuse(path, "is %d; write a number of days from 1 to %d", days, MaxDays)
	}
}

func (v *validator) class(backend Backend, before []Class, c *Class) {
	path := ".classes[" + c.Name + "]"
	switch {
	case !className.MatchString(c.Name):
		v.refuse(path, "is no name of a class: write up to 40 lower-case letters, digits and dashes, a letter first")
	case c.Name == DefaultClass || c.Name == UnparsedClass:
		v.refuse(path, "every policy has a class of this name; choose another")
	case slices.ContainsFunc(before, func(b Class) bool { return b.Name == c.Name }):
		v.refuse(path, "there are two classes of this name")
	}
	v.days(path+".retentionDays", c.Days)
	if len(c.Loggers)+len(c.Levels) == 0 {
		v.refuse(path+".match", "takes every line; name loggers or levels, and use defaultDays for the rest")
		return
	}
	v.tiers(path+".tiers", backend, c)
	v.loggers(path+".match.loggers", c.Loggers)
	v.levels(path+".match.levels", c.Levels)
	for i := range before {
		if before[i].shadows(c) {
			v.refuse(path+".match", "never gets a line: class %q before it takes them all", before[i].Name)
			return
		}
	}
}

// tiers come one after the other, and lines leave the last before they go.
func (v *validator) tiers(path string, backend Backend, c *Class) {
	last := 0
	for _, days := range []int{c.Tiers.WarmDays, c.Tiers.ColdDays, c.Tiers.FrozenDays, c.Days} {
		if days < 0 || days > 0 && days <= last {
			v.refuse(path, "must come one after the other, and before retentionDays")
			return
		}
		last = max(last, days)
	}
	if (c.Tiers.FrozenDays > 0) != (c.Tiers.Repository != "") {
		v.refuse(path, "frozenAfterDays and snapshotRepository need each other")
	}
	switch {
	case backend != OpenSearch:
	case c.Tiers.FrozenDays > 0:
		v.refuse(path, "frozenAfterDays is not for OpenSearch, which has no frozen tier for data streams")
	case c.Tiers.ColdDays > 0 && c.Tiers.Attribute == "":
		v.refuse(path, "coldAfterDays needs backend.openSearch.tierAttribute: OpenSearch knows cold nodes by that alone")
	}
}

func (v *validator) loggers(path string, loggers []string) {
	if len(loggers) > MaxLoggers {
		v.refuse(path, "has %d loggers, more than %d", len(loggers), MaxLoggers)
	}
	for i, logger := range loggers {
		if !loggerName.MatchString(logger) || len(logger) > maxLoggerName {
			v.refuse(path, "%q is no name of a logger; children are included without a wildcard", logger)
		}
		if slices.Contains(loggers[:i], logger) {
			v.refuse(path, "names %q twice", logger)
		}
	}
}

func (v *validator) levels(path string, names []Level) {
	for i, level := range names {
		if !slices.Contains(levels, level) {
			v.refuse(path, "%q is none of %s", level, join(levels))
		}
		if slices.Contains(names[:i], level) {
			v.refuse(path, "names %s twice", level)
		}
	}
}

func (v *validator) thresholds(p *Policy) {
	for i, t := range p.Thresholds {
		path := ".levels[" + t.Logger + "]"
		v.loggers(path+".logger", []string{t.Logger})
		v.levels(path+".minimum", []Level{t.Minimum})
		if slices.ContainsFunc(p.Thresholds[:i], func(b Threshold) bool { return b.Logger == t.Logger }) {
			v.refuse(path, "there are two thresholds for this logger")
		}
		for j := range p.Classes {
			if c := &p.Classes[j]; c.Protected && p.dropsFrom(t, c) {
				v.refuse(path, "drops lines of class %q, which is protected", c.Name)
			}
		}
	}
}

// shadows says whether c takes every line that later would take.
func (c *Class) shadows(later *Class) bool {
	loggers := len(c.Loggers) == 0 || len(later.Loggers) > 0 && all(later.Loggers, func(logger string) bool {
		return slices.ContainsFunc(c.Loggers, func(above string) bool { return covers(above, logger) })
	})
	return loggers && (len(c.Levels) == 0 || len(later.Levels) > 0 && all(later.Levels, func(level Level) bool {
		return slices.Contains(c.Levels, level)
	}))
}

// dropsFrom says whether the threshold can drop a line that the class would take: at the loggers both
// are about, a level of the class is dropped.
func (p *Policy) dropsFrom(t Threshold, c *Class) bool {
	atLevel := func(logger string) bool {
		return slices.ContainsFunc(levels, func(level Level) bool { return c.takes(logger, level) && p.drops(logger, level) })
	}
	if len(c.Loggers) == 0 {
		return atLevel(t.Logger)
	}
	return slices.ContainsFunc(c.Loggers, func(logger string) bool {
		return covers(t.Logger, logger) && atLevel(logger) || covers(logger, t.Logger) && atLevel(t.Logger)
	})
}

func all[T any](list []T, is func(T) bool) bool {
	return !slices.ContainsFunc(list, func(one T) bool { return !is(one) })
}

func join[T ~string](names []T) string {
	texts := make([]string, 0, len(names))
	for _, name := range names {
		texts = append(texts, string(name))
	}
	return strings.Join(texts, ", ")
}
