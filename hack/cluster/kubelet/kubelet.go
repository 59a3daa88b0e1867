package kubelet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
)

// PodNetwork gives pods their addresses.
type PodNetwork interface {
	AddPod(name string) (network.Pod, error)
	RemovePod(pod network.Pod) error
	ResolvConf() string
}

// Guardian kills what we leave behind if this process dies.
type Guardian interface {
	Guard(name string, pid int) error
	Unguard(name string)
}

// Options of a kubelet; all are required.
type Options struct {
	Clients kubernetes.Interface
	Network PodNetwork
	Images  Images
	// Dir takes the files of the pods; an absolute path.
	Dir string
	// Logs takes one file for each container, NAMESPACE_POD_CONTAINER.log.
	Logs string
	// NodeName and NodeAddress are what the node is called and where it is.
	NodeName, NodeAddress string
	// APIHost and APIPort are where pods find the API server.
	APIHost, APIPort string
	Guardian         Guardian
	// Died is told of every container that ends without having been asked to. It must not block.
	Died func(error)
	// Out takes what goes wrong and is tried again. Several goroutines write to it at once.
	Out io.Writer
}

// resync is how often every pod is looked at again, lest a request that failed is forgotten.
const resync = 5 * time.Second

// Kubelet is the node.
type Kubelet struct {
	options Options
	clients kubernetes.Interface
	tokens  sync.Map

	mu      sync.Mutex
	workers map[types.UID]*worker
	running sync.WaitGroup
}

// New returns a kubelet that does nothing until Run.
func New(options Options) *Kubelet {
	return &Kubelet{options: options, clients: options.Clients, workers: map[types.UID]*worker{}}
}

// Run registers the node and runs its pods until ctx ends; then it ends them all and returns. What the
// API server knows of them stays as it is.
func (k *Kubelet) Run(ctx context.Context) error {
	if err := k.register(ctx); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(k.clients, 0,
		informers.WithCustomResyncConfig(map[metav1.Object]time.Duration{&corev1.Pod{}: resync}))
	if err := k.follow(ctx, factory); err != nil {
		return fmt.Errorf("cannot watch pods: %w", err)
	}
	factory.StartWithContext(ctx)
	k.beat(ctx)
	factory.Shutdown()
	k.running.Wait()
	return nil
}

func (k *Kubelet) follow(ctx context.Context, factory informers.SharedInformerFactory) error {
	_, podErr := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(pod any) { k.seen(ctx, pod) },
		UpdateFunc: func(old, now any) { k.updated(ctx, old, now) },
		DeleteFunc: k.gone,
	})
	refresh := cache.ResourceEventHandlerFuncs{
		AddFunc:    k.dataChanged,
		UpdateFunc: func(_, object any) { k.dataChanged(object) },
	}
	_, configErr := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(refresh)
	_, secretErr := factory.Core().V1().Secrets().Informer().AddEventHandler(refresh)
	return errors.Join(podErr, configErr, secretErr)
}

// beat keeps the node alive until ctx ends.
func (k *Kubelet) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		if err := k.renew(ctx); err != nil && ctx.Err() == nil {
			k.say("%v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (k *Kubelet) say(format string, args ...any) {
	fmt.Fprintf(k.options.Out, "kubelet: "+format+"\n", args...)
}
