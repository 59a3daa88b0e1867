package sentry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// secret is a token in the shape of one; no test may find it where it does not belong.
const secret = "sntryu_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func token(t *testing.T) sentry.Token {
	t.Helper()
	made, err := sentry.NewToken(secret + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// asked is one request as a server got it.
type asked struct{ Method, URI, Body string }

// serve starts a server that answers one after the other, the last answer for ever.
func serve(t *testing.T, prefix string, answers ...http.HandlerFunc) (*sentry.Client, *[]asked) {
	t.Helper()
	var got []asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, asked{r.Method, r.RequestURI, string(body)})
		if header := r.Header.Get("Authorization"); header != "Bearer "+secret {
			t.Errorf("Authorization is %q", header)
		}
		answers[min(len(got), len(answers))-1](w, r)
	}))
	t.Cleanup(server.Close)
	client, err := sentry.New(sentry.Config{
		URL: server.URL + prefix, Organization: "shop", Token: token(t), UserAgent: "tuxmonitoring/test", Transport: server.Client().Transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, &got
}

func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func html(status int) http.HandlerFunc {
	return answer(status, "<html><title>Log in</title>", "Content-Type", "text/html; charset=utf-8")
}

func pointer[T any](v T) *T { return &v }

func TestCalls(t *testing.T) {
	ctx := context.Background()
	tests := map[string]struct {
		status int
		answer string
		call   func(c *sentry.Client) (any, error)
		asked  asked
		want   string
	}{
		"get organization": {
			200, `{"id":"2","slug":"shop","links":{"regionUrl":"https://us.sentry.io"},"safeFields":["authorization"]}`,
			func(c *sentry.Client) (any, error) { o, err := c.Organization(ctx); return o.SafeFields, err },
			asked{"GET", "/api/0/organizations/shop/?detailed=0", ""}, `["authorization"]`,
		},
		"get project": {
			200, `{"id":"7","slug":"web","platform":null,"defaultEnvironment":null,"relayPiiConfig":null,"securityToken":"SECRET"}`,
			func(c *sentry.Client) (any, error) { p, err := c.GetProject(ctx, "web"); return p.ID, err },
			asked{"GET", "/api/0/projects/shop/web/", ""}, `"7"`,
		},
		"create project": {
			201, `{"id":"7","slug":"web"}`,
			func(c *sentry.Client) (any, error) {
				p, err := c.CreateProject(ctx, "backend", sentry.NewProject{Name: "Web", Slug: "web", Platform: "python-django"})
				return p.ID, err
			},
			asked{"POST", "/api/0/teams/shop/backend/projects/", `{"name":"Web","slug":"web","platform":"python-django","default_rules":false}`}, `"7"`,
		},
		"update project sends what is set, and empty lists too": {
			200, `{}`,
			func(c *sentry.Client) (any, error) {
				return nil, c.UpdateProject(ctx, "7", sentry.ProjectUpdate{DataScrubber: pointer(false), SensitiveFields: &[]string{}})
			},
			asked{"PUT", "/api/0/projects/shop/7/", `{"dataScrubber":false,"sensitiveFields":[]}`}, `null`,
		},
		"delete project": {
			204, ``, func(c *sentry.Client) (any, error) { return nil, c.DeleteProject(ctx, "7") },
			asked{"DELETE", "/api/0/projects/shop/7/", ""}, `null`,
		},
		"add team": {
			201, `{}`, func(c *sentry.Client) (any, error) { return nil, c.AddTeam(ctx, "7", "ops") },
			asked{"POST", "/api/0/projects/shop/7/teams/ops/", ""}, `null`,
		},
		"remove team": {
			200, `{}`, func(c *sentry.Client) (any, error) { return nil, c.RemoveTeam(ctx, "7", "ops") },
			asked{"DELETE", "/api/0/projects/shop/7/teams/ops/", ""}, `null`,
		},
		"create key": {
			201, `{"id":"k","dsn":{"public":"https://k@ingest.example/7","secret":"https://k:s@ingest.example/7"}}`,
			func(c *sentry.Client) (any, error) {
				k, err := c.CreateKey(ctx, "7", "production")
				return k.DSN.Public, err
			},
			asked{"POST", "/api/0/projects/shop/7/keys/", `{"name":"production"}`}, `"https://k@ingest.example/7"`,
		},
		"a key without limit has null twice": {
			200, `{}`, func(c *sentry.Client) (any, error) {
				return nil, c.UpdateKey(ctx, "7", "k", sentry.KeyUpdate{RateLimit: &sentry.RateLimit{}})
			},
			asked{"PUT", "/api/0/projects/shop/7/keys/k/", `{"rateLimit":{"count":null,"window":null}}`}, `null`,
		},
		"list filters, in all forms": {
			200, `[{"id":"localhost","active":false},{"id":"web-crawlers","active":true},{"id":"legacy-browsers","active":["ie"]},{"id":"x","active":[]}]`,
			func(c *sentry.Client) (any, error) { return c.Filters(ctx, "7") },
			asked{"GET", "/api/0/projects/shop/7/filters/?per_page=100", ""},
			`[{"id":"localhost","active":{"On":false,"Parts":null}},{"id":"web-crawlers","active":{"On":true,"Parts":null}},` +
				`{"id":"legacy-browsers","active":{"On":true,"Parts":["ie"]}},{"id":"x","active":{"On":false,"Parts":[]}}]`,
		},
		"set filter on an older server": {
			201, ``, func(c *sentry.Client) (any, error) { return nil, c.SetFilter(ctx, "7", "localhost", true) },
			asked{"PUT", "/api/0/projects/shop/7/filters/localhost/", `{"active":true}`}, `null`,
		},
		"an environment with a slash in its name": {
			200, `{}`, func(c *sentry.Client) (any, error) { return nil, c.HideEnvironment(ctx, "7", "prod/eu ü", true) },
			asked{"PUT", "/api/0/projects/shop/7/environments/prod%2Feu%20%C3%BC/", `{"isHidden":true}`}, `null`,
		},
		"list environments, hidden ones too": {
			200, `[{"id":"1","name":"prod","isHidden":true}]`, func(c *sentry.Client) (any, error) { return c.Environments(ctx, "7") },
			asked{"GET", "/api/0/projects/shop/7/environments/?per_page=100&visibility=all", ""}, `[{"name":"prod","isHidden":true}]`,
		},
		"ownership that was never written": {
			200, `{"raw":null,"fallthrough":true,"autoAssignment":"Auto Assign to Issue Owner"}`,
			func(c *sentry.Client) (any, error) { return c.Ownership(ctx, "7") },
			asked{"GET", "/api/0/projects/shop/7/ownership/", ""}, `{"raw":"","fallthrough":true,"autoAssignment":"Auto Assign to Issue Owner"}`,
		},
		"set ownership": {
			202, `{}`, func(c *sentry.Client) (any, error) {
				return nil, c.SetOwnership(ctx, "7", sentry.OwnershipUpdate{Raw: pointer("path:a #team")})
			},
			asked{"PUT", "/api/0/projects/shop/7/ownership/", `{"raw":"path:a #team"}`}, `null`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			client, got := serve(t, "", answer(tc.status, tc.answer))
			value, err := tc.call(client)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]asked{tc.asked}, *got); diff != "" {
				t.Error(diff)
			}
			if text, _ := json.Marshal(value); string(text) != tc.want {
				t.Errorf("got %s, want %s", text, tc.want)
			}
		})
	}
}

