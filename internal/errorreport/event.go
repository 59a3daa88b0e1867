package errorreport

import (
	"strings"

	"github.com/getsentry/sentry-go"
	"k8s.io/apimachinery/pkg/types"
)

// maxMessage in bytes. Sentry cuts exception values too, but only after they have left the cluster.
const maxMessage = 4096

// The tags of an event.
const (
	tagReason    = "reason"
	tagNamespace = "namespace"
	tagName      = "name"
)

// newEvent is not scrubbed yet: keep does that, once, for all that leaves. It has no stack trace, which
// would always be the same one, of the reconciler.
func newEvent(object types.NamespacedName, reason, message string) *sentry.Event {
	event := sentry.NewEvent()
	event.Level = sentry.LevelError
	event.Logger = "tuxmonitoring"
	event.Exception = []sentry.Exception{{Type: reason, Value: message}}
	event.Tags = map[string]string{tagReason: reason, tagNamespace: object.Namespace, tagName: object.Name}
	// One issue per reason and object, whatever the message says today.
	event.Fingerprint = []string{reason, object.Namespace, object.Name}
	return event
}

// keep is BeforeSend, the last thing that sees an event: it copies what may leave the process into a
// new event and scrubs every text. Request, user, server name, breadcrumbs, extra, contexts, modules,
// threads, attachments and whatever a newer SDK adds are not copied.
func keep(event *sentry.Event, cfg Config) *sentry.Event {
	out := sentry.NewEvent()
	out.EventID, out.Timestamp, out.Level = event.EventID, event.Timestamp, event.Level
	out.Platform, out.Sdk = event.Platform, event.Sdk
	out.Release, out.Environment = Scrub(cfg.Release), Scrub(cfg.Environment)
	out.Logger = Scrub(event.Logger)
	out.Message = cut(Scrub(event.Message))
	for i := range event.Exception {
		e := &event.Exception[i]
		out.Exception = append(out.Exception, sentry.Exception{Type: Scrub(e.Type), Value: cut(Scrub(e.Value))})
	}
	for _, tag := range []string{tagReason, tagNamespace, tagName} {
		if value, ok := event.Tags[tag]; ok {
			out.Tags[tag] = Scrub(value)
		}
	}
	for _, part := range event.Fingerprint {
		out.Fingerprint = append(out.Fingerprint, Scrub(part))
	}
	return out
}

// cut comes after Scrub: half a secret is not recognised as one.
func cut(text string) string {
	const ellipsis = "…"
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage-len(ellipsis)], "") + ellipsis
}
