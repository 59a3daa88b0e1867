package cmd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/controllers"
)

// stopTimeout is how long the operator may take to end; its grace period and some time for the kubelet.
const stopTimeout = 90 * time.Second

type releaseOptions struct {
	kubeconfig string
	namespaces []string
	operator   types.NamespacedName
}

func newRelease() *cobra.Command {
	o := &releaseOptions{}
	c := &cobra.Command{
		Use:   "release",
		Short: "Let go of all resources before the operator is uninstalled",
		Long: `release scales the Deployment of the operator to 0 and then takes the operator's finalizer from every
TuxMonitoring and TuxLogErasure, so that neither they nor their namespaces wait for an operator that is gone. Everything the
operator made stays, Sentry projects too. The chart runs it before it is uninstalled. A namespace of
--watch-namespaces it may not look into is named and left out: its Role goes with it.`,
		Example: `  tuxmon manager release --deployment tuxmon-manager --deployment-namespace tux-monitoring-system`,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	flags := c.Flags()
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig file; unset: KUBECONFIG, then the service account of the pod")
	flags.StringSliceVar(&o.namespaces, "watch-namespaces", nil, "namespaces to look in; unset: all")
	flags.StringVar(&o.operator.Name, "deployment", "", "Deployment of the operator, to stop first; unset: it does not run")
	flags.StringVar(&o.operator.Namespace, "deployment-namespace", "", "its namespace")
	return c
}

func (o *releaseOptions) run(c *cobra.Command) error {
	config, err := clusterConfig(o.kubeconfig)
	if err != nil {
		return err
	}
	cluster, err := client.New(config, client.Options{Scheme: controllers.NewScheme()})
	if err != nil {
		return fmt.Errorf("cannot use the cluster: %w", err)
	}
	if o.operator.Name != "" {
		if err := o.stop(c.Context(), cluster); err != nil {
			return err
		}
	}
	released, err := controllers.Release(c.Context(), cluster, o.namespaces)
	if _, printErr := fmt.Fprintf(c.OutOrStdout(), "released %d resources\n", released.Resources); printErr != nil {
		return printErr
	}
	for _, namespace := range released.Hidden {
		_, printErr := fmt.Fprintf(c.ErrOrStderr(), "cannot look into namespace %q: it is gone, or its Role is\n", namespace)
		if printErr != nil {
			return printErr
		}
	}
	return err
}

// stop scales the operator to 0 and waits: one that runs would put the finalizers back.
func (o *releaseOptions) stop(ctx context.Context, cluster client.Client) error {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: o.operator.Name, Namespace: o.operator.Namespace}}
	zero := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"replicas":0}}`))
	if err := cluster.Patch(ctx, deployment, zero); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("cannot stop the operator: %w", err)
	} else if err != nil {
		return nil // who is not there does not run
	}
	err := wait.PollUntilContextTimeout(ctx, time.Second, stopTimeout, true, func(ctx context.Context) (bool, error) {
		err := cluster.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)
		if err != nil {
			return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
		}
		if deployment.Status.ObservedGeneration < deployment.Generation || deployment.Status.Replicas > 0 {
			return false, nil
		}
		return allEnded(ctx, cluster, deployment)
	})
	if err != nil {
		return fmt.Errorf("cannot stop the operator: %w", err)
	}
	return nil
}

// allEnded: the status of a Deployment does not count pods that are being ended, and the last pass of one of them, or a
// standby that takes over while it ends, puts finalizers back.
func allEnded(ctx context.Context, cluster client.Client, deployment *appsv1.Deployment) (bool, error) {
	selector, err := metav1.LabelSelectorAsSelector(deployment.Spec.Selector)
	if err != nil {
		return false, fmt.Errorf("selector of Deployment %q: %w", deployment.Name, err)
	}
	var pods corev1.PodList
	err = cluster.List(ctx, &pods, client.InNamespace(deployment.Namespace), client.MatchingLabelsSelector{Selector: selector})
	if err != nil {
		return false, fmt.Errorf("cannot list the pods of Deployment %q: %w", deployment.Name, err)
	}
	return !slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool {
		return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
	}), nil
}
