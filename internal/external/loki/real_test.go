package loki_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/hack/loki/lab"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// The two environments of the test. Staging has the names of production's classes, and other days.
const production, staging = "tux-production", "tux-staging"

// control has lines of the same ages, so that they are in the same tables of the index. When they go, the compactor has
// been at the tables in which lines of the others must stay.
const control = "tux-zero"

// ages of the lines, in days; none is near to a day of a class.
var ages = []float64{0.02, 2, 5, 9, 20, 40, 100, 200, 500}

var classes = []string{"audit", "error", "short", retention.DefaultClass}

func policy(tenant string, defaults int, days ...int) retention.Policy {
	p := retention.Policy{Backend: retention.Loki, Tenant: tenant, DefaultDays: defaults}
	for i, n := range days {
		p.Classes = append(p.Classes, retention.Class{Name: classes[i], Loggers: []string{"tux." + classes[i]}, Days: n})
	}
	return p
}

func contribution(p retention.Policy) plan.Contribution {
	return plan.Contribution{Owner: "shop/" + p.Tenant, Policy: p}
}

// real is a running Loki with the lines of both environments, a line of each class and age, and the client under test.
type real struct {
	*lab.Loki
	*testing.T
	client *loki.Client
	filled time.Time
	last   plan.Document
}

func fill(t *testing.T) *real {
	t.Helper()
	l, err := lab.New(t.Context(), t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Stop() })
	client, err := loki.New(loki.Config{URL: l.URL, UserAgent: "test", Transport: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	r := &real{Loki: l, T: t, client: client, filled: time.Now().Truncate(time.Second)}
	var streams []lab.Stream
	for _, tenant := range []string{production, staging} {
		for _, class := range classes {
			for _, age := range ages {
				streams = append(streams, lab.Stream{
					Tenant: tenant, Labels: map[string]string{retention.ClassLabel: class}, At: r.at(age), Lines: 3,
				})
			}
		}
	}
	for _, age := range ages {
		streams = append(streams, lab.Stream{
			Tenant: control, Labels: map[string]string{retention.ClassLabel: retention.DefaultClass}, At: r.at(age), Lines: 3,
		})
	}
	r.must(l.Fill(t.Context(), streams))
	return r
}

func (r *real) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *real) at(age float64) time.Time {
	return r.filled.Add(-time.Duration(age * float64(24*time.Hour)))
}

// write brings the next document to Loki, as the operator and a kubelet do.
func (r *real) write(all ...plan.Contribution) []retention.Result {
	r.Helper()
	next, results, err := plan.Aggregate(r.last, all)
	r.must(err)
	r.last = next
	r.must(os.WriteFile(r.Overrides, []byte(next.Overrides), 0o600))
	return results
}

// loaded waits until Loki answers with what was written for a tenant.
func (r *real) loaded(tenant string, holds *retention.Commitment) {
	r.Helper()
	r.until("the document to be loaded", func() string {
		limits, err := r.client.Limits(r.Context(), tenant)
		if err != nil {
			return err.Error()
		}
		return strings.Join(limits.Differences(*holds), "; ")
	})
}

