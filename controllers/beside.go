package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
)

// nudges is how many results may wait for the controller to take them.
const nudges = 1024

// beside is what works beside the passes: a pass hands tasks in and reads the last results, and is woken when they change.
type beside struct {
	runner *external.Runner
	nudge  chan event.GenericEvent
	ended  chan struct{}
}

// newBeside returns one whose runner has clock and jitter of the system, and all else of the config.
func newBeside(config external.RunnerConfig) (beside, error) {
	config.Clock, config.Jitter = external.SystemClock(), rand.Float64
	runner, err := external.NewRunner(config)
	return beside{runner: runner, nudge: make(chan event.GenericEvent, nudges), ended: make(chan struct{})}, err
}

// newHosts limits and counts requests to a system, by clock and jitter of the machine.
func newHosts(system string, config external.HostsConfig) (*external.Hosts, error) {
	config.Clock, config.Jitter = external.SystemClock(), rand.Float64
	config.Observe = observeAnswer(system)
	hosts, err := external.NewHosts(config)
	if err != nil {
		return nil, fmt.Errorf("cannot limit requests to %s: %w", system, err)
	}
	leftAlone.add(system, hosts)
	return hosts, nil
}

// Start runs tasks until ctx ends; the manager calls it, on the leader only.
func (b *beside) Start(ctx context.Context) error {
	go func() {
		<-ctx.Done()
		close(b.ended)
	}()
	return b.runner.Start(ctx)
}

// wake makes the controller look at a resource.
func (b *beside) wake(key types.NamespacedName) {
	tux := &tuxv1alpha1.TuxMonitoring{}
	tux.Namespace, tux.Name = key.Namespace, key.Name
	b.send(b.nudge, tux)
}

func (b *beside) send(to chan event.GenericEvent, object client.Object) {
	select {
	case to <- event.GenericEvent{Object: object}:
	case <-b.ended:
	}
}

// digest changes with each of its parts.
func digest(of ...any) string {
	content, err := json.Marshal(of)
	if err != nil {
		panic(err) // plain structs, texts and switches can always be written
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
