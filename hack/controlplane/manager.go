package controlplane

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// controllers are those that do something without clouds, volumes and quotas.
var controllers = []string{
	"clusterrole-aggregation-controller",
	"deployment-controller",
	"endpoints-controller",
	"endpointslice-controller",
	"garbage-collector-controller",
	"job-controller",
	"namespace-controller",
	"replicaset-controller",
	"root-ca-certificate-publisher-controller",
	"serviceaccount-controller",
	"statefulset-controller",
}

// startManager starts kube-controller-manager if wanted and waits until it works.
func (c *ControlPlane) startManager(ctx context.Context) error {
	if !c.options.WithControllerManager {
		return nil
	}
	fmt.Fprintln(c.out, "starting kube-controller-manager")
	const name = "kube-controller-manager"
	process, err := c.run(Command{Name: name, Path: c.Binary(name), Args: c.managerArgs()})
	if err != nil {
		return err
	}
	if err := c.awaitManager(ctx, process); err != nil {
		return fmt.Errorf("%s does nothing: %w\nits last lines:\n%s", name, err, c.Log(name))
	}
	return nil
}

func (c *ControlPlane) managerArgs() []string {
	certs := c.layout.certs()
	return []string{
		"--kubeconfig=" + c.Kubeconfig(),
		"--controllers=" + strings.Join(controllers, ","),
		"--leader-elect=false",
		"--secure-port=0",
		// The key envtest lets kube-apiserver sign with.
		"--service-account-private-key-file=" + filepath.Join(certs, "sa-signer.key"),
		"--root-ca-file=" + filepath.Join(c.layout.run, "ca.crt"),
		// The stock 20 requests a second make deleting a namespace slow, not correct.
		"--kube-api-qps=500", "--kube-api-burst=1000",
		"--concurrent-gc-syncs=5",
	}
}

// awaitManager waits for the default ServiceAccount: a controller made it, so controllers work.
func (c *ControlPlane) awaitManager(ctx context.Context, manager *process) error {
	reader, err := client.New(c.Config(), client.Options{})
	if err != nil {
		return err
	}
	key := client.ObjectKey{Namespace: "default", Name: "default"}
	return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, startTimeout, true, func(ctx context.Context) (bool, error) {
		select {
		case <-manager.done:
			return false, fmt.Errorf("the process has ended")
		default:
		}
		// Any error is worth another try until time is up: the account is not there yet.
		return reader.Get(ctx, key, &corev1.ServiceAccount{}) == nil, nil
	})
}
