package kubelet

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"
)

// Kill ends all containers of a pod at once, as the kernel does when memory is short, and keeps them
// down, as in CrashLoopBackOff. The pod keeps its address, where nothing listens any more.
func (k *Kubelet) Kill(pod types.NamespacedName) error {
	return k.each(pod, (*container).hold)
}

// Revive lets the containers of a killed pod start again.
func (k *Kubelet) Revive(pod types.NamespacedName) error {
	return k.each(pod, (*container).release)
}

func (k *Kubelet) each(pod types.NamespacedName, do func(*container)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, w := range k.workers {
		if w.pod.Namespace != pod.Namespace || w.pod.Name != pod.Name {
			continue
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range w.containers {
			do(c)
		}
		return nil
	}
	return fmt.Errorf("no pod %q runs on this node", pod)
}
