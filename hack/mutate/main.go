package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

// enough is the share of mistakes, in percent, that must be killed.
const enough = 90

type options struct {
	only      *regexp.Regexp
	sample    int
	search    int
	writePage bool
}

func (o *options) inParts() bool { return o.only.String() != "" || o.sample > 1 }

func main() {
	only := flag.String("rules", "", "regular expression: change only rules whose name it matches")
	sample := flag.Int("sample", 1, "try one mistake of so many, spread over all rules; the score is an estimate then")
	search := flag.Int("search", 0,
		"look for noises that show mistakes among so many of each rule, and write corpus.yaml anew for them; 0: try those of the corpus")
	writePage := flag.Bool("page", false, "write docs/mutation.md")
	flag.Parse()
	// What is kept is small; memory is cheaper here than time.
	debug.SetGCPercent(800)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	pattern, err := regexp.Compile(*only)
	if err == nil {
		err = run(ctx, &options{pattern, max(*sample, 1), *search, *writePage}, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options, out io.Writer) error {
	environments, err := loadEnvironments()
	if err != nil {
		return err
	}
	explanations, err := loadExplanations()
	if err != nil {
		return err
	}
	rules, untested := subjects(environments)
	all, err := candidates(rules)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(c candidate) bool { return !o.only.MatchString(c.Rule) })
	t, err := results(ctx, o, sampled(all, o.sample), out)
	if err != nil {
		return err
	}
	t.untested = untested
	print(out, t)
	if o.inParts() {
		return nil
	}
	return errors.Join(verify(t, explanations), pageIsCurrent(o.writePage, page(t, explanations)))
}

// results tries all mistakes: first in the cases, then, what is left, in noises.
func results(ctx context.Context, o *options, all []candidate, out io.Writer) (*tally, error) {
	begin := time.Now()
	if failures := unharmed(ctx, all); len(failures) > 0 {
		return nil, fmt.Errorf("tests fail without any mistake:\n%s", strings.Join(failures, "\n"))
	}
	t := try(ctx, all, progress(out))
	if ctx.Err() != nil {
		return nil, errors.New("stopped before the end")
	}
	fmt.Fprintf(out, "by cases: %s\n", t.total())
	kept, err := loadCorpus()
	if err != nil {
		return nil, err
	}
	seeds := kept.seeds
	if o.search > 0 {
		seeds = firstSeeds(o.search)
	}
	found, err := t.inNoise(ctx, seeds)
	if err != nil {
		return nil, err
	}
	t.took = time.Since(begin)
	fmt.Fprintf(out, "%d noises show mistakes\n", found.size())
	if o.search > 0 && o.sample == 1 {
		err = kept.with(all, found).write()
	}
	return &t, err
}

// sampled returns one of every so many.
func sampled(all []candidate, every int) []candidate {
	var out []candidate
	for i := every / 2; i < len(all); i += every {
		out = append(out, all[i])
	}
	return out
}

// progress writes a line now and then.
func progress(out io.Writer) func(done, of int) {
	return func(done, of int) {
		if done%250 == 0 {
			fmt.Fprintf(out, "%d of %d mistakes made\n", done, of)
		}
	}
}

func print(out io.Writer, t *tally) {
	table(out, "operator", t.by(operatorOf))
	fmt.Fprintln(out)
	table(out, "rule", t.by(ruleOf))
	fmt.Fprintln(out)
	for _, v := range t.survivors() {
		fmt.Fprintf(out, "survived: %s\n  before: %s\n  after:  %s\n", v.Key(), v.Before, v.After)
	}
	fmt.Fprintf(out, "by cases: %s\n", t.byCases())
	fmt.Fprintf(out, "mutants: %s killed, %d tests run in %s\n", t.total(), t.tests(), t.took.Round(time.Second))
}

func verify(t *tally, explanations []explanation) error {
	var errs []error
	if t.total().percent() < enough {
		errs = append(errs, fmt.Errorf("%s killed, want %d %%", t.total(), enough))
	}
	for _, text := range disagreements(t.survivors(), explanations) {
		errs = append(errs, errors.New(text))
	}
	return errors.Join(errs...)
}

func pageIsCurrent(write bool, want string) error {
	root, err := binaries.Root()
	if err != nil {
		return err
	}
	path := filepath.Join(root, "docs/mutation.md")
	if write {
		return os.WriteFile(path, []byte(want), 0o644) //nolint:gosec // a page of the documentation
	}
	got, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if string(got) != want {
		return errors.New("docs/mutation.md is not what came out: make mutate-page writes it")
	}
	return nil
}
