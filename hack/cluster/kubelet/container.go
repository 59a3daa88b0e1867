package kubelet

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const (
	// grace is how long a container may take to end; the pods here need less than they ask for.
	grace = 5 * time.Second
	// backoff before a container starts again. A real kubelet begins with 10 s.
	backoff = time.Second
	// startFailures is how often in a row a container may end before it was ever up. Prometheus and its
	// config-reloader, for two, end if rules are rewritten while they begin to read them; on any node they would
	// simply be started again.
	startFailures = 3
	// settling is how long a container that nothing probes must run before it counts as up: it is called ready
	// from its first moment, which says nothing.
	settling = 10 * time.Second
)

// Reasons for which a container waits, as a real kubelet names them.
const (
	creating      = "ContainerCreating"
	initializing  = "PodInitializing"
	noImage       = "ErrImageNeverPull"
	cannotPrepare = "CreateContainerConfigError"
	crashed       = "CrashLoopBackOff"
)

// container is one container of a pod, over all its restarts.
type container struct {
	worker *worker
	spec   *corev1.Container
	init   bool
	log    string

	mu sync.Mutex
	// pid is that of the program and of its process group, 0 while there is none.
	pid   int
	ready bool
	// starts counts how often the program was started.
	starts int32
	// startedAt is when the program was started last, wasUp says that it got up since then, and failures how
	// often in a row it ended without.
	startedAt time.Time
	wasUp     bool
	failures  int
	state     corev1.ContainerState
	last      corev1.ContainerState
	// asked is set before we end the process ourselves: its death is no news then.
	asked bool
	// held is there while Kill keeps the container down, and closed by Revive.
	held chan struct{}
}

func newContainer(w *worker, spec *corev1.Container, init bool) *container {
	c := &container{worker: w, spec: spec, init: init}
	c.log = filepath.Join(w.k.options.Logs, w.pod.Namespace+"_"+w.pod.Name+"_"+spec.Name+".log")
	reason := creating
	if len(w.pod.Spec.InitContainers) > 0 {
		reason = initializing
	}
	c.state.Waiting = &corev1.ContainerStateWaiting{Reason: reason}
	return c
}

// runForEver runs the container until ctx ends. That it ends before is what nobody wanted.
func (c *container) runForEver(ctx context.Context) {
	for ctx.Err() == nil {
		c.awaitRelease(ctx)
		if p, ok := c.untilPrepared(ctx); ok {
			if err := c.run(ctx, p); err != nil && ctx.Err() == nil {
				c.died(err)
			}
			pause(ctx, backoff)
		}
	}
}

// died passes on that the container ended, unless it is only slow to get up.
func (c *container) died(err error) {
	if c.failedToStart() {
		c.worker.k.say("starting again: %v", err)
		return
	}
	c.worker.k.options.Died(err)
}

// failedToStart says that the program ended before it was up, and may try again.
func (c *container) failedToStart() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.probed() && time.Since(c.startedAt) >= settling {
		c.noteUp()
	}
	c.failures++
	return !c.wasUp && c.failures <= startFailures
}

// probed says that ready means something.
func (c *container) probed() bool { return c.spec.ReadinessProbe != nil || c.spec.StartupProbe != nil }

// runToSuccess runs an init container until it is successful; false if ctx ended before.
func (c *container) runToSuccess(ctx context.Context) bool {
	for ctx.Err() == nil {
		p, ok := c.untilPrepared(ctx)
		if !ok {
			return false
		}
		err := c.run(ctx, p)
		c.worker.tell("run its init container \""+c.spec.Name+"\"", err)
		if err == nil {
			return ctx.Err() == nil
		}
		pause(ctx, backoff)
	}
	return false
}

// untilPrepared tries until the container can be started; false if ctx ended before. The status says why
// it cannot.
func (c *container) untilPrepared(ctx context.Context) (program, bool) {
	for ctx.Err() == nil {
		p, err := c.prepare(ctx)
		c.worker.tell("prepare container \""+c.spec.Name+"\"", err)
		if err == nil {
			return p, ctx.Err() == nil
		}
		c.waits(reasonOf(err), err.Error())
		pause(ctx, again)
	}
	return program{}, false
}

func reasonOf(err error) string {
	if errors.Is(err, errNoImage) {
		return noImage
	}
	return cannotPrepare
}

// waits notes why the container does not run.
func (c *container) waits(reason, message string) {
	c.mu.Lock()
	c.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	c.mu.Unlock()
	c.worker.changed()
}

// explain says what a container waits for that was not begun.
func (c *container) explain(message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.state.Waiting; w != nil && (w.Reason == creating || w.Reason == initializing) {
		c.state.Waiting = &corev1.ContainerStateWaiting{Reason: w.Reason, Message: message}
	}
}

func (c *container) setReady(ready bool) {
	c.mu.Lock()
	changed := c.ready != ready && c.pid != 0
	if changed {
		c.ready = ready
		if ready {
			c.noteUp()
		}
	}
	c.mu.Unlock()
	if changed {
		c.worker.changed()
	}
}

// noteUp needs the lock.
func (c *container) noteUp() { c.wasUp, c.failures = true, 0 }

// status is what the container is like now.
func (c *container) status() corev1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	started := c.state.Running != nil
	return corev1.ContainerStatus{
		Name: c.spec.Name, Image: c.spec.Image, ImageID: c.spec.Image,
		Ready: c.ready, Started: &started, RestartCount: max(0, c.starts-1),
		State: c.state, LastTerminationState: c.last,
	}
}
