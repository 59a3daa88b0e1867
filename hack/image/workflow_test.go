package main

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"go.yaml.in/yaml/v3"
)

const (
	// asProgram makes this test binary be the tool: what it prints to the workflow is then what it prints today.
	asProgram   = "IMAGE_TEST_IS_PROGRAM"
	githubToken = "ghs_0ddba11d00112233"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// job is what we need of a job of a workflow.
type job struct {
	Env   map[string]string
	Steps []struct {
		Name, ID, Uses, Run string
		Env                 map[string]string
	}
}

// publisher runs the steps of the job that publishes, as a runner of GitHub would: in a copy of the repository, with the real make, the
// real tool for images and the real Helm, and a registry. Not there: cosign, gh and docker, of which it keeps what they are told.
type publisher struct {
	t              *testing.T
	job            job
	shell          []string
	dir, bin, host string
	outputs        map[string]string
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, ".github/workflows/release.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		Defaults struct{ Run struct{ Shell string } }
		Jobs     map[string]job
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	p := &publisher{
		t: t, job: workflow.Jobs["publish"], dir: copyOf(t), bin: t.TempDir(), host: strings.TrimPrefix(server.URL, "http://"), outputs: map[string]string{},
	}
	// What GitHub runs where no shell is named, and where it is bash.
	p.shell = []string{"bash", "-e"}
	if workflow.Defaults.Run.Shell == "bash" {
		p.shell = []string{"bash", "--noprofile", "--norc", "-eo", "pipefail"}
	}
	p.fakes()
	commit := "git init -q . && git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m a"
	if out, err := p.command("bash", "-c", commit).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return p
}

// fakes are programs that keep what they are told, and a go that compiles nothing: the program of the image is this test.
func (p *publisher) fakes() {
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	golang, err := exec.LookPath("go")
	if err != nil {
		p.t.Fatal(err)
	}
	told := "#!/bin/sh\necho \"$(basename \"$0\") $*\" >>" + p.bin + "/told\n"
	for name, text := range map[string]string{
		"cosign": told, "gh": told, "docker": told + "cat >>" + p.bin + "/typed\n",
		"go": `#!/bin/sh
case "$1" in
run) shift 2; ` + asProgram + `=1 exec ` + self + ` "$@" ;;
build) while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"; cp ` + self + ` "$2" ;;
*) exec ` + golang + ` "$@" ;;
esac
`,
	} {
		if err := os.WriteFile(filepath.Join(p.bin, name), []byte(text), 0o700); err != nil {
			p.t.Fatal(err)
		}
	}
}

// realHelm is Helm, told that the registry has no certificate.
func (p *publisher) realHelm() {
	p.t.Helper()
	helm, err := exec.CommandContext(p.t.Context(), filepath.Join(repository, "hack/helm/helm.sh")).Output()
	if err != nil {
		p.t.Fatal(err)
	}
	dir := strings.TrimSpace(string(helm))
	wrapper := "#!/bin/sh\ncase \"$1\" in\nregistry) cat >>" + p.bin + "/typed ;;\npush) exec " + dir + "/helm \"$@\" --plain-http ;;\n" +
		"*) exec " + dir + "/helm \"$@\" ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(p.bin, "helm"), []byte(wrapper), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "helm-docs"), filepath.Join(p.bin, "helm-docs")); err != nil {
		p.t.Fatal(err)
	}
}

func (p *publisher) command(program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(p.t.Context(), program, args...)
	c.Dir = p.dir
	c.Env = append(os.Environ(), "PATH="+p.bin+":"+os.Getenv("PATH"), "TUXMON_HELM="+p.bin, "GITHUB_ACTOR=somebody")
	return c
}

var expression = regexp.MustCompile(`\$\{\{ *([^ }]+) *\}\}`)

// expand is what GitHub does with expressions. ghcr.io is our registry.
func (p *publisher) expand(text string) string {
	values := map[string]string{
		"github.ref_name": "v1.2.3", "github.repository": "tux-io/tux-monitoring-operator", "github.repository_owner": "tux-io",
		"secrets.GITHUB_TOKEN": githubToken,
	}
	expanded := expression.ReplaceAllStringFunc(text, func(found string) string {
		name := expression.FindStringSubmatch(found)[1]
		if value, ok := values[name]; ok {
			return value
		}
		value, ok := p.outputs[name]
		if !ok {
			p.t.Errorf("nobody knows %s", name)
		}
		return value
	})
	return strings.ReplaceAll(expanded, "ghcr.io", p.host)
}

