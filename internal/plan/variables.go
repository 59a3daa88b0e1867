package plan

import (
	"cmp"
	"strings"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// The names of the variables: what Sentry's SDK reads by itself, and ENVIRONMENT, which older backends read.
const (
	variableDSN              = "SENTRY_DSN"
	variableEnvironment      = "SENTRY_ENVIRONMENT"
	variableOldEnvironment   = "ENVIRONMENT"
	variableRelease          = "SENTRY_RELEASE"
	variableTracesSampleRate = "SENTRY_TRACES_SAMPLE_RATE"
	variableLogLevel         = "LOG_LEVEL"

	defaultLogLevel = "INFO"
)

// DSNAt says in which Secret, and under which name, the DSN of a resource is; empty without spec.sentry.
func DSNAt(tux *tuxv1alpha1.TuxMonitoring) (secret, name string) {
	if tux.Spec.Sentry == nil {
		return "", ""
	}
	v := completeVariables(tux, complete(tux), "")
	return v.SecretName, v.Names.DSN
}

func completeVariables(tux *tuxv1alpha1.TuxMonitoring, e *env.Environment, dsn string) *env.Variables {
	if tux.Spec.Sentry == nil {
		return nil
	}
	spec := cmp.Or(tux.Spec.Sentry.Variables, &tuxv1alpha1.SentryVariables{})
	return &env.Variables{
		SecretName:       cmp.Or(spec.SecretName, tux.Name+"-sentry"),
		ConfigMapName:    cmp.Or(spec.ConfigMapName, tux.Name+"-env"),
		DSN:              dsn,
		Release:          cmp.Or(spec.Release, releaseOf(e.Backends)),
		TracesSampleRate: tux.Spec.Sentry.TracesSampleRate,
		LogLevel:         cmp.Or(string(spec.LogLevel), defaultLogLevel),
		Names:            completeNames(cmp.Or(spec.Names, &tuxv1alpha1.SentryVariableNames{})),
	}
}

// completeDeploy: Sentry is told of the very release that the backends report, or its events would be in another.
func (p *Plan) completeDeploy(spec *tuxv1alpha1.Sentry) {
	if spec == nil || spec.Deploys != tuxv1alpha1.StateEnabled || p.Environment.Variables.Release == "" {
		return
	}
	p.Environment.Sentry.Deploy = sentry.Deploy{Release: p.Environment.Variables.Release, Environment: p.Environment.Title}
}

func completeNames(spec *tuxv1alpha1.SentryVariableNames) env.VariableNames {
	names := env.VariableNames{
		DSN:              cmp.Or(string(spec.DSN), variableDSN),
		Release:          cmp.Or(string(spec.Release), variableRelease),
		TracesSampleRate: cmp.Or(string(spec.TracesSampleRate), variableTracesSampleRate),
		LogLevel:         cmp.Or(string(spec.LogLevel), variableLogLevel),
		Environments:     []string{variableEnvironment, variableOldEnvironment},
	}
	if spec.Environment != "" {
		names.Environments = []string{string(spec.Environment)}
	}
	return names
}

// releaseOf is the tag of the image all backends run. Where they run different ones no release is right for
// all, and a pod would report that of another.
func releaseOf(backends []env.Backend) string {
	if len(backends) == 0 {
		return ""
	}
	for i := range backends {
		if backends[i].Image != backends[0].Image {
			return ""
		}
	}
	return tagOf(backends[0].Image)
}

// tagOf is the tag of an image; empty if it has none, or one that moves.
func tagOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	colon := strings.LastIndex(image, ":")
	// A colon before the last slash is that of the port of a registry.
	if colon < 0 || strings.Contains(image[colon:], "/") || image[colon+1:] == "latest" {
		return ""
	}
	return image[colon+1:]
}
