package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/elastic/go-elasticsearch/v9/typedapi/cluster/getcomponenttemplate"
	"github.com/elastic/go-elasticsearch/v9/typedapi/cluster/putcomponenttemplate"
	"github.com/elastic/go-elasticsearch/v9/typedapi/core/count"
	"github.com/elastic/go-elasticsearch/v9/typedapi/ilm/explainlifecycle"
	"github.com/elastic/go-elasticsearch/v9/typedapi/ilm/getlifecycle"
	"github.com/elastic/go-elasticsearch/v9/typedapi/ilm/getstatus"
	"github.com/elastic/go-elasticsearch/v9/typedapi/ilm/putlifecycle"
	"github.com/elastic/go-elasticsearch/v9/typedapi/indices/getdatastream"
	"github.com/elastic/go-elasticsearch/v9/typedapi/indices/getindextemplate"
	"github.com/elastic/go-elasticsearch/v9/typedapi/indices/putindextemplate"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Read returns what is stored of a tenant: three requests. The patterns match names of other tenants as well, which the
// plan does not look at.
func (c *Client) Read(ctx context.Context, want store.Want) (store.State, error) {
	s := store.State{Objects: map[store.Ref][]byte{}, Revisions: map[string]store.Revision{}}
	for _, read := range []func(context.Context, string, store.State) error{c.components, c.policies, c.templates} {
		if err := logstore.Absent(read(ctx, want.Policy.Tenant, s)); err != nil {
			return store.State{}, err
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
	request := getcomponenttemplate.New(c.transport).Name(store.Component(tenant)).FlatSettings(true).Header("Accept", mediaType)
	if err := c.ask(ctx, "read the component template", request, &found); err != nil {
		return err
	}
	for _, one := range found.All {
		into.Objects[store.Ref{Kind: store.ComponentTemplate, Name: one.Name}] = one.Body
	}
	return nil
}

func (c *Client) policies(ctx context.Context, tenant string, into store.State) error {
	var found map[string]json.RawMessage
	request := getlifecycle.New(c.transport).Policy(store.Pattern(tenant)).Header("Accept", mediaType)
	if err := c.ask(ctx, "read the lifecycle policies", request, &found); err != nil {
		return err
	}
	for name, body := range found {
		var of struct {
			Version int `json:"version"`
		}
		if err := json.Unmarshal(body, &of); err != nil {
			return fmt.Errorf("cannot read the lifecycle policies: %q has no version", name)
		}
		into.Objects[store.Ref{Kind: plan.LifecyclePolicy, Name: name}] = body
		into.Revisions[name] = store.Revision{Number: of.Version}
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
	request := getindextemplate.New(c.transport).Name(store.Pattern(tenant)).FlatSettings(true).Header("Accept", mediaType)
	if err := c.ask(ctx, "read the index templates", request, &found); err != nil {
		return err
	}
	for _, one := range found.All {
		into.Objects[store.Ref{Kind: store.IndexTemplate, Name: one.Name}] = one.Body
	}
	return nil
}

// Write replaces one object. Elasticsearch locks nothing: what somebody else wrote since it was read is gone.
func (c *Client) Write(ctx context.Context, object store.Object, _ store.State) error {
	var request endpoint
	body := reader(object.Body)
	switch object.Kind {
	case store.ComponentTemplate:
		request = putcomponenttemplate.NewPutComponentTemplateFunc(c.transport)(object.Name).Raw(body).
			Header("Accept", mediaType).Header("Content-Type", mediaType)
	case plan.LifecyclePolicy:
		request = putlifecycle.NewPutLifecycleFunc(c.transport)(object.Name).Raw(body).
			Header("Accept", mediaType).Header("Content-Type", mediaType)
	case store.IndexTemplate:
		request = putindextemplate.NewPutIndexTemplateFunc(c.transport)(object.Name).Raw(body).
			Header("Accept", mediaType).Header("Content-Type", mediaType)
	default:
		return fmt.Errorf("cannot write %s: there is no such kind", object.Ref)
	}
	var done struct {
		Acknowledged bool `json:"acknowledged"`
	}
	if err := c.ask(ctx, "write "+object.String(), request, &done); err != nil {
		return err
	}
	if !done.Acknowledged {
		return fmt.Errorf("cannot write %s: not all nodes have taken it over in time", object.Ref)
	}
	return nil
}

// Mode is what lifecycle management does: RUNNING, STOPPING or STOPPED.
func (c *Client) Mode(ctx context.Context) (string, error) {
	var found struct {
		Mode string `json:"operation_mode"`
	}
	err := c.ask(ctx, "ask for the state of lifecycle management", getstatus.New(c.transport).Header("Accept", mediaType), &found)
	if err == nil && found.Mode == "" {
		err = fmt.Errorf("cannot ask for the state of lifecycle management: the answer does not say")
	}
	return found.Mode, err
}

// Streams are the data streams of a tenant, and perhaps of others.
func (c *Client) Streams(ctx context.Context, tenant string) ([]store.DataStream, error) {
	var found struct {
		Streams []struct {
			Name     string `json:"name"`
			Template string `json:"template"`
			Indices  []struct {
				Name string `json:"index_name"`
			} `json:"indices"`
		} `json:"data_streams"`
	}
	request := getdatastream.New(c.transport).Name(store.StreamPattern(tenant)).Header("Accept", mediaType)
	if err := logstore.Absent(c.ask(ctx, "list the data streams", request, &found)); err != nil {
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

// Explain says what lifecycle management makes of the indices of a tenant, and perhaps of others.
func (c *Client) Explain(ctx context.Context, tenant string) (map[string]plan.Index, error) {
	var found struct {
		Indices map[string]struct {
			Policy     string `json:"policy"`
			Phase      string `json:"phase"`
			Step       string `json:"step"`
			FailedStep string `json:"failed_step"`
			Execution  struct {
				Version int `json:"version"`
			} `json:"phase_execution"`
		} `json:"indices"`
	}
	request := explainlifecycle.NewExplainLifecycleFunc(c.transport)(store.StreamPattern(tenant)).Header("Accept", mediaType)
	if err := logstore.Absent(c.ask(ctx, "ask what lifecycle management does", request, &found)); err != nil {
		return nil, err
	}
	all := map[string]plan.Index{}
	for name, index := range found.Indices {
		all[name] = plan.Index{
			Name: name, Policy: index.Policy, Phase: index.Phase, Step: index.Step, FailedStep: index.FailedStep,
			Version: index.Execution.Version,
		}
	}
	return all, nil
}

// HasLine says whether a data stream has a line between two times.
func (c *Client) HasLine(ctx context.Context, stream string, from, to time.Time) (bool, error) {
	const name = "look for lines that are too old"
	found, err := c.count(ctx, name, count.New(c.transport).TerminateAfter("1"), stream, from, to)
	if err != nil {
		return false, err
	}
	return found.Any(name)
}

// Count says how many lines a data stream has between two times.
func (c *Client) Count(ctx context.Context, stream string, from, to time.Time) (int64, error) {
	const name = "count the lines that would go"
	found, err := c.count(ctx, name, count.New(c.transport), stream, from, to)
	if err != nil {
		return 0, err
	}
	return found.All(name)
}

func (c *Client) count(
	ctx context.Context, name string, request *count.Count, stream string, from, to time.Time,
) (found logstore.Counted, err error) {
	body, err := json.Marshal(logstore.Line(from, to))
	if err != nil {
		return found, err
	}
	request = request.Index(stream).Raw(reader(body)).IgnoreUnavailable(true).
		Header("Accept", mediaType).Header("Content-Type", mediaType)
	err = c.ask(ctx, name, request, &found)
	return found, err
}

// Judge looks whether Elasticsearch does what was written: three requests, and one for each class that has a data stream.
func (c *Client) Judge(
	ctx context.Context, tenant string, holds retention.Commitment, have store.State, now time.Time,
) (logstore.Judgement, error) {
	f := plan.Facts{Revisions: have.Revisions}
	var err error
	if f.Mode, err = c.Mode(ctx); err != nil {
		return logstore.Judgement{}, err
	}
	if f.Streams, err = c.Streams(ctx, tenant); err != nil {
		return logstore.Judgement{}, err
	}
	if f.Indices, err = c.Explain(ctx, tenant); err != nil {
		return logstore.Judgement{}, err
	}
	if f.Overdue, err = logstore.Overdue(ctx, tenant, holds, f.Streams, now, c.HasLine); err != nil {
		return logstore.Judgement{}, err
	}
	return logstore.Judgement{Verdict: plan.Judge(tenant, holds, f)}, nil
}
