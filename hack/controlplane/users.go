package controlplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// tokenSeconds is a day: longer than any test or demo, and nothing renews the token.
const tokenSeconds = int64(24 * 60 * 60)

// AddUser returns the configuration of a new user with a client certificate. What the user may do is
// decided by RBAC for the name and the groups.
func (c *ControlPlane) AddUser(name string, groups ...string) (*rest.Config, error) {
	user, err := c.env.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot add user %q: %w", name, err)
	}
	return user.Config(), nil
}

// ServiceAccountConfig returns the configuration of an existing ServiceAccount, with a token of its
// own: what runs with it may do what its RBAC allows and nothing more.
func (c *ControlPlane) ServiceAccountConfig(ctx context.Context, namespace, name string) (*rest.Config, error) {
	clients, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return nil, fmt.Errorf("cannot use the control plane: %w", err)
	}
	seconds := tokenSeconds
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	request, err = clients.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("cannot get a token for ServiceAccount \"%s/%s\": %w", namespace, name, err)
	}
	cfg := rest.AnonymousClientConfig(c.Config())
	cfg.BearerToken = request.Status.Token
	return cfg, nil
}

// ServiceAccountKubeconfig writes ServiceAccountConfig to a file and returns its path.
func (c *ControlPlane) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) (string, error) {
	cfg, err := c.ServiceAccountConfig(ctx, namespace, name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.layout.run, namespace+"."+name+".kubeconfig")
	return path, writeKubeconfig(path, cfg)
}

// writeAdminKubeconfig also writes the certificate that pods would trust the API server by.
func (c *ControlPlane) writeAdminKubeconfig(context.Context) error {
	if err := os.WriteFile(filepath.Join(c.layout.run, "ca.crt"), c.env.Config.CAData, 0o600); err != nil {
		return fmt.Errorf("cannot write the certificate of the control plane: %w", err)
	}
	return writeKubeconfig(c.Kubeconfig(), c.env.Config)
}

func writeKubeconfig(path string, cfg *rest.Config) error {
	const name = "tuxmon-controlplane"
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters[name] = &clientcmdapi.Cluster{Server: cfg.Host, CertificateAuthorityData: cfg.CAData}
	kubeconfig.AuthInfos[name] = &clientcmdapi.AuthInfo{
		ClientCertificateData: cfg.CertData, ClientKeyData: cfg.KeyData, Token: cfg.BearerToken,
	}
	kubeconfig.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	kubeconfig.CurrentContext = name
	if err := clientcmd.WriteToFile(*kubeconfig, path); err != nil {
		return fmt.Errorf("cannot write kubeconfig %q: %w", path, err)
	}
	return nil
}
