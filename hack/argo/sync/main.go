// Command argosync does with the engine of Argo CD what its application controller does: it marks the manifests it reads from
// standard input as one Application, compares them with the cluster, applies and prunes unless it shall only look, and writes a
// Report. See ../DESIGN.md. Only tests start it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
)

type options struct {
	kubeconfig string
	namespace  string
	tracking   tracking
	// serverSide applies that way; serverDiff compares by a dry run of it.
	serverSide, serverDiff bool
	look, prune            bool
	timeout                time.Duration
	health                 scripts
}

// Report is what there is to say about the Application after the sync, or after the look.
type Report struct {
	// Phase of the sync and its message; empty after a look.
	Phase   string `json:"phase"`
	Message string `json:"message"`
	// Results are of each object of the sync: what was done.
	Results map[string]string `json:"results"`
	// OutOfSync are wanted objects that are not there or are different.
	OutOfSync []string `json:"outOfSync"`
	// Differences are those of OutOfSync, as JSON: what is there, and what would be.
	Differences map[string][2]json.RawMessage `json:"differences"`
	// Extra are objects of the Application that nobody wants: pruning takes them.
	Extra []string `json:"extra"`
	// Health is the worst of the wanted objects; Resources has each that has one.
	Health    string            `json:"health"`
	Resources map[string]string `json:"resources"`
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "argosync:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	wanted, err := kube.SplitYAML(text)
	if err != nil {
		return err
	}
	a, err := newApplication(o, wanted)
	if err != nil {
		return err
	}
	report := Report{Results: map[string]string{}}
	if !o.look {
		if err := a.sync(&report); err != nil {
			return err
		}
		// What was applied is looked at anew, not from the cache of before.
		if a, err = newApplication(o, a.wanted); err != nil {
			return err
		}
	}
	if err := a.compare(&report); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(report)
}

func parse(args []string) (options, error) {
	o := options{health: scripts{}}
	flags := flag.NewFlagSet("argosync", flag.ContinueOnError)
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig file")
	flags.StringVar(&o.namespace, "namespace", "", "namespace of the destination")
	flags.StringVar(&o.tracking.app, "app", "", "name of the Application")
	flags.BoolVar(&o.tracking.byLabel, "label", false, "track by label, not by annotation")
	flags.BoolVar(&o.serverSide, "server-side", false, "the sync option ServerSideApply=true")
	flags.BoolVar(&o.serverDiff, "server-diff", false, "compare by a dry run on the server")
	flags.BoolVar(&o.look, "look", false, "compare only")
	flags.BoolVar(&o.prune, "prune", false, "delete what is not wanted any more")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "of the sync")
	flags.Func("health", "group/Kind=file with a health script; may be repeated", func(text string) error {
		kind, file, found := strings.Cut(text, "=")
		if !found {
			return fmt.Errorf("want group/Kind=file")
		}
		script, err := os.ReadFile(file)
		o.health[kind] = string(script)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.kubeconfig == "" || o.namespace == "" || o.tracking.app == "" {
		return o, fmt.Errorf("-kubeconfig, -namespace and -app are needed")
	}
	return o, nil
}

func newApplication(o options, wanted []*unstructured.Unstructured) (*application, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 400
	return see(config, o, wanted)
}
