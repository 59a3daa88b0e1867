package external_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
)

// settings is a wanted or observed state: name to value.
type settings map[string]string

func (s settings) Drift(observed settings) []string {
	var drift []string
	for name, value := range s {
		if observed[name] != value {
			drift = append(drift, name)
		}
	}
	slices.Sort(drift)
	return drift
}

// system is an external object that ignores some fields, and counts what it is asked.
type system struct {
	has       settings
	deaf      []string
	meanwhile settings // what somebody else changes when we write
	reads     int
	written   []string
	readErr   map[int]error
	writeErr  error
}

func (s *system) Observe(context.Context) (settings, error) {
	s.reads++
	if err := s.readErr[s.reads]; err != nil {
		return nil, err
	}
	copied := settings{}
	for name, value := range s.has {
		copied[name] = value
	}
	return copied, nil
}

func (s *system) Update(_ context.Context, want settings, fields []string) error {
	s.written = append(s.written, fields...)
	if s.writeErr != nil {
		return s.writeErr
	}
	for _, field := range fields {
		if !slices.Contains(s.deaf, field) {
			s.has[field] = want[field]
		}
	}
	for name, value := range s.meanwhile {
		s.has[name] = value
	}
	return nil
}

func TestRun(t *testing.T) {
	broken := errors.New("broken")
	want := settings{"a": "1", "b": "2"}
	tests := map[string]struct {
		system  system
		ignored []string
		written string
		reads   int
		want    external.Outcome
		err     string
	}{
		"in step: one read, no write": {
			system: system{has: settings{"a": "1", "b": "2", "other": "x"}}, reads: 1,
		},
		"one field differs: it alone is written, and read back": {
			system: system{has: settings{"a": "1", "b": "9", "other": "x"}}, written: "b", reads: 2,
			want: external.Outcome{Corrected: []string{"b"}},
		},
		"a field is ignored": {
			system: system{has: settings{}, deaf: []string{"b"}}, written: "a b", reads: 2,
			want: external.Outcome{Corrected: []string{"a"}, Ignored: []string{"b"}},
		},
		"what was ignored before is not written again": {
			system: system{has: settings{"a": "1"}, deaf: []string{"b"}}, ignored: []string{"b"}, reads: 1,
			want: external.Outcome{Ignored: []string{"b"}},
		},
		"what was ignored before and is as wanted now is forgotten": {
			system: system{has: settings{"a": "1", "b": "2"}}, ignored: []string{"b"}, reads: 1,
		},
		"drift beside an ignored field is corrected": {
			system: system{has: settings{"a": "9"}, deaf: []string{"b"}}, ignored: []string{"b"}, written: "a", reads: 2,
			want: external.Outcome{Corrected: []string{"a"}, Ignored: []string{"b"}},
		},
		"somebody changes another field at the same time: tried again, not called ignored": {
			system: system{has: settings{"a": "9", "b": "2"}, meanwhile: settings{"b": "7"}}, written: "a", reads: 2,
			want: external.Outcome{Corrected: []string{"a"}}, err: "b changed while other fields were written",
		},
		"reading fails: nothing is written, the memory stays": {
			system: system{readErr: map[int]error{1: broken}}, ignored: []string{"b"}, reads: 1,
			want: external.Outcome{Ignored: []string{"b"}}, err: "broken",
		},
		"writing fails": {
			system: system{has: settings{}, writeErr: broken}, written: "a b", reads: 1, err: "broken",
		},
		"reading back fails": {
			system: system{has: settings{}, readErr: map[int]error{2: broken}}, written: "a b", reads: 2,
			err: "cannot read back a, b: broken",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := external.Run(t.Context(), &tc.system, want, tc.ignored)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if text := errorText(err); text != tc.err {
				t.Errorf("error %q, want %q", text, tc.err)
			}
			if written := strings.Join(tc.system.written, " "); written != tc.written || tc.system.reads != tc.reads {
				t.Errorf("wrote %q with %d reads, want %q with %d", written, tc.system.reads, tc.written, tc.reads)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
