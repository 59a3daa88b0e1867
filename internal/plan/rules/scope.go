package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// The components that have an alert of their own.
const (
	componentDatabase = "database"
	componentCache    = "cache"
)

// scope is what a catalogue entry can use between [[ and ]]: fields and methods of it.
type scope struct {
	// Environment and Backend are the names people know.
	Environment, Backend string
	// Namespace of all series.
	Namespace string
	// Threshold is the number to compare with, ThresholdText the same for people.
	Threshold, ThresholdText string
	// Window is the span the alert looks back over as a duration, WindowRange the same as the range of a
	// selector, WindowText the same for people. Empty for an alert without a window.
	Window, WindowRange, WindowText string

	wait        time.Duration
	environment *env.Environment
	backend     *env.Backend
}

func newScope(e *env.Environment, b *env.Backend) *scope {
	return &scope{Environment: e.Title, Backend: b.Deployment, Namespace: e.Namespace, environment: e, backend: b}
}

// with returns the scope of one alert.
func (s *scope) with(a *alert) *scope {
	out := *s
	if a.Threshold != nil {
		out.Threshold, out.ThresholdText = a.Threshold.Value, a.Threshold.Unit.format(a.Threshold.Value)
	}
	if a.Window != nil {
		out.Window, out.WindowRange, out.WindowText = a.Window.Value, "["+a.Window.Value+"]", words(a.Window.Value)
	}
	out.wait = env.Duration(a.For)
	return &out
}

// subject is what an alert is about, for people.
func (s *scope) subject() string {
	if s.Backend == "" {
		return s.Environment
	}
	return s.Backend + " in " + s.Environment
}

// Target selects the series the backend itself exports, and their up.
func (s *scope) Target() string { return selector(s.Namespace, s.Backend) }

// OwnAlerts selects the alerts of the backend.
func (s *scope) OwnAlerts() string {
	return fmt.Sprintf("namespace=%q,backend=%q", s.Namespace, s.Backend)
}

// Probe selects the probe series of one question.
func (s *scope) Probe(question string) string { return selector(s.Namespace, s.backend.Job(question)) }

// UserViews leaves out the views that are no user traffic.
func (s *scope) UserViews() string { return "view!~" + promql.Quote(s.backend.Metrics.ExcludedViews) }

// Components selects the probe series of all components.
func (s *scope) Components() string { return s.jobs(s.backend.Health.Components) }

// OtherComponents selects the probe series of the components that have no alert of their own.
func (s *scope) OtherComponents() string { return s.jobs(s.others()) }

// HasComponents says whether any component is probed.
func (s *scope) HasComponents() bool { return len(s.backend.Health.Components) > 0 }

// HasComponent says whether a component is probed.
func (s *scope) HasComponent(name string) bool {
	return slices.Contains(s.backend.Health.Components, name)
}

// HasOtherComponents says whether a component without an alert of its own is probed.
func (s *scope) HasOtherComponents() bool { return len(s.others()) > 0 }

// Questions are all questions asked about the backend.
func (s *scope) Questions() []string {
	questions := s.backend.Questions()
	if s.backend.HasEntry() {
		questions = append(questions, env.QuestionEntry)
	}
	return questions
}

// EachQuestion selects the probe series of all questions asked of pods.
func (s *scope) EachQuestion() string { return s.jobs(s.backend.Questions()) }

// Ships says whether another alert is rendered while there are pods, and can therefore be relied on to
// name a cause.
func (s *scope) Ships(name string) (bool, error) {
	if len(variants(name)) == 0 {
		return false, fmt.Errorf("unknown alert %q", name)
	}
	return ships(name, s.environment, s.backend), nil
}

// Containers selects the cAdvisor series of the container, which know pods but no Deployment.
func (s *scope) Containers() string {
	return fmt.Sprintf("namespace=%q,pod=~%q,container=%q", s.Namespace, podPattern(s.Backend), s.backend.Container)
}

func (s *scope) others() []string {
	var out []string
	for _, component := range s.backend.Health.Components {
		if component != componentDatabase && component != componentCache {
			out = append(out, component)
		}
	}
	return out
}

func (s *scope) jobs(components []string) string {
	pattern := regexp.QuoteMeta(s.Backend) + "-(" + strings.Join(components, "|") + ")"
	return fmt.Sprintf("namespace=%q,job=~%q", s.Namespace, pattern)
}

func selector(namespace, job string) string {
	return fmt.Sprintf("namespace=%q,job=%q", namespace, job)
}

// podPattern matches the names of the pods of a Deployment: its name, the hash of the ReplicaSet (up
// to 10 characters) and 5 random ones. Kubernetes cuts the part before the random ones at 58
// characters; a Deployment whose name leaves no room for the hash is matched by what is left of it.
func podPattern(deployment string) string {
	const maxPrefix, maxHash = 58, 10
	if room := maxPrefix - len("-") - maxHash - len("-"); len(deployment) > room {
		return regexp.QuoteMeta(deployment[:min(len(deployment), maxPrefix)]) + "[a-z0-9-]*"
	}
	return regexp.QuoteMeta(deployment) + "-[a-z0-9]+-[a-z0-9]+"
}

// parsedTexts keeps the templates of the catalogue: its texts are embedded, so there are only so many,
// and parsing them took a third of a plan.
var parsedTexts sync.Map // text to *template.Template

func parseText(text string) (*template.Template, error) {
	if t, ok := parsedTexts.Load(text); ok {
		return t.(*template.Template), nil
	}
	t, err := template.New("").Delims("[[", "]]").Option("missingkey=error").Parse(text)
	if err == nil {
		parsedTexts.Store(text, t)
	}
	return t, err
}

// expand fills in the [[ ]] of a text of the catalogue.
func (s *scope) expand(text string) (string, error) { return expand(text, s) }

func expand(text string, data any) (string, error) {
	t, err := parseText(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := t.Execute(&out, data); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}