func TestURLsOfServers(t *testing.T) {
	for url, want := range map[string]string{
		"": "/api/0/projects/shop/7/", "/": "/api/0/projects/shop/7/", "/api": "/api/0/projects/shop/7/",
		"/api/0/": "/api/0/projects/shop/7/", "/tools/sentry/": "/tools/sentry/api/0/projects/shop/7/",
		"/tools/sentry/api/0": "/tools/sentry/api/0/projects/shop/7/",
	} {
		client, got := serve(t, url, answer(200, `{}`))
		if _, err := client.GetProject(t.Context(), "7"); err != nil || (*got)[0].URI != want {
			t.Errorf("%q leads to %v, want %q (%v)", url, *got, want, err)
		}
	}
	for _, url := range []string{"", "sentry.io", "ftp://sentry.io", "https://sentry.io?a=b", "https://sentry.io/#a", "https://u:hunter2@sentry.io", "https://\x7f"} {
		_, err := sentry.New(sentry.Config{URL: url, Organization: "shop", Token: token(t), UserAgent: "t", Transport: http.DefaultTransport})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestPartsOfAddressesStayParts(t *testing.T) {
	client, got := serve(t, "", answer(200, `{}`))
	for _, part := range []string{"", ".", ".."} {
		if _, err := client.GetProject(t.Context(), part); err == nil {
			t.Errorf("%q is accepted", part)
		}
	}
	if _, err := client.GetProject(t.Context(), "../../x?y#z"); err != nil || (*got)[0].URI != "/api/0/projects/shop/..%2F..%2Fx%3Fy%23z/" {
		t.Errorf("%v %v", *got, err)
	}
}

func TestRegions(t *testing.T) {
	tests := map[string]struct {
		root, region, want string
		fails              bool
	}{
		"the region is asked":                        {root: "https://sentry.io", region: "https://de.sentry.io", want: "de.sentry.io"},
		"no region":                                  {root: "https://sentry.io", want: "sentry.io"},
		"self-hosted servers name no other host":     {root: "https://tools.example", region: "https://de.sentry.io", want: "tools.example"},
		"a region elsewhere does not get the token":  {root: "https://sentry.io", region: "https://evil.example", fails: true},
		"nor one that looks alike":                   {root: "https://sentry.io", region: "https://notsentry.io", fails: true},
		"nor does it go out without encryption":      {root: "https://sentry.io", region: "http://de.sentry.io", fails: true},
		"a server that looks alike is not sentry.io": {root: "https://sentry.io.example", region: "https://de.sentry.io", want: "sentry.io.example"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var host string
			transport := roundTrip(func(r *http.Request) (*http.Response, error) {
				host = r.URL.Host
				return nil, errors.New("enough")
			})
			client, err := sentry.New(sentry.Config{URL: tc.root, Organization: "shop", Token: token(t), UserAgent: "t", Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			var organization sentry.Organization
			organization.Links.RegionURL = tc.region
			moved, err := client.InRegion(organization)
			if (err != nil) != tc.fails {
				t.Fatal(err)
			}
			if err == nil {
				_, _ = moved.Organization(t.Context())
			}
			if host != tc.want {
				t.Errorf("asked %q, want %q", host, tc.want)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPages(t *testing.T) {
	page := func(ids, cursor, more string) http.HandlerFunc {
		return answer(200, ids, "Link",
			`<https://internal.example/api/0/x/?a=1,2&cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", `+
				`<https://internal.example/api/0/x/?cursor=`+cursor+`>; rel="next"; results="`+more+`"; cursor="`+cursor+`"`)
	}
	client, got := serve(t, "", page(`[{"id":"a"},{"id":"b"}]`, "0:2:0", "true"), page(`[{"id":"c"}]`, "0:4:0", "false"))
	keys, err := client.Keys(t.Context(), "7")
	if err != nil || len(keys) != 3 {
		t.Errorf("%v %v", keys, err)
	}
	if uri := (*got)[1].URI; uri != "/api/0/projects/shop/7/keys/?cursor=0%3A2%3A0&per_page=100" {
		t.Errorf("the second page is %q", uri)
	}

	client, got = serve(t, "", page(`[]`, "0:2:0", "true"))
	if _, err := client.Keys(t.Context(), "7"); err == nil || len(*got) != 2 {
		t.Errorf("a list without end: %v after %d requests", err, len(*got))
	}
	n := 0
	client, got = serve(t, "", func(w http.ResponseWriter, r *http.Request) { n++; page(`[]`, fmt.Sprint(n), "true")(w, r) })
	if _, err := client.Keys(t.Context(), "7"); err == nil || len(*got) != 100 {
		t.Errorf("a list without end: %v after %d requests", err, len(*got))
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	elsewhere := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	defer other.Close()
	dsn := "https://0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef@o1.ingest.example/7"
	tests := map[string]struct {
		answer            http.HandlerFunc
		terminal, waiting string
		says              string
	}{
		"a login page with 200":         {html(200), "", sentry.ReasonNotAPI, "text/html"},
		"the page of another server":    {html(404), "", sentry.ReasonNotAPI, "answer 404"},
		"no content type":               {answer(200, "{}", "Content-Type", ""), "", sentry.ReasonNotAPI, ""},
		"a redirect":                    {answer(302, "{}", "Location", other.URL), external.ReasonRedirected, "", "302"},
		"a redirect in HTML":            {answer(301, "", "Location", other.URL, "Content-Type", "text/html"), external.ReasonRedirected, "", "301"},
		"too many requests, in HTML":    {html(429), "", external.ReasonRateLimited, "429"},
		"a proxy that cannot reach it":  {html(502), "", "", "502"},
		"a failure of the server":       {answer(500, `{"detail":"Internal Error","errorId":"0123456789abcdef0123456789abcdef"}`), "", "", "Internal Error"},
		"a conflict":                    {answer(409, `{"detail":"A project with this slug already exists."}`), "", "", "already exists"},
		"an invalid token":              {answer(401, `{"detail":"Invalid token"}`), external.ReasonUnauthorized, "", "Invalid token"},
		"single sign-on":                {answer(401, `{"detail":{"code":"sso-required","message":"Must login via SSO","extra":{"loginUrl":"/auth/login/"}}}`), external.ReasonUnauthorized, "", "Must login via SSO"},
		"fields that are wrong":         {answer(400, `{"slug":["taken","too long"],"name":["empty"]}`), external.ReasonRejected, "", "name: empty; slug: taken; too long"},
		"a call that is gone":           {answer(410, `{"message":"This API no longer exists."}`), external.ReasonUnsupported, "", "no longer exists"},
		"a reason that quotes secrets":  {answer(400, `{"detail":"no `+secret+`, no `+dsn+`, no sntrys_eyJpYXQiOjE2ODczMzY1NDMuNjk4NTksInVybCI6bnVsbH0="}`), external.ReasonRejected, "", "no [scrubbed], no [scrubbed] no [scrubbed]"},
		"a very long reason":            {answer(400, `{"detail":"`+strings.Repeat("ü\\n", 100_000)+`"}`), external.ReasonRejected, "", ""},
		"an answer that breaks off":     {answer(200, `{"id":"7`, "Content-Length", "1000"), "", "", "broke off"},
		"an answer that is no JSON":     {answer(200, `{"id":"`+secret), "", "", "no JSON"},
		"JSON of another form":          {answer(200, `["`+secret+`"]`), "", "", "no JSON of the expected form"},
		"an answer that does not end":   {answer(200, `{"id":"`+strings.Repeat("x", 5<<20)+`"}`), "", "", "more than"},
		"a body that nests without end": {answer(400, strings.Repeat(`[`, 60_000)), external.ReasonRejected, "", "400"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, "", tc.answer)
			_, err := client.GetProject(t.Context(), "web")
			if err == nil || !strings.HasPrefix(err.Error(), "cannot get project: ") || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("%v, want %q", err, tc.says)
			}
			if len(err.Error()) > 400 || strings.Contains(err.Error(), "sntry") || strings.Contains(err.Error(), "89abcdef") {
				t.Errorf("too long, or not scrubbed: %v", err)
			}
			if terminal, ok := fault.AsTerminal(err); ok != (tc.terminal != "") || ok && terminal.Reason != tc.terminal {
				t.Errorf("%#v, want terminal %q", err, tc.terminal)
			}
			if waiting, ok := fault.AsWaiting(err); ok != (tc.waiting != "") || ok && waiting.Reason != tc.waiting {
				t.Errorf("%#v, want waiting %q", err, tc.waiting)
			}
		})
	}
	if elsewhere {
		t.Error("a redirect was followed")
	}
}

// TestWhateverIsAnsweredTheTokenStays: answers of any form, with the token anywhere in them.
func TestWhateverIsAnsweredTheTokenStays(t *testing.T) {
	kept := token(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "before") + secret + rapid.String().Draw(t, "after")
		name := rapid.SampledFrom([]string{"detail", "message", "slug", secret}).Draw(t, "name")
		var content any = text
		for range rapid.IntRange(0, 4).Draw(t, "depth") {
			if rapid.Bool().Draw(t, "list") {
				content = []any{content, 1, nil}
			} else {
				content = map[string]any{name: content}
			}
		}
		body, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		status := rapid.SampledFrom([]int{200, 201, 301, 400, 401, 403, 404, 409, 429, 500, 503}).Draw(t, "status")
		transport := roundTrip(func(*http.Request) (*http.Response, error) {
			header := http.Header{"Content-Type": {rapid.SampledFrom([]string{"application/json", "text/html", secret + "/" + secret}).Draw(t, "type")}}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: -1}, nil
		})
		client, err := sentry.New(sentry.Config{URL: "https://sentry.io", Organization: "shop", Token: kept, UserAgent: "t", Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Keys(context.Background(), "7")
		if err == nil || strings.Contains(err.Error(), "0123456789abcdef") || len(err.Error()) > 400 {
			t.Errorf("%v", err)
		}
	})
}

func TestALoginPageIsNoSuccess(t *testing.T) {
	client, _ := serve(t, "", html(200))
	_, created := client.CreateKey(t.Context(), "7", "production")
	for _, err := range []error{client.UpdateProject(t.Context(), "7", sentry.ProjectUpdate{}), client.SetFilter(t.Context(), "7", "localhost", true), created} {
		if waiting, ok := fault.AsWaiting(err); !ok || waiting.Reason != sentry.ReasonNotAPI {
			t.Errorf("%v", err)
		}
	}
}

func TestATokenIsNotSeen(t *testing.T) {
	kept := token(t)
	config := sentry.Config{Token: kept}
	text, err := json.Marshal(map[string]any{"a": kept, "b": &kept, "c": config})
	all := fmt.Sprintf("%v %+v %#v %s %q %x %d %v %+v %#v %v %s %v", kept, kept, kept, kept, kept, kept, kept, config, config, config, &kept, text, err)
	if strings.Contains(all, "sntryu") || strings.Contains(all, fmt.Sprintf("%x", "sntryu")) {
		t.Error(all)
	}
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("dial tcp %s: refused", r.URL.Host)
	})
	client, err := sentry.New(sentry.Config{URL: "https://tools.example/x", Organization: "shop", Token: kept, UserAgent: "t", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetProject(t.Context(), "web")
	if want := "cannot get project: dial tcp tools.example: refused"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	for _, bad := range []string{"", " \n", "a\nb", "a b", "ü", "sntrys_abc"} {
		_, err := sentry.NewToken(bad)
		if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != sentry.ReasonTokenKind || strings.Contains(err.Error(), "sntrys_abc") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWaitingSurvivesTheClient(t *testing.T) {
	transport := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, fault.Waiting(time.Minute, external.ReasonUnreachable, errors.New("left alone"))
	})
	client, err := sentry.New(sentry.Config{URL: "https://sentry.io", Organization: "shop", Token: token(t), UserAgent: "t", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetProject(t.Context(), "web")
	if waiting, ok := fault.AsWaiting(err); !ok || waiting.After != time.Minute {
		t.Errorf("%#v", err)
	}
}

func TestLimits(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	tests := map[string]struct {
		status int
		header map[string]string
		want   external.Told
	}{
		"self-hosted servers tell nothing": {200, nil, external.Told{}},
		"room left":                        {200, map[string]string{"X-Sentry-Rate-Limit-Remaining": "3", "X-Sentry-Rate-Limit-Reset": "1000009", "X-Sentry-Rate-Limit-ConcurrentLimit": "25"}, external.Told{Concurrent: 25}},
		"nothing left":                     {200, map[string]string{"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": "1000009"}, external.Told{Pause: 9 * time.Second}},
		"its clock is behind ours":         {429, map[string]string{"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": "999000"}, external.Told{Pause: time.Second}},
		"no number":                        {429, map[string]string{"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": "soon", "X-Sentry-Rate-Limit-ConcurrentLimit": "-1"}, external.Told{Pause: time.Second}},
		"429 alone":                        {429, nil, external.Told{Pause: time.Second}},
		"a proxy says when":                {429, map[string]string{"Retry-After": "40"}, external.Told{Pause: 40 * time.Second}},
		"a proxy is under maintenance":     {503, map[string]string{"Retry-After": "120"}, external.Told{Pause: 2 * time.Minute}},
		"a page that may be cached":        {200, map[string]string{"Retry-After": "120"}, external.Told{}},
		"an absurd time":                   {429, map[string]string{"Retry-After": "9223372036"}, external.Told{Pause: (1 << 20) * time.Second}},
	}
	for name, tc := range tests {
		response := &http.Response{StatusCode: tc.status, Header: http.Header{}}
		for key, value := range tc.header {
			response.Header.Set(key, value)
		}
		if diff := cmp.Diff(tc.want, sentry.ReadLimits(response, now)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
