package retention_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

func defaults(change ...func(*retention.Policy)) *retention.Policy {
	p := retention.Defaults()
	p.Backend, p.Tenant = retention.Loki, "tux-production"
	for _, one := range change {
		one(&p)
	}
	return &p
}

func TestClassify(t *testing.T) {
	quiet := defaults(func(p *retention.Policy) {
		p.Thresholds = []retention.Threshold{{"django", retention.Error}, {"django.db", retention.Info}, {"tux.cache", retention.Warning}}
	})
	line := func(logger, level string) retention.Line {
		return retention.Line{Parsed: true, Logger: logger, Level: level}
	}
	tests := map[string]struct {
		in   retention.Line
		want retention.Decision
	}{
		"audit, whatever its level":                   {line("tux.audit", "DEBUG"), retention.Decision{Class: "audit", Days: 365}},
		"a logger below audit":                        {line("tux.audit.login", "INFO"), retention.Decision{Class: "audit", Days: 365}},
		"a logger that only begins like audit":        {line("tux.auditor", "INFO"), retention.Decision{Class: "default", Days: 30}},
		"business":                                    {line("tux.business", "INFO"), retention.Decision{Class: "business", Days: 180}},
		"an error of business lives as long as it":    {line("tux.business", "ERROR"), retention.Decision{Class: "business", Days: 180}},
		"what business says while debugging does not": {line("tux.business", "DEBUG"), retention.Decision{Class: "debug", Days: 3}},
		"performance":                                 {line("tux.performance", "WARNING"), retention.Decision{Class: "performance", Days: 14}},
		"an error of performance is an error":         {line("tux.performance", "ERROR"), retention.Decision{Class: "error", Days: 90}},
		"database":                                    {line("django.db.backends", "WARNING"), retention.Decision{Class: "database", Days: 3}},
		"a failed query is an error":                  {line("django.db.backends", "CRITICAL"), retention.Decision{Class: "error", Days: 90}},
		"the rest":                                    {line("tux.monitoring", "INFO"), retention.Decision{Class: "default", Days: 30}},
		"lower case, and another name for it":         {line("tux.monitoring", " fatal "), retention.Decision{Class: "error", Days: 90}},
		"an unknown level has its logger":             {line("tux.business", "TRACE"), retention.Decision{Class: "business", Days: 180}},
		"neither level nor logger":                    {line("", ""), retention.Decision{Class: "default", Days: 30}},
		"no JSON":                                     {retention.Line{Logger: "tux.audit"}, retention.Decision{Class: "unparsed", Days: 30}},
		"below the threshold":                         {line("django.request", "WARN"), retention.Decision{Class: "default", Days: 30, Dropped: true}},
		"the nearest threshold decides":               {line("django.db.backends", "WARN"), retention.Decision{Class: "database", Days: 3}},
		"below the nearest threshold":                 {line("django.db", "DEBUG"), retention.Decision{Class: "debug", Days: 3, Dropped: true}},
		"at the threshold":                            {line("tux.cache", "WARNING"), retention.Decision{Class: "default", Days: 30}},
		"an unknown level is not dropped":             {line("tux.cache", "TRACE"), retention.Decision{Class: "default", Days: 30}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, quiet.Classify(tc.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	class := func(c retention.Class) func(*retention.Policy) {
		return func(p *retention.Policy) { p.Classes = append(p.Classes, c) }
	}
	threshold := func(logger string, minimum retention.Level) func(*retention.Policy) {
		return func(p *retention.Policy) {
			p.Thresholds = append(p.Thresholds, retention.Threshold{Logger: logger, Minimum: minimum})
		}
	}
	x := []string{"x"}
	many := make([]string, 33)
	for i := range many {
		many[i] = "l" + strings.Repeat("x", i)
	}
	tests := map[string]struct {
		in *retention.Policy
		// want are the paths of the findings.
		want []string
	}{
		"the defaults":             {defaults(), nil},
		"thresholds of the others": {defaults(threshold("django.db.backends", retention.Warning), threshold("tux", retention.Debug)), nil},
		"no backend":               {defaults(func(p *retention.Policy) { p.Backend = "Splunk" }), []string{".backend"}},
		"no tenant":                {defaults(func(p *retention.Policy) { p.Tenant = "" }), []string{".tenant"}},
		"a tenant that is a path":  {defaults(func(p *retention.Policy) { p.Tenant = ".." }), []string{".tenant"}},
		"a tenant that is two":     {defaults(func(p *retention.Policy) { p.Tenant = "a|b" }), []string{".tenant"}},
		"days":                     {defaults(func(p *retention.Policy) { p.DefaultDays = 0; p.Classes[1].Days = 3651 }), []string{".classes[debug].retentionDays", ".defaultDays"}},
		"too many classes": {defaults(func(p *retention.Policy) {
			for i := range 17 {
				p.Classes = append(p.Classes[:i:i], retention.Class{Name: "c" + strings.Repeat("x", i), Days: 1, Loggers: []string{many[i]}})
			}
		}), []string{".classes"}},
		"a reserved name":                      {defaults(class(retention.Class{Name: "unparsed", Days: 1, Loggers: x})), []string{".classes[unparsed]"}},
		"a name twice":                         {defaults(class(retention.Class{Name: "audit", Days: 1, Loggers: x})), []string{".classes[audit]"}},
		"a bad name":                           {defaults(class(retention.Class{Name: "A\"}", Days: 1, Loggers: x})), []string{".classes[A\"}]"}},
		"a class of everything":                {defaults(class(retention.Class{Name: "all", Days: 1})), []string{".classes[all].match"}},
		"a wildcard":                           {defaults(class(retention.Class{Name: "x", Days: 1, Loggers: []string{"x.*"}})), []string{".classes[x].match.loggers"}},
		"a logger twice":                       {defaults(class(retention.Class{Name: "x", Days: 1, Loggers: []string{"x", "x"}})), []string{".classes[x].match.loggers"}},
		"too many loggers":                     {defaults(class(retention.Class{Name: "x", Days: 1, Loggers: many})), []string{".classes[x].match.loggers"}},
		"a level that is none":                 {defaults(class(retention.Class{Name: "x", Days: 1, Levels: []retention.Level{"TRACE"}})), []string{".classes[x].match.levels"}},
		"a level twice":                        {defaults(class(retention.Class{Name: "x", Days: 1, Levels: []retention.Level{"INFO", "INFO"}})), []string{".classes[x].match.levels"}},
		"a class that gets nothing":            {defaults(class(retention.Class{Name: "x", Days: 1, Loggers: []string{"tux.audit.login"}})), []string{".classes[x].match"}},
		"nor does this one":                    {defaults(class(retention.Class{Name: "x", Days: 1, Loggers: x, Levels: []retention.Level{"ERROR"}})), []string{".classes[x].match"}},
		"a class that gets a part":             {defaults(class(retention.Class{Name: "x", Days: 1, Loggers: x, Levels: []retention.Level{"ERROR", "INFO"}})), nil},
		"a class of a level gets what is left": {defaults(class(retention.Class{Name: "x", Days: 1, Levels: []retention.Level{"INFO"}})), nil},
		"audit must not be dropped":            {defaults(threshold("tux.audit", retention.Warning)), []string{".levels[tux.audit]"}},
		"nor from above":                       {defaults(threshold("tux", retention.Info)), []string{".levels[tux]"}},
		"nor from below":                       {defaults(threshold("tux.audit.login", retention.Info)), []string{".levels[tux.audit.login]"}},
		"unless a nearer one saves it":         {defaults(threshold("tux", retention.Info), threshold("tux.audit", retention.Debug)), nil},
		"a protected level": {defaults(threshold("a", retention.Error), threshold("b", retention.Critical), func(p *retention.Policy) { p.Classes[3].Protected = true }),
			[]string{".levels[b]"}},
		"bad thresholds": {defaults(threshold("a b", "LOUD"), threshold("a", retention.Error), threshold("a", retention.Error)),
			[]string{".levels[a b].logger", ".levels[a b].minimum", ".levels[a]"}},
		"a preset there is not": {defaults(func(p *retention.Policy) { p.Redaction = append(p.Redaction, "Names") }), []string{".redaction"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var paths []string
			for _, f := range tc.in.Validate("spec.logs") {
				if f.Reason != retention.ReasonInvalid || f.Message == "" || f.Waiting {
					t.Errorf("%+v", f)
				}
				paths = append(paths, strings.TrimPrefix(f.Path, "spec.logs"))
			}
			if diff := cmp.Diff(tc.want, paths); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAClassThatIsNotShadowedGetsALine holds the check for shadowed classes against what Classify does
// with every line that can make a difference.
func TestAClassThatIsNotShadowedGetsALine(t *testing.T) {
	loggers := []string{"a", "a.b", "a.b.c", "ab", "d"}
	levels := []retention.Level{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
	rapid.Check(t, func(t *rapid.T) {
		p := &retention.Policy{Backend: retention.Loki, Tenant: "t", DefaultDays: 1}
		for _, name := range []string{"first", "second"} {
			c := retention.Class{
				Name: name, Days: 1,
				Loggers: rapid.SliceOfNDistinct(rapid.SampledFrom(loggers), 0, 3, rapid.ID[string]).Draw(t, "loggers"),
				Levels:  rapid.SliceOfNDistinct(rapid.SampledFrom(levels), 0, 3, rapid.ID[retention.Level]).Draw(t, "levels"),
			}
			if len(c.Loggers)+len(c.Levels) == 0 {
				c.Levels = levels[:1]
			}
			p.Classes = append(p.Classes, c)
		}
		gets := false
		for _, logger := range append(loggers, "other") {
			for _, level := range append(levels, "TRACE") {
				gets = gets || p.Classify(retention.Line{Parsed: true, Logger: logger, Level: string(level)}).Class == "second"
			}
		}
		if findings := p.Validate(""); gets == (len(findings) > 0) {
			t.Fatalf("%+v: gets a line: %t, findings %v", p.Classes, gets, findings)
		}
	})
}

func TestRedaction(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MSJ9.c2lnbmF0dXJl"
	type all = []retention.Preset
	tests := map[string]struct {
		line string
		// secret must be gone, and is what the presets find.
		secret string
		want   all
	}{
		"a header in a message":                      {`{"message": "Authorization: Bearer abcdef0123456789"}`, "abcdef0123456789", all{retention.Authorization}},
		"a header in a mapping":                      {`{"headers": {"authorization": "Token harness1"}}`, "harness1", all{retention.Authorization}},
		"a repr in a message":                        {`{"message": "headers {'Cookie': 'sid-abc'}"}`, "sid-abc", all{retention.Cookie}},
		"JSON in a message":                          {`{"message": "body {\"password\": \"hunter2\"}"}`, "hunter2", all{retention.Password}},
		"a query string":                             {`{"message": "GET /x?user=1&api_key=abc123&y=2"}`, "abc123", all{retention.Token}},
		"a session in a traceback":                   {`{"exception": "Traceback\n  sessionid=s3ss10n; path=/"}`, "s3ss10n", all{retention.Cookie}},
		"a web token alone":                          {`{"message": "got ` + jwt + ` from client"}`, jwt, all{retention.JWT}},
		"an address":                                 {`{"message": "no user ada.lovelace@mail.example.org"}`, "ada.lovelace", all{retention.Email}},
		"a card":                                     {`{"message": "card 4111 1111 1111 1111 refused"}`, "4111 1111", all{retention.CardNumber}},
		"a card with fifteen digits":                 {`{"card": "378282246310005"}`, "378282246310005", all{retention.CardNumber}},
		"two at once":                                {`{"password": "hunter2", "mail": "a@b.example"}`, "hunter2", all{retention.Email, retention.Password}},
		"what is redacted":                           {`{"message": "Authorization: [redacted]", "token": "[redacted]", "x": "password=[redacted] Authorization: Bearer [redacted]"}`, "", nil},
		"what is redacted, with a bracket left over": {`{"message": "Authorization: [redacted]]"}`, "", nil},
		"names without values":                       {`{"message": "Password reset, token expired", "token_count": 5, "password": null, "authorized": true}`, "", nil},
		"a number that is no card":                   {`{"message": "job 4111 1111 1111 1112", "ms": 1795400728290}`, "", nil},
		"numbers of a line":                          {`{"timestamp": "2026-11-23T02:25:28.216+00:00", "line": 56, "request_id": "edge-4711-abc"}`, "", nil},
		"no address":                                 {`{"message": "user@localhost @mention a@b"}`, "", nil},
		"a line of the backend as it is":             {`{"timestamp": "2026-11-23T02:25:28.235+00:00", "level": "INFO", "logger": "tux.business", "message": "String generated", "module": "generation", "function": "generate", "line": 37, "event_type": "string_generation", "rule_id": 1, "success": true, "duration_ms": 6.341, "request_id": "edge-4711-abc", "workspace_id": "acme", "user_id": 1}`, "", nil},
	}
	finder := retention.NewFinder(retention.Presets())
	seen := map[retention.Preset]bool{}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			found := finder.Find(tc.line)
			if diff := cmp.Diff(tc.want, found); diff != "" {
				t.Error(diff)
			}
			clean := tc.line
			for _, preset := range found {
				seen[preset] = true
				clean = preset.Redact(clean)
			}
			if tc.secret != "" && strings.Contains(clean, tc.secret) {
				t.Errorf("left: %s", clean)
			}
			if again := finder.Find(clean); len(again) > 0 {
				t.Errorf("redacted, but %v is found in %s", again, clean)
			}
		})
	}
	if len(seen) != len(retention.Presets()) {
		t.Errorf("only %v have a case", seen)
	}
}

// TestRedactingAgainChangesNothing, and what Find says is what Redact does, but for numbers that only
// look like cards.
func TestRedactingAgainChangesNothing(t *testing.T) {
	finder := retention.NewFinder(retention.Presets())
	part := rapid.SampledFrom([]string{
		"password", "token", "Authorization", "cookie", "api_key", "=", ": ", `": "`, `\": \"`, "'", `"`, "Bearer ", "hunter2", "[redacted]",
		"a@b.example", "eyJhbGciOi.eyJzdWIi.x", "4111111111111111", " ", ",", "}", "[", "]", "&", "é",
	})
	rapid.Check(t, func(t *rapid.T) {
		line := strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "")
		found := finder.Find(line)
		for _, preset := range retention.Presets() {
			once := preset.Redact(line)
			if twice := preset.Redact(once); once != twice {
				t.Fatalf("%s: %q becomes %q, then %q", preset, line, once, twice)
			}
			// A bracket behind something redacted goes unnoticed.
			if preset != retention.CardNumber && !strings.Contains(line, "]]") && (once != line) != slices.Contains(found, preset) {
				t.Fatalf("%s: %q becomes %q, found %v", preset, line, once, found)
			}
		}
	})
}

// TestPatternsAreForCollectors: they compile alone, and $1 is what stays.
func TestPatternsAreForCollectors(t *testing.T) {
	for _, preset := range retention.Presets() {
		pattern := regexp.MustCompile(preset.Pattern())
		line := `a password=x token=y authorization: z cookie=c u@v.example eyJhbGciOi.eyJzdWIi.x 4111111111111111`
		if got := pattern.ReplaceAllString(line, retention.Replacement); got != preset.Redact(line) || got == line {
			t.Errorf("%s: %s", preset, got)
		}
	}
}

// TestWhatIsJudgedNeverTakesAway: of any two commitments, the one that follows keeps every promise that
// nobody gave up, and asking again changes nothing.
func TestWhatIsJudgedNeverTakesAway(t *testing.T) {
	names := []string{"a", "b", "c"}
	any := rapid.Custom(func(t *rapid.T) retention.Commitment {
		c := retention.Commitment{DefaultDays: rapid.IntRange(1, 6).Draw(t, "default")}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "names") {
			c.Classes = append(c.Classes, retention.Promised{Name: name, Days: rapid.IntRange(1, 6).Draw(t, "days"), Protected: rapid.Bool().Draw(t, "protected")})
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		first := any.Draw(t, "first")
		old, _ := first.Judge("t", any.Draw(t, "old"), "")
		wanted := any.Draw(t, "wanted")
		next, held := old.Judge("t", wanted, "")
		for _, name := range append(names, retention.DefaultClass) {
			_, isNew := find(wanted, name)
			_, wasClass := find(old, name)
			if isNew && !wasClass && !slices.Contains(old.Retired, name) {
				continue // no line carries this name
			}
			if next.DaysOf(name) < old.DaysOf(name) {
				t.Fatalf("%s from %d to %d", name, old.DaysOf(name), next.DaysOf(name))
			}
		}
		again, heldAgain := next.Judge("t", wanted, "")
		if diff := cmp.Diff(next, again) + cmp.Diff(len(held), len(heldAgain)); diff != "" {
			t.Fatal(diff)
		}
		accepted, left := old.Judge("t", wanted, retention.Acknowledgement("t", held))
		for _, d := range left {
			if !d.Protected && retention.Acknowledgement("t", held) != "" {
				t.Fatalf("%s is held though acknowledged", d)
			}
		}
		for _, class := range old.Classes {
			kept, found := find(accepted, class.Name)
			if class.Protected && (!found || !kept.Protected || kept.Days < class.Days) {
				t.Fatalf("protected %+v becomes %+v", class, kept)
			}
		}
	})
}

func find(c retention.Commitment, name string) (retention.Promised, bool) {
	i := slices.IndexFunc(c.Classes, func(p retention.Promised) bool { return p.Name == name })
	if i < 0 {
		return retention.Promised{}, false
	}
	return c.Classes[i], true
}

func TestAnAcknowledgementIsForOneTenantAndOneChange(t *testing.T) {
	one := []retention.Decrease{{Class: "error", From: 90, To: 10}}
	code := retention.Acknowledgement("t", one)
	for name, other := range map[string]string{
		"another tenant": retention.Acknowledgement("u", one),
		"another length": retention.Acknowledgement("t", []retention.Decrease{{Class: "error", From: 90, To: 9}}),
		"one more":       retention.Acknowledgement("t", append(slices.Clone(one), retention.Decrease{Class: "x", From: 2, To: 1})),
		"protected":      retention.Acknowledgement("t", []retention.Decrease{{Class: "error", From: 90, To: 10, Protected: true}}),
	} {
		if other == code {
			t.Errorf("%s has the same", name)
		}
	}
	if code == "" || one[0].String() != `class "error" from 90 to 10 days` {
		t.Errorf("%q, %s", code, one[0])
	}
}
