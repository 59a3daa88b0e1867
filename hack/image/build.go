package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is that of distroless: by number, for Kubernetes cannot check runAsNonRoot against a name.
const user = "65532:65532"

// Options say what to put into an image.
type Options struct {
	Version, Revision string
	Binaries          []Binary
}

// Binary is the program for one architecture.
type Binary struct{ Arch, Path string }

// file is one entry of a layer.
type file struct {
	name string
	mode int64
	data []byte
}

// epoch is the time of everything: one that moves would give another digest.
var epoch = time.Unix(0, 0).UTC()

// Build returns an image for each architecture.
func Build(o Options) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, b := range o.Binaries {
		image, err := buildOne(o, b)
		if err != nil {
			return nil, fmt.Errorf("cannot build the image for %s: %w", b.Arch, err)
		}
		platform := &v1.Platform{OS: "linux", Architecture: b.Arch}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return index, nil
}

func buildOne(o Options, b Binary) (v1.Image, error) {
	program, err := os.ReadFile(b.Path)
	if err != nil {
		return nil, err
	}
	certificates, err := certificates()
	if err != nil {
		return nil, err
	}
	// The program last: it is the only layer that changes with a commit.
	base, err := newLayer([]file{
		{"etc/group", 0o644, []byte("root:x:0:\nnonroot:x:65532:\n")},
		{"etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n")},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, certificates},
	})
	if err != nil {
		return nil, err
	}
	top, err := newLayer([]file{{"tuxmon", 0o755, program}})
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if image, err = mutate.AppendLayers(image, base, top); err != nil {
		return nil, err
	}
	return mutate.ConfigFile(image, configOf(o, b, image))
}

func configOf(o Options, b Binary, image v1.Image) *v1.ConfigFile {
	config, err := image.ConfigFile()
	if err != nil {
		panic(err) // of an image in memory
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", b.Arch, v1.Time{Time: epoch}
	config.Config = v1.Config{
		User: user, Entrypoint: []string{"/tuxmon"}, Cmd: []string{"manager"},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "tux-monitoring-operator",
			"org.opencontainers.image.source":   "https://github.com/tux-io/tux-monitoring-operator",
			"org.opencontainers.image.licenses": "Apache-2.0",
			"org.opencontainers.image.version":  o.Version,
			"org.opencontainers.image.revision": o.Revision,
		},
	}
	return config
}

// certificates are those Mozilla trusts, in the form every Linux program looks for.
func certificates() ([]byte, error) {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue // trusted for some certificates only, which this form cannot say
		}
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	if out.Len() == 0 {
		return nil, fmt.Errorf("the bundle has no certificates")
	}
	return out.Bytes(), nil
}

// newLayer has the files in the given order, with the directories above them, of root and of no time.
func newLayer(files []file) (v1.Layer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	made := map[string]bool{".": true}
	for _, f := range files {
		if err := addDirectories(w, made, filepath.Dir(f.name)); err != nil {
			return nil, err
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: epoch, Format: tar.FormatPAX}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
}

func addDirectories(w *tar.Writer, made map[string]bool, dir string) error {
	if made[dir] {
		return nil
	}
	if err := addDirectories(w, made, filepath.Dir(dir)); err != nil {
		return err
	}
	made[dir] = true
	return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, ModTime: epoch, Format: tar.FormatPAX})
}

// WriteArchive writes an OCI layout as one file, which skopeo, crane, podman and containerd read.
func WriteArchive(path string, index v1.ImageIndex, version string) error {
	dir, err := os.MkdirTemp("", "image")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	l, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	named := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": version})
	if err := l.AppendIndex(index, named); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := archive(out, dir); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// archive writes the files in the order of their names, which WalkDir gives.
func archive(out io.Writer, dir string) error {
	w := tar.NewWriter(out)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data)), ModTime: epoch, Format: tar.FormatPAX}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	return w.Close()
}
