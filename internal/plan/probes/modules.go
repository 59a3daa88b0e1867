package probes

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// ModulesKey is the key of the modules in their ConfigMap, and the name of the file in the exporter.
const ModulesKey = "blackbox.yml"

// bodyLimit ends the reading of an answer that cannot be a health answer; those have about 1 kB.
const bodyLimit = "1MB"

// file is the configuration file of the blackbox exporter. Only what we set has a field; field names
// are those of its documentation.
type file struct {
	Modules map[string]module `json:"modules"`
}

type module struct {
	Prober  string    `json:"prober"`
	Timeout string    `json:"timeout"`
	HTTP    httpProbe `json:"http"`
}

type httpProbe struct {
	Method              string            `json:"method"`
	ValidStatusCodes    []int             `json:"valid_status_codes"`
	FollowRedirects     bool              `json:"follow_redirects"`
	PreferredIPProtocol string            `json:"preferred_ip_protocol"`
	IPProtocolFallback  bool              `json:"ip_protocol_fallback"`
	BodySizeLimit       string            `json:"body_size_limit"`
	Headers             map[string]string `json:"headers,omitempty"`
	FailIfBodyLacks     []string          `json:"fail_if_body_not_matches_regexp"`
}

// ModuleName is the name of the module that asks question of the backends of one entry.
//
// It holds namespace and name of the resource, so that one external exporter can serve every resource of
// a cluster. An underscore separates because no Kubernetes name can hold one: no two share a module.
func ModuleName(e *env.Environment, b *env.Backend, question string) string {
	return e.Namespace + "_" + e.Name + "_" + b.Entry + "_" + question
}

// modulesFile returns the configuration of the exporter. Deployments of the same entry share their
// modules, as they share their health settings.
func modulesFile(e *env.Environment) (string, error) {
	modules := map[string]module{}
	// A backend that is missing for now keeps its modules: rewriting the file restarts the exporter, and
	// its monitor is still there.
	all := slices.Concat(e.Backends, e.Missing)
	for i := range all {
		b := &all[i]
		for _, question := range b.Questions() {
			modules[ModuleName(e, b, question)] = moduleOf(e, b.Health.Host, question)
		}
		// Hosts are how users come: they send the name of the host, never the one of health.host.
		modules[ModuleName(e, b, env.QuestionEntry)] = moduleOf(e, "", env.QuestionEntry)
	}
	out, err := yaml.Marshal(file{Modules: modules})
	if err != nil {
		return "", fmt.Errorf("cannot write blackbox modules of %q: %w", e.Name, err)
	}
	return string(out), nil
}

// moduleOf says when the answer to a question is good.
//
// Redirects are not followed: a login page behind one answers 200. IPv4 is preferred where a name
// has both, because many clusters resolve IPv6 addresses they cannot reach; pods that have only IPv6
// are still found.
func moduleOf(e *env.Environment, host, question string) module {
	codes, body := goodAnswer(question)
	m := module{
		Prober: "http",
		// The exporter wants a Go duration and does not know the days of Prometheus.
		Timeout: env.Duration(e.Probes.Timeout).String(),
		HTTP: httpProbe{
			Method:              "GET",
			ValidStatusCodes:    codes,
			PreferredIPProtocol: "ip4",
			IPProtocolFallback:  true,
			BodySizeLimit:       bodyLimit,
			FailIfBodyLacks:     []string{body},
		},
	}
	if host != "" {
		m.HTTP.Headers = map[string]string{"Host": host}
	}
	return m
}

// goodAnswer returns the status codes and the body of a good answer. The body counts although the
// status code does too: the start page of a single-page application is 200 at every path.
func goodAnswer(question string) ([]int, string) {
	switch question {
	case env.QuestionLive, env.QuestionEntry:
		return []int{200}, statusIs("alive")
	case env.QuestionReady:
		return []int{200}, statusIs("ready")
	case env.QuestionFull:
		return []int{200}, healthyAsAWhole
	default:
		// 503 says that some component is unhealthy; the body says whether it is this one.
		return []int{200, 503}, componentIsHealthy(question)
	}
}

// healthyAsAWhole finds "status": "healthy" directly inside the answer, in any order of keys: in a degraded
// answer the components that work have it too. Objects three levels deep may stand before it.
var healthyAsAWhole = `^\s*\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*` + statusIs("healthy")

func statusIs(word string) string { return `"status"\s*:\s*"` + word + `"` }

// componentIsHealthy finds "status": "healthy" directly inside the object of the component, in any
// order of keys. One level of nested objects may stand before it, and a status in there does not
// count.
func componentIsHealthy(component string) string {
	return `"` + regexp.QuoteMeta(component) + `"\s*:\s*\{(?:[^{}]|\{[^{}]*\})*` + statusIs("healthy")
}

// modulesConfigMap carries the modules; an external exporter has to load them from here.
func modulesConfigMap(e *env.Environment, modules string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: modulesMeta(e),
		Data:       map[string]string{ModulesKey: modules},
	}
}

func modulesMeta(e *env.Environment) metav1.ObjectMeta {
	return e.Meta(env.OutputProbes, "blackbox-modules", nil)
}

// modulesHash changes when the modules do.
func modulesHash(modules string) string {
	sum := sha256.Sum256([]byte(modules))
	return hex.EncodeToString(sum[:8])
}
