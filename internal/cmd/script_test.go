package cmd

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tuxmon": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command line as a user does: testdata/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			sample, err := os.ReadFile("../../config/samples/monitoring_v1alpha1_tuxmonitoring.yaml")
			if err != nil {
				return err
			}
			return os.WriteFile(e.WorkDir+"/sample.yaml", sample, 0o600)
		},
	})
}
