//go:build e2e

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// limit is for what should take a second or two; only a failure waits that long.
	limit = 40 * time.Second
	// exporter is a program of one static file, which is all the tests need of an image.
	exporter     = "quay.io/prometheus/blackbox-exporter:v0.27.0"
	exporterPort = 9115
	// shell is an image with /bin/sh.
	shell = "tux-backend"
)

// place is a namespace with the configuration of the exporter in it.
type place struct {
	*testing.T
	cluster   *Cluster
	namespace string
}

func newPlace(t *testing.T, c *Cluster, namespace string) *place {
	t.Helper()
	p := &place{T: t, cluster: c, namespace: namespace}
	p.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, p.configMap("exporter", "modules: {first: {prober: tcp}}"))
	p.eventually("the ServiceAccount pods need", func(ctx context.Context) error {
		return c.Client().Get(ctx, p.key("default"), &corev1.ServiceAccount{})
	})
	return p
}

func (p *place) key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: p.namespace, Name: name}
}

func (p *place) create(objects ...client.Object) {
	p.Helper()
	for _, object := range objects {
		if err := p.cluster.Client().Create(p.Context(), object); err != nil {
			p.Fatalf("cannot create %T %q: %v", object, object.GetName(), err)
		}
	}
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// eventually polls until there is no error.
func (p *place) eventually(what string, check func(context.Context) error) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), limit)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			p.Fatalf("%s: not within %s: %v\n%s", what, limit, err, p.cluster.Log(p.namespace))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *place) configMap(name, config string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: name}, Data: map[string]string{"blackbox.yml": config},
	}
}

// spec is a pod with one exporter, which is ready as soon as it answers.
func spec() corev1.PodSpec {
	volume := corev1.Volume{Name: "config"}
	volume.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "exporter"}}
	return corev1.PodSpec{
		// The controller of namespaces waits for half of it before it looks again.
		TerminationGracePeriodSeconds: new(int64(1)),
		Volumes:                       []corev1.Volume{volume},
		Containers: []corev1.Container{{
			Name: "exporter", Image: exporter, Args: []string{"--config.file=/etc/exporter/blackbox.yml"},
			Ports:          []corev1.ContainerPort{{Name: "http", ContainerPort: exporterPort}},
			VolumeMounts:   []corev1.VolumeMount{{Name: "config", MountPath: "/etc/exporter"}},
			ReadinessProbe: probe("/-/healthy"),
		}},
	}
}

func probe(path string) *corev1.Probe {
	get := &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")}
	return &corev1.Probe{PeriodSeconds: 1, FailureThreshold: 1, ProbeHandler: corev1.ProbeHandler{HTTPGet: get}}
}

// shellSpec is a pod that runs a script.
func shellSpec(script string) corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{{Name: "shell", Image: shell, Command: []string{"/bin/sh", "-c", script}}}}
}

func (p *place) pod(name string, spec corev1.PodSpec) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: name}, Spec: spec}
}

func (p *place) deployment(name string, replicas int32, spec corev1.PodSpec) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
		},
	}
}

func (p *place) service(name string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: name},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": name},
			Ports:    []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http")}},
		},
	}
}

// awaitPod returns the pod once check has nothing against it.
func (p *place) awaitPod(name, what string, check func(*corev1.Pod) error) *corev1.Pod {
	p.Helper()
	pod := &corev1.Pod{}
	p.eventually("pod "+name+" "+what, func(ctx context.Context) error {
		*pod = corev1.Pod{}
		if err := p.cluster.Client().Get(ctx, p.key(name), pod); err != nil {
			return err
		}
		return check(pod)
	})
	return pod
}

func ready(want bool) func(*corev1.Pod) error {
	return func(pod *corev1.Pod) error {
		if IsReady(pod) != want {
			return fmt.Errorf("its status is %+v", pod.Status)
		}
		return nil
	}
}

// waiting wants the first container to wait for that reason, with text in its message.
func waiting(reason, text string) func(*corev1.Pod) error {
	return func(pod *corev1.Pod) error {
		for _, s := range pod.Status.ContainerStatuses {
			if w := s.State.Waiting; w != nil && w.Reason == reason && strings.Contains(w.Message, text) {
				return nil
			}
		}
		return fmt.Errorf("its containers are %+v", pod.Status.ContainerStatuses)
	}
}

// get returns the body of an answer that is 200.
func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	return do(request)
}

func do(request *http.Request) (string, error) {
	fresh := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := fresh.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", response.Status)
	}
	return string(body), err
}

func url(address, path string) string {
	return fmt.Sprintf("http://%s%s", net.JoinHostPort(address, fmt.Sprint(exporterPort)), path)
}

// assertRefuses wants the kernel to refuse: the address is there and nobody listens.
func assertRefuses(t *testing.T, address string) {
	t.Helper()
	if _, err := get(t.Context(), url(address, "/")); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%s: got error %v, want a connection that is refused", address, err)
	}
}

// processes returns the programs that run for pods of this place: those with their files.
func (p *place) processes() []string { return processesUnder(p.cluster.podDir(), p.namespace+"_") }

// processesUnder finds the processes whose root directory begins with dir/prefix.
func processesUnder(dir, prefix string) []string {
	var found []string
	roots, _ := filepath.Glob("/proc/[0-9]*/root")
	for _, root := range roots {
		target, _ := os.Readlink(root)
		if strings.HasPrefix(target, filepath.Join(dir, prefix)) {
			found = append(found, filepath.Dir(root)+" in "+target)
		}
	}
	return found
}

func (p *place) awaitNoProcess() {
	p.Helper()
	p.eventually("no process of "+p.namespace+" runs", func(context.Context) error {
		if left := p.processes(); len(left) > 0 {
			return fmt.Errorf("left: %q", left)
		}
		return nil
	})
}
