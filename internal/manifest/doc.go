// Package manifest reads Kubernetes objects from files and sorts them into what a plan is made of: the
// TuxMonitorings, and the objects of the cluster each may look at. It stands where package controllers
// gathers from a cluster, and gives the plan the same input. Nothing is decided here.
package manifest
