package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const repository = "../.."

// copyOf copies what git knows of the repository to another place.
func copyOf(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = repository
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.Lines(string(names)) {
		path = strings.TrimSpace(path)
		data, err := os.ReadFile(filepath.Join(repository, path))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o750); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(repository, path))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), data, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// imageOf builds an image of this machine's architecture with the real binary, and returns index and binary.
func imageOf(t *testing.T, root string) (v1.ImageIndex, string) {
	t.Helper()
	path, err := compile(t.Context(), root, t.TempDir(), runtime.GOARCH, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	index, err := Build(Options{Version: "v1.2.3", Revision: "abc", Binaries: []Binary{{runtime.GOARCH, path}}})
	if err != nil {
		t.Fatal(err)
	}
	return index, path
}

func digest(t *testing.T, index v1.ImageIndex) string {
	t.Helper()
	hash, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

// TestTheSameCommitGivesTheSameDigest builds in two places.
func TestTheSameCommitGivesTheSameDigest(t *testing.T) {
	first, _ := imageOf(t, repository)
	second, _ := imageOf(t, copyOf(t))
	if a, b := digest(t, first), digest(t, second); a != b {
		t.Errorf("built twice: %s and %s", a, b)
	}
	path := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(path, []byte("another program"), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := Build(Options{Version: "v1.2.3", Revision: "abc", Binaries: []Binary{{runtime.GOARCH, path}}})
	if err != nil {
		t.Fatal(err)
	}
	if digest(t, first) == digest(t, other) {
		t.Error("the digest does not depend on the program")
	}
}

// TestTheImageRuns unpacks it as a runtime would, and runs its entry point in it.
func TestTheImageRuns(t *testing.T) {
	index, binary := imageOf(t, repository)
	image := only(t, index)
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c := config.Config; c.User != "65532:65532" || strings.Join(c.Entrypoint, " ") != "/tuxmon" || strings.Join(c.Cmd, " ") != "manager" {
		t.Errorf("user %q, entry point %q, command %q", c.User, c.Entrypoint, c.Cmd)
	}
	files := map[string]*tar.Header{}
	root := t.TempDir()
	r := tar.NewReader(mutate.Extract(image))
	for {
		header, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = header
		if header.Uid != 0 || header.Mode&0o022 != 0 {
			t.Errorf("%s is of user %d with mode %o: the operator could write it", header.Name, header.Uid, header.Mode)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, header.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, header.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != 7 {
		t.Errorf("the image has %d entries", len(files))
	}
	certificates, err := os.ReadFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	if err != nil || strings.Count(string(certificates), "BEGIN CERTIFICATE") < 100 {
		t.Errorf("%d certificates, %v", strings.Count(string(certificates), "BEGIN CERTIFICATE"), err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(root, "tuxmon"), "version").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "v1.2.3") {
		t.Errorf("tuxmon version: %v\n%s", err, out)
	}
	info, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(info), mustAbs(t, repository)) {
		t.Error("the place of the repository is in the binary")
	}
	if strings.Contains(string(info), "ld-linux") {
		t.Error("the binary is not static")
	}
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs + "/"
}

func only(t *testing.T, index v1.ImageIndex) v1.Image {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%d images, %v", len(manifest.Manifests), err)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestArchiveAndRegistry: what is read back from the archive, and from a registry, is what was built, for both
// architectures.
func TestArchiveAndRegistry(t *testing.T) {
	var binaries []Binary
	for _, arch := range []string{"amd64", "arm64"} {
		path := filepath.Join(t.TempDir(), arch)
		if err := os.WriteFile(path, []byte("a program for "+arch), 0o700); err != nil {
			t.Fatal(err)
		}
		binaries = append(binaries, Binary{arch, path})
	}
	index, err := Build(Options{Version: "v1.2.3", Binaries: binaries})
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "image.tar")
	if err := WriteArchive(archive, index, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "tar", "-xf", archive, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	found, err := partial.FindIndexes(outer, func(d v1.Descriptor) bool {
		return d.Annotations["org.opencontainers.image.ref.name"] == "v1.2.3"
	})
	if err != nil || len(found) != 1 || digest(t, found[0]) != digest(t, index) {
		t.Fatalf("the archive has %d indexes, %v", len(found), err)
	}
	if err := validate.Index(found[0]); err != nil {
		t.Error(err)
	}

	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://")+"/tuxmon:v1.2.3", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		image, err := remote.Image(ref, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: arch}))
		if err != nil {
			t.Fatal(err)
		}
		if config, err := image.ConfigFile(); err != nil || config.Architecture != arch {
			t.Errorf("for %s the registry gives %q, %v", arch, config.Architecture, err)
		}
	}
}

// TestSBOM names what is in the binary, and nothing that is not.
func TestSBOM(t *testing.T) {
	_, binary := imageOf(t, repository)
	path := filepath.Join(t.TempDir(), "sbom.json")
	if err := writeSBOM(binary, path, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var bom cdx.BOM
	if err := json.Unmarshal(text, &bom); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range *bom.Components {
		seen[c.Name] = true
		if c.Version == "" || !strings.HasPrefix(c.PackageURL, "pkg:golang/") {
			t.Errorf("%s has version %q and URL %q", c.Name, c.Version, c.PackageURL)
		}
	}
	for _, want := range []string{"std", "k8s.io/client-go", "sigs.k8s.io/controller-runtime", "github.com/prometheus/prometheus"} {
		if !seen[want] {
			t.Errorf("the SBOM lacks %s", want)
		}
	}
	for _, not := range []string{"github.com/onsi/gomega", "github.com/google/go-containerregistry"} {
		if seen[not] {
			t.Errorf("the SBOM has %s, which is not in the binary", not)
		}
	}
}

// TestRunRefusesNonsense before it compiles for minutes.
func TestRunRefusesNonsense(t *testing.T) {
	if err := run(context.Background(), []string{"-platforms", "z80", "-dir", t.TempDir()}, io.Discard); err == nil {
		t.Error("an image for z80 was built")
	}
}
