package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// port the backend serves at.
const port = "8000"

// Faults are switches of the reference backend; hack/backend/README.md has the list.
type Faults map[string]any

// client answers for a fault switch, not for a user: it must get through whatever is broken.
var client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Set turns switches of one pod; the others stay as they are.
func (f Faults) Set(ctx context.Context, pod *corev1.Pod) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return control(ctx, http.MethodPatch, pod, body)
}

// Heal turns all switches of one pod back.
func Heal(ctx context.Context, pod *corev1.Pod) error {
	return control(ctx, http.MethodDelete, pod, nil)
}

func control(ctx context.Context, method string, pod *corev1.Pod, body []byte) error {
	url := "http://" + net.JoinHostPort(pod.Status.PodIP, port) + "/control/faults/"
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("cannot reach the fault switches of pod %q: %w", pod.Name, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return fmt.Errorf("the fault switches of pod %q answer %s: %s", pod.Name, response.Status, strings.TrimSpace(string(text)))
	}
	return nil
}
