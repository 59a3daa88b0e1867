package logstore_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
)

// TestADetailHasNoPartOfASecret, wherever it is cut.
func TestADetailHasNoPartOfASecret(t *testing.T) {
	const password, apiKey = "c2VjcmV0LXBhc3N3b3Jk", "YXBpLWtleS1vZi11cw=="
	sent := base64.StdEncoding.EncodeToString([]byte("tuxmon:" + password))
	for secret, data := range map[string]map[string][]byte{
		password: {"username": []byte("tuxmon"), "password": []byte(password)},
		sent:     {"username": []byte("tuxmon"), "password": []byte(password)},
		apiKey:   {"apiKey": []byte(apiKey)},
	} {
		credentials, err := logstore.NewCredentials(data)
		if err != nil {
			t.Fatal(err)
		}
		conn := logstore.Conn{Credentials: credentials}
		for before := range 210 {
			text := conn.Detail(strings.Repeat("-", before) + secret + " is refused\nsecond line")
			for size := 6; size <= len(secret); size++ {
				if strings.Contains(text, secret[:size]) {
					t.Fatalf("%d of %q: %s", before, secret, text)
				}
			}
			if len(text) > 200 || strings.Contains(text, "second") {
				t.Fatalf("tells %q", text)
			}
		}
	}
}
