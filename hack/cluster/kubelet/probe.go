package kubelet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probe asks the questions of the container's spec until ctx ends: not ready takes the pod out of its
// Services, not live restarts the container. It returns when nothing of it runs any more.
func (c *container) probe(ctx context.Context) {
	if question := c.spec.StartupProbe; question != nil && !c.startsUp(ctx, question) {
		return
	}
	var asking sync.WaitGroup
	if question := c.spec.ReadinessProbe; question != nil {
		asking.Go(func() { c.ask(ctx, question, c.judgeReadiness) })
	} else if !c.init {
		c.setReady(true)
	}
	if question := c.spec.LivenessProbe; question != nil {
		asking.Go(func() { c.ask(ctx, question, func(answer verdict) { c.judgeLife("liveness", answer) }) })
	}
	asking.Wait()
}

// startsUp asks the startup probe every second, whatever its period is: a longer one makes nothing better
// here. It may fail for as long as the spec allows.
func (c *container) startsUp(ctx context.Context, probe *corev1.Probe) (up bool) {
	eager := probe.DeepCopy()
	eager.FailureThreshold, eager.PeriodSeconds = max(1, probe.FailureThreshold)*max(1, probe.PeriodSeconds), 1
	ctx, done := context.WithCancel(ctx)
	defer done()
	c.ask(ctx, eager, func(answer verdict) {
		c.judgeLife("startup", answer)
		if up = answer == good; up || answer == bad {
			done()
		}
	})
	return up
}

func (c *container) judgeReadiness(answer verdict) {
	if answer != undecided {
		c.setReady(answer == good)
	}
}

func (c *container) judgeLife(what string, answer verdict) {
	switch answer {
	case good:
		c.worker.tell("keep container \""+c.spec.Name+"\" alive", nil)
	case bad:
		c.worker.tell("keep container \""+c.spec.Name+"\" alive", fmt.Errorf("its %s probe fails", what))
		c.restart()
	}
}

// verdict is what a row of answers amounts to.
type verdict int

const (
	undecided verdict = iota
	good
	bad
)

// thresholds counts answers in a row.
type thresholds struct {
	successes, failures int32
	row                 int32
	last                bool
}

func (t *thresholds) add(ok bool) verdict {
	if ok != t.last {
		t.row = 0
	}
	t.last = ok
	t.row++
	switch {
	case ok && t.row >= t.successes:
		return good
	case !ok && t.row >= t.failures:
		return bad
	default:
		return undecided
	}
}

// ask repeats a probe with the periods and thresholds of its spec; the API server has filled in the
// defaults.
func (c *container) ask(ctx context.Context, probe *corev1.Probe, tell func(verdict)) {
	pause(ctx, time.Duration(probe.InitialDelaySeconds)*time.Second)
	count := thresholds{successes: max(1, probe.SuccessThreshold), failures: max(1, probe.FailureThreshold)}
	for ctx.Err() == nil {
		ok := c.answers(ctx, probe)
		if ctx.Err() != nil {
			return
		}
		tell(count.add(ok))
		pause(ctx, time.Duration(max(1, probe.PeriodSeconds))*time.Second)
	}
}

func (c *container) answers(ctx context.Context, probe *corev1.Probe) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(max(1, probe.TimeoutSeconds))*time.Second)
	defer cancel()
	port, err := port(c.spec, probePort(probe))
	if err != nil {
		return false
	}
	address := net.JoinHostPort(c.worker.address.Address.String(), port)
	if probe.HTTPGet != nil {
		return answersHTTP(ctx, probe.HTTPGet, address)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func answersHTTP(ctx context.Context, get *corev1.HTTPGetAction, address string) bool {
	scheme := strings.ToLower(string(get.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+address+"/"+strings.TrimPrefix(get.Path, "/"), http.NoBody)
	if err != nil {
		return false
	}
	request.Header.Set("User-Agent", "kube-probe/1.37")
	for _, header := range get.HTTPHeaders {
		if http.CanonicalHeaderKey(header.Name) == "Host" {
			request.Host = header.Value
			continue
		}
		request.Header.Set(header.Name, header.Value)
	}
	unverified := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // a real kubelet does not verify either
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: unverified},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	return response.StatusCode >= 200 && response.StatusCode < 400
}

// unsupportedProbe names what cannot be asked here.
func unsupportedProbe(spec *corev1.Container, probe *corev1.Probe) error {
	switch {
	case probe == nil:
		return nil
	case probe.HTTPGet == nil && probe.TCPSocket == nil:
		return errors.New("this node has only httpGet and tcpSocket")
	case probe.HTTPGet != nil && probe.HTTPGet.Host != "", probe.TCPSocket != nil && probe.TCPSocket.Host != "":
		return errors.New("this node asks the pod only, no other host")
	}
	_, err := port(spec, probePort(probe))
	return err
}

func probePort(probe *corev1.Probe) intstr.IntOrString {
	if probe.HTTPGet != nil {
		return probe.HTTPGet.Port
	}
	return probe.TCPSocket.Port
}

// port looks a name up among the ports of the container.
func port(spec *corev1.Container, port intstr.IntOrString) (string, error) {
	if port.Type == intstr.Int {
		return strconv.Itoa(port.IntValue()), nil
	}
	for _, p := range spec.Ports {
		if p.Name == port.StrVal {
			return strconv.Itoa(int(p.ContainerPort)), nil
		}
	}
	return "", fmt.Errorf("the container has no port %q", port.StrVal)
}
