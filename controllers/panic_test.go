package controllers

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// TestPanicsAreReported: those of a pass, which goes on to panic for controller-runtime to see, and those of a run
// beside it.
func TestPanicsAreReported(t *testing.T) {
	resource := types.NamespacedName{Namespace: "tux-production", Name: "production"}
	heard := &terminalErrors{}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		// Without a client the first thing a pass does is to panic.
		_, _ = (&Reconciler{terminal: heard, passes: &running{}}).byName(t.Context(), ctrl.Request{NamespacedName: resource})
	}()
	k := &keeper{terminal: heard, beside: beside{ended: make(chan struct{})}, known: map[types.NamespacedName]*known{}}
	close(k.ended)
	for _, one := range []struct {
		err  error
		news bool
	}{
		{fault.Terminal(external.ReasonPanicked, errors.New("a run")), true},
		{fault.Terminal(external.ReasonPanicked, errors.New("a run")), false},
		{fault.Terminal(external.ReasonUnauthorized, errors.New("for a person, in the condition")), true},
		{errors.New("an outage"), true},
	} {
		k.done(syncKey(resource), external.Result{Err: one.err}, one.news)
	}
	if got := strings.Join(heard.list(), ", "); got != "tux-production/production Panicked, tux-production/production Panicked" {
		t.Error(got)
	}
}
