package kubelet

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
)

// Kill ends all containers of a pod at once, as the kernel does when memory is short, and keeps them
// down, as in CrashLoopBackOff. The pod keeps its address, where nothing listens any more. Init
// containers are left alone.
func (k *Kubelet) Kill(pod types.NamespacedName) error {
	return k.each(pod, (*container).hold)
}

// Revive lets the containers of a killed pod start again.
func (k *Kubelet) Revive(pod types.NamespacedName) error {
	return k.each(pod, (*container).release)
}

func (k *Kubelet) each(pod types.NamespacedName, do func(*container)) error {
	w := k.living(pod)
	if w == nil {
		return fmt.Errorf("no pod %q runs on this node", pod)
	}
	for _, c := range w.containers {
		do(c)
	}
	return nil
}

// living finds the pod of that name that is not about to end; there is at most one.
func (k *Kubelet) living(pod types.NamespacedName) *worker {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, w := range k.workers {
		if w.pod.Namespace == pod.Namespace && w.pod.Name == pod.Name && w.ctx.Err() == nil {
			return w
		}
	}
	return nil
}

// hold kills the process and keeps it down.
func (c *container) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = make(chan struct{})
	}
	c.killNow()
}

func (c *container) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil {
		close(c.held)
		c.held = nil
	}
}

// awaitRelease returns when nothing holds the container, or ctx ends.
func (c *container) awaitRelease(ctx context.Context) {
	c.mu.Lock()
	held := c.held
	c.mu.Unlock()
	if held == nil {
		return
	}
	select {
	case <-held:
	case <-ctx.Done():
	}
}
