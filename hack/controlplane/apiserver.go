package controlplane

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/tux-io/tux-monitoring-operator/hack/ports"
)

// startTimeout of one part. A busy machine of two cores needs a quarter of it.
const startTimeout = time.Minute

// startAPIServer starts etcd and kube-apiserver, by envtest: it knows the flags each version needs.
func (c *ControlPlane) startAPIServer(ctx context.Context) error {
	env, err := c.environment()
	if err != nil {
		return err
	}
	if err := listen(ctx, &env.ControlPlane); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "starting etcd and kube-apiserver")
	c.env = env
	if _, err := env.Start(); err != nil {
		return fmt.Errorf("%w\nlast lines of etcd:\n%s\nlast lines of kube-apiserver:\n%s",
			err, c.layout.tail("etcd"), c.layout.tail("kube-apiserver"))
	}
	return nil
}

func (c *ControlPlane) environment() (*envtest.Environment, error) {
	etcdPath, etcdLog, etcdErr := c.part("etcd", c.Binary("etcd"))
	serverPath, serverLog, serverErr := c.part("kube-apiserver", c.Binary("kube-apiserver"))
	if err := errors.Join(etcdErr, serverErr); err != nil {
		return nil, err
	}
	env := &envtest.Environment{
		BinaryAssetsDirectory:    c.binaries,
		ControlPlaneStartTimeout: startTimeout,
		ControlPlane: envtest.ControlPlane{
			KubectlPath: c.Binary("kubectl"),
			Etcd:        &envtest.Etcd{Path: etcdPath, DataDir: c.layout.etcd(), Out: etcdLog, Err: etcdLog},
			APIServer:   &envtest.APIServer{Path: serverPath, CertDir: c.layout.certs(), Out: serverLog, Err: serverLog},
		},
	}
	if c.options.Address != "" {
		// The certificate is made for it too. envtest chooses a port only together with the address.
		env.ControlPlane.APIServer.ListenAddr = envtest.ListenAddr{Address: c.options.Address, Port: "6443"}
	}
	if c.options.ServiceRange != "" {
		env.ControlPlane.APIServer.Configure().Set("service-cluster-ip-range", c.options.ServiceRange)
	}
	if plugins := c.options.AdmissionPlugins; len(plugins) > 0 {
		env.ControlPlane.APIServer.Configure().Append("enable-admission-plugins", plugins...)
	}
	// envtest switches the ServiceAccount admission off, because nobody makes the default account;
	// the controller-manager does.
	if c.options.WithControllerManager {
		env.ControlPlane.APIServer.Configure().Disable("disable-admission-plugins")
	}
	return env, nil
}

// listen chooses the ports that are not chosen yet. envtest would ask the kernel for them, which gives them to somebody else
// in the seconds a part takes until it listens.
func listen(ctx context.Context, plane *envtest.ControlPlane) error {
	var addresses [2]string
	for i := range addresses {
		var err error
		if addresses[i], err = ports.FreeAddress(ctx); err != nil {
			return err
		}
	}
	plane.Etcd.URL = &url.URL{Scheme: "http", Host: addresses[0]}
	plane.Etcd.Configure().Set("listen-peer-urls", "http://"+addresses[1])
	if plane.APIServer.Port != "" {
		return nil
	}
	port, err := ports.Free(ctx)
	plane.APIServer.ListenAddr = envtest.ListenAddr{Address: "127.0.0.1", Port: strconv.Itoa(port)}
	return err
}

// part prepares the command and the log of a part.
func (c *ControlPlane) part(name, binary string) (path string, log *os.File, err error) {
	if path, err = c.layout.wrap(name, binary); err != nil {
		return "", nil, fmt.Errorf("cannot prepare %s: %w", name, err)
	}
	if log, err = c.layout.open(name); err != nil {
		return "", nil, fmt.Errorf("cannot prepare %s: %w", name, err)
	}
	c.logs = append(c.logs, log)
	return path, log, nil
}