// until waits for a question to have no answer but "".
func (r *real) until(what string, ask func() string) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Minute)
	defer cancel()
	started, last := time.Now(), ""
	for {
		if last = ask(); last == "" {
			r.Logf("%s took %s", what, time.Since(started).Round(time.Second/10))
			return
		}
		select {
		case <-ctx.Done():
			r.Fatalf("waited for %s: %s", what, last)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// stored are the ages of which a class has lines; none of them has only some, while Loki is deleting.
func (r *real) stored(tenant, class string) ([]float64, error) {
	var found []float64
	for _, age := range ages {
		n, err := r.Count(r.Context(), tenant, fmt.Sprintf("{%s=%q}", retention.ClassLabel, class), r.at(age))
		switch {
		case err != nil:
			return nil, err
		case n == 3:
			found = append(found, age)
		case n != 0:
			return nil, fmt.Errorf("of %v days there are %d of 3 lines", age, n)
		}
	}
	return found, nil
}

// differs says where what is stored is not what the days of the classes say.
func (r *real) differs(tenant string, days map[string]int) string {
	r.Helper()
	for _, class := range classes {
		if diff := r.has(tenant, class, days[class]); diff != "" {
			return diff
		}
	}
	return ""
}

// has says whether a class has the lines of up to some days, and no others.
func (r *real) has(tenant, class string, days int) string {
	r.Helper()
	want := slices.DeleteFunc(slices.Clone(ages), func(age float64) bool { return age > float64(days) })
	got, err := r.stored(tenant, class)
	if err != nil {
		return tenant + " " + class + ": " + err.Error()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return tenant + " " + class + diff
	}
	return ""
}

func (r *real) judge(tenant string, holds *retention.Commitment) plan.Verdict {
	r.Helper()
	facts, err := r.client.Observe(r.Context(), tenant, *holds, time.Now())
	r.must(err)
	return plan.Judge(*holds, facts)
}

// TestRetentionOnARealLoki is one story, because a Loki with old lines takes half a minute to make.
func TestRetentionOnARealLoki(t *testing.T) {
	r := fill(t)
	all := map[string]int{"audit": 9999, "error": 9999, "short": 9999, "default": 9999}
	prod, stage := contribution(policy(production, 31, 395, 90, 7)), contribution(policy(staging, 7, 7, 7, 3))
	kept := contribution(policy(control, retention.MaxDays))

	// Retention is off, as it is by default: the document is loaded all the same, and nothing goes.
	r.must(r.Start(t.Context(), false))
	before, err := r.client.Before(t.Context(), staging, time.Now())
	r.must(err)
	if before == nil || before.DefaultDays != 31 || len(before.Classes) != 0 {
		t.Fatalf("before anything was written %v held, want the %s of all", before, lab.GlobalPeriod)
	}
	if none, err := r.client.Before(t.Context(), "nobody", time.Now()); none != nil || err != nil {
		t.Errorf("a tenant without lines was promised %v (%v)", none, err)
	}
	stage.Before = before
	results := r.write(prod, stage, kept)
	if results[1].State != retention.Held {
		t.Fatalf("taking over staging with fewer days is %s", results[1].State)
	}
	stage.Acknowledged = results[1].Acknowledgement
	results = r.write(prod, stage, kept)
	r.loaded(production, results[0].Holds)
	r.loaded(staging, results[1].Holds)
	v := r.judge(production, results[0].Holds)
	if !v.Off || len(v.Differences) > 0 || !slices.Contains(v.Overdue, "short") || slices.Contains(v.Overdue, "audit") {
		t.Errorf("with the compactor off: %+v", v)
	}
	if left := r.differs(production, all); left != "" {
		t.Errorf("lines are gone though nothing deletes: %s", left)
	}
	r.must(r.Stop())

	// Retention on: each class of each environment lives as long as declared, to the line.
	r.must(r.Start(t.Context(), true))
	days := map[string]map[string]int{
		production: {"audit": 395, "error": 90, "short": 7, "default": 31}, staging: {"audit": 7, "error": 7, "short": 3, "default": 7},
	}
	as := func(tenant string) func() string { return func() string { return r.differs(tenant, days[tenant]) } }
	r.until("production to be as declared", as(production))
	r.until("staging to be as declared", as(staging))
	for i, tenant := range []string{production, staging} {
		if v := r.judge(tenant, results[i].Holds); !v.Effective() || len(v.Overdue) > 0 {
			t.Errorf("%s: %+v", tenant, v)
		}
	}

	// A bad block never reaches the file, and does not hold up the change of another.
	bad := prod
	bad.Policy.Classes = append(slices.Clone(prod.Policy.Classes), prod.Policy.Classes[0])
	stage.Policy.DefaultDays = 8
	results = r.write(bad, stage, kept)
	if results[0].State != retention.Invalid {
		t.Errorf("two classes of a name are %s", results[0].State)
	}
	r.loaded(staging, results[1].Holds)
	r.loaded(production, results[0].Holds)
	if ok, found, err := r.Metric(t.Context(), "loki_runtime_config_last_reload_successful"); ok != 1 || !found || err != nil {
		t.Errorf("the last reload: %v %v %v", ok, found, err)
	}

	// A class that shrinks keeps its lines, while those of another go that has acknowledged it.
	shrunk := prod
	shrunk.Policy = policy(production, 31, 395, 30, 7)
	kept.Policy.DefaultDays = 30
	for range 2 {
		results = r.write(shrunk, stage, kept)
		kept.Acknowledged = results[2].Acknowledgement
	}
	if results[0].State != retention.Held || results[2].State != retention.Included {
		t.Errorf("who shrinks is %s, who has acknowledged it %s", results[0].State, results[2].State)
	}
	question, err := plan.Going(*results[0].Holds, results[0].Held[0])
	r.must(err)
	if going, err := r.client.Volume(t.Context(), production, question, time.Now()); err != nil || going.Lines != 3 {
		t.Errorf("the three lines of 40 days would go, Loki says %s, %v", going, err)
	}
	r.until("the lines of the control to go", func() string { return r.has(control, retention.DefaultClass, 30) })
	if left := r.differs(production, days[production]); left != "" {
		t.Errorf("lines went though nobody has acknowledged it: %s", left)
	}

	// The same for a resource that goes; production's are acknowledged now.
	shrunk.Acknowledged, kept.Policy.DefaultDays = results[0].Acknowledgement, 1
	for range 2 {
		results = r.write(shrunk, kept)
		kept.Acknowledged = results[1].Acknowledgement
	}
	days[production]["error"] = 30
	r.until("the acknowledged lines of production to go", as(production))
	r.until("those of the control to go", func() string { return r.has(control, retention.DefaultClass, 1) })
	if left := r.differs(staging, days[staging]); left != "" {
		t.Errorf("lines of a resource that is gone went: %s", left)
	}

	// A document that somebody damages: Loki refuses it and tells, and ours is loaded again.
	r.must(os.WriteFile(r.Overrides, []byte("overrides: {"+production+": {retention_perod: 1d}}\n"), 0o600))
	r.until("the damage to be refused", func() string {
		if ok, _, err := r.Metric(t.Context(), "loki_runtime_config_last_reload_successful"); ok != 0 || err != nil {
			return fmt.Sprint("the reload is ", ok, err)
		}
		return ""
	})
	r.loaded(production, results[0].Holds)
}

// TestTheRulerOfARealLoki names what it has loaded, in the words the client reads.
func TestTheRulerOfARealLoki(t *testing.T) {
	l, err := lab.New(t.Context(), t.TempDir(), t.Output())
	r := &real{Loki: l, T: t}
	r.must(err)
	t.Cleanup(func() { _ = l.Stop() })
	r.client, err = loki.New(loki.Config{URL: l.URL, UserAgent: "test", Transport: http.DefaultTransport})
	r.must(err)
	r.must(l.Start(t.Context(), false))

	alerts := plan.Alerts{Backends: []plan.Watched{{Service: "tux-web"}, {Service: "tux-worker", Asleep: true}}, RunbookURL: func(string) string { return "" }}
	lacks := func() ([]string, error) {
		groups, err := r.client.RuleGroups(t.Context(), production)
		if err != nil {
			return nil, err
		}
		return alerts.NotLoaded(groups)
	}
	if missing, err := lacks(); err != nil || len(missing) != 5 {
		t.Errorf("before there is a file: %v, %v", missing, err)
	}
	text, err := alerts.Rules()
	r.must(err)
	r.must(os.MkdirAll(filepath.Join(l.Rules, production), 0o700))
	r.must(os.WriteFile(filepath.Join(l.Rules, production, "shop-production.yaml"), []byte(text), 0o600))
	r.until("the ruler has all", func() string {
		missing, err := lacks()
		if err != nil {
			return err.Error()
		}
		return strings.Join(missing, ", ")
	})
}

// TestAReloadThatFailsOnARealLoki: a file with a mistake of somebody else is seen, and so is that it was mended.
func TestAReloadThatFailsOnARealLoki(t *testing.T) {
	l, err := lab.New(t.Context(), t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	client, err := loki.New(loki.Config{URL: l.URL, UserAgent: "test", Transport: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	document, _, err := plan.Aggregate(plan.Document{}, []plan.Contribution{contribution(policy(production, 30))})
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string, failed bool) {
		t.Helper()
		if err := os.WriteFile(l.Overrides, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
			got, err := client.ReloadFailed(t.Context(), production)
			if err == nil && got == failed {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("after %q a failed reload is %t, %v", text, got, err)
			}
		}
	}
	if err := os.WriteFile(l.Overrides, []byte(document.Overrides), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Stop() })
	write(document.Overrides, false)
	write(strings.Replace(document.Overrides, "retention_period", "retention_perod", 1), true)
	write(document.Overrides, false)
}
