package opensearch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/opensearch-project/opensearch-go/v4/opensearchapi"
	"github.com/opensearch-project/opensearch-go/v4/plugins/ism"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/opensearch"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Read returns what is stored of a tenant: two requests, and one for each policy. The patterns match names of other
// tenants as well, which the plan does not look at. Policies are asked for by name: a list of them is a search, which may
// be behind.
func (c *Client) Read(ctx context.Context, want store.Want) (store.State, error) {
	s := store.State{Objects: map[store.Ref][]byte{}, Revisions: map[string]store.Revision{}}
	if err := c.recognise(ctx); err != nil {
		return s, err
	}
	for _, read := range []func(context.Context, string, store.State) error{c.components, c.templates} {
		if err := logstore.Absent(read(ctx, want.Policy.Tenant, s)); err != nil {
			return s, err
		}
	}
	for _, name := range plan.Dialect().Policies(want, s) {
		if err := logstore.Absent(c.policy(ctx, name, s)); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (c *Client) components(ctx context.Context, tenant string, into store.State) error {
	var found struct {
		All []struct {
			Name string          `json:"name"`
			Body json.RawMessage `json:"component_template"`
		} `json:"component_templates"`
	}
	request := opensearchapi.ComponentTemplateGetReq{ComponentTemplate: store.Component(tenant) + "*"}
	if err := c.ask(ctx, "read the component template", http.MethodGet, request, &found); err != nil {
		return err
	}
	for _, one := range found.All {
		into.Objects[store.Ref{Kind: store.ComponentTemplate, Name: one.Name}] = one.Body
	}
	return nil
}

func (c *Client) templates(ctx context.Context, tenant string, into store.State) error {
	var found struct {
		All []struct {
			Name string          `json:"name"`
			Body json.RawMessage `json:"index_template"`
		} `json:"index_templates"`
	}
	request := opensearchapi.IndexTemplateGetReq{IndexTemplates: store.Pattern(tenant)}
	if err := c.ask(ctx, "read the index templates", http.MethodGet, request, &found); err != nil {
		return err
	}
	for _, one := range found.All {
		into.Objects[store.Ref{Kind: store.IndexTemplate, Name: one.Name}] = one.Body
	}
	return nil
}

func (c *Client) policy(ctx context.Context, name string, into store.State) error {
	var body json.RawMessage
	call := fmt.Sprintf("read ISM policy %q", name)
	if err := c.ask(ctx, call, http.MethodGet, ism.PoliciesGetReq{Policy: name}, &body); err != nil {
		return err
	}
	var of struct {
		SeqNo       *int `json:"_seq_no"`
		PrimaryTerm *int `json:"_primary_term"`
	}
	if err := json.Unmarshal(body, &of); err != nil || of.SeqNo == nil || of.PrimaryTerm == nil {
		return fmt.Errorf("cannot %s: the answer has no revision", call)
	}
	into.Objects[store.Ref{Kind: plan.Policy, Name: name}] = body
	into.Revisions[name] = store.Revision{Number: *of.SeqNo, Term: *of.PrimaryTerm}
	return nil
}

// Write replaces one object. A policy is written over the revision that was read, or not at all; templates are not locked.
func (c *Client) Write(ctx context.Context, object store.Object, have store.State) error {
	call := "write " + object.String()
	if object.Kind == plan.Policy {
		return c.writePolicy(ctx, call, object, have)
	}
	var done struct {
		Acknowledged bool `json:"acknowledged"`
	}
	var err error
	switch object.Kind {
	case store.ComponentTemplate:
		request := opensearchapi.ComponentTemplateCreateReq{ComponentTemplate: object.Name, Body: bytes.NewReader(object.Body)}
		err = c.ask(ctx, call, http.MethodPut, request, &done)
	case store.IndexTemplate:
		request := opensearchapi.IndexTemplateCreateReq{IndexTemplate: object.Name, Body: bytes.NewReader(object.Body)}
		err = c.ask(ctx, call, http.MethodPut, request, &done)
	default:
		return fmt.Errorf("cannot %s: there is no such kind", call)
	}
	if err == nil && !done.Acknowledged {
		err = fmt.Errorf("cannot %s: not all nodes have taken it over in time", call)
	}
	return err
}

func (c *Client) writePolicy(ctx context.Context, call string, object store.Object, have store.State) error {
	request := ism.PoliciesPutReq{Policy: object.Name}
	if err := json.Unmarshal(object.Body, &request.Body); err != nil {
		return fmt.Errorf("cannot %s: the official client does not know its form: %w", call, err)
	}
	// Without a revision it is made, and refused if somebody else has made it.
	if revision, there := have.Revisions[object.Name]; there {
		request.Params.IfSeqNo, request.Params.IfPrimaryTerm = &revision.Number, &revision.Term
	}
	return c.ask(ctx, call, http.MethodPut, request, nil)
}

// Off says whether index state management is switched off. What stands in opensearch.yml is among the defaults; a version that
// does not print it has it on.
func (c *Client) Off(ctx context.Context) (bool, error) {
	yes := true
	var found struct{ Transient, Persistent, Defaults map[string]any }
	request := opensearchapi.ClusterGetSettingsReq{Params: opensearchapi.ClusterGetSettingsParams{
		// Without a filter the defaults are some hundred kilobytes.
		FlatSettings: &yes, IncludeDefaults: &yes, FilterPath: []string{"*.plugins*"},
	}}
	if err := c.ask(ctx, "ask for the settings of the cluster", http.MethodGet, request, &found); err != nil {
		return false, err
	}
	for _, settings := range []map[string]any{found.Transient, found.Persistent, found.Defaults} {
		if value, set := settings[plan.Switch]; set {
			return fmt.Sprint(value) == "false", nil
		}
	}
	return false, nil
}

// Streams are the data streams of a tenant, and perhaps of others.
func (c *Client) Streams(ctx context.Context, tenant string) ([]store.DataStream, error) {
	var found struct {
		Streams []opensearchapi.DataStreamGetDetails `json:"data_streams"`
	}
	request := opensearchapi.DataStreamGetReq{DataStreams: []string{store.StreamPattern(tenant)}}
	if err := logstore.Absent(c.ask(ctx, "list the data streams", http.MethodGet, request, &found)); err != nil {
		return nil, err
	}
	var all []store.DataStream
	for _, stream := range found.Streams {
		one := store.DataStream{Name: stream.Name, Template: stream.Template}
		for _, index := range stream.Indices {
			one.Indices = append(one.Indices, index.Name)
		}
		all = append(all, one)
	}
	return all, nil
}

// explained is what index state management says of an index.
type explained struct {
	Policy      string `json:"policy_id"`
	SeqNo       *int   `json:"policy_seq_no"`
	PrimaryTerm *int   `json:"policy_primary_term"`
	Enabled     *bool  `json:"enabled"`
	Action      struct {
		Name   string `json:"name"`
		Failed bool   `json:"failed"`
	} `json:"action"`
	Retry struct {
		Failed bool `json:"failed"`
	} `json:"retry_info"`
}

func (e explained) index() plan.Index {
	index := plan.Index{Policy: e.Policy, Disabled: e.Policy != "" && e.Enabled != nil && !*e.Enabled}
	if e.SeqNo != nil && e.PrimaryTerm != nil {
		index.Revision = &store.Revision{Number: *e.SeqNo, Term: *e.PrimaryTerm}
	}
	if e.Action.Failed || e.Retry.Failed {
		index.Failed = e.Action.Name
		if index.Failed == "" {
			index.Failed = "policy"
		}
	}
	return index
}

// Explain says what index state management makes of these indices. One that is gone is left out.
func (c *Client) Explain(ctx context.Context, indices []string) (map[string]plan.Index, error) {
	all := map[string]plan.Index{}
	for _, names := range portions(indices) {
		var found map[string]json.RawMessage
		const call = "ask what index state management does"
		if err := logstore.Absent(c.ask(ctx, call, http.MethodGet, ism.ExplainReq{Indices: names}, &found)); err != nil {
			return nil, err
		}
		for _, name := range names {
			body, there := found[name]
			if !there {
				continue
			}
			var of explained
			if err := json.Unmarshal(body, &of); err != nil {
				return nil, fmt.Errorf("cannot %s: what it says of %q has another form than expected", call, name)
			}
			all[name] = of.index()
		}
	}
	return all, nil
}

// maxNames bounds the names in one request. OpenSearch takes 4096 bytes as the first line of one.
const maxNames = 3000

// portions are the names, as many in each as a request may have.
func portions(names []string) [][]string {
	var all [][]string
	size := maxNames
	for _, name := range names {
		if size += len(name) + 1; size > maxNames {
			all, size = append(all, nil), len(name)+1
		}
		all[len(all)-1] = append(all[len(all)-1], name)
	}
	return all
}

// change is the body of a change of policy. That of the official client always names a state, an empty one if none is
// meant, and the index would be sent to a state of that name.
type change struct {
	PolicyID string `json:"policy_id"`
}

// Move makes indices follow what their policies say now. They follow when index state management comes by next, or at the end
// of a state that the policy has changed.
func (c *Client) Move(ctx context.Context, indices map[string][]string) (map[string]string, error) {
	answers := map[string]string{}
	for _, policy := range slices.Sorted(maps.Keys(indices)) {
		for _, names := range portions(indices[policy]) {
			if err := logstore.Absent(c.move(ctx, policy, names, answers)); err != nil {
				return answers, err
			}
			// One of them was deleted meanwhile, or the policy: nobody was told, and the next look tells the others.
		}
	}
	return answers, nil
}

func (c *Client) move(ctx context.Context, policy string, names []string, answers map[string]string) error {
	var done ism.ChangeResp
	request := withBody{ism.ChangeReq{Indices: names}, change{policy}}
	if err := c.ask(ctx, fmt.Sprintf("change indices to ISM policy %q", policy), http.MethodPost, request, &done); err != nil {
		return err
	}
	for _, name := range names {
		answers[name] = ""
	}
	for _, failed := range done.FailedIndices {
		answers[failed.IndexName] = cmp.Or(c.conn.Detail(failed.Reason), "OpenSearch gives no reason")
	}
	return nil
}

// HasLine says whether a data stream has a line between two times.
func (c *Client) HasLine(ctx context.Context, stream string, from, to time.Time) (bool, error) {
	const name = "look for lines that are too old"
	one := 1
	found, err := c.count(ctx, name, opensearchapi.IndicesCountParams{TerminateAfter: &one}, stream, from, to)
	if err != nil {
		return false, err
	}
	return found.Any(name)
}

// Count says how many lines a data stream has between two times.
func (c *Client) Count(ctx context.Context, stream string, from, to time.Time) (int64, error) {
	const name = "count the lines that would go"
	found, err := c.count(ctx, name, opensearchapi.IndicesCountParams{}, stream, from, to)
	if err != nil {
		return 0, err
	}
	return found.All(name)
}

func (c *Client) count(
	ctx context.Context, name string, params opensearchapi.IndicesCountParams, stream string, from, to time.Time,
) (found logstore.Counted, err error) {
	body, err := json.Marshal(logstore.Line(from, to))
	if err != nil {
		return found, err
	}
	lenient := true
	params.IgnoreUnavailable = &lenient
	request := opensearchapi.IndicesCountReq{Indices: []string{stream}, Body: bytes.NewReader(body), Params: params}
	err = c.ask(ctx, name, http.MethodPost, request, &found)
	return found, err
}