// step runs the step of a name.
func (p *publisher) step(name string) (string, error) {
	p.t.Helper()
	for _, step := range p.job.Steps {
		if step.Name != name {
			continue
		}
		script, output := filepath.Join(p.t.TempDir(), "step"), filepath.Join(p.t.TempDir(), "output")
		if err := os.WriteFile(script, []byte(p.expand(step.Run)), 0o600); err != nil {
			p.t.Fatal(err)
		}
		c := p.command(p.shell[0], append(slices.Clone(p.shell[1:]), script)...)
		c.Env = append(c.Env, "GITHUB_OUTPUT="+output)
		for _, env := range []map[string]string{p.job.Env, step.Env} {
			for key, value := range env {
				c.Env = append(c.Env, key+"="+p.expand(value))
			}
		}
		out, err := c.CombinedOutput()
		text, _ := os.ReadFile(output)
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			p.outputs["steps."+step.ID+".outputs."+key] = value
		}
		return string(out), err
	}
	p.t.Fatalf("the workflow has no step %q", name)
	return "", nil
}

func (p *publisher) must(name string) {
	p.t.Helper()
	if out, err := p.step(name); err != nil {
		p.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// digest is that of what the registry has.
func (p *publisher) digest(ref string) string {
	p.t.Helper()
	parsed, err := name.ParseReference(p.host + "/" + ref)
	if err != nil {
		p.t.Fatal(err)
	}
	found, err := remote.Head(parsed)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.host + "/" + parsed.Context().RepositoryStr() + "@" + found.Digest.String()
}

func (p *publisher) told() []string {
	text, err := os.ReadFile(filepath.Join(p.bin, "told"))
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// TestTheReleaseSignsWhatItPushed runs the workflow of a release, from the login to the release at GitHub.
func TestTheReleaseSignsWhatItPushed(t *testing.T) {
	p := newPublisher(t)
	p.realHelm()
	var named []string
	for _, step := range p.job.Steps {
		if step.Run != "" {
			p.must(step.Name)
			named = append(named, step.Name)
		}
	}
	if len(named) != 5 {
		t.Errorf("the steps are %q", named)
	}
	image, chart := p.digest("tux-io/tux-monitoring-operator:v1.2.3"), p.digest("tux-io/charts/tux-monitoring-operator:1.2.3")
	told := p.told()
	for _, want := range []string{
		"cosign sign --yes --recursive " + image,
		"cosign attest --yes --type cyclonedx --predicate dist/sbom-amd64.cdx.json " + image,
		"cosign attest --yes --type cyclonedx --predicate dist/sbom-arm64.cdx.json " + image,
		"cosign sign --yes " + chart,
	} {
		if !slices.Contains(told, want) {
			t.Errorf("nobody did: %s\n%s", want, strings.Join(told, "\n"))
		}
	}
	release := strings.Fields(told[len(told)-1])
	if !slices.Equal(release[:4], []string{"gh", "release", "create", "v1.2.3"}) {
		t.Errorf("the last thing that is done is %q", release)
	}
	files := 0
	for _, word := range release {
		if strings.HasPrefix(word, "dist/") {
			files++
			if info, err := os.Stat(filepath.Join(p.dir, word)); err != nil || info.Size() == 0 {
				t.Errorf("the release has the file %s: %v", word, err)
			}
		}
	}
	if files != 7 {
		t.Errorf("the release has %d files: %q", files, release)
	}
	if typed, err := os.ReadFile(filepath.Join(p.bin, "typed")); err != nil || strings.Count(string(typed), githubToken) != 2 {
		t.Errorf("docker and helm were not both given the token: %v", err)
	}
	if strings.Contains(fmt.Sprint(told), githubToken) {
		t.Error("the token is among the arguments of a program")
	}
}

// TestAPushThatFailsEndsTheRelease, though its digest was printed before: what is not there must not be signed.
func TestAPushThatFailsEndsTheRelease(t *testing.T) {
	p := newPublisher(t)
	p.host = "127.0.0.1:1"
	if out, err := p.step("Image"); err == nil || !strings.Contains(out, "image.tar sha256:") {
		t.Errorf("the step says %v:\n%s", err, out)
	}
}
