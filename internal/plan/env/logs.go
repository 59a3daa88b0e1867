package env

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Logs is how long which logs live, and where the log store is told so.
type Logs struct {
	Policy retention.Policy
	// URL of the log store.
	URL string
	// Document is what Loki reads; empty for other log stores.
	Document LogDocument
	// Stack is the LokiStack that has the limits of the tenant; empty for other log stores.
	Stack LogStack
	// Secret says how to log in, and whom to trust; empty: nobody logs in.
	Secret string
	// Removes is true if the retention of the tenant goes with the resource.
	Removes bool
	// Acknowledged accepts decreases.
	Acknowledged string
	// Collector brings lines to the log store; nil: who does is none of ours.
	Collector *LogCollector
	// Alerts is where rules for the ruler go; nil: there are none.
	Alerts *LogAlerts
	// Seals are made of protected classes; nil: there are none.
	Seals *LogSeals
	// AccountedFor are IDs of requests to delete lines.
	AccountedFor []string
}

// LogSeals is how hours of protected classes are sealed.
type LogSeals struct {
	// Secret has the key.
	Secret string
	// Grace is how long after its end an hour waits for late lines.
	Grace time.Duration
}

// SealLabels are on the ConfigMaps with the seals of a resource. They have no owner: like the lines they are of, they stay
// when the resource goes.
func SealLabels(owner string) map[string]string {
	return map[string]string{ManagedByLabel: ManagedByValue, PartOfLabel: PartOfValue, SealsLabel: owner}
}

// LogAlerts is the ConfigMap that the sidecar of a ruler loads, or the AlertingRule that a LokiStack selects.
type LogAlerts struct {
	ConfigMapName string
	Labels        map[string]string
	// FolderAnnotation has the tenant as its value.
	FolderAnnotation string
}

// LogCollector is an OpenTelemetry Collector that reads a ConfigMap of ours, or that the OpenTelemetry operator runs.
type LogCollector struct {
	// ConfigMapName is the name of that resource as well.
	ConfigMapName string
	// Resource: it is an OpenTelemetryCollector.
	Resource bool
	// URL of the Loki that takes lines.
	URL string
	// Storage is a directory on the node.
	Storage string
}

// LogStack is a LokiStack, in any namespace.
type LogStack struct{ Namespace, Name string }

// String is for people.
func (s LogStack) String() string { return "LokiStack " + s.Namespace + "/" + s.Name }

// Ledger is the ConfigMap beside the LokiStack that holds what was promised.
func (s LogStack) Ledger() string { return s.Name + "-tux-promises" }

// PromisesKey of that ConfigMap.
const PromisesKey = "promises.json"

// LokiVersion is the group and version of the Loki operator.
var LokiVersion = schema.GroupVersion{Group: "loki.grafana.com", Version: "v1"}

// CollectorKind is the kind of the OpenTelemetry operator we write.
const CollectorKind = "OpenTelemetryCollector"

// CollectorVersion is its group and version.
var CollectorVersion = schema.GroupVersion{Group: "opentelemetry.io", Version: "v1beta1"}

// The kinds of the Loki operator we write, or write a part of.
const (
	LokiStackKind    = "LokiStack"
	AlertingRuleKind = "AlertingRule"
)

// PromiseLabels are on the ConfigMap beside a LokiStack. It has no owner, and stays when the LokiStack is gone: its logs
// may be there when it comes back.
func PromiseLabels() map[string]string {
	return map[string]string{ManagedByLabel: ManagedByValue, PartOfLabel: PartOfValue, DocumentLabel: DocumentPromises}
}

// LogDocument is a key of a ConfigMap, in any namespace.
type LogDocument struct{ Namespace, Name, Key string }

// String is namespace/name/key.
func (d LogDocument) String() string { return d.Namespace + "/" + d.Name + "/" + d.Key }

// LedgerSuffix ends the name of the key beside a document that holds what was promised.
const LedgerSuffix = ".ledger.json"

// Ledger is the key of what was promised.
func (d LogDocument) Ledger() string { return d.Key + LedgerSuffix }

// DocumentLabels are on a ConfigMap with documents that the operator makes. It has no owner, for it belongs to all
// resources that name it, and stays when they are gone. One that others make needs DocumentLabel only.
func DocumentLabels() map[string]string {
	return map[string]string{ManagedByLabel: ManagedByValue, PartOfLabel: PartOfValue, DocumentLabel: DocumentLogs}
}
