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

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
)

// Read returns what is stored of a tenant: three requests. The patterns match names of other tenants as well, which the
// plan does not look at.
func (c *Client) Read(ctx context.Context, tenant string) (plan.State, error) {
	s := plan.State{Objects: map[plan.Ref][]byte{}, Versions: map[string]int{}}
	for _, read := range []func(context.Context, string, plan.State) error{c.components, c.policies, c.templates} {
		if err := absent(read(ctx, tenant, s)); err != nil {
			return plan.State{}, err
		}
	}
	return s, nil
}

func (c *Client) components(ctx context.Context, tenant string, into plan.State) error {
	var found struct {
		All []struct {
			Name string          `json:"name"`
			Body json.RawMessage `json:"component_template"`
		} `json:"component_templates"`
	}
	request := getcomponenttemplate.New(c.transport).Name(plan.Component(tenant)).FlatSettings(true).Header("Accept", mediaType)
	if err := c.ask(ctx, "read the component template", request, &found); err != nil {
		return err
	}
	for _, one := range found.All {
		into.Objects[plan.Ref{Kind: plan.ComponentTemplate, Name: one.Name}] = one.Body
	}
	return nil
}

func (c *Client) policies(ctx context.Context, tenant string, into plan.State) error {
	var found map[string]json.RawMessage
	request := getlifecycle.New(c.transport).Policy(plan.Pattern(tenant)).Header("Accept", mediaType)
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
		into.Objects[plan.Ref{Kind: plan.LifecyclePolicy, Name: name}] = body
		into.Versions[name] = of.Version
	}
	return nil
}

func (c *Client) templates(ctx context.Context, tenant string, into plan.State) error {
	var found struct {
		All []struct {
			Name string          `json:"name"`
			Body json.RawMessage `json:"index_template"`
		} `json:"index_templates"`
	}
	request := getindextemplate.New(c.transport).Name(plan.Pattern(tenant)).FlatSettings(true).Header("Accept", mediaType)
	if err := c.ask(ctx, "read the index templates", request, &found); err != nil {
		return err
	}
	for _, one := range found.All {
		into.Objects[plan.Ref{Kind: plan.IndexTemplate, Name: one.Name}] = one.Body
	}
	return nil
}

// Write replaces one object. Elasticsearch locks nothing: what somebody else wrote since it was read is gone.
func (c *Client) Write(ctx context.Context, object plan.Object) error {
	var request endpoint
	body := reader(object.Body)
	switch object.Kind {
	case plan.ComponentTemplate:
		request = putcomponenttemplate.NewPutComponentTemplateFunc(c.transport)(object.Name).Raw(body).
			Header("Accept", mediaType).Header("Content-Type", mediaType)
	case plan.LifecyclePolicy:
		request = putlifecycle.NewPutLifecycleFunc(c.transport)(object.Name).Raw(body).
			Header("Accept", mediaType).Header("Content-Type", mediaType)
	case plan.IndexTemplate:
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
func (c *Client) Streams(ctx context.Context, tenant string) ([]plan.DataStream, error) {
	var found struct {
		Streams []struct {
			Name     string `json:"name"`
			Template string `json:"template"`
			Indices  []struct {
				Name string `json:"index_name"`
			} `json:"indices"`
		} `json:"data_streams"`
	}
	request := getdatastream.New(c.transport).Name(plan.StreamPattern(tenant)).Header("Accept", mediaType)
	if err := absent(c.ask(ctx, "list the data streams", request, &found)); err != nil {
		return nil, err
	}
	var all []plan.DataStream
	for _, stream := range found.Streams {
		one := plan.DataStream{Name: stream.Name, Template: stream.Template}
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
	request := explainlifecycle.NewExplainLifecycleFunc(c.transport)(plan.StreamPattern(tenant)).Header("Accept", mediaType)
	if err := absent(c.ask(ctx, "ask what lifecycle management does", request, &found)); err != nil {
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
	body, err := json.Marshal(map[string]any{"query": map[string]any{"range": map[string]any{
		"@timestamp": map[string]any{"gte": from.UnixMilli(), "lt": to.UnixMilli(), "format": "epoch_millis"},
	}}})
	if err != nil {
		return false, err
	}
	var found struct {
		Count  int `json:"count"`
		Shards struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
	}
	request := count.New(c.transport).Index(stream).Raw(reader(body)).TerminateAfter("1").IgnoreUnavailable(true).
		Header("Accept", mediaType).Header("Content-Type", mediaType)
	if err := c.ask(ctx, name, request, &found); err != nil {
		return false, err
	}
	// One line that is found is enough; none is only an answer if everything was looked through.
	if found.Count == 0 && found.Shards.Failed > 0 {
		return false, fmt.Errorf("cannot %s: %d shards did not answer", name, found.Shards.Failed)
	}
	return found.Count > 0, nil
}
