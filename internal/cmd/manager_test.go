package cmd

import (
	"strings"
	"testing"
)

// TestProfilesAreOff by default, and never for everybody. TestMetricsAreForThoseWhoMay of hack/chart asks for one.
func TestProfilesAreOff(t *testing.T) {
	if flag := newManager().Flags().Lookup("profile-bind-address"); flag == nil || flag.DefValue != "" {
		t.Errorf("by default profiles are at %v", flag)
	}
	for address, wanted := range map[string]string{
		"": "", "127.0.0.1:6060": "", "[::1]:6060": "", ":6060": "cannot use", "0.0.0.0:6060": "no loopback address",
		"10.1.2.3:6060": "no loopback address", "localhost:6060": "cannot use", "6060": "cannot use",
	} {
		err := (&managerOptions{profileAddress: address}).checkProfileAddress()
		if wanted == "" && err != nil || wanted != "" && (err == nil || !strings.Contains(err.Error(), wanted)) {
			t.Errorf("%q: %v, want %q", address, err, wanted)
		}
	}
}
