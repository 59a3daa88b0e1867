package sentry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ReasonNotAPI means something else than the API of Sentry answered, such as a login page; correct the URL or the proxy.
const ReasonNotAPI = "NotAPI"

const (
	// maxBody bounds an answer; a page of a hundred keys has about 200 KiB.
	maxBody = 4 << 20
	// maxErrorBody is how much of a refusal is read for its reason.
	maxErrorBody = 64 << 10
	// notAPIDelay is how long to wait after an answer that is not of the API: a proxy under
	// maintenance comes back by itself, a wrong URL does not.
	notAPIDelay = 5 * time.Minute
)

// call is one request and what to do with its answer.
type call struct {
	// name is for people, such as "update project".
	name    string
	method  string
	address string
	// in is sent as JSON unless nil.
	in any
	// out gets the answer unless nil.
	out any
	// success are the statuses that mean it was done.
	success []int
}

// do sends the call. Every error begins with what could not be done, and is sorted as package fault
// has it; none holds the URL, the token or more of the answer than its reason.
func (c *Client) do(ctx context.Context, call call) (http.Header, error) {
	request, err := c.request(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("cannot %s: %w", call.name, err)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot %s: %w", call.name, external.Unreached(err))
	}
	defer func() { _ = answer.Body.Close() }()
	if !slices.Contains(call.success, answer.StatusCode) {
		return nil, c.refusal(call.name, answer)
	}
	if call.out == nil {
		// A login page has status 200 too; what has no body has no type.
		if answer.ContentLength != 0 && !isJSON(answer) {
			return nil, notAPI(call.name, answer)
		}
		return answer.Header, nil
	}
	return answer.Header, decode(call, answer)
}

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	var body io.Reader
	if call.in != nil {
		content, err := json.Marshal(call.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(content)
	}
	request, err := http.NewRequestWithContext(ctx, call.method, call.address, body)
	if err != nil {
		return nil, external.WithoutURL(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.config.UserAgent)
	request.Header.Set("Authorization", "Bearer "+c.config.Token.value)
	return request, nil
}

func decode(call call, answer *http.Response) error {
	if !isJSON(answer) {
		return notAPI(call.name, answer)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	if err != nil {
		return fmt.Errorf("cannot %s: the answer broke off: %w", call.name, err)
	}
	if len(body) > maxBody {
		return fmt.Errorf("cannot %s: the answer has more than %d bytes", call.name, maxBody)
	}
	if err := json.Unmarshal(body, call.out); err != nil {
		// The error of the decoder can quote what it read, which may be a secret.
		return fmt.Errorf("cannot %s: the answer is no JSON of the expected form", call.name)
	}
	return nil
}

func isJSON(answer *http.Response) bool {
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

func notAPI(name string, answer *http.Response) error {
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || len(kind) > 60 {
		kind = "no known type"
	}
	return fault.Waiting(notAPIDelay, ReasonNotAPI,
		fmt.Errorf("cannot %s: the answer %d is %s and not JSON, so it is not of the API of Sentry", name, answer.StatusCode, kind))
}

// refusal turns an answer that is no success into an error.
func (c *Client) refusal(name string, answer *http.Response) error {
	status, known := answer.StatusCode, isJSON(answer)
	// Too many requests are told in HTML, by Sentry itself; redirects and failures by any proxy.
	if !known && (status < 300 || status >= 400 && status < 500 && status != http.StatusTooManyRequests) {
		return notAPI(name, answer)
	}
	refused := &external.Answer{Call: name, Status: status, RetryAfter: pauseOf(answer, time.Time{})}
	// The status is enough if the rest does not arrive.
	if body, err := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody)); known && err == nil {
		refused.Detail = c.scrub(detail(body))
	}
	return refused.Fault()
}
