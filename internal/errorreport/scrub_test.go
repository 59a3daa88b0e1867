package errorreport

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// planted is one secret of each sort in an error a person could meet; the key says the secret.
var planted = map[string]struct{ text, secret string }{
	"bearer token":             {`GET /api/0/: 401 with Authorization: Bearer s3cr3t.abc-123`, "s3cr3t"},
	"bearer without header":    {`sent "bearer s3cr3tabc" and was refused`, "s3cr3t"},
	"basic credentials":        {`Proxy-Authorization: Basic czNjcjN0OnBhc3M= refused`, "czNjcjN0"},
	"token scheme":             {`headers map[Authorization:[Token s3cr3tabc] Accept:[*/*]]`, "s3cr3t"},
	"JWT scheme":               {`JWT s3cr3t-test-token is expired`, "s3cr3t"},
	"cookie":                   {`Cookie: sessionid=s3cr3t; csrf=s3cr3t2`, "s3cr3t"},
	"header as JSON":           {`{"Authorization":"Bearer s3cr3tabc"}`, "s3cr3t"},
	"user and password in URL": {`Get "https://user:s3cr3t@example.com/x": dial tcp`, "s3cr3t"},
	"password with an at":      {`postgres://tux:pa@s3cr3t/x@db:5432/tux refused`, "s3cr3t"},
	"token as user":            {`https://s3cr3t@github.com/x.git not found`, "s3cr3t"},
	"driver string":            {`dial tux:s3cr3t@tcp(db:3306)/tux`, "s3cr3t"},
	"another DSN":              {`cannot reach https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/2`, "0123456789abcdef"},
	"old DSN":                  {`https://public:s3cr3t@sentry.example/2 is no DSN`, "s3cr3t"},
	"query of a URL":           {`Get "https://x.example/a?state=s3cr3t&x=1": EOF`, "s3cr3t"},
	"query without host":       {`GET /search/?q=s3cr3t 500`, "s3cr3t"},
	"password=":                {`connect host=db user=tux password=s3cr3t dbname=x`, "s3cr3t"},
	"password with a comma":    {`connect password=ab,s3cr3t;x`, "s3cr3t"},
	"password with an at =":    {`password: ab:cd@s3cr3t`, "s3cr3t"},
	"quoted with blanks":       {`password = "correct s3cr3t battery"`, "s3cr3t"},
	"quoted with a quote":      {`{"password":"a\"s3cr3t","user":"x"}`, "s3cr3t"},
	"single quotes":            {`secret='a s3cr3t b' is wrong`, "s3cr3t"},
	"environment variable":     {`DJANGO_SECRET_KEY=s3cr3t is too short`, "s3cr3t"},
	"YAML":                     {"token: s3cr3t\nurl: x", "s3cr3t"},
	"YAML block":               {"apiToken: |-\n  s3cr3t\nurl: x", "s3cr3t"},
	"JSON":                     {`{"apiKey": "s3cr3t", "x": 1}`, "s3cr3t"},
	"JSON in quotes":           {`body "{\"client_secret\":\"s3cr3t\",\"x\":1}"`, "s3cr3t"},
	"Go struct":                {`&{User:x Password:s3cr3t Port:1}`, "s3cr3t"},
	"Go map":                   {`map[api-key:s3cr3t]`, "s3cr3t"},
	"flag":                     {`exec: sentry-cli --auth-token s3cr3t releases: exit 1`, "s3cr3t"},
	"private key":              {"bad key -----BEGIN RSA PRIVATE KEY-----\nczNjcjN0\nabc\n-----END RSA PRIVATE KEY----- here", "czNjcjN0"},
	"cut private key":          {"bad -----BEGIN PRIVATE KEY-----\nczNjcjN0", "czNjcjN0"},
	"key in one line":          {`bad -----BEGIN EC PRIVATE KEY-----\nczNjcjN0\n-----END EC PRIVATE KEY----- x`, "czNjcjN0"},
	"JSON web token":           {`bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cr3t_sig given`, "eyJ"},
	"Sentry token":             {`sntryu_0123456789s3cr3t lacks scope`, "s3cr3t"},
	"Sentry organization":      {`sntrys_eyJpYXQiOjE3MDAwMDAwMDB9_s3cr3t lacks scope`, "s3cr3t"},
	"old Sentry token":         {`0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef lacks scope`, "0123456789abcdef"},
	"GitHub token":             {`ghp_0123456789abcdefghij is expired`, "0123456789"},
	"AWS key":                  {`AKIAIOSFODNN7EXAMPLE is no key of ours`, "IOSFODNN"},
}

func TestNoPlantedSecretArrives(t *testing.T) {
	for name, tc := range planted {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(tc.text, tc.secret) {
				t.Fatal("the case plants nothing")
			}
			s := newFakeSentry(t)
			r := newReporter(t, s.dsn())
			r.Terminal(context.Background(), object, "Refused", errors.New("cannot sync: "+tc.text))
			r.Flush(patience)
			events := s.received()
			if len(events) != 1 {
				t.Fatalf("got %d events", len(events))
			}
			if value := events[0].Exception[0].Value; !strings.HasPrefix(value, "cannot sync: ") || !strings.Contains(value, scrubbed) {
				t.Errorf("got %q", value)
			}
			if got := s.everything(); strings.Contains(got, tc.secret) {
				t.Errorf("arrived: %s", got)
			}
		})
	}
}

func TestScrubLeavesWhatHelps(t *testing.T) {
	for name, text := range map[string]string{
		"a Secret by name": `cannot sync Sentry project "shop": Secret shop/sentry-token lacks scope project:write`,
		"a parse error":    `cannot use rule "x": rules[2].expr: 1:14: parse error: unexpected "}"`,
		"a URL":            `Get "https://sentry.example:9000/api/0/projects/shop/": dial tcp 10.0.0.1:9000: connection refused`,
		"an image":         `image quay.io/prometheus/blackbox-exporter:v0.27.0 not found`,
		"a missing key":    `Secret "x" has no key "token"`,
		"a CEL message":    `spec.probes: Invalid value: url must be set when exporter is External, and only then`,
		"a duration":       `2m30s is longer than 1m`,
		"a UID":            `precondition failed: UID 6f1c7d2e-8a0b-4c55-9d55-0d3d1f6f2a11`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := Scrub(text); got != text {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestScrubKeepsTheRestOfTheMessage(t *testing.T) {
	for text, want := range map[string]string{
		`Get "https://u:p4ss@example.com/x?y=z": dial tcp: refused`: `Get "https://[scrubbed]@example.com/x?[scrubbed]": dial tcp: refused`,
		`host=db password=abc dbname=x`:                             `host=db password=[scrubbed] dbname=x`,
		`{"token": "abc", "project": "shop"}`:                       `{"token": [scrubbed], "project": "shop"}`,
		`Bearer abcdef123 was refused`:                              `Bearer [scrubbed] was refused`,
	} {
		if got := Scrub(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
