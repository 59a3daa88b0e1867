package kubelet

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probe asks the questions of the pod's own spec until ctx ends: not ready takes the pod out of its
// Services, not live restarts the container.
func (c *container) probe(ctx context.Context) {
	if question := c.spec.ReadinessProbe; question != nil {
		go c.ask(ctx, question, func(answer verdict) {
			switch answer {
			case good:
				c.setReady(true)
			case bad:
				c.setReady(false)
			}
		})
	}
	if question := c.spec.LivenessProbe; question != nil {
		go c.ask(ctx, question, func(answer verdict) {
			if answer == bad {
				c.worker.say("keep container \""+c.spec.Name+"\"", fmt.Errorf("its liveness probe fails"))
				c.restart()
			}
		})
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
	address := c.worker.address.Address.String()
	switch {
	case probe.HTTPGet != nil:
		return c.answersHTTP(ctx, probe.HTTPGet, net.JoinHostPort(address, c.port(probe.HTTPGet.Port)))
	case probe.TCPSocket != nil:
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(address, c.port(probe.TCPSocket.Port)))
		if err != nil {
			return false
		}
		return conn.Close() == nil
	default:
		// Nobody here uses another kind; a probe that cannot be asked must not pass.
		return false
	}
}

func (c *container) answersHTTP(ctx context.Context, get *corev1.HTTPGetAction, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+get.Path, http.NoBody)
	if err != nil {
		return false
	}
	for _, header := range get.HTTPHeaders {
		request.Header.Add(header.Name, header.Value)
		if header.Name == "Host" {
			request.Host = header.Value
		}
	}
	request.Header.Set("User-Agent", "kube-probe/1.37")
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
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

func (c *container) port(port intstr.IntOrString) string {
	if port.Type == intstr.Int {
		return strconv.Itoa(port.IntValue())
	}
	for _, p := range c.spec.Ports {
		if p.Name == port.StrVal {
			return strconv.Itoa(int(p.ContainerPort))
		}
	}
	return "0"
}
