// Package env is what every renderer of the plan sees: one environment made complete, with every
// default filled in and every Deployment found, and the names and labels of all we create.
//
//	TuxMonitoring + Cluster --discover, defaults--> env.Environment --render--> objects
//
// It is a package of its own because package plan imports the renderers and the renderers import
// this. Pure: no clock, no I/O. Start with environment.go; naming.go is the only place where names
// and label keys are made.
package env
