// Command image builds the image of the operator without a container runtime and without a registry: it compiles
// the static binary, puts it beside the certificates of the public authorities, and writes an OCI archive for amd64
// and arm64 with an SBOM each. The same commit gives the same digest. It can push the result.
//
// Why no base image? The binary is static, and of distroless/static it would use two files: the certificates, which
// are here from a pinned Go module, and the user's name. Nothing is downloaded that go.sum does not pin, and
// nothing in the image can be out of date but us. Price: no time zones, and a scanner sees no distribution.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	root := flags.String("root", "../..", "root of the repository")
	version := flags.String("version", "dev", "version of the binary")
	revision := flags.String("revision", "", "commit, for the labels")
	dir := flags.String("dir", "dist", "where the archive and the SBOMs go")
	platforms := flags.String("platforms", "amd64,arm64", "architectures of Linux")
	push := flags.String("push", "", "also push to this reference, with the credentials of docker login")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o := Options{Version: *version, Revision: *revision}
	for _, arch := range strings.Split(*platforms, ",") {
		path, err := compile(ctx, *root, *dir, arch, *version)
		if err != nil {
			return err
		}
		o.Binaries = append(o.Binaries, Binary{Arch: arch, Path: path})
		if err := writeSBOM(path, filepath.Join(*dir, "sbom-"+arch+".cdx.json"), *version); err != nil {
			return err
		}
	}
	index, err := Build(o)
	if err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	archive := filepath.Join(*dir, "image.tar")
	if err := WriteArchive(archive, index, *version); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%s %s\n", archive, digest); err != nil || *push == "" {
		return err
	}
	ref, err := name.ParseReference(*push)
	if err != nil {
		return err
	}
	return remote.WriteIndex(ref, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
}
