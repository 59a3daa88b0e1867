package logstore

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ReasonCredentialInvalid means the Secret does not say how to log in; the message names the key.
const ReasonCredentialInvalid = "CredentialInvalid" //nolint:gosec // the name of a reason is no credential

// The keys of a Secret.
const (
	keyAPIKey      = "apiKey"
	keyUsername    = "username"
	keyPassword    = "password"
	keyAuthorities = "ca.crt"
)

// SecretKeys are those that NewCredentials looks at.
func SecretKeys() []string { return []string{keyAPIKey, keyUsername, keyPassword, keyAuthorities} }

// Credentials say who asks and whom to believe. They print as a placeholder, however they are printed.
type Credentials struct {
	apiKey, username, password string
	authorities                external.Authorities
}

// NewCredentials reads a Secret: apiKey as the log store encoded it, or username and password, and with either
// ca.crt if its certificate is of no public authority. The error is terminal and quotes nothing.
func NewCredentials(data map[string][]byte) (Credentials, error) {
	text := func(key string) string { return strings.TrimSpace(string(data[key])) }
	c := Credentials{apiKey: text(keyAPIKey), username: text(keyUsername), password: text(keyPassword)}
	if wrong := c.wrong(); wrong != "" {
		return Credentials{}, Invalid(wrong)
	}
	if pem := data[keyAuthorities]; len(pem) > 0 {
		var err error
		if c.authorities, err = external.NewAuthorities(pem); err != nil {
			return Credentials{}, Invalid("has a ca.crt that cannot be read: " + err.Error())
		}
	}
	return c, nil
}

// wrong says why nobody can log in with them; empty if somebody can.
func (c Credentials) wrong() string {
	hasUser, hasPassword := c.username != "", c.password != ""
	switch {
	case c.apiKey != "" && (hasUser || hasPassword):
		return "has apiKey and username or password: one of them is needed"
	case hasUser != hasPassword:
		return "needs both username and password"
	case c.apiKey == "" && !hasUser:
		return "has neither apiKey nor username and password"
	case strings.ContainsFunc(c.apiKey, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "has characters in apiKey that no encoded API key has"
	}
	return ""
}

// Invalid is an error for a Secret that says something else.
func Invalid(text string) error {
	return fault.Terminal(ReasonCredentialInvalid, errors.New("the Secret with the credentials "+text))
}

// Login is what is sent: an API key, or a name and a password; nothing if nobody logs in.
func (c Credentials) Login() (apiKey, username, password string) {
	return c.apiKey, c.username, c.password
}

// scrub takes the secrets out of a text of the other side.
func (c Credentials) scrub(text string) string {
	login := ""
	if c.password != "" {
		login = base64.StdEncoding.EncodeToString([]byte(c.username + ":" + c.password)) // as it is sent
	}
	for _, secret := range []string{login, c.apiKey, c.password} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[credentials]")
		}
	}
	return text
}

// Format prints the placeholder for every verb.
func (Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[credentials]") }

// MarshalText keeps them out of JSON and YAML.
func (Credentials) MarshalText() ([]byte, error) { return []byte("[credentials]"), nil }
