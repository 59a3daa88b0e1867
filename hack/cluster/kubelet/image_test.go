package kubelet

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestFindLooksAtTheLastPartOfTheName(t *testing.T) {
	images := Images{"prometheus": {Entrypoint: []string{"/bin/prometheus"}}}
	cases := map[string]bool{
		"prometheus":                              true,
		"prometheus:v3.5.0":                       true,
		"quay.io/prometheus/prometheus:v3.5.0":    true,
		"localhost:5000/prometheus":               true,
		"quay.io/prometheus/prometheus@sha256:ab": true,
		"prometheus:v3.5.0@sha256:ab":             true,
		"quay.io/prometheus/node-exporter:v1":     false,
		"prometheus/node-exporter":                false,
		"prometheus-operator":                     false,
		"":                                        false,
	}
	for reference, want := range cases {
		t.Run(reference, func(t *testing.T) {
			image, err := images.find(reference)
			if got := err == nil && len(image.Entrypoint) == 1; got != want {
				t.Errorf("found: %t, want %t; error: %v", got, want, err)
			}
			if err != nil && !errors.Is(err, errNoImage) {
				t.Errorf("error %v is not the one that becomes %s", err, noImage)
			}
		})
	}
}

func TestCommand(t *testing.T) {
	image := Image{Entrypoint: []string{"/bin/server", "--safe"}, Cmd: []string{"run"}}
	cases := map[string]struct{ command, args, want []string }{
		"nothing given":       {want: []string{"/bin/server", "--safe", "run"}},
		"args replace Cmd":    {args: []string{"check"}, want: []string{"/bin/server", "--safe", "check"}},
		"command replaces it": {command: []string{"/bin/sh"}, want: []string{"/bin/sh"}},
		"both":                {command: []string{"/bin/sh"}, args: []string{"-c", "true"}, want: []string{"/bin/sh", "-c", "true"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, image.command(tc.command, tc.args)); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMustNotBeRoot(t *testing.T) {
	yes, no := true, false
	cases := map[string]struct {
		pod       *corev1.PodSecurityContext
		container *corev1.SecurityContext
		want      bool
	}{
		"nobody says so":         {pod: &corev1.PodSecurityContext{}, container: &corev1.SecurityContext{}},
		"the pod":                {pod: &corev1.PodSecurityContext{RunAsNonRoot: &yes}, want: true},
		"the container":          {container: &corev1.SecurityContext{RunAsNonRoot: &yes}, want: true},
		"the container knows it": {pod: &corev1.PodSecurityContext{RunAsNonRoot: &yes}, container: &corev1.SecurityContext{RunAsNonRoot: &no}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pod, spec := &corev1.Pod{}, &corev1.Container{SecurityContext: tc.container}
			pod.Spec.SecurityContext = tc.pod
			if got := mustNotBeRoot(pod, spec); got != tc.want {
				t.Errorf("got %t, want %t", got, tc.want)
			}
		})
	}
}

func TestUser(t *testing.T) {
	image := Image{User: 1, Group: 2}
	id := func(n int64) *int64 { return &n }
	cases := map[string]struct {
		pod       *corev1.PodSecurityContext
		container *corev1.SecurityContext
		uid, gid  int64
	}{
		"of the image":            {uid: 1, gid: 2},
		"the pod is asked before": {pod: &corev1.PodSecurityContext{RunAsUser: id(10), RunAsGroup: id(20)}, uid: 10, gid: 20},
		"each for itself":         {pod: &corev1.PodSecurityContext{RunAsUser: id(10)}, uid: 10, gid: 2},
		"the container comes first": {
			pod:       &corev1.PodSecurityContext{RunAsUser: id(10), RunAsGroup: id(20)},
			container: &corev1.SecurityContext{RunAsUser: id(0)}, uid: 0, gid: 20,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pod, spec := &corev1.Pod{}, &corev1.Container{SecurityContext: tc.container}
			pod.Spec.SecurityContext = tc.pod
			if uid, gid := user(pod, spec, image); uid != tc.uid || gid != tc.gid {
				t.Errorf("got %d:%d, want %d:%d", uid, gid, tc.uid, tc.gid)
			}
		})
	}
}
