package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Notification is one alert as it reached a receiver.
type Notification struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	// Route is the path of the webhook, which tells whose route it came by.
	Route   string    `json:"-"`
	Arrived time.Time `json:"-"`
}

// Receiver is a webhook at the end of a route of Alertmanager: where a pager would be.
type Receiver struct {
	// URL ends with a slash; each namespace has a path of its own below it.
	URL string

	mu    sync.Mutex
	all   []Notification
	texts map[string][]string
}

// Listen starts a receiver on an address of this machine, at a free port, until ctx ends.
func Listen(ctx context.Context, host string) (*Receiver, error) {
	return ListenAt(ctx, net.JoinHostPort(host, "0"))
}

// ListenAt is Listen for who has written the port into a manifest.
func ListenAt(ctx context.Context, address string) (*Receiver, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen for alerts: %w", err)
	}
	r := &Receiver{URL: "http://" + listener.Addr().String() + "/", texts: map[string][]string{}}
	server := &http.Server{Handler: http.HandlerFunc(r.receive), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return r, nil
}

func (r *Receiver) receive(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var message struct {
		Alerts []Notification `json:"alerts"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if message.Alerts == nil {
		r.texts[request.URL.Path[1:]] = append(r.texts[request.URL.Path[1:]], string(body))
	}
	for _, alert := range message.Alerts {
		alert.Route, alert.Arrived = request.URL.Path[1:], time.Now()
		r.all = append(r.all, alert)
	}
}

// Since returns what arrived by a route after a time, oldest first.
func (r *Receiver) Since(route string, after time.Time) []Notification {
	r.mu.Lock()
	defer r.mu.Unlock()
	var since []Notification
	for _, n := range r.all {
		if n.Route == route && n.Arrived.After(after) {
			since = append(since, n)
		}
	}
	return since
}

// Texts returns what arrived by a route and is not the JSON of Alertmanager, such as a message to Slack.
func (r *Receiver) Texts(route string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.texts[route])
}

// Arrived returns when an alert first arrived with a status after a time, and whether it did.
func (r *Receiver) Arrived(route, alert, status string, after time.Time) (time.Time, bool) {
	for _, n := range r.Since(route, after) {
		if n.Labels["alertname"] == alert && n.Status == status {
			return n.Arrived, true
		}
	}
	return time.Time{}, false
}
