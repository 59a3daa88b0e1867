package network

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// follow applies what is in the cluster, again after every change, until ctx ends. It looks at everything
// each time: the clusters we serve are small, and nothing can be forgotten.
func (n *Network) follow(ctx context.Context, client kubernetes.Interface, apiServerHost string) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	all, endpoints := factory.Core().V1().Services(), factory.Discovery().V1().EndpointSlices()
	changed := make(chan struct{}, 1)
	var synced []cache.InformerSynced
	for kind, informer := range map[string]cache.SharedIndexInformer{"Services": all.Informer(), "EndpointSlices": endpoints.Informer()} {
		hasSynced, err := n.listenTo(informer, kind, changed)
		if err != nil {
			return fmt.Errorf("cannot follow %s: %w", kind, err)
		}
		synced = append(synced, hasSynced)
	}
	factory.StartWithContext(ctx)
	defer factory.Shutdown()
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		return nil
	}
	for {
		services, err := all.Lister().List(labels.Everything())
		if err != nil {
			return fmt.Errorf("cannot list Services: %w", err)
		}
		slices, err := endpoints.Lister().List(labels.Everything())
		if err != nil {
			return fmt.Errorf("cannot list EndpointSlices: %w", err)
		}
		n.apply(newServices(apiServerHost, services, slices))
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// listenTo puts a token into changed after each change; one that waits there stands for all.
func (n *Network) listenTo(informer cache.SharedIndexInformer, kind string, changed chan<- struct{}) (cache.InformerSynced, error) {
	err := informer.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) {
		if ctx.Err() == nil {
			fmt.Fprintf(n.options.Out, "cannot watch %s, trying again: %v\n", kind, err)
		}
	})
	if err != nil {
		return nil, err
	}
	notify := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	registration, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify() },
		UpdateFunc: func(any, any) { notify() },
		DeleteFunc: func(any) { notify() },
	})
	if err != nil {
		return nil, err
	}
	return registration.HasSynced, nil
}
