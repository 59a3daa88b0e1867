package controllers

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

func TestOneIsAtAPlaceAtATime(t *testing.T) {
	var all places
	here := place{retention.OpenSearch, "https://a", "tenant"}
	leave, err := all.try(here, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	// Who comes second waits for nothing, and comes back.
	_, err = all.try(here, time.Second)
	if waiting, ok := fault.AsWaiting(err); !ok || waiting.After != time.Second || !errors.Is(err, errOccupied) {
		t.Errorf("%v", err)
	}
	// The same tenant elsewhere is another.
	for _, there := range []place{
		{retention.OpenSearch, "https://b", "tenant"}, {retention.Elasticsearch, "https://a", "tenant"},
		{retention.OpenSearch, "https://a", "other"},
	} {
		if _, err := all.try(there, time.Second); err != nil {
			t.Errorf("%+v: %v", there, err)
		}
	}
	// Who has to wait does not wait longer than its context.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := all.enter(ctx, here); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	leave()
	if leave, err = all.enter(t.Context(), here); err != nil {
		t.Fatal(err)
	}
	leave()
	if _, err := all.try(here, time.Second); err != nil {
		t.Error(err)
	}
}
