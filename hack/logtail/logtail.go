// Package logtail reads the end of a log, where a part that has died says why.
package logtail

import (
	"os"
	"strings"
)

// lines are enough for a reason: klog prints its flags first and the reason last.
const lines = 20

// Read returns the last lines of the log at path, or why it cannot be read.
func Read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
