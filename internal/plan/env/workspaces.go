package env

// Workspaces are the tenants of the backends: values of a label of the TUX metrics.
type Workspaces struct {
	// Label of the metrics that names the workspace.
	Label string
	// Limit is how many workspaces a backend is expected to have.
	Limit int
	// Top is for how many of them series are recorded one by one.
	Top int
}

// OtherWorkspace is the name of all workspaces together that have no series of their own. The TUX app kit
// uses the same once it has met as many workspaces as it is allowed to.
const OtherWorkspace = "other"
