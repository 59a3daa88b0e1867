package env

import (
	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// Sentry is a Sentry project and the client key of this environment in it.
type Sentry struct {
	URL, Organization string
	// Token is where the token is.
	Token tuxv1alpha1.SecretKeyReference
	// Slug, Name and Platform are what a new project gets.
	Slug, Name, Platform string
	// Team is the one a new project is created in; empty for a member.
	Team string
	// Member is true for who has only a key in the project of another.
	Member   bool
	Adoption sentry.Adoption
	// Deletes is true if the project goes with the resource.
	Deletes bool
	// KeyName is what a new client key is called, Rotation when one is replaced.
	KeyName  string
	Rotation sentry.Rotation
	// Settings has only what is set.
	Settings sentry.Settings
	// Environment is that of the event of a proof, ProofOnChange says that one follows each change of the
	// privacy settings.
	Environment   string
	ProofOnChange bool
	// Deploy is what Sentry is told about the release.
	Deploy sentry.Deploy
}

// Variables is what the backends get for envFrom.
type Variables struct {
	// SecretName and ConfigMapName are names of objects.
	SecretName, ConfigMapName string
	// DSN is empty before there is a client key.
	DSN string
	// Release and TracesSampleRate are empty where the variable is left out.
	Release, TracesSampleRate string
	LogLevel                  string
	Names                     VariableNames
}

// VariableNames are the names of the variables.
type VariableNames struct {
	DSN, Release, TracesSampleRate, LogLevel string
	// Environments all hold the environment.
	Environments []string
}
