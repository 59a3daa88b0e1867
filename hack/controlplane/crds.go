package controlplane

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// InstallCRDs creates or updates the CRDs of files and directories and returns when the API server
// serves their kinds.
func (c *ControlPlane) InstallCRDs(ctx context.Context, paths ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	options := envtest.CRDInstallOptions{
		Paths:              paths,
		ErrorIfPathMissing: true,
		MaxTime:            30 * time.Second,
		PollInterval:       50 * time.Millisecond,
	}
	if _, err := envtest.InstallCRDs(c.Config(), options); err != nil {
		return fmt.Errorf("cannot install the CRDs of %q: %w", paths, err)
	}
	return nil
}

func (c *ControlPlane) installOptionCRDs(ctx context.Context) error {
	if len(c.options.CRDs) == 0 {
		return nil
	}
	fmt.Fprintln(c.out, "installing CRDs")
	return c.InstallCRDs(ctx, c.options.CRDs...)
}
