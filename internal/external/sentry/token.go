package sentry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ReasonTokenKind means the token is of a kind that can never have the scopes; make one of an internal integration.
const ReasonTokenKind = "TokenKind"

// organizationPrefix begins the tokens of an organization, which are for uploading releases only.
const organizationPrefix = "sntrys_"

// Token is a secret that prints as a placeholder, however it is printed.
type Token struct{ value string }

// NewToken takes the content of a Secret; white space around it, such as the line feed an editor adds,
// is no part of it. The error is terminal and does not quote it.
func NewToken(content string) (Token, error) {
	value := strings.TrimSpace(content)
	if value == "" {
		return Token{}, fault.Terminal(ReasonTokenKind, errors.New("the token is empty"))
	}
	for _, r := range value {
		if r <= ' ' || r > '~' {
			return Token{}, fault.Terminal(ReasonTokenKind, errors.New("the token has characters that no token of Sentry has"))
		}
	}
	if strings.HasPrefix(value, organizationPrefix) {
		return Token{}, fault.Terminal(ReasonTokenKind,
			fmt.Errorf("a token that begins with %q is for releases only; make a token of an internal integration", organizationPrefix))
	}
	return Token{value: value}, nil
}

// Format prints the placeholder for every verb.
func (Token) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[token]") }

// MarshalText keeps the token out of JSON and YAML.
func (Token) MarshalText() ([]byte, error) { return []byte("[token]"), nil }
