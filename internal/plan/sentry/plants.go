package sentry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Plant is a made-up secret in the event of a proof, named after where it is.
type Plant string

// The plants, each of a sort that gets into events of a web backend by accident.
const (
	// PlantAuthorization is in the request header Authorization.
	PlantAuthorization Plant = "AuthorizationHeader"
	// PlantCookie is the cookie sessionid, Django's, in the request header Cookie.
	PlantCookie Plant = "SessionCookie"
	// PlantPassword is the field password of a JSON body.
	PlantPassword Plant = "PasswordInBody"
	// PlantToken is the parameter token of the query string.
	PlantToken Plant = "TokenInQueryString" //nolint:gosec // the name of a place is no credential
	// PlantEmail is the address of the user.
	PlantEmail Plant = "EmailAddress"
	// PlantCard is a number of a payment card in the middle of a text.
	PlantCard Plant = "CardNumber"
	// PlantIP is the IP address of the user.
	PlantIP Plant = "IPAddress"
)

// plant says where one is, in the words of Sentry's data scrubbing.
type plant struct {
	name Plant
	// keys lead to the value, the last one is its own; parts of an event that are never scrubbed whole are
	// not among them.
	keys []string
	// selectors of rules that remove it.
	selectors []string
	// byDefault says that Sentry's own list of sensitive things has it.
	byDefault bool
}

var plants = []plant{
	{PlantAuthorization, []string{"headers", "authorization"}, headers("authorization"), true},
	// Sentry moves the header to the cookies before it scrubs; who names the header means its content.
	{PlantCookie, []string{"cookies", "sessionid"}, append(headers("cookie"), presets[PresetCookies]...), true},
	{PlantPassword, []string{"data", "password"}, presets[PresetBodies], true},
	{PlantToken, []string{"query_string", "token"}, presets[PresetQueryStrings], true},
	{PlantEmail, []string{"email"}, nil, false},
	{PlantCard, []string{"note"}, nil, true},
	{PlantIP, []string{"ip_address"}, nil, false},
}

// Plants are the names of all plants.
func Plants() []Plant {
	all := make([]Plant, 0, len(plants))
	for _, one := range plants {
		all = append(all, one.name)
	}
	return all
}

// asker is the setting that asks for the removal of a plant; "" if nothing that is declared does. What
// is not declared does not count, even if Sentry has it: this is about what somebody relies on.
func (p *plant) asker(want Privacy) string {
	if want.Rules != nil && slices.ContainsFunc(p.selectors, selectedBy(*want.Rules)) {
		return PathRules
	}
	// No safe field keeps the address of a user.
	if p.name == PlantIP && is(want.IPAddresses) {
		return PathIPAddresses
	}
	if want.Scrubber != nil && !*want.Scrubber || slices.Contains(union(want.SafeFields), p.keys[len(p.keys)-1]) {
		return ""
	}
	if matchesAny(p.keys, want.SensitiveFields) {
		return PathSensitiveFields
	}
	if p.byDefault && is(want.Defaults) {
		return PathScrubberDefaults
	}
	return ""
}

// selectedBy returns whether a selector is one of those to which rules are applied.
func selectedBy(rules string) func(string) bool {
	var config struct {
		Applications map[string][]string `json:"applications"`
	}
	if json.Unmarshal([]byte(rules), &config) != nil {
		return func(string) bool { return false }
	}
	return func(selector string) bool { return len(config.Applications[selector]) > 0 }
}

// matchesAny: the name of a sensitive field is looked for in the names of fields, and in those of what
// they are part of.
func matchesAny(keys, names []string) bool {
	return slices.ContainsFunc(union(names), func(name string) bool {
		return name != "" && slices.ContainsFunc(keys, func(key string) bool { return strings.Contains(key, name) })
	})
}

// secret is the value of a plant in the event of a number. It follows from the number, so that it need not
// be kept anywhere, and nothing else in Sentry has it.
func (p *plant) secret(event string) string {
	sum := sha256.Sum256([]byte(event + " " + string(p.name)))
	digits := hex.EncodeToString(sum[:])[:24]
	switch p.name {
	case PlantEmail:
		return "proof-" + digits[:12] + "@example.com"
	case PlantCard:
		// The number for tests that every payment provider knows; a made-up one could be somebody's.
		return "4111 1111 1111 1111"
	case PlantIP:
		// Addresses for documentation: they belong to nobody.
		return fmt.Sprintf("203.0.113.%d", 1+int(sum[0])%254)
	}
	return "tuxproof" + digits
}

// proofContext is the part of the event that no scrubbing has rules of its own for.
const proofContext = "tux_proof"

// ProofEvent is the event of a proof, in plain words; who sends it makes one of the SDK of it.
type ProofEvent struct {
	ID, Environment, Message string
	// Fingerprint makes all of a project one issue.
	Fingerprint []string
	Tags        map[string]string
	// The request somebody could have made.
	Method, URL, QueryString, Body string
	Headers                        map[string]string
	// Remote is where it came from, as a server of a web backend writes it down.
	Remote string
	// Email and IPAddress are those of the user.
	Email, IPAddress string
	Contexts         map[string]map[string]any
}

// NewProofEvent is the event of a number, 32 hexadecimal digits. Same number, same event.
func NewProofEvent(id, environment string) ProofEvent {
	secrets := map[Plant]string{}
	for _, one := range plants {
		secrets[one.name] = one.secret(id)
	}
	return ProofEvent{
		ID: id, Environment: environment,
		Message:     "TuxMonitoring proves what is removed from events. All secrets in here are made up",
		Fingerprint: []string{"tuxmonitoring-privacy-proof"},
		Tags:        map[string]string{"tux.proof": "privacy"},
		Method:      "POST", URL: "https://tuxmonitoring.invalid/privacy-proof",
		QueryString: "page=1&token=" + secrets[PlantToken],
		Body:        `{"page": 1, "password": "` + secrets[PlantPassword] + `"}`,
		Headers: map[string]string{
			"Authorization": "Bearer " + secrets[PlantAuthorization],
			"Cookie":        "sessionid=" + secrets[PlantCookie],
			"Content-Type":  "application/json",
		},
		Remote: secrets[PlantIP], Email: secrets[PlantEmail], IPAddress: secrets[PlantIP],
		Contexts: map[string]map[string]any{proofContext: {"note": "paid with " + secrets[PlantCard] + " today"}},
	}
}
