package apply

import (
	"testing"
	"time"
)

// eventually waits for up to 20 seconds.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatal("did not happen within 20 seconds")
}
